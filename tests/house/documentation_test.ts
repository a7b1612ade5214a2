// The documents: their size, links, and that both languages say the same. What a program writes into
// them is checked by `deno task docs --check`.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { COMMANDS, FLAGS } from "../../lib/cli/commands.ts";
import { LEAST_DENO } from "../../lib/cli/context.ts";
import { exists, read, walk } from "../testing/files.ts";

const READMES = ["README.md", "README.zh-CN.md"];
const ENGLISH = walk("docs/en", ".md");
const CHINESE = walk("docs/zh", ".md");
const DOCUMENTS = [...READMES, ...ENGLISH, ...CHINESE];
/** Written in English alone, for those who work on this project. */
const ENGLISH_ONLY = ["docs/en/benchmarks.md", "docs/en/contributing.md"];

/** A document without its blocks of code. */
function prose(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, "");
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(text: string): Set<string> {
  const titles = Array.from(prose(text).matchAll(/^#+ (.+)$/gm), ([, title]) => title!);
  return new Set(
    titles.map((title) =>
      title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

for (const file of [...DOCUMENTS, "CHANGELOG.md", "keys/README.md", "npm/README.md"]) {
  Deno.test(`${file}: its links lead to files and headings that exist`, async () => {
    const text = await read(file);
    const base = new URL(file, "file:///");
    for (const [, target] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https:/.test(target!)) continue;
      const { pathname, hash } = new URL(target!, base);
      const path = decodeURIComponent(pathname.slice(1));
      assert(await exists(path), `${file} links to ${target}`);
      const anchor = decodeURIComponent(hash.slice(1));
      assert(anchor === "" || anchorsOf(await read(path)).has(anchor), `${file}: ${target}`);
    }
  });

  Deno.test(`${file}: it names tasks and packages that exist`, async () => {
    const text = await read(file);
    for (const [, name] of text.matchAll(/\bdeno(?:@\S+)? task ([a-z-]+)/g)) {
      assert(name! in config.tasks, name);
    }
    const known = await read("npm/deno.lock") + await read("npm/deno.json");
    for (const [, name] of text.matchAll(/\b(?:npm|jsr):(@?[\w/-]+@[\d.]+\d)/g)) {
      assertStringIncludes(known, name!);
    }
  });
}

/** What must be alike in both languages. */
function skeletonOf(text: string) {
  const fences = Array.from(text.matchAll(/^```(.*)\n([^]*?)^```$/gm), ([, info, code]) => ({
    info,
    // Comments and texts may be in another language, as may what a command prints.
    code: /^(?:ts|sh)/.test(info!) ? code!.replace(/("[^"\n]*"|(?:\/\/|#) .*)/g, "…") : "",
  }));
  const lines = prose(text).split("\n");
  return {
    headings: lines.flatMap((line) => /^#+(?= )/.exec(line) ?? []),
    fences,
    tables: lines.filter((line) => line.startsWith("|")).map((line) =>
      line.replaceAll("\\|", "").split("|").length
    ),
    blocks: text.match(/<!-- docs: .* -->/g),
  };
}

Deno.test("both languages have the same documents", () => {
  const translated = ENGLISH.filter((file) => !ENGLISH_ONLY.includes(file));
  assertEquals(CHINESE.map((file) => file.replace("/zh/", "/en/")), translated);
});

for (
  const [english, chinese] of [
    READMES,
    ...CHINESE.map((file) => [file.replace("/zh/", "/en/"), file]),
  ]
) {
  Deno.test(`${chinese}: headings, code and tables are those of ${english}`, async () => {
    assertEquals(skeletonOf(await read(chinese!)), skeletonOf(await read(english!)));
  });
}

for (const file of READMES) {
  Deno.test(`${file}: it can be read in one sitting`, async () => {
    const lines = (await read(file)).split("\n").length - 1;
    assert(lines <= 250, `${lines} lines`);
  });

  Deno.test(`${file}: its first two commands are the demo and the tests`, async () => {
    const commands = (await read(file)).match(/^npx -y deno@\S+ task \w+$/gm) ?? [];
    assertEquals(commands.map((command) => command.split(" ").at(-1)).slice(0, 2), [
      "demo",
      "test",
    ]);
  });

  Deno.test(`${file}: it names the oldest Deno that works`, async () => {
    assertStringIncludes(await read(file), `Deno ${LEAST_DENO.replace(/\.0$/, "")}`);
  });
}

for (const documents of [ENGLISH, CHINESE]) {
  Deno.test(`${documents[0]!.slice(0, 7)}: every command and every flag is told`, async () => {
    const text = (await Promise.all(documents.map(read))).join("\n");
    for (const command of Object.keys(COMMANDS)) assertStringIncludes(text, `\`${command}`);
    for (const flag of Object.keys(FLAGS)) assertStringIncludes(text, `--${flag}`);
  });
}

Deno.test("CHANGELOG.md tells of this version", async () => {
  assertStringIncludes(await read("CHANGELOG.md"), `## [${config.version}]`);
});
