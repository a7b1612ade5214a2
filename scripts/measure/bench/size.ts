/**
 * What is counted: bytes that an importer downloads, files that Deno opens, modules that a run
 * evaluates.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { ROOT } from "../../child.ts";
import { child, type Desk, PACKAGE_FLAGS, tokenPrograms } from "./desk.ts";
import { countRow, type Row } from "./table.ts";

/** Most bytes of this library's own files in mod.ts's graph. */
export const MOST_BYTES = 100_000;
/** How many of our files the graph of cli.ts may have. Deno opens each of them at every start. */
const MOST_FILES = 100;
/** Most modules of ours that `token` may evaluate: each costs a tenth of a millisecond. */
export const MOST_MODULES = 25;

/**
 * Counts bytes, files and modules.
 *
 * @param desk The folder in which to measure.
 * @returns A row for each count.
 */
export async function measureSize(desk: Desk): Promise<Row[]> {
  const kB = (await graphBytes()) / 1000;
  const { length: files } = await graphOf("cli.ts");
  const modules = await tokenModules(desk);
  const bundle = desk.bundle ? [(await Deno.stat(desk.bundle)).size / 1000] : [];
  return [
    countRow("bytes in the graph of mod.ts, without djwt", kB, "kB", ["≤", MOST_BYTES / 1000]),
    countRow("files in the graph of cli.ts, without packages", files, "files", ["≤", MOST_FILES]),
    countRow("modules that `token` evaluates", modules.length, "modules", ["≤", MOST_MODULES]),
    ...bundle.map((kB) => countRow("dist/coze-jwt.js", kB, "kB")),
  ];
}

/** Lists our files in the module graph of an entry point; packages are left out. */
async function graphOf(entry: string): Promise<{ specifier: string; size?: number }[]> {
  const args = ["info", "--json", ...PACKAGE_FLAGS, entry];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string; size?: number }[];
  };
  const root = pathToFileURL(ROOT).href;
  return modules.filter(({ specifier }) =>
    specifier.startsWith(root) && !specifier.startsWith(`${root}npm/`)
  );
}

/**
 * Sums the files of this library in mod.ts's graph.
 *
 * @returns Their bytes.
 */
export async function graphBytes(): Promise<number> {
  return (await graphOf("mod.ts")).reduce((sum, { size = 0 }) => sum + size, 0);
}

/**
 * Finds out which modules of ours a run of `token` that succeeds evaluates. A hook into the loader sees it: the graph
 * holds the lazy commands as well, and coverage shows neither JSON nor what comes from JSR. What
 * Deno loads it evaluates, or the run fails.
 *
 * @param desk Where.
 * @returns The modules, as URLs.
 */
export async function tokenModules(
  desk: Pick<Desk, "cwd" | "baseUrl">,
): Promise<string[]> {
  const { token } = tokenPrograms(desk, [
    `--preload=${ROOT}scripts/measure/bench/loaded_modules.ts`,
  ]);
  // With --json nothing is said, so no words are loaded.
  const { success, stderr } = await child(desk, [...token, "--json"], { stderr: "piped" }).output();
  // The hook leaves other code of these modules in Deno's cache, from which coverage reads it.
  await child(desk, tokenPrograms(desk).token).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (!success) throw new Error(`Cannot count, token failed: ${said}`);
  const modules: string[] = JSON.parse(said.slice(said.lastIndexOf("\n") + 1));
  // Packages and their stand-ins are not ours.
  return modules.filter((url) =>
    url.startsWith(pathToFileURL(ROOT).href) && !url.includes("/npm/")
  );
}
