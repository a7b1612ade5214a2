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

/**
 * Lists the TypeScript files of a folder.
 *
 * @param folder From the project's folder.
 * @returns Paths from the project's folder, with `/`, sorted.
 */
export function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts"))
    .sort();
}
