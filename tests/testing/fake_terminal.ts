import type { LineReader } from "../../lib/cli/io.ts";
import { createOutput } from "../../lib/cli/output.ts";
import { createRedactor } from "../../lib/cli/redactor.ts";
import type { Run } from "../../lib/cli/run.ts";
import { loadText } from "../../lib/cli/text.ts";
import { fill } from "../../lib/doctor/catalogue.ts";
import { createIo, type World } from "./fake_io.ts";

/** A terminal whose input the test controls, and a run that uses it. */
export function createTerminal(world: Partial<World> = {}) {
  const entered: string[] = [];
  let typed = "";
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
  const reader: LineReader = {
    question(prompt) {
      io.writeStderr(prompt);
      const line = entered.shift();
      if (line !== undefined || !isOpen) return Promise.resolve(line);
      return new Promise((resolve) => {
        answer = resolve;
        asked.resolve();
      });
    },
    discard() {
      if (!answer) return entered.splice(0);
      const thrown = typed ? [typed] : [];
      typed = "";
      settle("");
      return thrown;
    },
    close() {
      isOpen = false;
      settle();
    },
  };
  const { io, outcome } = createIo({
    args: [],
    terminal: true,
    interrupt: (callback) => signal = callback,
    openLines(onInterrupt) {
      press = onInterrupt;
      return Promise.resolve(reader);
    },
    ...world,
  });
  const redactor = createRedactor();
  const run: Run = {
    io,
    args: { operands: [], value: () => undefined, has: () => false, list: () => [] },
    output: createOutput(io, redactor, "en"),
    redactor,
    language: "en",
    text: async (sentence, details = {}) => fill((await loadText("en")).say[sentence], details),
    get signal(): AbortSignal {
      throw new Error("an answer must not end with the run");
    },
    timeoutMs: 15_000,
  };
  return {
    run,
    outcome,
    isOpen: () => isOpen,
    /** Waits for the prompt. */
    asked: () => asked.promise,
    /** Enters a line, at the prompt or ahead of it. */
    enter(line: string) {
      if (answer) settle(line);
      else entered.push(line);
    },
    type: (text: string) => typed += text,
    /** ^C in raw mode. */
    interrupt: () => press!(),
    /** A signal of the system. */
    signal: (exitCode: 130 | 143) => signal!(exitCode),
    /** ^D */
    end: reader.close,
  };
}
