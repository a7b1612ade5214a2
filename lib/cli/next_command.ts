import { redact, sanitize } from "../redact.ts";
import { type Command, FLAGS, isSwitch } from "./commands.ts";

/**
 * Writes a word so that a shell reads it as one.
 *
 * @param word Any text.
 */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Writes a word as it is to be typed again. What cannot be shown as it is, because it looks like a
 * secret, steers a terminal or is very long, becomes a variable: typed as it stands, it is empty and refused.
 *
 * @param word Any text.
 */
export function typed(word: string): string {
  const isShown = word.length <= 300 && redact(sanitize(word)) === word;
  return isShown ? shellQuote(word) : '"$TEXT"';
}

/**
 * Writes flags and an operand, which is no flag even when it begins like one.
 *
 * @param operand The operand.
 * @param flags The flags, each with a blank before it.
 * @returns A text that begins with a blank.
 */
export function withOperand(operand: string, flags: string): string {
  return operand.startsWith("-") ? `${flags} -- ${typed(operand)}` : ` ${typed(operand)}${flags}`;
}

/** Flags that say how a run is told, not what it works with. */
const MANNER = ["json", "header", "trace", "lang", "offline", "other-region"];

/**
 * The flags of a run that another command takes too, as they would be typed.
 *
 * @param args The arguments of the run.
 * @param command The other command.
 * @param without More flags to leave out, with their values.
 * @returns A text that begins with a blank, or is empty.
 */
export function sameFlags(
  args: readonly string[],
  command: Command,
  without: readonly string[] = [],
): string {
  const kept = FLAGS[command].filter((flag) => !MANNER.includes(flag) && !without.includes(flag));
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).flatMap((arg, i) => {
    const [, name, inline] = /^--([\w-]+)(=.*)?$/s.exec(arg) ?? [];
    if (name === undefined || !kept.includes(name)) return [];
    if (inline !== undefined) return ` --${name}=${typed(inline.slice(1))}`;
    return isSwitch(arg) ? ` ${arg}` : ` ${arg} ${typed(args[i + 1]!)}`;
  }).join("");
}
