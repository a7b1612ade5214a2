import type { CliError } from "./codes.ts";
import { nearest } from "../doctor/nearest.ts";
import { CozeError } from "../error.ts";
import {
  ALL_FLAGS,
  type Command,
  COMMANDS,
  COMMON,
  CONFLICTS,
  FLAGS,
  isSwitch,
  OPERANDS,
  SCOPE,
  SWITCHES,
} from "./commands.ts";
import { parseArgs } from "./parse_args.ts";

/** What people put behind cli.ts when an error tells them to start Deno with it. */
const DENO_FLAGS = /^(?:(?:allow|deny)-[a-z]+|no-prompt|config|import-map|lock|frozen|cert)$/;

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
  if (unknown !== undefined) throw unknownFlag(unknown, parsed._);

  const command = commandOf(parsed._);
  const operands = parsed._.slice(command?.split(" ").length ?? 0);
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
    const reason = form !== "" && operands.length > 1 ? "operands" : undefined;
    throw valueError(`${command} …`, `coze-jwt ${command} ${form}`.trim(), reason);
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
  if (/^--no-|^--_(?:=|$)|^-[^-][\s\S]*_|^-_/.test(word)) throw unknownFlag(word, []);
  if (switched && (next === "true" || next === "false")) throw flagError(name, "boolean");
  const [, flag, value] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
  if (flag === undefined || !ALL_FLAGS.includes(flag)) return;
  if (SWITCHES.includes(flag)) throw flagError(flag, "boolean");
  if (value === "") throw flagError(flag, "empty");
}

function commandOf([first, second]: readonly string[]): Command | undefined {
  if (first === undefined) return undefined;
  // `bot` is followed by what is to be done.
  const word = first === "bot" && second !== undefined ? `${first} ${second}` : first;
  const command = known(word);
  if (command) return command;
  const suggestion = word === "help" || word === "version"
    ? `--${word}`
    : first === "bot"
    ? COMMANDS.filter((name) => name.startsWith("bot ")).join(", ")
    : nearest(word, COMMANDS) ?? COMMANDS.join(", ");
  throw new CozeError("usage-command", `Unknown command; nearest: ${suggestion}`, { suggestion });
}

function known(word: string | undefined): Command | undefined {
  return COMMANDS.find((name) => name === word);
}

function unknownFlag(arg: string, words: readonly string[]): CliError {
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  if (DENO_FLAGS.test(name)) return flagError(name, "deno");
  const command = known(words.slice(0, 2).join(" ")) ?? known(words[0]);
  const suggestion = nearest(name, command ? FLAGS[command] : ALL_FLAGS);
  return suggestion
    ? flagError(name, "unknown", { suggestion: `--${suggestion}` })
    : flagError(name, "none");
}

function flagError(flag: string, reason: string, more: Record<string, string> = {}): CliError {
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
export function valueError(name: string, expected: string, reason = ""): CliError {
  return new CozeError("usage-value", `Cannot use the value of ${name}: accepted is ${expected}`, {
    name,
    expected,
    reason,
  });
}
