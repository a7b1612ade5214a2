// Programs and rights that some tests need. Where one is missing the test is skipped; the reason in
// its name says what to install.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Finds a program in the folders of PATH.
 *
 * @param names Its names, the best first; on Windows without `.exe`.
 * @returns The path of the first one that is there.
 */
function find(...names: string[]): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter).filter(Boolean);
  const end = Deno.build.os === "windows" ? ".exe" : "";
  return names.flatMap((name) => folders.map((folder) => join(folder, name + end))).find(
    existsSync,
  );
}

/** Tells whether a program is there. */
export function has(name: string): boolean {
  return find(name) !== undefined;
}

/** The path of Chromium; on other systems than Debian it has other names. */
export function findChromium(): string | undefined {
  return find("chromium", "chromium-browser", "google-chrome");
}

/** Tells whether a program runs and ends with 0. */
function works(name: string, ...args: string[]): boolean {
  if (!has(name)) return false;
  return new Deno.Command(name, { args, stdout: "null", stderr: "null" }).outputSync().success;
}

/** Tells whether `deno bundle` has what it needs, by a file without imports. */
function bundles(): boolean {
  const args = [
    "bundle",
    "--quiet",
    "--no-config",
    fileURLToPath(import.meta.resolve("./virtual_time.ts")),
  ];
  return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).outputSync()
    .success;
}

function isRoot(): boolean {
  const { stdout } = new Deno.Command("id", { args: ["-u"] }).outputSync();
  return new TextDecoder().decode(stdout).trim() === "0";
}

/** Why each need is not met; nothing where it is. */
const NEEDS = {
  "git": () => has("git") ? undefined : "no git: apt-get install git",
  "bash": () => has("bash") ? undefined : "no bash: apt-get install bash",
  "zsh": () => has("zsh") ? undefined : "no zsh: apt-get install zsh",
  "fish": () => has("fish") ? undefined : "no fish: apt-get install fish",
  // Neither Debian nor npm has it.
  "pwsh": () => has("pwsh") ? undefined : "no pwsh: install PowerShell",
  "redis-server": () =>
    has("redis-server") ? undefined : "no redis-server: apt-get install redis-server",
  "python3": () => has("python3") ? undefined : "no python3: apt-get install python3",
  "/dev/full": () => Deno.build.os === "linux" ? undefined : "no /dev/full on this system",
  // `script` of other systems takes other arguments, and has no --version.
  "terminal": () =>
    works("script", "--version") ? undefined : "no script of util-linux: apt-get install bsdutils",
  "a machine without network": () =>
    works("unshare", "--net", "--map-root-user", "true")
      ? undefined
      : "unshare is missing, or not allowed here",
  "a user without root": () => has("id") && isRoot() ? "root reads every file" : undefined,
  "chromium": () => findChromium() ? undefined : "no chromium: apt-get install chromium",
  "node": () => has("node") ? undefined : "no node: apt-get install nodejs",
  "bun": () => has("bun") ? undefined : "no bun: npm install --global bun",
  "deno bundle": () => bundles() ? undefined : "deno bundle cannot get esbuild from npm",
  "base binary": () =>
    Deno.env.get("DENORT_BIN") ? undefined : "DENORT_BIN names no base binary of deno compile",
} satisfies Record<string, () => string | undefined>;

/** Something that not every machine has. */
export type Need = keyof typeof NEEDS;

const found = new Map<Need, string | undefined>();

function whyNot(need: Need): string | undefined {
  if (!found.has(need)) found.set(need, NEEDS[need]());
  return found.get(need);
}

/**
 * Defines a test that is skipped, aloud, where the machine lacks something.
 *
 * @param needs What it needs.
 * @param name The test's name.
 * @param fn The test.
 * @param options Which sanitizers do not fit.
 */
export function testWith(
  needs: readonly Need[],
  name: string,
  fn: () => Promise<void>,
  options: { sanitizeOps?: boolean; sanitizeResources?: boolean } = {},
): void {
  const reason = needs.map(whyNot).find((reason) => reason !== undefined);
  if (reason === undefined) Deno.test({ name, fn, ...options });
  else Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn });
}
