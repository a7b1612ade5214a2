import { assert, assertEquals } from "@std/assert";

const TESTS = new URL("../", import.meta.url);
const NAME = /(["`])((?:(?!\1)[^\\]|\\.)*\(security (\d+)[^)]*\))\1/gs;

/** Every test that is named after a rule. */
async function proofs(folder = ""): Promise<{ rule: number; file: string; name: string }[]> {
  const found = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder || ".", TESTS))) {
    if (isDirectory) found.push(...await proofs(`${folder}${name}/`));
    if (!name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(folder + name, TESTS));
    for (const [, , title, rule] of text.matchAll(NAME)) {
      const words = title!.replace(/\$\{.*?\}+/g, "…").replace(/ \(security .*/, "");
      found.push({ rule: Number(rule), file: folder + name, name: words.replaceAll("|", "\\|") });
    }
  }
  return found;
}

Deno.test("tests/SECURITY.md tells which test proves which rule, and every rule has one", async () => {
  const text = await Deno.readTextFile(new URL("SECURITY.md", TESTS));
  const rows = text.split("\n").filter((line) => /^\| \d+ /.test(line));
  const found = (await proofs())
    .sort((a, b) => a.rule - b.rule || (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    .map(({ rule, file, name }) => `| ${rule} | ${name} | [${file}](${file}) |`);
  assertEquals(rows.filter((row) => row.includes("](")), found);
  const rules = rows.filter((row) => !row.includes("](")).map((row) => Number(row.split(" ")[1]));
  const proven = new Set(found.map((row) => Number(row.split(" ")[1])));
  for (const rule of rules) assert(proven.has(rule), `rule ${rule}`);
  assertEquals(rules, Array.from({ length: 21 }, (_, i) => i + 1));
});
