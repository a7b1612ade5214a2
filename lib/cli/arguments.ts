import { nearest } from "../doctor/nearest.ts";
import { CozeError } from "../error.ts";
import { parseArgs } from "./parse_args.ts";

/** The commands, each in a file of its own that is loaded when it runs. */
export const COMMANDS = [
  "token",
  "inspect",
  "doctor",
  "explain",
  "init",
  "keygen",
  "emulator",
] as const;
/** The name of a command. */
export type Command = typeof COMMANDS[number];

const COMMON = ["keys", "json", "lang", "trace", "timeout", "help", "version"];
const CREDENTIALS = ["client-id", "key-id", "key-file", "base-url", "region"];
const SCOPE = ["scope-bot", "scope-permission"];
const REQUEST = ["duration", ...SCOPE, "session-name", "account-id", "enterprise-id"];
const FLAGS: Readonly<Record<Command, readonly string[]>> = {
  token: [...COMMON, ...CREDENTIALS, ...REQUEST, "header"],
  inspect: [...COMMON, ...CREDENTIALS, ...REQUEST],
  doctor: [...COMMON, ...CREDENTIALS, ...REQUEST, "offline", "other-region"],
  explain: COMMON,
  init: [...COMMON, ...CREDENTIALS],
  keygen: COMMON,
  emulator: [...COMMON, "port"],
};
const ALL_FLAGS = [...new Set(Object.values(FLAGS).flat())];
/** Flags without a value. */
const SWITCHES = ["json", "trace", "help", "version", "header", "offline", "other-region"];
/** What people put behind cli.ts when an error tells them to start Deno with it. */
const DENO_FLAGS = /^(?:(?:allow|deny)-[a-z]+|no-prompt|import-map|lock|frozen|cert)$/;
/** What may follow a command; nothing where it is not said. */
const OPERANDS: Readonly<Partial<Record<Command, { form: string; pattern: RegExp }>>> = {
  inspect: { form: "-", pattern: /^-$/ },
  doctor: { form: "-", pattern: /^-$/ },
  explain: { form: "CODE", pattern: /^/ },
};
/** Pairs of flags that say different things about one matter. */
const CONFLICTS = [["base-url", "region"], ["header", "json"], ["account-id", "enterprise-id"], [
  "offline",
  "other-region",
]];

/** A command line that was understood. */
export interface Arguments {
  command?: Command;
  /** What follows the command. */
  operands: string[];
  /** A flag's value, or `undefined` when it was not given. */
  value(flag: string): string | undefined;
  /** Whether a flag without value was given. */
  has(flag: string): boolean;
  /** The values of a flag that may be given more than once. */
  list(flag: string): string[];
}

/**
 * Understands a command line.
 *
 * @param args The arguments, without the program.
 * @returns Command, operands and flags.
 * @throws {CozeError} `usage-command`, `usage-flag`
 */
export function parseArguments(args: readonly string[]): Arguments {
  const words = args.map((arg) => arg === "-h" ? "--help" : arg);
  const flagWords = words.slice(0, words.includes("--") ? words.indexOf("--") : words.length);
  flagWords.forEach((word, i) => refuseOddValue(word, flagWords[i + 1]));

  let unknown: string | undefined;
  const parsed = parseArgs([...words], {
    string: [...ALL_FLAGS.filter((flag) => !SWITCHES.includes(flag)), "_"],
    boolean: SWITCHES,
    collect: ALL_FLAGS,
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) unknown ??= arg;
      return key === undefined;
    },
  }) as unknown as Record<string, unknown[]> & { _: string[] };
  // First, because what follows an empty one is not understood either: `--key-id -abc`.
  const empty = ALL_FLAGS.find((flag) => parsed[flag]!.includes(""));
  if (empty) throw flagError(empty, "empty");
  if (unknown !== undefined) throw unknownFlag(unknown, parsed._[0]);

  const [first, ...operands] = parsed._;
  const command = commandOf(first);
  for (const flag of ALL_FLAGS.filter((flag) => parsed[flag]!.length > 0)) {
    const allowed = command ? FLAGS[command] : COMMON;
    if (!allowed.includes(flag)) {
      throw flagError(flag, "misplaced", { command: command ?? "coze-jwt" });
    }
    if (!SCOPE.includes(flag) && parsed[flag]!.length > 1) throw flagError(flag, "twice");
  }
  for (const [one, other] of CONFLICTS) {
    if (parsed[one!]!.length > 0 && parsed[other!]!.length > 0) {
      throw flagError(one!, "conflict", { other: `--${other}` });
    }
  }
  const { form = "", pattern } = (command && OPERANDS[command]) ?? {};
  if (command && operands.some((operand, i) => i > 0 || !pattern?.test(operand))) {
    throw valueError(`${command} …`, `coze-jwt ${command} ${form}`.trim());
  }
  return {
    ...(command && { command }),
    operands,
    value: (flag) => parsed[flag]![0] as string | undefined,
    has: (flag) => parsed[flag]!.length > 0,
    list: (flag) => parsed[flag] as string[],
  };
}

