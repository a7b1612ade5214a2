/**
 * Writes the tables of the READMEs that the program knows: commands, flags, permissions and codes.
 * `deno run --allow-read --allow-write scripts/readme_tables.ts`
 *
 * @module
 */

import { COMMANDS, GROUPS } from "../lib/cli/commands.ts";
import { argumentsOf } from "../lib/cli/context.ts";
import { flagRow, usageOf } from "../lib/cli/help.ts";
import { permissionsFor } from "../lib/cli/permissions.ts";
import { codesOf, fill, type Language, loadWords, type Words } from "../lib/words/words.ts";

/** The READMEs and their languages. */
export const READMES: readonly (readonly [file: string, language: Language])[] = [
  ["README.md", "en"],
  ["README.zh-CN.md", "zh"],
];

/** Makes the rows of each table; the head stays as it stands in the README. */
export const TABLES: Readonly<Record<string, (words: Words) => string[]>> = {
  commands: (words) =>
    Object.keys(COMMANDS).map((name) =>
      row(`\`${usageOf(name)}\``, words[`help.${name as keyof typeof COMMANDS}`])
    ),
  flags: (words) =>
    Object.values(GROUPS).flat().map((flag) => {
      const [form, text] = flagRow(words, flag);
      return row(`\`${form}\``, text);
    }),
  permissions: () => {
    const rows = Object.keys(COMMANDS).map((name): [string, string[]] => [
      name,
      permissionsFor(argumentsOf({}, name)),
    ]);
    const emulator = permissionsFor(argumentsOf({ keys: ["DIR"] }, "emulator"));
    const offline = permissionsFor(argumentsOf({ offline: [""] }, "doctor"));
    rows.push(["emulator --keys DIR", emulator], ["doctor --offline", offline]);
    const byFlags = Map.groupBy(rows, ([, flags]) => ["--no-prompt", ...flags].join(" "));
    return [...byFlags].map(([flags, rows]) =>
      row(rows.map(([name]) => `\`${name}\``).join(", "), `\`${flags}\``)
    );
  },
  codes: (words) =>
    codesOf(words)
      .map((code) => row(`\`${code}\``, words[`${code}.title`], words[`${code}.fix`])),
};

function row(...cells: string[]): string {
  const escaped = cells.map((text) =>
    text.replace(/\{(\w+)\}/g, "‹$1›").replaceAll("|", "\\|").replaceAll("\n", " ")
  );
  return `| ${escaped.join(" | ")} |`;
}

/**
 * Cuts a table out of a README.
 *
 * @param readme The whole text.
 * @param name The name in the markers around the table.
 * @returns What stands before the table, the lines of the table, and what stands after it.
 * @throws {Error} Where a marker is missing, as then everything would be overwritten.
 */
export function cutTable(
  readme: string,
  name: string,
): { before: string; lines: string[]; after: string } {
  const marker = (word: string) => fill("<!-- {name}: {word} -->", { name, word });
  const begin = readme.indexOf(marker("begin"));
  const end = readme.indexOf(marker("end"), begin);
  if (begin < 0 || end < 0) throw new Error(`Cannot find the markers of ${name}`);
  const start = begin + marker("begin").length;
  return {
    before: readme.slice(0, start),
    lines: readme.slice(start, end).trim().split("\n"),
    after: readme.slice(end),
  };
}

if (import.meta.main) {
  for (const [file, language] of READMES) {
    const url = new URL(`../${file}`, import.meta.url);
    const words = await loadWords(language);
    let text = await Deno.readTextFile(url);
    for (const [name, rowsOf] of Object.entries(TABLES)) {
      const { before, lines: [head, rule], after } = cutTable(text, name);
      text = [before, head, rule, ...rowsOf(words), after].join("\n");
    }
    await Deno.writeTextFile(url, text);
  }
}
