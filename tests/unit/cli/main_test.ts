import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TABLE } from "../../../lib/cli/commands.ts";
import { isOlder, LEAST_DENO } from "../../../lib/cli/context.ts";
import { run } from "../../../lib/cli/main.ts";
import { botWorld, WORKSPACE } from "../../testing/bot_world.ts";
import { CHAT } from "../../testing/scripted.ts";
import { assertFailed, createIo, healthyFiles, runIn, type World } from "../../testing/fake_io.ts";

Deno.test("run() prints the version, and touches no file for it or for help", async () => {
  const VERSION = [["version"], ["--version"], ["-V"], ["token", "--version"], ["token", "-V"]];
  for (const args of VERSION) {
    const { exitCode, stdout, touched } = await runIn({ args });
    assertEquals([exitCode, stdout, touched], [0, "1.2.3\n", []]);
  }
  for (
    const args of [["help"], ["--help"], ["-h"], ["token", "-h"], ["help", "token"], ["bot", "-h"]]
  ) {
    const { exitCode, stdout, touched } = await runIn({ args });
    assertEquals([exitCode, touched], [0, []]);
    assertStringIncludes(stdout, "coze-jwt");
  }
});

Deno.test("help tells each command with its permissions, and --help says the same", async () => {
  const { stdout } = await runIn({ args: ["help"] });
  for (const [name, { operand }] of Object.entries(TABLE.commands)) {
    assertMatch(stdout, new RegExp(`^ {2}${name}${operand ? " \\S+" : ""} {2,}\\S`, "m"));
    const { stdout: own } = await runIn({ args: ["help", ...name.split(" ")] });
    assertMatch(own, /^Needs: /m);
    const flags = own.match(/^ {2}--\S+/gm) ?? [];
    assertEquals(flags, [...new Set(flags)], name);
    assertEquals((await runIn({ args: [...name.split(" "), "--help"] })).stdout, own);
  }
});

Deno.test("run() tells programs of a usage error in JSON, wherever --json stands", async () => {
  for (
    const args of [
      ["--json"],
      ["bot", "--json"],
      ["--json", "tokne"],
      ["token", "--json", "x"],
      ["token", "--json=true"],
    ]
  ) {
    const { exitCode, stdout, stderr } = await runIn({ args });
    assertEquals([exitCode, stdout, JSON.parse(stderr).error.code], [2, "", "usage"]);
  }
});

const READING = [["token"], ["inspect"], ["doctor"], ["doctor", "--offline"], ["init"]]
  .concat([["workspaces"], ["bot", "list", "--workspace", WORKSPACE]])
  .concat([["chat", "x", "--bot", CHAT.bot_id]]);
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
  assertFailed(outcome, 2, "usage", "token", /\p{Script=Han}/u);
});

const NEAREST: [line: string, suggestion: string][] = [
  ["bots", "`bot`"],
  ["tokne", "token"],
  ["tok", "token"],
  ["ｔｏｋｅｎ", "token"],
  ["TOKEN", "token"],
  ["bot crate x", "bot create"],
  ["token --key-ids x", "--key-id"],
  ["token --clientid=1", "--client-id"],
  ["explain key-demaged", "key-damaged"],
];
for (const [line, suggestion] of NEAREST) {
  Deno.test(`run() suggests ${suggestion} for ${line}`, async () => {
    const { stderr } = await runIn({ args: line.split(" ") });
    assertMatch(stderr, new RegExp(`^help: .*${suggestion}`, "m"));
  });
}

const ADVICE: [line: string, help: string, world?: Partial<World>][] = [
  ["chat -你好", "chat -- '-你好'"],
  ["token --duration 1d", "For example: 90, 90s, 15m, 23h"],
  ["token --lang de", "One of: en, zh"],
  ["init --client-id a'b", "without single quotes"],
  ["init --client-id a'b --lang zh", "不能有单引号"],
  [`chat x --bot 5 --user ${"x".repeat(300)} --lang zh`, "--user 的值无效"],
  [`chat x --bot 5 --user ${"x".repeat(300)} --lang zh`, "1 到 256 个字符"],
  [`token --session-name ${"x".repeat(300)}`, "The value of --session-name"],
  ["chat x --bot 5 --conversation ä", "The value of --conversation is"],
  ["token --account-id ä", "The value of --account-id is"],
  ["token --cert=x", "deno run --cert=x … cli.ts", {
    start: { before: ["deno", "run"], script: "cli.ts" },
  }],
  ["token --cert=x", "deno install"],
  ["token --cert=x", "`deno task coze-jwt`", {
    start: { before: ["npx", "-y", "deno@2.9.6", "task", "coze-jwt"] },
  }],
  ["token --cert=x", "deno task compile", { binary: true }],
];
for (const [line, help, world] of ADVICE) {
  Deno.test(`run() advises for ${line.slice(0, 50)}: ${help}`, async () => {
    const args = line.split(" ");
    assertFailed(await runIn({ files: healthyFiles(), ...world, args }), 2, "usage", help);
  });
}

Deno.test("run() is not misled by names that every object has", async () => {
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    for (
      const args of [[name], ["help", name], ["explain", name], ["bot", name], [
        "token",
        `--${name}`,
      ]]
    ) {
      const { exitCode, stderr } = await runIn({ args });
      assertEquals([exitCode, stderr.startsWith("error[usage]: ")], [2, true], stderr);
    }
  }
});

Deno.test("run() suggests nothing for what is far from everything", async () => {
  for (const line of ["zzzzzzzz", "token --qqqqqqqqqqq", "explain zzzzzzzzz"]) {
    const { stderr } = await runIn({ args: line.split(" ") });
    assertEquals([stderr.includes("Did you mean"), stderr.includes("help: ")], [false, true]);
  }
});

Deno.test("run() refuses a Deno that is too old, in the language", async () => {
  for (const [language, word] of [["en-US", "deno upgrade"], ["zh-CN", "更高版本"]] as const) {
    const { io, outcome } = createIo({ args: ["token"], language });
    assertEquals(await run({ ...io, denoVersion: "2.4.9" }), 1);
    assertStringIncludes(outcome.stderr, word);
  }
});

Deno.test("isOlder() compares versions by their numbers", () => {
  const versions = ["2.4.9", "1.46.3", "2.5.0", "2.9.6", "2.10.0-rc.1", "3.0.0"];
  const older = versions.map((version) => isOlder(version, LEAST_DENO));
  assertEquals(older, [true, true, false, false, false, false]);
});
