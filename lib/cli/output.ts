import type { Finding } from "../doctor/facts.ts";
import type { NextCommand } from "../doctor/report.ts";
import type { ErrorDetails, ServerAnswer } from "../error.ts";
import { sanitize } from "../redact.ts";
import type { Code, Language } from "../words/words.ts";
import type { Io } from "./io.ts";
import type { Redactor } from "./redactor.ts";

/** An error or a finding, as it is shown. */
export interface Problem {
  code: Code;
  severity: Finding["severity"];
  details: ErrorDetails;
  /** How sure it is, and keys of sentences that say why. */
  certainty?: Finding["certainty"];
  evidence?: readonly string[];
  /** English, for programs; the title when absent. */
  message?: string;
  server?: ServerAnswer;
  /** False when what to do is said elsewhere. */
  help?: false;
  /** The next command to type, where it is not that of the code. */
  next?: NextCommand;
  /** The line it was found in, with carets under the place. */
  excerpt?: string;
}

/** The only way to the terminal: everything passes the sanitiser and the redactor. */
export interface Output {
  /** Whether programs read along. */
  json: boolean;
  /** Writes the answer to stdout. */
  answer(text: string): void;
  /** Writes the answer to stdout as JSON, on one line unless it is a terminal. */
  answerJson(value: unknown): void;
  /** The same two for what people and bots wrote, of which only real secrets are masked. */
  content(text: string): void;
  contentJson(value: unknown): void;
  /** Writes the one secret that was asked for to stdout. */
  secret(text: string): void;
  /** Writes to stderr, for people. */
  say(text: string): void;
  /** Writes problems to stderr: for people all of them, for programs the first, as one JSON line. */
  problems(problems: readonly Problem[]): Promise<void>;
  /** Cleans a text, as `answer` and `say` do. */
  clean(text: string): string;
  /** Marks a clean text on a terminal; `answer` and `say` would take the marks off. */
  mark(mark: keyof typeof MARKS, text: string): string;
  /** Writes lines to stdout whose texts are clean and may have marks. */
  marked(lines: readonly string[]): void;
}

const MARKS = { error: 31, warning: 33, note: 36, ok: 32, bold: 1, dim: 2 };

/** What the output of a run is made of. */
export interface OutputOptions {
  io: Io;
  redactor: Redactor;
  /** The language for people. */
  language: Language;
  /** Whether programs read along. */
  json: boolean;
  /** Writes a command as it is to be typed. */
  typed(next: NextCommand): Promise<string>;
  /** Whether we advise to allow a host. */
  mayOpen(host: string): Promise<boolean>;
  /** Writes problems to stderr. */
  printProblems(problems: readonly Problem[], printing: Printing): Promise<void>;
}

/** How problems are printed. */
export interface Printing extends OutputOptions {
  output: Output;
  toJson(value: unknown): string;
  /** The evidence that this run has shown. */
  told: Set<string>;
}

export function createOutput(options: OutputOptions): Output {
  const { io, redactor, json } = options;
  const clean = (text: string) => redactor.redact(sanitize(text));
  const cleanContent = (text: string) => redactor.redactContent(sanitize(text));
  // Texts are cleaned one by one: cleaned as a whole, JSON would not stay JSON. What is odd in
  // names gets escapes.
  const toJson = (value: unknown, indent = 0, wash = clean) =>
    JSON.stringify(value, (_, leaf) => typeof leaf === "string" ? wash(leaf) : leaf, indent)
      .replace(/[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, escapeUnit);
  const mark: Output["mark"] = (name, text) =>
    io.color ? `\x1b[${MARKS[name]}m${text}\x1b[0m` : text;
  const told = new Set<string>();
  const output: Output = {
    json,
    clean,
    mark,
    marked: (lines) => io.writeStdout(`${lines.join("\n")}\n`),
    answer: (text) => io.writeStdout(`${clean(text)}\n`),
    answerJson: (value) => io.writeStdout(`${toJson(value, io.stdoutIsTerminal ? 2 : 0)}\n`),
    content: (text) => io.writeStdout(`${cleanContent(text)}\n`),
    contentJson: (value) =>
      io.writeStdout(`${toJson(value, io.stdoutIsTerminal ? 2 : 0, cleanContent)}\n`),
    secret: (text) => io.writeStdout(`${sanitize(text)}\n`),
    say: (text) => io.writeStderr(`${clean(text)}\n`),
    problems: (problems) => options.printProblems(problems, { ...options, output, toJson, told }),
  };
  return output;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
