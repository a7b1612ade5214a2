/**
 * Prints a table of measurements and writes it into docs/en/benchmarks.md, with the machine, the
 * packages and the date.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { cpus, release, type } from "node:os";
import { ROOT } from "../child.ts";
import { PACKAGE_FLAGS } from "../packages.ts";

/**
 * Reports a table.
 *
 * @param name The block of the page: it stands between `<!-- docs: NAME -->` and `<!-- docs: end -->`.
 * @param how How much was measured.
 * @param rows The cells, those of the head first. Each row is as long as the head.
 */
export async function report(name: string, how: string, rows: unknown[][]): Promise<void> {
  const machine = `${cpus().length} × ${
    cpus()[0]?.model.trim() ?? "unknown CPU"
  }, ${type()} ${release()}`;
  const packages = PACKAGE_FLAGS.length === 0 ? "packages from JSR" : "npm stand-ins";
  const date = new Date().toISOString().slice(0, 10);
  const where =
    `${how}; ${machine} ${Deno.build.arch}, Deno ${Deno.version.deno}, ${packages}, ${date}`;
  const cells = rows.map((row) => row.map((cell) => String(cell).replace(/[\s|]+/g, " ")));
  const widths = cells[0]!.map((_, i) => Math.max(3, ...cells.map((row) => row[i]!.length)));
  // As deno fmt aligns it.
  const lines = cells.toSpliced(1, 0, widths.map((width) => "-".repeat(width)))
    .map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`);
  const text = `${where}\n\n${lines.join("\n")}\n`;
  console.log(text);
  const path = `${ROOT}docs/en/benchmarks.md`;
  const block = new RegExp(`(?<=<!-- docs: ${name} -->\n).*?(?=<!-- docs: end -->)`, "s");
  const page = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, page.replace(block, () => `\n${text}\n`));
}
