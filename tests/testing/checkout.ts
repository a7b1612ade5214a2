// Tasks as a user runs them, where JSR cannot be reached or is played by a server on loopback.

import { cp, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./files.ts";
import { type Ended, environment } from "./process.ts";

/** An address on loopback at which nothing listens. */
export const NOWHERE = "http://127.0.0.1:1";

/**
 * Copies the project into a folder, with a cache of Deno that holds npm packages and nothing else.
 *
 * @returns The folder, the environment for tasks there, and how to run one.
 */
export async function checkout(more: Record<string, string> = {}) {
  const folder = await Deno.makeTempDir({ prefix: "扣子 checkout " });
  const directory = join(folder, "coze-jwt");
  for (const name of ["cli.ts", "mod.ts", "deno.json", "lib", "npm", "scripts"]) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  // An empty folder: the developer may have keys in the real one.
  await Deno.mkdir(join(directory, "keys"));
  // The project itself may be read-only; this copy is not.
  for (const path of [".", ...await readdir(directory, { recursive: true })]) {
    const { isDirectory } = await Deno.stat(join(directory, path));
    await Deno.chmod(join(directory, path), isDirectory ? 0o700 : 0o600);
  }
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir, npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  for (const name of ["deno_dir", "tmp"]) await Deno.mkdir(join(folder, name));
  await symlink(npmCache, join(folder, "deno_dir/npm"));
  // Holds the esbuild of `deno bundle`.
  await symlink(join(denoDir, "dl"), join(folder, "deno_dir/dl"));
  const env = environment({
    JSR_URL: NOWHERE,
    DENO_DIR: join(folder, "deno_dir"),
    TMPDIR: join(folder, "tmp"),
    ...more,
  });
  async function deno(args: string[], more: Record<string, string>): Promise<Ended> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: directory,
      clearEnv: true,
      env: { ...env, ...more },
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, stdout: out!, stderr: err! };
  }
  return {
    directory,
    temporary: join(folder, "tmp"),
    /** Runs a task of deno.json there. */
    task: (name: string, args: string[] = []) => deno(["task", name, ...args], {}),
    /** Runs a script of scripts/ there, with the packages that can be reached. */
    run(script: string, args: string[], more: Record<string, string> = {}): Promise<Ended> {
      const path = join("scripts", script);
      const before = ["run", "-A", "scripts/with_packages.ts", "run", "-A", path];
      return deno([...before, ...args], more);
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
