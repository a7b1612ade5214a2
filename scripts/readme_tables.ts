/**
 * Writes the tables of codes in the READMEs, so that they say what the catalogue says:
 * `deno run --allow-read --allow-write scripts/readme_tables.ts`
 *
 * @module
 */

import { type Catalogue, type Language, loadCatalogue } from "../lib/doctor/catalogue.ts";

/** The READMEs and their languages. */
export const READMES: readonly (readonly [file: string, language: Language])[] = [
  ["README.md", "en"],
  ["README.zh-CN.md", "zh"],
];

const BEGIN = "<!-- codes: begin -->";
const END = "<!-- codes: end -->";

/**
 * Makes the rows of a table of codes.
 *
 * @param catalogue The words of one language.
 * @returns A row for each code, in the order of the catalogue.
 */
export function codeRows({ entries }: Catalogue): string[] {
  const cell = (text: string) => text.replace(/\{(\w+)\}/g, "‹$1›").replaceAll("|", "\\|");
  return Object.entries(entries).map(([code, { title, fix }]) =>
    `| \`${code}\` | ${cell(title)} | ${cell(fix)} |`
  );
}

/**
 * Cuts the table of codes out of a README.
 *
 * @param readme The whole text.
 * @returns What stands before the table, the lines of the table, and what stands after it.
 * @throws {Error} Where a marker is missing, as then everything would be overwritten.
 */
export function cutTable(readme: string): { before: string; lines: string[]; after: string } {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`Cannot find ${BEGIN} and ${END}`);
  const start = begin + BEGIN.length;
  return {
    before: readme.slice(0, start),
    lines: readme.slice(start, end).trim().split("\n"),
    after: readme.slice(end),
  };
}

if (import.meta.main) {
  for (const [file, language] of READMES) {
    const url = new URL(`../${file}`, import.meta.url);
    const { before, lines: [names, rule], after } = cutTable(await Deno.readTextFile(url));
    const rows = codeRows(await loadCatalogue(language));
    await Deno.writeTextFile(url, [before, names, rule, ...rows, after].join("\n"));
  }
}