/** Forms that parse-args takes for something else. */
function refuseOddValue(word: string, next: string | undefined): void {
  const name = word.startsWith("--") ? word.slice(2) : "";
  const switched = isSwitch(word);
  if (next?.startsWith("-") && ALL_FLAGS.includes(name) && !switched) {
    throw flagError(name, "empty");
  }
  // `--no-flag=value` would be the flag, and `_` is its own name for operands, also as one letter
  // of several.
  if (/^--no-|^--_(?:=|$)|^-[^-][\s\S]*_|^-_/.test(word)) throw unknownFlag(word, undefined);
  if (switched && (next === "true" || next === "false")) throw flagError(name, "boolean");
  const [, flag, value] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
  if (flag === undefined || !ALL_FLAGS.includes(flag)) return;
  if (SWITCHES.includes(flag)) throw flagError(flag, "boolean");
  if (value === "") throw flagError(flag, "empty");
}

function commandOf(word: string | undefined): Command | undefined {
  if (word === undefined) return undefined;
  const command = COMMANDS.find((name) => name === word);
  if (command) return command;
  const suggestion = word === "help" || word === "version"
    ? `--${word}`
    : nearest(word, COMMANDS) ?? COMMANDS.join(", ");
  throw new CozeError("usage-command", `Unknown command; nearest: ${suggestion}`, { suggestion });
}

function unknownFlag(arg: string, command: string | undefined): CozeError {
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  if (DENO_FLAGS.test(name)) return flagError(name, "deno");
  const known = COMMANDS.find((each) => each === command);
  const suggestion = nearest(name, known ? FLAGS[known] : ALL_FLAGS);
  return suggestion
    ? flagError(name, "unknown", { suggestion: `--${suggestion}` })
    : flagError(name, "none");
}

function flagError(flag: string, reason: string, more: Record<string, string> = {}): CozeError {
  // A word that is no flag of ours may be anything, a secret too: only a short plain name is shown.
  const shown = /^[\w-]{1,24}$/.test(flag) ? `--${flag}` : "--…";
  return new CozeError("usage-flag", `Cannot use the flag ${shown}: ${reason}`, {
    flag: shown,
    reason,
    ...more,
  });
}

/**
 * The directory of `--keys`, without the slash at its end.
 *
 * @param args The command line.
 * @returns The path, or `undefined` when the flag was not given.
 */
export function directoryOf(args: Arguments): string | undefined {
  return args.value("keys")?.replace(/(?<=.)[/\\]+$/, "");
}

/**
 * Reads a duration.
 *
 * @param text `90`, `90s`, `15m` or `24h`.
 * @param flag The flag it was given with, for the error.
 * @returns Seconds.
 * @throws {CozeError} `usage-value`
 */
export function parseDuration(text: string, flag: string): number {
  const [, number, unit = "s"] = /^(\d{1,9})([smh]?)$/.exec(text) ?? [];
  if (number === undefined) throw valueError(`--${flag}`, "90, 90s, 15m, 23h");
  return Number(number) * { s: 1, m: 60, h: 3600 }[unit || "s"]!;
}

/**
 * Says that a value has not the accepted form.
 *
 * @param name The flag or variable.
 * @param expected The accepted form.
 * @param reason Which sentence of the catalogue says more.
 */
export function valueError(name: string, expected: string, reason = ""): CozeError {
  return new CozeError("usage-value", `Cannot use the value of ${name}: accepted is ${expected}`, {
    name,
    expected,
    reason,
  });
}

/**
 * Writes a word so that a shell reads it as one.
 *
 * @param word Any text.
 */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Flags that say how a run is told, not what it works with. */
const MANNER = /^--(?:json|header|trace|offline|other-region|lang(?:=.*)?)$/;

/**
 * The flags of a run as another command takes them too, as they would be typed.
 *
 * @param args The arguments of the run, its command first.
 * @param without Flags to leave out, with their values.
 * @returns A text that begins with a blank, or is empty.
 */
export function sameFlags(args: readonly string[], without: readonly string[] = []): string {
  const left = ["--lang", ...without];
  const isValue = (i: number) => /^--[^=]+$/.test(args[i - 1] ?? "") && !isSwitch(args[i - 1]!);
  const command = args.findIndex((arg, i) => COMMANDS.some((each) => each === arg) && !isValue(i));
  return args
    .filter((arg, i) =>
      i !== command && !MANNER.test(arg) &&
      !left.some((flag) => arg === flag || arg.startsWith(`${flag}=`) || args[i - 1] === flag)
    )
    .map((arg) => ` ${shellQuote(arg)}`)
    .join("");
}

function isSwitch(word: string): boolean {
  return SWITCHES.includes(word.slice(2));
}
