import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS, FLAGS, TABLE } from "../../../lib/cli/commands.ts";
import english from "../../../lib/words/en.json" with { type: "json" };
import chinese from "../../../lib/words/zh.json" with { type: "json" };
import { assertFailed, runIn } from "../../testing/fake_io.ts";

const SHELLS = COMMANDS.completions.operand.choices;

async function scriptOf(shell: string, language?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runIn({ args: ["completions", shell], language });
  assertEquals([exitCode, stderr], [0, ""]);
  return stdout;
}

Deno.test("completions: every command, flag and choice occurs, at its place", async () => {
  for (const shell of SHELLS) {
    const script = await scriptOf(shell);
    for (const [command, { flags }] of Object.entries(COMMANDS)) {
      const last = command.split(" ").at(-1);
      const place = command.slice(0, -last!.length).trimEnd();
      assertStringIncludes(script, `${place && ` ${place}`}:${last} `, shell);
      for (const flag of flags) {
        assert(new RegExp(`^ ${command}-?:--${flag} `, "m").test(script), `${command} --${flag}`);
      }
    }
    for (const [flag, { choices = [] }] of Object.entries(TABLE.flags)) {
      for (const choice of choices) assertStringIncludes(script, `--${flag}:${choice}\n`);
    }
  }
});

Deno.test("completions: descriptions speak the user's language, and nothing is masked", async () => {
  for (const [language, words] of [["en", english], ["zh", chinese]] as const) {
    const script = await scriptOf("zsh", language);
    for (const name of Object.keys(FLAGS)) {
      const text = words[`flag.${name as keyof typeof FLAGS}`].replace(/\s+/g, " ");
      assertStringIncludes(script, `--${name} ${text.replaceAll("'", "'\\''")}\n`);
    }
  }
  assertStringIncludes(
    await scriptOf("fish"),
    ` emulator:--keys ${english["flag.keys.emulator"]}\n`,
  );
});

Deno.test("completions: without a shell it is a usage error", async () => {
  assertFailed(
    await runIn({ args: ["completions"] }),
    2,
    "usage",
    "`coze-jwt completions`",
    "SHELL",
  );
});
