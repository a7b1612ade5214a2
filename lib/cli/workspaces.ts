import type { Workspace } from "../api/bots.ts";
import { printList } from "./list.ts";
import type { Run } from "./run.ts";
import { withSession } from "./session.ts";

/**
 * Lists the workspaces that the app was authorised for.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export function workspaces(run: Run): Promise<number> {
  return withSession(run, async ({ client, call }) => {
    const all = await Array.fromAsync(client.workspaces(call));
    const row = ({ id, name, role, type }: Workspace) => [id, name, role, type];
    await printList(run, all, ["id", "name", "role", "type"], row);
    return 0;
  });
}
