// The project's own files.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, with a separator at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Reads a file of the project.
 *
 * @param path From the project's folder.
 */
export function read(path: string): Promise<string> {
  return Deno.readTextFile(join(ROOT, path));
}

/** Whether a file or folder of the project exists. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(join(ROOT, path)).then(() => true, () => false);
}

/**
 * Lists the files of a folder.
 *
 * @param folder From the project's folder.
 * @param ending How their names end.
 * @returns Paths from the project's folder, with `/`, sorted.
 */
export function walk(folder: string, ending = ".ts"): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(ending))
    .sort();
}
