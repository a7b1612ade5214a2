import { sanitize } from "../redact.ts";
import type { WordKey } from "../words/words.ts";
import type { Context } from "./context.ts";

/** The widest value, in cells of a terminal. */
const LIMIT = 40;

/** Prints a table to a terminal, tab-separated lines to a pipe, JSON with `--json`. */
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
  const heads = await Promise.all(head.map((key) => text(key)));
  const short = [heads, ...rows].map((row) =>
    row.map((value) => shorten(value, LIMIT, unicodeWidth))
  );
  output.content(align(short, unicodeWidth).join("\n"));
}

/** Pads cells to columns. Cells wider than `limit` do not widen their column. */
export function align(
  rows: readonly (readonly string[])[],
  widthOf: (text: string) => number,
  limit = Infinity,
): string[] {
  const columns = rows[0]?.map((_, i) => rows.map((row) => widthOf(row[i]!))) ?? [];
  const widths = columns.map((cells) => Math.max(0, ...cells.filter((width) => width <= limit)));
  const pad = (cell: string, i: number) =>
    cell + " ".repeat(Math.max(0, widths[i]! - widthOf(cell)));
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}

/** Cuts a text to a number of cells of a terminal, including the `…`. */
export function shorten(
  text: string,
  limit: number,
  widthOf: (text: string) => number,
): string {
  let cells = 0;
  let fits = "";
  for (const letter of text) {
    cells += widthOf(letter);
    if (cells > limit) return `${fits}…`;
    if (cells < limit) fits += letter;
  }
  return text;
}
