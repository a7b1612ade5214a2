// A test that proves a rule of docs/en/security.md has its number in its name: "(security 7)".

import { assert, assertEquals } from "@std/assert";
import { read, walk } from "../testing/files.ts";

Deno.test("each rule of docs/en/security.md is proven by a test that names it", async () => {
  const page = await read("docs/en/security.md");
  const rules = Array.from(page.matchAll(/^\| (\d+) +\|/gm), ([, number]) => number!);
  assert(rules.length > 20);
  const proven = new Set<string>();
  for (const file of walk("tests").filter((path) => path.endsWith("_test.ts"))) {
    const code = (await read(file)).replace(/^\s*(?:\/\/|\*).*$/gm, "");
    for (const [, numbers] of code.matchAll(/\(security ([\d, ]+)/g)) {
      for (const number of numbers!.split(",")) proven.add(number.trim());
    }
  }
  proven.delete("");
  assertEquals([...proven].sort(), rules.sort());
});
