import type { NextCommand } from "../doctor/report.ts";
import { commandOf, COMMANDS, CONFLICTS, flagOf, FLAGS } from "./commands.ts";
import { type Arguments, argumentsOf, type CliError, usageError, valueError } from "./context.ts";
import { isKeyText } from "./output.ts";
// An import map does not reach people who run cli.ts by URL, so the package is named here in full,
// and only here.
// deno-lint-ignore no-import-prefix
import { parseArgs } from "jsr:@std/cli@1.0.32/parse-args";

/** Flags of Deno that users write after cli.ts. */
const DENO_FLAGS =
  /^(?:-A|--(?:(?:allow|deny|unstable)-[a-z]+|no-(?:prompt|lock|check)|config|import-map|lock|frozen|cert|reload|env-file))$/;
/** An unknown word is shown only when it is short and plain: it may be a secret. */
const SHOWN = /^[\p{L}\p{M}\p{N}_ -]{0,24}$/u;
const SHORT = new Map([["-h", "--help"], ["-V", "--version"], ["-v", "--version"]]);
const names = Object.keys(FLAGS);
const takesValue = (flag: string) => flagOf(flag)?.value !== undefined;

export function parseArguments(args: readonly string[]): Arguments {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const words = args.slice(0, end).map((word) => SHORT.get(word) ?? word);
  for (let i = 0; i < words.length; i++) {
    const flag = checkFlag(words, i);
    if (flag !== undefined && takesValue(flag) && !words[i]!.includes("=")) i++;
  }
  const parsed = parseArgs(words, {
    // "_" keeps operands as text: parse-args makes numbers of them.
    string: [...names.filter(takesValue), "_"],
    boolean: names.filter((flag) => !takesValue(flag)),
    collect: names,
  }) as unknown as Record<string, string[]> & { _: string[] };
  const given = argumentsOf(parsed, ...splitOperands([...parsed._, ...args.slice(end + 1)]));
  checkFlags(given);
  if (given.has("help")) return given;
  // `help token` is `token --help`.
  if (given.command === "help") {
    return argumentsOf({ ...parsed, help: [""] }, ...splitOperands(given.operands));
  }
  if (!given.has("version")) checkOperands(given);
  return given;
}

/** Checks a word, and returns its name when it is a flag. */
function checkFlag(words: readonly string[], i: number): string | undefined {
  const word = words[i]!;
  const [typed] = /^[^=＝]*[=＝]?/.exec(word)!;
  const plain = typed.normalize("NFKC").toLowerCase().replace(/^[\p{Cf}\p{Pd}−]+/u, "--");
  const [flag = "", name = ""] = /^--([a-z-]+)/.exec(plain) ?? [];
  const isKnown = flagOf(name) !== undefined && plain.replace(/=$/, "") === flag;
  // Editors, chats and input methods write other dashes and full-width characters.
  if (isKnown && plain !== typed) throw usageError("characters", { flag });
  if (!word.startsWith("-") || word === "-") return undefined;
  if (!isKnown) throw unknownFlag(words, i);
  const inline = word === flag ? undefined : word.slice(typed.length);
  const next = words[i + 1];
  if (!takesValue(name)) {
    // parse-args would take the next word as its value.
    if (inline !== undefined || next === "true" || next === "false") {
      throw usageError("boolean", { flag });
    }
  } else if (!(inline ?? next) || (inline === undefined && next!.startsWith("-"))) {
    throw usageError("empty", { flag });
  }
  return name;
}

function unknownFlag(words: readonly string[], i: number): CliError {
  const word = words[i]!;
  const flag = word.replace(/=.*$/s, "");
  if (DENO_FLAGS.test(flag)) {
    // Without its value it would allow more. Quotes keep a shell from reading *.
    const [shown] = /^[\w@%+=:,.*/-]{1,60}$/.exec(word) ?? [word === flag ? flag : `${flag}=…`];
    return usageError("deno", { flag: shown.includes("*") ? `'${shown}'` : shown });
  }
  const shown = SHOWN.test(flag) ? flag : "--…";
  const next = /^-+[A-Za-z][\w-]*$/.test(flag) ? undefined : withTextAfterDashes(words, i);
  const expected = names.map((name) => `--${name}`).join(", ");
  return usageError(next ? "dash" : "unknown", { flag: shown, word: shown, expected }, next);
}

