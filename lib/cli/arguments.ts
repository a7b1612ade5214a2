import { nearest } from "../doctor/nearest.ts";
import { CozeError } from "../error.ts";
import { parseArgs } from "./parse_args.ts";

/** The commands, each in a file of its own that is loaded when it runs. */
export const COMMANDS = ["token", "inspect", "explain", "emulator"] as const;
/** The name of a command. */
export type Command = typeof COMMANDS[number];

type Kind = "string" | "boolean" | "list";
const COMMON: Readonly<Record<string, Kind>> = {
  "keys": "string",
  "json": "boolean",
  "lang": "string",
  "trace": "boolean",
  "timeout": "string",
  "help": "boolean",
  "version": "boolean",
};
const CREDENTIALS: Readonly<Record<string, Kind>> = {
  "client-id": "string",
  "key-id": "string",
  "key-file": "string",
  "base-url": "string",
  "region": "string",
};
const REQUEST: Readonly<Record<string, Kind>> = {
  "duration": "string",
  "scope-bot": "list",
  "scope-permission": "list",
  "session-name": "string",
  "account-id": "string",
  "enterprise-id": "string",
};
const FLAGS: Readonly<Record<Command, Readonly<Record<string, Kind>>>> = {
  token: { ...COMMON, ...CREDENTIALS, ...REQUEST, header: "boolean" },
  inspect: { ...COMMON, ...CREDENTIALS, ...REQUEST },
  explain: COMMON,
  emulator: { ...COMMON, port: "string" },
};
const ALL_FLAGS: Readonly<Record<string, Kind>> = Object.assign({}, ...Object.values(FLAGS));
/** What people put behind cli.ts when an error tells them to start Deno with it. */
const DENO_FLAGS = /^(?:(?:allow|deny)-[a-z]+|no-prompt|import-map|lock|frozen|cert)$/;
/** What may follow a command. */
const OPERANDS: Readonly<Record<Command, (operands: readonly string[]) => boolean>> = {
  token: ({ length }) => length === 0,
  inspect: ([first, ...others]) => (first ?? "-") === "-" && others.length === 0,
  explain: ({ length }) => length <= 1,
  emulator: ({ length }) => length === 0,
};
/** Pairs of flags that say different things about one matter. */
const CONFLICTS = [["base-url", "region"], ["header", "json"], ["account-id", "enterprise-id"]];

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
    string: [...Object.keys(ALL_FLAGS).filter((flag) => ALL_FLAGS[flag] !== "boolean"), "_"],
    boolean: Object.keys(ALL_FLAGS).filter((flag) => ALL_FLAGS[flag] === "boolean"),
    collect: Object.keys(ALL_FLAGS),
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) unknown ??= arg;
      return key === undefined;
    },
  }) as unknown as Record<string, unknown[]> & { _: string[] };
  // First, because what follows an empty one is not understood either: `--key-id -abc`.
  const empty = Object.keys(ALL_FLAGS).find((flag) => parsed[flag]!.includes(""));
  if (empty) throw flagError(empty, "empty");
  if (unknown !== undefined) throw unknownFlag(unknown, parsed._[0]);

  const [first, ...operands] = parsed._;
  const command = commandOf(first);
  for (const [flag, kind] of Object.entries(ALL_FLAGS)) {
    const given = parsed[flag]!;
    if (given.length === 0) continue;
    const allowed = command ? FLAGS[command] : COMMON;
    if (!(flag in allowed)) throw flagError(flag, "misplaced", { command: command ?? "coze-jwt" });
    if (kind !== "list" && given.length > 1) throw flagError(flag, "twice");
  }
  for (const [one, other] of CONFLICTS) {
    if (parsed[one!]!.length > 0 && parsed[other!]!.length > 0) {
      throw flagError(one!, "conflict", { other: `--${other}` });
    }
  }
  if (command && !OPERANDS[command](operands)) throw operandError(command);
  return {
    ...(command && { command }),
    operands,
    value: (flag) => parsed[flag]![0] as string | undefined,
    has: (flag) => parsed[flag]!.length > 0,
    list: (flag) => parsed[flag] as string[],
  };
}

function operandError(command: Command): CozeError {
  const accepted = { inspect: "coze-jwt inspect -", explain: "coze-jwt explain CODE" };
  const expected = (accepted as Partial<Record<Command, string>>)[command] ?? `coze-jwt ${command}`;
  return valueError(`${command} …`, expected);
}

/** Forms that parse-args takes for something else. */
function refuseOddValue(word: string, next: string | undefined): void {
  // `--no-flag=value` would be the flag, and `_` is its own name for operands.
  if (/^--no-|^-{1,2}_(?:=|$)/.test(word)) throw unknownFlag(word, undefined);
  const switched = word.startsWith("--") && ALL_FLAGS[word.slice(2)] === "boolean";
  if (switched && (next === "true" || next === "false")) throw flagError(word.slice(2), "boolean");
  const [, flag, value] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
  if (flag === undefined || !(flag in ALL_FLAGS)) return;
  if (ALL_FLAGS[flag] === "boolean") throw flagError(flag, "boolean");
  if (value === "") throw flagError(flag, "empty");
}

function commandOf(word: string | undefined): Command | undefined {
  if (word === undefined) return undefined;
  const command = COMMANDS.find((name) => name === word);
  if (command) return command;
  const suggestion = nearest(word, COMMANDS) ?? COMMANDS.join(", ");
  throw new CozeError("usage-command", `Unknown command; nearest: ${suggestion}`, { suggestion });
}

function unknownFlag(arg: string, command: string | undefined): CozeError {
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  if (DENO_FLAGS.test(name)) return flagError(name, "deno");
  const known = COMMANDS.find((each) => each === command);
  const suggestion = nearest(name, Object.keys(known ? FLAGS[known] : ALL_FLAGS));
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
 */
export function valueError(name: string, expected: string): CozeError {
  return new CozeError("usage-value", `Cannot use the value of ${name}: accepted is ${expected}`, {
    name,
    expected,
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
