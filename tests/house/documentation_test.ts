import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { COMMANDS, FLAGS } from "../../lib/cli/commands.ts";
import { fillEnv } from "../../lib/cli/config/env_template.ts";
import { loadWords } from "../../lib/words/words.ts";
import { read, ROOT } from "../testing/files.ts";
import { cutTable, READMES, TABLES } from "../../scripts/readme_tables.ts";

for (const [file, language] of READMES) {
  for (const [name, rowsOf] of Object.entries(TABLES)) {
    Deno.test(`${file}: the table of ${name} is what the program says`, async () => {
      const steady = (line: string) => line.replace(/ {2,}/g, " ");
      const { lines } = cutTable(await read(file), name);
      const rows = rowsOf(await loadWords(language));
      assertEquals(lines.slice(2).map(steady), rows.map(steady));
    });
  }

  Deno.test(`${file}: its first two commands are the demo and the tests`, async () => {
    const commands = (await read(file)).match(/^npx -y deno@\S+ task \w+$/gm) ?? [];
    assertEquals(commands.slice(0, 2), [
      "npx -y deno@2.9.6 task demo",
      "npx -y deno@2.9.6 task test",
    ]);
  });

  Deno.test(`${file}: every command and every flag is told`, async () => {
    const text = await read(file);
    for (const command of Object.keys(COMMANDS)) assertStringIncludes(text, `\`${command}`);
    for (const flag of Object.keys(FLAGS)) {
      assert(text.includes(`--${flag}`), `--${flag} is missing`);
    }
  });

  Deno.test(`${file}: it names every task, and no other`, async () => {
    const text = await read(file);
    for (const [, name] of text.matchAll(/\btask ([a-z-]+)/g)) assert(name! in config.tasks, name);
    for (const name of Object.keys(config.tasks)) assertStringIncludes(text, `deno task ${name}`);
  });

  Deno.test(`${file}: its links inside the repository lead somewhere`, async () => {
    const text = await read(file);
    const anchors = new Set(
      [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
        title!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")
      ),
    );
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      if (target!.startsWith("#")) {
        assert(anchors.has(decodeURIComponent(target!.slice(1))), target);
      } else assert((await Deno.stat(`${ROOT}${target!.replace(/#.*/, "")}`)).isFile, target);
    }
  });
}

Deno.test("both READMEs show the same code", async () => {
  const fences = async (file: string) => (await read(file)).match(/^```ts\n[\s\S]*?^```$/gm);
  assertEquals(await fences("README.zh-CN.md"), await fences("README.md"));
});

Deno.test("CHANGELOG.md tells of this version", async () => {
  assertStringIncludes(await read("CHANGELOG.md"), `## [${config.version}]`);
});

Deno.test("keys/.env.example is what init writes", async () => {
  assertEquals(await read("keys/.env.example"), fillEnv({}));
});
