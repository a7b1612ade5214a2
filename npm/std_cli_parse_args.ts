/**
 * Stand-in for `jsr:@std/cli/parse-args` over `node:util`, for flags that are all collected.
 *
 * `node:util` splits arguments into tokens; which flag takes the argument after it is decided
 * here, because the two differ on it (`--flag -x`, `--flag ""`, `--unlisted value`).
 *
 * @module
 */

import { parseArgs as tokenize } from "node:util";

/** What to parse. Every flag is in `string` or `boolean`, and in `collect` as well. */
export interface ParseOptions {
  /** Flags with a value; `"_"` keeps positionals that look like numbers as they are. */
  string: readonly string[];
  /** Flags without a value. */
  boolean: readonly string[];
  /** All flags: each is an array of what was given, in order. */
  collect: readonly string[];
  /**
   * Sees every flag not listed, with its key and value, and every positional, without them; what
   * it returns false for is left out.
   *
   * @default {() => true}
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What was parsed: an array for each flag, and the positionals. */
export type Args = Record<string, unknown> & { _: (string | number)[] };

/**
 * Parses command line arguments.
 *
 * @param args The arguments.
 * @param options The flags.
 * @returns The flags and the positionals.
 */
export function parseArgs(args: string[], options: ParseOptions): Args {
  const { string, boolean, collect, unknown = () => true } = options;
  const positionals: string[] = [];
  const flags: Record<string, unknown> = {};
  const collected = new Map<string, (string | boolean)[]>(collect.map((name) => [name, []]));

  // With no flag declared no token swallows the next one. What follows "--" is not tokenized, as
  // node:util would take a lone "-" or "--" there for the same as before it.
  const end = args.indexOf("--");
  const parsed = end === -1 ? args : args.slice(0, end);
  const { tokens } = tokenize({
    args: parsed,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const arg = parsed[token.index]!;
    if (token.kind !== "option") {
      if (unknown(arg) !== false) positionals.push(arg);
      continue;
    }
    // The real package reads "--no-flag=value" as "--flag=value".
    const name = token.inlineValue ? token.name.replace(/^no-/, "") : token.name;
    const next = tokens[i + 1];
    let value: string | boolean | undefined = token.value;
    if (value === undefined && next?.kind === "positional" && takes(name, next.value, boolean)) {
      value = next.value;
      i++;
    }
    if (boolean.includes(name)) value = value !== "false";
    value ??= string.includes(name) ? "" : true;
    const listed = string.includes(name) || boolean.includes(name);
    if (listed) collected.get(name)?.push(value);
    else if (unknown(arg, name, value) !== false) flags[name] = value;
  }

  if (end !== -1) positionals.push(...args.slice(end + 1));
  return { ...flags, ...Object.fromEntries(collected), _: positionals };
}

/** Tells whether a flag takes the argument after it. */
function takes(name: string, next: string, boolean: readonly string[]): boolean {
  // The real package has a boolean flag take a "true" or "false" that follows.
  if (boolean.includes(name)) return next === "true" || next === "false";
  return next !== "" && next !== "-";
}
