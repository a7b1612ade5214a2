import type { Context } from "../context.ts";
import { withSession } from "../session.ts";
import { printTable } from "../table.ts";

export function workspaces(context: Context): Promise<number> {
  return withSession(context, async ({ client, call }) => {
    const all = await Array.fromAsync(client.workspaces(call));
    await printTable(
      context,
      all,
      ["column.id", "column.name", "column.role", "column.type"],
      ({ id, name, role, type }) => [id, name, role, type],
    );
    return 0;
  });
}
