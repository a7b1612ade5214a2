/**
 * Line coverage of lib/, from what the test groups collected.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ROOT, runDeno } from "./child.ts";

/** Percentage of lines that tests have to run. */
export const FLOOR = 95;

/** Tells a file with code from one that holds types or names others only. */
const CODE_REGEXP = /^(?:export )?(?:async )?(?:function|class|const|let)\b/m;

/** Lines of a folder. */
export interface Lines {
  found: number;
  hit: number;
}

/**
 * Reads the collected data.
 *
 * @param directory Where it is.
 * @returns Lines by folder, and the files with code that no test has loaded: they are in no report.
 */
export async function readCoverage(
  directory: string,
): Promise<{ folders: Map<string, Lines>; unloaded: string[] }> {
  const root = RegExp.escape(pathToFileURL(ROOT).href);
  const args = ["coverage", "--lcov", `--include=^${root}lib/`, directory];
  const { output } = await runDeno(args, { write: () => {} });
  const unloaded = readdirSync(`${ROOT}lib`, { recursive: true, encoding: "utf8" })
    .map((name) => `lib/${name}`)
    .filter((path) => path.endsWith(".ts") && !output.includes(`SF:${ROOT}${path}\n`))
    .filter((path) => CODE_REGEXP.test(readFileSync(`${ROOT}${path}`, "utf8")))
    .sort();
  return { folders: linesByFolder(output, ROOT), unloaded };
}

/**
 * Sums a report in lcov's format.
 *
 * @param lcov The report.
 * @param root The project's directory, with a slash at its end.
 * @returns Lines by folder, in the order of the alphabet.
 */
export function linesByFolder(lcov: string, root: string): Map<string, Lines> {
  const folders = new Map<string, Lines>();
  for (const record of lcov.split("end_of_record")) {
    const path = record.match(/^SF:(.*)$/m)?.[1]?.replace(root, "");
    if (path === undefined) continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    const lines = folders.get(folder) ?? { found: 0, hit: 0 };
    lines.found += Number(record.match(/^LF:(\d+)$/m)?.[1] ?? 0);
    lines.hit += Number(record.match(/^LH:(\d+)$/m)?.[1] ?? 0);
    folders.set(folder, lines);
  }
  return new Map([...folders].sort(([a], [b]) => a < b ? -1 : 1));
}

/**
 * Renders coverage in one line.
 *
 * @param folders Lines by folder.
 * @returns The line, and the percentage of all lines.
 */
export function summarize(folders: Map<string, Lines>): { line: string; percent: number } {
  const percent = ({ found, hit }: Lines) => found === 0 ? 100 : 100 * hit / found;
  const total = { found: 0, hit: 0 };
  for (const { found, hit } of folders.values()) {
    total.found += found;
    total.hit += hit;
  }
  const parts = [...folders].map(([name, lines]) => `${name} ${percent(lines).toFixed(1)} %`);
  return {
    line: `coverage: ${percent(total).toFixed(1)} % of lines (${parts.join(", ")})`,
    percent: percent(total),
  };
}
