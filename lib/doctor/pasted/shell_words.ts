import { CozeError } from "../../error.ts";
import { type Shell, SHELLS, type Step } from "./shells.ts";
import { emptyTrace, put, type Traced } from "./traced.ts";

/**
 * Guesses the shell from how a command line is continued and escaped.
 *
 * @param text The command line.
 */
export function shellOf(text: string): Shell {
  if (/\^\r?\n|\^["\\]/.test(text)) return "cmd";
  return /`\r?\n|\$env:/.test(text) ? "powershell" : "posix";
}

/**
 * Cuts a command line into words, as a shell does.
 *
 * @param source The command line; what stands behind the first command is left out.
 * @param shell Whose rules count.
 * @returns The words without quotes and escapes, and where the command ends; variables stand as
 *   U+FFFC.
 * @throws {CozeError} `usage-value` when a quote is not closed.
 */
export function shellWords(source: Traced, shell: Shell): { words: Traced[]; end: number } {
  const states = SHELLS[shell];
  const words: Traced[] = [];
  let word: Traced | undefined;
  let state = "bare";
  let opened = 0;
  let at = 0;
  while (at < source.text.length) {
    const [step, match] = firstFit(states[state]!, source.text, at);
    const end = at + match[0].length;
    if (step.ends) {
      if (word) words.push(word);
      word = undefined;
      if (step.ends === "command" || source.text[end] === "#") break;
    } else {
      const text = step.put ? step.put(match) : match[0];
      // A quote begins a word, even an empty one; a continued line does not.
      if (step.enter || text !== "") word ??= emptyTrace(source.from[at]!);
      if (word) put(word, text, source, at, end);
      if (step.enter && step.enter !== "bare") opened = at;
      state = step.enter ?? state;
    }
    at = end;
  }
  if (state !== "bare") throw openQuote(source.from[opened]!);
  return { words: word ? [...words, word] : words, end: source.from[at] ?? source.to.at(-1)! };
}

function firstFit(steps: readonly Step[], text: string, at: number): [Step, RegExpExecArray] {
  for (const step of steps) {
    step.pattern.lastIndex = at;
    const match = step.pattern.exec(text);
    if (match) return [step, match];
  }
  throw new Error("each state ends with a pattern that fits");
}

function openQuote(offset: number): CozeError {
  const message = "Cannot read the command line as a quote is not closed";
  const expected = "JWT, curl …, POST … HTTP/1.1";
  return new CozeError("usage-value", message, {
    name: "stdin",
    expected,
    reason: "quote",
    offset,
  });
}
