import { sanitize } from "../redact.ts";
import { unicodeWidth } from "./unicode_width.ts";

/** How a table is shown. */
export interface TableOptions {
  /** Whether people read it: columns with a head. Otherwise records with tabs, in full. */
  terminal: boolean;
  /** Most cells of the terminal for one value. @default {40} */
  limit?: number;
}

/**
 * Lays out records, one a line.
 *
 * @param head The names of the columns; only for people.
 * @param rows The values, foreign texts too: they are sanitised, and put on one line.
 * @param options For whom.
 * @returns The lines, without a newline at the end; empty when a program reads and there are none.
 */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { terminal, limit = 40 }: TableOptions,
): string {
  const values = rows.map((row) => row.map((value) => sanitize(value).replace(/[\t\n]/g, " ")));
  if (!terminal) return values.map((row) => row.join("\t")).join("\n");
  const lines = [head, ...values.map((row) => row.map((value) => shorten(value, limit)))];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => unicodeWidth(line[i] ?? ""))));
  return lines.map((line) => line.map((value, i) => pad(value, widths[i]!)).join("  ").trimEnd())
    .join("\n");
}

function pad(value: string, width: number): string {
  return value + " ".repeat(Math.max(0, width - unicodeWidth(value)));
}

/** Cuts a value so that it takes at most so many cells of a terminal, counted with the mark. */
function shorten(value: string, limit: number): string {
  let cells = 0;
  let fits = "";
  for (const letter of value) {
    cells += unicodeWidth(letter);
    if (cells > limit) return `${fits}…`;
    if (cells < limit) fits += letter;
  }
  return value;
}
