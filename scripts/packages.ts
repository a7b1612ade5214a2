/**
 * Chooses where the JSR packages come from: JSR, or the stand-ins in npm/ where it is out of reach.
 *
 * @module
 */

import { tmpdir } from "node:os";
import { join } from "node:path";
import standIns from "../npm/deno.json" with { type: "json" };
import { childEnvironment, ROOT, text } from "./child.ts";

/** Where the packages come from. */
interface Packages {
  /** The choice in one line, for people. */
  summary: string;
  /** Whether people do not know it yet: the first time that JSR is out of reach. */
  isNews: boolean;
  /** The flags that make the choice for a command of Deno; none for JSR. */
  flagsOf(command: string): readonly string[];
}

const STAND_INS: readonly string[] = ["--config=npm/deno.json"];
/** The flags that gave this process its packages. */
export const PACKAGE_FLAGS: readonly string[] =
  import.meta.resolve("jsr:@zaubrik/djwt@3.0.2").startsWith("file:") ? STAND_INS : [];
/** Commands that do not take the configuration of the stand-ins. */
const OTHER_FLAGS: Readonly<Record<string, readonly string[]>> = {
  // The rule no-slow-types downloads packages from JSR.
  lint: ["--rules-exclude=no-slow-types"],
  // These need deno.json, which knows this package by its name.
  doc: ["--import-map=npm/import_map.json"],
  "test --doc": ["--import-map=npm/import_map.json"],
};
const FROM_JSR: Packages = { summary: text("packages.jsr"), isNews: false, flagsOf: () => [] };
/** How long to wait for JSR. */
const JSR_TIMEOUT_MS = 5000;
/** How long to remember that JSR was out of reach. */
const REMEMBER_MS = 3_600_000;

function fromNpm(why: string, isNews = true): Packages {
  return {
    summary: text("packages.npm", { why }),
    isNews,
    flagsOf: (command) => OTHER_FLAGS[command] ?? STAND_INS,
  };
}

/**
 * Runs `deno cache` for the packages, so that the cache, a proxy and `JSR_URL` count as they do in a
 * real run. Gives up after 5 seconds, because Deno itself waits over a minute for a registry that does
 * not answer. Remembers for an hour that JSR was out of reach.
 *
 * @returns The choice.
 */
export async function choosePackages(): Promise<Packages> {
  const memory = await memoryPath();
  if (await isRecent(memory)) {
    return fromNpm(text("packages.recent", { path: memory }), false);
  }
  const specifiers = Object.keys(standIns.imports).filter((name) => name.startsWith("jsr:"));
  const signal = AbortSignal.timeout(JSR_TIMEOUT_MS);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["cache", ...specifiers],
    cwd: ROOT,
    clearEnv: true,
    env: { ...childEnvironment({ proxies: true }), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).spawn();
  const stop = () => {
    child.kill("SIGKILL");
    Deno.exit(143);
  };
  const hasTerminate = Deno.build.os !== "windows";
  if (hasTerminate) Deno.addSignalListener("SIGTERM", stop);
  const { success, stderr } = await child.output();
  if (hasTerminate) Deno.removeSignalListener("SIGTERM", stop);
  if (success) return FROM_JSR;
  await remember(memory);
  const reason = firstError(new TextDecoder().decode(stderr));
  return fromNpm(
    signal.aborted
      ? text("packages.timeout", { seconds: JSR_TIMEOUT_MS / 1000 })
      : text("packages.failed", { reason }),
  );
}

/** The file whose age says when JSR failed. Each way to the registry has its own. */
async function memoryPath(): Promise<string> {
  const names = ["JSR_URL", "DENO_DIR", "DENO_CERT", "DENO_TLS_CA_STORE"];
  for (const name of ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]) names.push(name, name.toLowerCase());
  const route = JSON.stringify(names.map((name) => Deno.env.get(name)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(route));
  return join(tmpdir(), `coze-jwt-without-jsr-${new Uint8Array(digest).toHex().slice(0, 16)}`);
}

async function isRecent(path: string): Promise<boolean> {
  try {
    const { isFile, mtime } = await Deno.lstat(path);
    const age = Date.now() - Number(mtime);
    return isFile && age >= 0 && age < REMEMBER_MS;
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
