import type { Context } from "../../lib/cli/context.ts";
import { createOutput } from "../../lib/cli/output.ts";
import { createRedactor } from "../../lib/cli/output.ts";
import { fill, loadWords } from "../../lib/words/words.ts";
import { createIo, type World } from "./fake_io.ts";

/** A terminal whose input the test controls, and a context that uses it. */
export function createTerminal(world: Partial<World> = {}) {
  const entered: string[] = [];
  let isOpen = true;
  let answer: ((line?: string) => void) | undefined;
  let press: (() => void) | undefined;
  let signal: ((exitCode: 130 | 143) => void) | undefined;
  let asked = Promise.withResolvers<void>();
  const settle = (line?: string) => {
    const resolve = answer;
    answer = undefined;
    asked = Promise.withResolvers();
    resolve?.(line);
  };
  const { io, outcome } = createIo({
    args: [],
    terminal: true,
    interrupt: (callback) => signal = callback,
    openLines(onInterrupt) {
      press = onInterrupt;
      return Promise.resolve({
        question(prompt, signal) {
          io.writeStderr(prompt);
          const line = entered.shift();
          if (line !== undefined || !isOpen) return Promise.resolve(line);
          signal.addEventListener("abort", () => settle());
          return new Promise((resolve) => {
            answer = resolve;
            asked.resolve();
          });
        },
        close: () => isOpen = false,
      });
    },
    ...world,
  });
  const redactor = createRedactor();
  const context: Context = {
    io,
    args: { operands: [], value: () => undefined, has: () => false, list: () => [] },
    output: createOutput(io, redactor, false),
    redactor,
    language: "en",
    known: {},
    typed: () => Promise.resolve(""),
    text: async (key, details = {}) => fill((await loadWords("en"))[key], details),
    get signal(): AbortSignal {
      throw new Error("an answer must not end with the run");
    },
    timeoutMs: 15_000,
  };
  return {
    context,
    outcome,
    isOpen: () => isOpen,
    /** Waits for the prompt. */
    asked: () => asked.promise,
    /** Enters a line, at the prompt or ahead of it. */
    enter(line: string) {
      if (answer) settle(line);
      else entered.push(line);
    },
    /** ^C in raw mode, which drops what was typed. */
    interrupt() {
      entered.length = 0;
      press!();
    },
    /** A signal of the system. */
    signal: (exitCode: 130 | 143) => signal!(exitCode),
    /** ^D */
    end() {
      isOpen = false;
      settle();
    },
  };
}
