/**
 * Chooses where the JSR packages come from: JSR, or the stand-ins in npm/ where it is out of reach.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { tmpdir } from "node:os";
import { join } from "node:path";
import standIns from "../npm/deno.json" with { type: "json" };
import { denoTooOld } from "../lib/cli/deno_version.ts";
import { childEnvironment, ROOT } from "./child.ts";

/** Where the packages come from. */
export interface Packages {
  /** The choice in one line, for people. */
  line: string;
  /** The flags of Deno that make the choice; none for JSR. */
  flags: readonly string[];
}

const STAND_INS: readonly string[] = ["--config=npm/deno.json"];
/** The flags that gave this process its packages. */
export const PACKAGE_FLAGS: readonly string[] =
  import.meta.resolve("jsr:@zaubrik/djwt@3.0.2").startsWith("file:") ? STAND_INS : [];
const FROM_JSR: Packages = { line: "packages: JSR", flags: [] };
/** How long to wait for JSR. */
const LIMIT_MS = 5000;
/** How long to remember that JSR was out of reach. */
const MEMORY_MS = 3_600_000;

function fromNpm(why: string): Packages {
  return {
    line: `packages: npm stand-ins (${why}), see README, Networks without JSR`,
    flags: STAND_INS,
  };
}

/**
 * Asks Deno to fetch the packages, so that its cache, a proxy and `JSR_URL` count as they do in a
 * run. A registry that accepts the connection and never answers would hold Deno for more than a
 * minute, so this stops after 5 seconds. That JSR is out of reach is remembered for an hour.
 *
 * @returns The choice. Ends the process with 1 where Deno is too old.
 */
export async function choosePackages(): Promise<Packages> {
  const tooOld = denoTooOld(Deno.version.deno, navigator.language);
  if (tooOld !== undefined) {
    console.error(tooOld);
    Deno.exit(1);
  }
  const memory = await memoryPath();
  if (await isRecent(memory)) return fromNpm("JSR could not be reached within the last hour");
  const specifiers = Object.keys(standIns.imports).filter((name) => name.startsWith("jsr:"));
  const signal = AbortSignal.timeout(LIMIT_MS);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", ...specifiers],
    cwd: ROOT,
    clearEnv: true,
    env: { ...childEnvironment({ proxies: true }), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).output();
  if (success) return FROM_JSR;
  await remember(memory);
  const reason = signal.aborted
    ? `no answer within ${LIMIT_MS / 1000} s`
    : firstError(new TextDecoder().decode(stderr));
  return fromNpm(`JSR could not be reached: ${reason}`);
}

/** The file whose age is the memory. Another registry, proxy or cache is another file. */
async function memoryPath(): Promise<string> {
  const names = ["JSR_URL", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "DENO_DIR"];
  const way = JSON.stringify(names.map((name) => Deno.env.get(name)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(way));
  return join(tmpdir(), `coze-jwt-without-jsr-${new Uint8Array(digest).toHex().slice(0, 16)}`);
}

async function isRecent(path: string): Promise<boolean> {
  try {
    const { isFile, mtime } = await Deno.lstat(path);
    const age = Date.now() - Number(mtime);
    return isFile && age >= 0 && age < MEMORY_MS;
  } catch {
    return false;
  }
}

/** Never writes through a link that another user left in the temporary directory. */
async function remember(path: string): Promise<void> {
  try {
    await Deno.remove(path).catch(() => {});
    await Deno.writeTextFile(path, "", { createNew: true });
  } catch {
    // Without the memory the next task waits for JSR again.
  }
}

function firstError(stderr: string): string {
  const line = stderr.split("\n").find((line) => line.startsWith("error: "));
  return line?.slice("error: ".length).replace(/\.$/, "") ?? "Deno could not load them";
}
