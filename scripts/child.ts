/**
 * Children of the tasks: their environment, and their end.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { fileURLToPath } from "node:url";
import { isOlder, LEAST_DENO } from "../lib/cli/context.ts";
import { sentences } from "../lib/words/words.ts";

/** The project's directory, where every child runs. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The command that starts this Deno. npx keeps it in a cache folder outside PATH. */
export const DENO = /[/\\]_npx[/\\]/.test(Deno.execPath())
  ? `npx -y deno@${Deno.version.deno}`
  : "deno";

/** How the user starts a command of coze-jwt in this checkout. */
export const TASK: readonly string[] = [...DENO.split(" "), "task", "coze-jwt"];

/** The version of Deno that the tests run on and the documents name. */
export const TESTED_DENO = "2.9.6";

// Deno reads LC_ALL even when it is empty, and then does not know the language.
const isUnknown = navigator.language === "und" &&
  Deno.permissions.querySync({ name: "env" }).state === "granted";
const locale = isUnknown && Deno.env.get("LANG") || navigator.language;
// The children see it here.
if (isUnknown) Deno.env.set("LC_ALL", locale);

/** The language of this machine. */
export const LANGUAGE = locale.startsWith("zh") ? "zh" : "en";

/** A sentence in the language of this machine. */
export const text = await sentences(LANGUAGE);

/** Ends the process with 1, and says why, where Deno is too old. */
export function requireDeno(): void {
  const version = Deno.version.deno;
  if (!isOlder(version, LEAST_DENO)) return;
  console.error(text("deno-too-old", { least: LEAST_DENO, version }));
  Deno.exit(1);
}

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
  const terminate = () => child.kill("SIGTERM");
  // A terminal sends ^C to the child too. Sending it on would make one ^C two, which ends a chat.
  const ignore = () => {};
  const hasTerminate = Deno.build.os !== "windows";
  Deno.addSignalListener("SIGINT", ignore);
  if (hasTerminate) Deno.addSignalListener("SIGTERM", terminate);
  const { code } = await child.status;
  Deno.removeSignalListener("SIGINT", ignore);
  if (hasTerminate) Deno.removeSignalListener("SIGTERM", terminate);
  return code;
}
