import { sanitize } from "../redact.ts";
import type { WordKey } from "../words/words.ts";
import type { Context } from "./context.ts";

/** Most cells of the terminal for one value. */
const LIMIT = 40;

/**
 * Prints a list to stdout: a table on a terminal, tab-separated lines in a pipe, JSON on demand.
 */
export async function printTable<Item>(
  { io, output, text }: Context,
  items: readonly Item[],
  head: readonly WordKey[],
  row: (item: Item) => string[],
): Promise<void> {
  if (output.json) return output.contentJson(items);
  const rows = items.map((item) =>
    row(item).map((value) => sanitize(value).replace(/[\t\n]/g, " "))
  );
  if (!io.stdoutIsTerminal) {
    if (rows.length > 0) output.content(rows.map((row) => row.join("\t")).join("\n"));
    return;
  }
  const { unicodeWidth } = await import("./unicode_width.ts");
  output.content(
    layOut([await Promise.all(head.map((key) => text(key))), ...rows], unicodeWidth),
  );
}

/** Aligns the columns of a table. */
export function layOut(
  rows: readonly (readonly string[])[],
  widthOf: (text: string) => number,
): string {
  const lines = rows.map((row) => row.map((value) => shorten(value, widthOf)));
  const widths = rows[0]!.map((_, i) => Math.max(...lines.map((line) => widthOf(line[i] ?? ""))));
  const pad = (value: string, width: number) => value + " ".repeat(width - widthOf(value));
  return lines.map((line) => line.map((value, i) => pad(value, widths[i]!)).join("  ").trimEnd())
    .join("\n");
}

/** Cuts a value so that it takes at most so many cells of a terminal, counted with the mark. */
function shorten(value: string, widthOf: (text: string) => number): string {
  let cells = 0;
  let fits = "";
  for (const letter of value) {
    cells += widthOf(letter);
    if (cells > LIMIT) return `${fits}…`;
    if (cells < LIMIT) fits += letter;
  }
  return value;
}
