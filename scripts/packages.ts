/**
 * Chooses where the JSR packages come from: JSR, or the stand-ins in npm/ where it is out of reach.
 *
 * @module
 */

import importMap from "../npm/import_map.json" with { type: "json" };
import { childEnvironment, ROOT } from "./child.ts";

/** Where the packages come from. */
export interface Packages {
  /** The choice in one line, for people. */
  line: string;
  /** What running the program needs for it. */
  flags: string[];
  /** What test, check and doc need for it, and programs that import what tests do. */
  devFlags: string[];
}

/** What puts the stand-ins in the place of the packages. */
export const STAND_IN_FLAGS: readonly string[] = [
  "--import-map=npm/import_map.json",
  "--lock=npm/deno.lock",
  "--frozen",
];

/**
 * The same where the packages of the tests are needed too: of a lock file Deno downloads all, be it
 * needed or not, and those are 40 MB.
 */
export const DEV_STAND_IN_FLAGS: readonly string[] = STAND_IN_FLAGS.with(1, "--lock=npm/dev.lock");

/**
 * Asks Deno itself to fetch the packages, so that a warm cache, a proxy and `JSR_URL` count as they
 * do in a run. A registry that takes the connection and never answers would hold Deno for more than
 * a minute, so the child gets a time limit.
 *
 * @param options `limitMs` is how long to wait; `env` is added to the child's environment.
 * @returns The choice.
 */
export async function choosePackages(
  options: { limitMs?: number; env?: Record<string, string> } = {},
): Promise<Packages> {
  const { limitMs = 5000, env = {} } = options;
  const specifiers = Object.keys(importMap.imports).filter((name) => name.startsWith("jsr:"));
  const signal = AbortSignal.timeout(limitMs);
  const child = await new Deno.Command(Deno.execPath(), {
    args: ["cache", ...specifiers],
    cwd: ROOT,
    clearEnv: true,
    env: { ...childEnvironment({ proxies: true }), ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).output();
  if (child.success) return { line: "packages: JSR", flags: [], devFlags: [] };
  const reason = signal.aborted
    ? `no answer within ${limitMs / 1000} s`
    : firstError(new TextDecoder().decode(child.stderr));
  return {
    line: `packages: npm stand-ins (JSR could not be reached: ${reason}), ` +
      "see README, Networks without JSR",
    flags: [...STAND_IN_FLAGS],
    devFlags: [...DEV_STAND_IN_FLAGS],
  };
}

function firstError(stderr: string): string {
  const line = stderr.split("\n").find((line) => line.startsWith("error: "));
  return line?.slice("error: ".length).replace(/\.$/, "") ?? "Deno could not load them";
}
