/**
 * Stand-in for `jsr:@std/cli/parse-args`, for flags that are all collected.
 *
 * Not over `node:util`: loading that takes a third of the time in which Deno starts, and the rules
 * for which flag takes the argument after it are others there.
 *
 * @module
 */

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
  const add = (arg: string, name: string, value: string | boolean | undefined) => {
    if (boolean.includes(name)) value = value !== "false";
    value ??= string.includes(name) ? "" : true;
    const listed = string.includes(name) || boolean.includes(name);
    if (listed) collected.get(name)?.push(value);
    else if (unknown(arg, name, value) !== false) flags[name] = value;
  };

  const end = args.indexOf("--");
  const parsed = end === -1 ? args : args.slice(0, end);
  for (let i = 0; i < parsed.length; i++) {
    const arg = parsed[i]!;
    if (!isFlag(arg)) {
      if (unknown(arg) !== false) positionals.push(arg);
      continue;
    }
    const [, inlineName, inlineValue] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (inlineName !== undefined) {
      // The real package reads "--no-flag=value" as "--flag=value".
      add(arg, inlineName.replace(/^no-/, ""), inlineValue);
      continue;
    }
    const names = arg.startsWith("--") ? [arg.slice(2)] : [...arg.slice(1)];
    for (const name of names.slice(0, -1)) add(arg, name, undefined);
    const last = names.at(-1)!;
    const next = parsed[i + 1];
    const taken = next !== undefined && !isFlag(next) && takes(last, next, boolean);
    if (taken) i++;
    add(arg, last, taken ? next : undefined);
  }

  if (end !== -1) positionals.push(...args.slice(end + 1));
  return { ...flags, ...Object.fromEntries(collected), _: positionals };
}

function isFlag(arg: string): boolean {
  return arg.startsWith("-") && arg !== "-";
}

/** Tells whether a flag takes the argument after it. */
function takes(name: string, next: string, boolean: readonly string[]): boolean {
  // The real package has a boolean flag take a "true" or "false" that follows.
  if (boolean.includes(name)) return next === "true" || next === "false";
  return next !== "" && next !== "-";
}
