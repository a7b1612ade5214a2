import type { CliCode } from "./codes.ts";
import {
  commandOf,
  evidenceOf,
  fill,
  fixOf,
  type Language,
  loadCatalogue,
} from "../doctor/catalogue.ts";
import type { Finding } from "../doctor/facts.ts";
import type { ErrorDetails, ServerAnswer } from "../error.ts";
import { sanitize } from "../redact.ts";
import type { Redactor } from "./redactor.ts";
import type { Io } from "./io.ts";

/** An error or a finding, as it is shown. */
export interface Problem {
  code: CliCode;
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
  /** Marks a text on a terminal. It must be clean already: `answer` and `say` take marks off. */
  mark(mark: keyof typeof MARKS, text: string): string;
}

const MARKS = { error: 31, warning: 33, note: 36, ok: 32, bold: 1, dim: 2 };

/**
 * Makes the output of a run.
 *
 * @param io The outside world.
 * @param redactor Knows the secrets of this run.
 * @param language The language for people.
 */
export function createOutput(io: Io, redactor: Redactor, language: Language): Output {
  const json = io.args.includes("--json");
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
  async function forPeople(problem: Problem): Promise<void> {
    const { code, severity, certainty = "proven", evidence, server, help, excerpt } = problem;
    let { details } = problem;
    const catalogue = await loadCatalogue(language);
    const entry = catalogue.entries[code];
    // The library names its options, people typed flags.
    const name = String(details.name ?? "").replace(
      /^[a-z]+[A-Z].*$/,
      (option) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    );
    if (name !== "") details = { ...details, name };
    // That something is proven is worth a word only where it took a probe.
    const isPlain = evidence?.every((key) => key.startsWith("made.")) ?? true;
    const sure = certainty === "proven" && isPlain ? "" : catalogue.certainty[certainty];
    const title = mark("bold", clean(fill(entry.title, details))) + sure;
    const lines = [`${mark(severity, `${severity}[${code}]`)}: ${title}`];
    const { source, line, column } = details;
    const place = [source, line, column].filter((part) => part !== undefined).join(":");
    if (source && source !== "default") lines.push(clean(` --> ${place}`));
    if (excerpt) lines.push(...excerpt.split("\n").map(clean));
    if (server) {
      const words = [server.code, server.message].filter(Boolean).join(" ") ||
        (server.status >= 300 ? server.status : "");
      const said = words === "" ? "" : `${catalogue.labels.said}${words}`;
      const logId = server.logId ? `logid ${server.logId}` : "";
      const line = [said, logId].filter(Boolean).join(", ");
      if (line !== "") lines.push(clean(`  = ${line}`));
    }
    for (const sentence of evidenceOf(catalogue, { ...problem, details })) {
      // Causes that fit the same answers share them.
      if (!told.has(sentence)) lines.push(clean(`  = ${sentence}`));
      told.add(sentence);
    }
    if (severity !== "note" && help !== false) {
      const fix = fixOf(entry, details, io.isBinary);
      const command = commandOf({ code, details });
      lines.push(mark("note", catalogue.labels.help) + clean(fix));
      if (command && !fix.includes(command)) lines.push(clean(`  $ ${command}`));
    }
    io.writeStderr(`${lines.join("\n")}\n`);
  }

  async function forPrograms([first, ...others]: readonly Problem[]): Promise<void> {
    const { code, details, message, server } = first!;
    const { entries } = await loadCatalogue("en");
    // What a rule found says more, where the error itself has no help.
    const cause = first!.help === false ? others[0] ?? first! : first!;
    const fix = fixOf(entries[cause.code], cause.details, io.isBinary);
    const resume = first!.details.resume ?? cause.details.resume;
    const help = resume === undefined ? fix : `${fix}\n$ coze-jwt ${resume}`;
    const error = { code, message: message ?? fill(entries[code].title, details), server, help };
    io.writeStderr(`${toJson({ error })}\n`);
  }

  return {
    json,
    mark,
    answer: (text) => io.writeStdout(`${clean(text)}\n`),
    answerJson: (value) => io.writeStdout(`${toJson(value, io.stdoutIsTerminal ? 2 : 0)}\n`),
    content: (text) => io.writeStdout(`${cleanContent(text)}\n`),
    contentJson: (value) =>
      io.writeStdout(`${toJson(value, io.stdoutIsTerminal ? 2 : 0, cleanContent)}\n`),
    secret: (text) => io.writeStdout(`${sanitize(text)}\n`),
    say: (text) => io.writeStderr(`${clean(text)}\n`),
    async problems(problems) {
      if (json) return await forPrograms(problems);
      for (const problem of problems) await forPeople(problem);
    },
  };
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
