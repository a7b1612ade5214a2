import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { loadHelp, loadText } from "../../../lib/cli/text.ts";
import { botWorld, WORKSPACE } from "../../testing/bot_world.ts";
import { CHAT } from "../../testing/scripted.ts";
import { assertFailed, runIn } from "../../testing/fake_io.ts";

Deno.test("run() without a command gives three examples on stderr and exit 2", async () => {
  const { exitCode, stdout, stderr } = await runIn({ args: [] });
  assertEquals([exitCode, stdout], [2, ""]);
  assertEquals(stderr.match(/^ {2}coze-jwt /gm)?.length, 3);
});

Deno.test("run() prints the version", async () => {
  assertEquals((await runIn({ args: ["--version"] })).stdout, "1.2.3\n");
  assertEquals((await runIn({ args: ["token", "--version"] })).stdout, "1.2.3\n");
});

for (const command of ["", ...COMMANDS]) {
  Deno.test(`run() helps with ${command || "all"}, in both languages with the same flags`, async () => {
    const [en, zh] = await Promise.all(["en", "zh"].map(async (language) => {
      const args = [...command.split(" ").filter(Boolean), "--help", "--lang", language];
      const { exitCode, stdout, stderr, touched } = await runIn({ args });
      assertEquals([exitCode, stderr, touched], [0, "", []]);
      assertEquals(stdout.match(/^Needs: /gm)?.length, 1);
      if (!command) { for (const each of COMMANDS) assertStringIncludes(stdout, `\n  ${each} `); }
      return stdout;
    }));
    const flags = (text: string) => text.match(/--[a-z-]+/g)?.sort();
    assertEquals(flags(zh!), flags(en!));
  });
}

const READING = [["token"], ["inspect"], ["doctor"], ["doctor", "--offline"], ["init"], [
  "workspaces",
]]
  .concat([["bot", "list", "--workspace", WORKSPACE], ["chat", "x", "--bot", CHAT.bot_id]]);
for (const args of READING) {
  Deno.test(`${args.join(" ")} gives up its read permission before it sends (security 5)`, async () => {
    const { run, emulator } = botWorld();
    const { dropped, touched, touchedAfterDrop } = await run(args);
    assertEquals([dropped, touched.length > 0, touchedAfterDrop], [true, true, []]);
    const isSilent = ["inspect", "init"].includes(args[0]!) || args.includes("--offline");
    assertEquals(emulator.journal.length === 0, isSilent, "and some send nothing");
  });
}

Deno.test("run() puts error and help of a mistyped command into the language", async () => {
  const outcome = await runIn({ args: ["tokne", "--lang", "zh"] });
  assertFailed(outcome, 2, "usage-command", "token", /\p{Script=Han}/u);
});

Deno.test("loadText() has the same placeholders in both languages, and no English in Chinese", async () => {
  const [en, zh] = [await loadText("en"), await loadText("zh")];
  const marks = (text: string) => text.match(/--[a-z-]+|\{\w+\}/g)?.sort() ?? [];
  for (const [key, text] of Object.entries(en.say)) {
    assertEquals([key, marks(zh.say[key as keyof typeof zh.say])], [key, marks(text)]);
  }
  const { general, help } = await loadHelp("zh");
  for (const text of [zh.short, general, ...Object.values(help), ...Object.values(zh.say)]) {
    assert(/\p{Script=Han}/u.test(text) || text === "Header", text);
  }
});