/** The same command line with the text after `--`; `undefined` when it would be wrong too. */
function withTextAfterDashes(words: readonly string[], i: number): NextCommand | undefined {
  try {
    const rest = words.filter((_, at) => at !== i);
    const { command, operands, list } = parseArguments([...rest, "--", words[i]!]);
    if (command === undefined || !commandOf(command)?.operand || operands.length > 1) {
      return undefined;
    }
    const flags = names.filter((flag) => flag !== "started-as").flatMap((flag) =>
      list(flag).slice(0, 1).map((value) => [flag, takesValue(flag) ? value : true as const])
    );
    return { words: [command, ...operands], flags: Object.fromEntries(flags) };
  } catch {
    return undefined;
  }
}

/** Splits the words into a command of one or two words and its operands. */
function splitOperands(
  words: readonly string[],
): [command: string | undefined, operands: string[]] {
  const [first, second] = words;
  if (!first) return [undefined, []];
  if (commandOf(first)) return [first, words.slice(1)];
  const command = `${first} ${second}`;
  if (commandOf(command)) return [command, words.slice(2)];
  const group = membersOf(first);
  // A group alone: `--help` lists its commands.
  if (group.length > 0 && second === undefined) return [first, []];
  const unknown = group.length > 0 ? command : first;
  const word = SHOWN.test(unknown) ? unknown : "…";
  const expected = (group.length > 0 ? group : Object.keys(COMMANDS)).join(", ");
  throw usageError("command", { word, expected });
}

/** Refuses flags that are misplaced, repeated, or in conflict. */
function checkFlags({ command, has, list }: Arguments): void {
  const allowed: readonly string[] = commandOf(command ?? "")?.flags ??
    [...COMMANDS.help.flags, "json"];
  for (const name of names.filter(has)) {
    const flag = `--${name}`;
    if (!allowed.includes(name)) {
      throw usageError("misplaced", { flag, command: `coze-jwt ${command ?? ""}`.trimEnd() });
    }
    const { choices, isRepeatable } = flagOf(name)!;
    const [value, second] = list(name);
    if (second !== undefined && !isRepeatable) throw usageError("twice", { flag });
    if (choices && !choices.includes(value!)) {
      throw valueError(flag, choices.join(", "), "value-choice");
    }
    if (/^key(?:s|-file)$/.test(name) && /^~|,/.test(value!)) {
      throw usageError("path", { flag });
    }
    const isKey = (text: string) => isKeyText(text) && /[\w+/-]{60}/.test(text);
    if (name !== "key-file" && list(name).some(isKey)) throw usageError("key", { flag });
  }
  for (const group of CONFLICTS) {
    const [one, other] = group.filter(has);
    if (other) throw usageError("conflict", { flag: `--${one}`, other: `--${other}` });
  }
}

function checkOperands({ command, operands }: Arguments): void {
  if (command === undefined) return;
  const spec = commandOf(command);
  if (!spec) {
    throw usageError("group", { word: command, expected: membersOf(command).join(", ") });
  }
  const { operand } = spec;
  const details = { command: `coze-jwt ${command}`, form: operand?.form ?? "" };
  if (!operand && operands.length > 0) throw usageError("no-operand", details);
  if (operands.length > 1) throw usageError("operands", details);
  const [given] = operands;
  const { choices } = operand ?? {};
  if (given !== undefined && choices && !choices.includes(given)) {
    throw usageError("operand", { ...details, expected: choices.join(", ") });
  }
}

/** The commands of a group such as `bot`. */
function membersOf(group: string): string[] {
  return Object.keys(COMMANDS).filter((name) => name.startsWith(`${group} `));
}
