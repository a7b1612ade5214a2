/**
 * Where measurements are made: a folder with a key, a server to ask, children to time.
 *
 * @module
 */

import { resolve } from "node:path";
import { generatePrivateKey } from "../../../lib/cli/config/keys_directory.ts";
import { childEnvironment, ROOT } from "../../child.ts";
import { PACKAGE_FLAGS as FLAGS } from "../../packages.ts";

/** The flags that choose the packages, for children that run in another folder. */
export const PACKAGE_FLAGS: readonly string[] = FLAGS
  .map((flag) => flag.replace("=npm/", `=${ROOT}npm/`));

/** What every measurement gets. */
export interface Desk {
  /** A folder of its own, with a healthy keys directory in it and nothing else. */
  cwd: string;
  /** The token endpoint on loopback that grants whatever is asked. */
  baseUrl: string;
  /** The program as one file, which `deno bundle` made; nothing where it cannot. */
  bundle?: string;
  /** How often to measure. */
  rounds: number;
  /** Ends the children. */
  signal: AbortSignal;
}

/** A program and its arguments. */
export type Program = readonly [program: string, ...args: string[]];

/**
 * Puts a fresh key into a folder, and a `.env` beside it.
 *
 * @param cwd An empty folder.
 */
export async function layOutKeys(cwd: string): Promise<void> {
  await Deno.mkdir(`${cwd}/keys`, { mode: 0o700 });
  const files = {
    "private_key.pem": await generatePrivateKey(),
    ".env": "COZE_CLIENT_ID=1127900106117\n" +
      "COZE_KEY_ID=_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${cwd}/keys/${name}`, text, { mode: 0o600 });
  }
}

/**
 * Bundles the program into one file, as `deno task bundle` does.
 *
 * @param cwd Where to put it.
 * @returns Its path; `undefined` where `deno bundle` lacks what it downloads.
 */
export async function bundleInto(cwd: string): Promise<string | undefined> {
  const path = `${cwd}/coze-jwt.js`;
  const flags = ["--quiet", ...PACKAGE_FLAGS, "--platform=deno", `--output=${path}`];
  const args = ["bundle", ...flags, `${ROOT}cli.ts`];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  return success ? path : undefined;
}

/** Three commands, and the floor: a script that uses no code of this project. */
export const INSPECT: Readonly<Record<"inspect" | "version" | "doctor" | "floor", Program>> = {
  inspect: deno([...PACKAGE_FLAGS, "--allow-read=keys"], "cli.ts", "inspect"),
  version: deno([...PACKAGE_FLAGS], "cli.ts", "--version"),
  doctor: deno([...PACKAGE_FLAGS, "--allow-read=keys"], "cli.ts", "doctor", "--offline"),
  floor: deno(["--no-config", "--allow-read=keys"], "scripts/measure/bench/floor_inspect.ts"),
};

/**
 * `token` as its help says, and the floor.
 *
 * @param desk Whose server is asked.
 * @param flags More flags of Deno, for both.
 * @returns Both commands.
 */
export function tokenPrograms(
  { baseUrl }: Pick<Desk, "baseUrl">,
  flags: readonly string[] = [],
): Record<"token" | "floor", Program> {
  const all = [...flags, `--allow-net=${new URL(baseUrl).host}`, "--allow-read=keys"];
  return {
    token: deno([...PACKAGE_FLAGS, ...all], "cli.ts", "token", "--base-url", baseUrl),
    floor: deno(["--no-config", ...all], "scripts/measure/bench/floor_token.ts", baseUrl),
  };
}

/**
 * A program for Deno.
 *
 * @param flags Flags of `deno run`.
 * @param script Which, from the project's directory.
 * @param args Its arguments.
 * @returns The program.
 */
export function deno(flags: readonly string[], script: string, ...args: string[]): Program {
  return [Deno.execPath(), "run", "--no-prompt", ...flags, resolve(ROOT, script), ...args];
}

/**
 * Prepares a child. It gets no proxy: Deno would send loopback traffic there.
 *
 * @param desk Where it runs.
 * @param program What to run.
 * @param more What else to say about it; what it writes goes nowhere unless that says so.
 * @returns The child, not started yet.
 */
export function child(
  { cwd, signal }: Pick<Desk, "cwd"> & Partial<Pick<Desk, "signal">>,
  [path, ...args]: Program,
  more: Deno.CommandOptions = {},
): Deno.Command {
  return new Deno.Command(path, {
    args,
    cwd,
    signal,
    clearEnv: true,
    env: { ...childEnvironment({ proxies: false }), DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    ...more,
  });
}
