import type { Run } from "./run.ts";

/**
 * Prints a list to stdout: a table on a terminal, tab-separated lines in a pipe, JSON on demand.
 *
 * @param run The command line and the outside world.
 * @param items What is listed; with `--json` as it is.
 * @param head The names of the columns.
 * @param row The columns of an item.
 */
export async function printList<Item>(
  { io, output }: Run,
  items: readonly Item[],
  head: readonly string[],
  row: (item: Item) => string[],
): Promise<void> {
  if (output.json) return output.contentJson(items);
  const { renderTable } = await import("./table.ts");
  const table = renderTable(head, items.map(row), { terminal: io.stdoutIsTerminal });
  if (table !== "") output.content(table);
}
