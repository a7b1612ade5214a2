import { type NextCommand, shellQuote } from "../doctor/report.ts";
import { redact, sanitize } from "../redact.ts";
import { parseBaseUrl } from "../token_request.ts";
import { commandOf, flagOf } from "./commands.ts";
import { VARIABLES } from "./config/configuration.ts";
import { type Arguments, argumentsOf, type Known } from "./context.ts";
import type { Io } from "./io.ts";
import { permissionsFor } from "./permissions.ts";

/**
 * Writes a command for the user's shell: with the flags of this run and the permissions that it
 * needs. Words are quoted last.
 */
export function typedCommand(
  { program, words, flags = {}, without = [], alsoNet, alsoEnv }: NextCommand,
  { start, shell, env }: Pick<Io, "start" | "shell" | "env">,
  args: Arguments,
  known: Known,
): string {
  const type = (word: string) => typedWord(word, shell);
  if (program) return [program, ...words].map(type).join(" ");
  const [command = "", ...operands] = words.length > 0
    ? words
    : [args.command ?? "", ...args.operands];
  const isSame = command === args.command;
  const all = new Map<string, readonly string[]>();
  for (const flag of commandOf(command)?.flags ?? []) {
    const given = flags[flag];
    const isLeftOut = without.includes(flag) || (flagOf(flag)!.isPerRun && !isSame) ||
      flag === "started-as";
    // The default needs no flag.
    if (flag === "keys" && given === "keys" && !args.has("keys")) continue;
    if (given !== undefined) all.set(flag, [given === true ? "" : given]);
    else if (!isLeftOut && args.has(flag)) all.set(flag, args.list(flag));
    if (flag === "base-url" && !isBaseUrl(all.get(flag)?.[0])) all.delete(flag);
  }
  const typed = [...all].flatMap(([flag, values]) =>
    flagOf(flag)!.value === undefined ? [`--${flag}`] : values.flatMap((value) =>
      // `--flag -value` would be two flags.
      value.startsWith("-") ? [`--${flag}=${type(value)}`] : [`--${flag}`, type(value)]
    )
  );
  const isDash = operands.some((word) => word.startsWith("-") && word !== "-");
  const tail = isDash ? [...typed, "--", ...operands.map(type)] : [...operands.map(type), ...typed];
  const launch = [...start.before];
  if (start.script !== undefined) {
    const granted = VARIABLES.filter((name) => env(name) !== null);
    const variables = alsoEnv ?? (granted.length < VARIABLES.length ? granted.join(",") : "COZE_*");
    if (variables !== "" && !launch.includes("--allow-env")) {
      launch.push(`--allow-env=${variables}`);
    }
    const line = argumentsOf(Object.fromEntries(all), command, operands);
    launch.push(...permissionsFor(line, known, alsoNet), start.script);
  }
  return [...launch.map(type), ...command.split(" "), ...tail].join(" ");
}

/** Whether a base URL can be used. One that cannot may contain a password. */
function isBaseUrl(text?: string): boolean {
  try {
    return Boolean(parseBaseUrl(text));
  } catch {
    return false;
  }
}

/** Quotes a word. What looks like a secret or controls a terminal becomes a variable. */
function typedWord(word: string, shell: Io["shell"]): string {
  const isShown = word.length <= 300 && redact(sanitize(word)) === word;
  if (isShown) return shellQuote(word, shell);
  // Without its flag, Deno would take the variable for the program.
  const [flag = ""] = /^--allow-[a-z]+=/.exec(word) ?? [];
  return `${flag}"$TEXT"`;
}
