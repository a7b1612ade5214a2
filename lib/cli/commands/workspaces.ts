import type { Context } from "../context.ts";
import { withSession } from "../session.ts";
import { printTable } from "../table.ts";

/** Lists the workspaces that the app was authorised for. */
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
