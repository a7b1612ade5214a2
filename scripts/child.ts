/**
 * Children of the tasks: their environment, and their end.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The project's directory, where every child runs. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** How the user calls Deno: npx puts it into a folder that is on no one's PATH. */
export const DENO = /[/\\]_npx[/\\]/.test(Deno.execPath())
  ? `npx -y deno@${Deno.version.deno}`
  : "deno";

/**
 * Returns the environment of a child.
 *
 * @param options `proxies` keeps the proxy variables. Downloads need them; tests must not have them,
 *   because Deno would send loopback traffic to the proxy as well.
 */
export function childEnvironment(options: { proxies: boolean }): Record<string, string> {
  const isKept = (name: string) => options.proxies || !/^(?:https?|all)_proxy$/i.test(name);
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => isKept(name)),
  );
}

/**
 * Runs Deno on this terminal and waits for its end.
 *
 * @param args Deno's arguments.
 * @returns Its exit code.
 */
export async function runDeno(args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT }).spawn();
  // ^C in a terminal reaches the child by itself; a signal to this process alone does not.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  }
  return (await child.status).code;
}
