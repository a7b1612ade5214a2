import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { loadHelp, loadText } from "../../../lib/cli/text.ts";
import { botWorld, WORKSPACE } from "../../testing/bot_world.ts";
import { CHAT } from "../../testing/scripted.ts";
import { assertFailed, runIn } from "../../testing/fake_io.ts";

Deno.test("run() prints the version, and touches no file for it or for help", async () => {
  for (const args of [["--version"], ["token", "--version"], ["--help"], ["token", "--help"]]) {
    const { stdout, touched } = await runIn({ args });
    assertEquals([stdout === "1.2.3\n", touched], [args.at(-1) === "--version", []]);
  }
});

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

/** Flags and placeholders. */
const marks = (text: string) => text.match(/--[a-z-]+|\{\w+\}/g)?.sort() ?? [];
const isChinese = (text: string) => /\p{Script=Han}/u.test(text) || text === "Header";

Deno.test("loadText() has the same placeholders in both languages, and no English in Chinese", async () => {
  const [en, zh] = [await loadText("en"), await loadText("zh")];
  for (const [key, text] of Object.entries(en.say)) {
    assertEquals([key, marks(zh.say[key as keyof typeof zh.say])], [key, marks(text)]);
  }
  for (const text of [zh.short, ...Object.values(zh.say)]) assert(isChinese(text), text);
});

Deno.test("loadHelp() names each command, and the same flags in both languages", async () => {
  const [en, zh] = [await loadHelp("en"), await loadHelp("zh")];
  for (const command of COMMANDS) assertStringIncludes(en.general, `\n  ${command} `);
  const texts = ({ help, ...shared }: typeof en) => Object.entries({ ...shared, ...help });
  assertEquals(
    texts(zh).map(([key, text]) => [key, marks(text)]),
    texts(en).map(([key, text]) => [key, marks(text)]),
  );
  for (const [key, text] of texts(zh)) assert(isChinese(text), key);
  for (const text of [en.general, ...Object.values(en.help)]) {
    assertEquals(text.match(/^Needs: /gm)?.length, 1, text);
  }
});
