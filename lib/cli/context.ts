import type { NextCommand } from "../doctor/report.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import type { Code, Language, WordKey } from "../words/words.ts";
import type { Io } from "./io.ts";
import type { Output, Redactor } from "./output.ts";

export interface Arguments {
  /** The name of the command, such as `bot create`; absent when there was none. */
  command?: string;
  operands: readonly string[];
  value(flag: string): string | undefined;
  has(flag: string): boolean;
  list(flag: string): readonly string[];
}

/** A command line from the values of each flag; a flag without a value has an empty one. */
export function argumentsOf(
  flags: Readonly<Record<string, readonly string[]>>,
  command?: string,
  operands: readonly string[] = [],
): Arguments {
  const list = (flag: string) => flags[flag] ?? [];
  return {
    command,
    operands,
    value: (flag) => list(flag)[0],
    has: (flag) => list(flag).length > 0,
    list,
  };
}

export interface Context {
  io: Io;
  /** Empty until they are parsed. */
  args: Arguments;
  output: Output;
  redactor: Redactor;
  language: Language;
  /** A sentence in the user's language. */
  text(key: WordKey, details?: ErrorDetails): Promise<string>;
  /** A command for the user's shell, with all flags and permissions that it needs. */
  typed(next: NextCommand): Promise<string>;
  /** Decides which permissions a printed command names. */
  known: Known;
  /** Aborts on ^C. Listens on first use only; until then SIGINT ends the process. */
  readonly signal: AbortSignal;
  /** The deadline of a call, in milliseconds. */
  timeoutMs: number;
}

export interface Known {
  baseUrl?: string;
  /** A key file outside the keys directory. */
  file?: string;
}

/** A flag. Its sentence is `flag.NAME` in lib/words. */
export interface Flag {
  /** The form of its value; absent for a flag without one. */
  value?: string;
  choices?: readonly string[];
  isRepeatable?: true;
  /** Concerns one run: a printed command repeats it only when it is the same command. */
  isPerRun?: true;
}

/** What a command does and needs. Its sentences are `help.NAME` and `help.NAME.about`. */
export interface Command {
  /** One that must be given has `required`: the example that is shown when it is missing. */
  operand?: { form: string; choices?: readonly string[]; required?: string };
  flags: readonly string[];
  /** What `--json` prints. */
  json?: string;
  /** `api` is the API host, `loopback` is 127.0.0.1; `keys` is the keys directory. */
  net?: readonly ("api" | "loopback")[];
  keys?: "read" | "write";
  /** Absent for `help` and `version`, which the flags of these names do. */
  run?(context: Context): Promise<number>;
}

/** The table of commands.ts, for completions. */
export interface Table {
  commands: Readonly<Record<string, Command>>;
  flags: Readonly<Record<string, Flag>>;
  groups: Readonly<Record<string, readonly string[]>>;
}

/** An error of the command line. Its message is empty: lib/words has the title. */
export class CliError extends CozeError<Code> {
  /** The next command to type, when it depends on the run. */
  readonly next?: NextCommand;

  constructor(code: Code, details: ErrorDetails = {}, next?: NextCommand) {
    super(code, "", details);
    this.next = next;
  }
}

/** A usage error. `reason` chooses the sentences in lib/words. */
export function usageError(reason: string, details: ErrorDetails, next?: NextCommand): CliError {
  return new CliError("usage", { ...details, reason }, next);
}

export function valueError(name: string, expected: string, reason = "value"): CliError {
  return usageError(reason, { name, expected });
}

export function parseDuration(text: string, flag: string): number {
  const [, number, unit] = /^(\d{1,9})([smh]?)$/.exec(text) ?? [];
  if (number === undefined) throw valueError(`--${flag}`, "90, 90s, 15m, 23h", "value-example");
  return Number(number) * (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
}

/**
 * The directory of `--keys`, without the slash at its end and never like a flag; `undefined` without
 * `--keys`.
 */
export function directoryOf(args: Arguments): string | undefined {
  return args.value("keys")?.replace(/(?<=^.|[^/\\])[/\\]+$/, "").replace(/^-/, "./-");
}

export const LEAST_DENO = "2.5.0";

export function isOlder(version: string, least: string): boolean {
  const [actual, required] = [version, least].map((text) => text.split(".").map(Number.parseFloat));
  const index = actual!.findIndex((number, index) => number !== required![index]);
  return index >= 0 && actual![index]! < required![index]!;
}

/** Whether a path leads into a directory, both from the working directory. */
export function isInside(path: string, directory: string): boolean {
  const [file, folder] = [path, `${directory}/`].map((each) => URL.parse(each, "file:///cwd/"));
  return Boolean(folder && file?.href.startsWith(folder.href));
}
