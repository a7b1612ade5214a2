import { assert, assertEquals } from "@std/assert";
import { botWorld, WORKSPACE } from "../testing/bot_world.ts";

const ROOT = new URL("../../", import.meta.url);
const MARK = "<!-- run: bot create -->\n\n```text\n";

/** Takes out what is another one in each run, and the directory, which is the default one here. */
const steady = (text: string) => text.replace(/\d{13,}/g, "(id)").replaceAll(" --keys demo", "");

for (const [file, language] of [["README.md", "en"], ["README.zh-CN.md", "zh"]] as const) {
  Deno.test(`${file}: what "bot create" prints is what it shows`, async () => {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const [, rest] = text.split(MARK);
    assert(rest, "the run is shown");
    const shown = steady(rest.slice(0, rest.indexOf("```"))).trimEnd().split("\n");

    const { run, files } = await botWorld();
    files["keys/.env"] += `COZE_WORKSPACE_ID=${WORKSPACE}\n`;
    const [, command] = /cli\.ts (bot create .*)/.exec(text.split(MARK)[0]!.slice(-400))!;
    const args = command!.replace(" --keys demo", "").match(/"[^"]*"|\S+/g)!
      .map((word) => word.replaceAll('"', ""));
    const { exitCode, stdout, stderr } = await run([...args, "--lang", language]);
    assertEquals(exitCode, 0, stderr);
    const printed = steady(stdout + stderr).trimEnd().split("\n");
    assertEquals(shown.toSorted(), printed.toSorted());
  });
}
