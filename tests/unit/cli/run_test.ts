import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { loadHelp, loadText } from "../../../lib/cli/text.ts";
import { runIn } from "../../testing/fake_io.ts";

const en = { ...await loadText("en"), ...await loadHelp("en") };
const zh = { ...await loadText("zh"), ...await loadHelp("zh") };

Deno.test("run() without a command gives three examples on stderr and exit 2", async () => {
  const { exitCode, stdout, stderr } = await runIn({ args: [] });
  assertEquals([exitCode, stdout], [2, ""]);
  assertEquals(stderr.match(/^ {2}coze-jwt /gm)?.length, 3);
});

Deno.test("run() prints the version", async () => {
  assertEquals((await runIn({ args: ["--version"] })).stdout, "1.2.3\n");
  assertEquals((await runIn({ args: ["token", "--version"] })).stdout, "1.2.3\n");
});

for (const language of ["en", "zh"]) {
  for (const command of COMMANDS) {
    Deno.test(`run() helps with ${command} in ${language}, with a line Needs:`, async () => {
      const args = [...command.split(" "), "--help", "--lang", language];
      const { exitCode, stdout, stderr, touched } = await runIn({ args });
      assertEquals([exitCode, stderr, touched], [0, "", []]);
      assertEquals(stdout.match(/^Needs: /gm)?.length, 1);
    });
  }
  Deno.test(`run() --help in ${language} lists every command`, async () => {
    const { stdout } = await runIn({ args: ["--help", "--lang", language] });
    for (const command of COMMANDS) assertStringIncludes(stdout, `\n  ${command} `);
    assertEquals(stdout.match(/^Needs: /gm)?.length, 1);
  });
}

Deno.test("run() puts error and help of a mistyped command into the language", async () => {
  const { exitCode, stderr } = await runIn({ args: ["tokne", "--lang", "zh"] });
  assertEquals(exitCode, 2);
  assertStringIncludes(stderr, "error[usage-command]");
  assertStringIncludes(stderr, "token");
  assert(/\p{Script=Han}/u.test(stderr));
});

Deno.test("text: both languages have the same flags and the same placeholders", () => {
  const marks = (text: string) => text.match(/--[a-z-]+|\{\w+\}|^Needs:/gm)?.sort() ?? [];
  const flat = (words: object): [string, string][] =>
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value]] : flat(value)
    );
  const chinese = new Map(flat(zh));
  for (const [key, text] of flat(en)) {
    assertEquals([key, marks(chinese.get(key)!)], [key, marks(text)]);
  }
});

Deno.test("text: no sentence in Chinese was left in English", () => {
  for (const text of [zh.short, zh.general, ...Object.values(zh.help), ...Object.values(zh.say)]) {
    assert(/\p{Script=Han}/u.test(text) || text === "Header", text);
  }
});
