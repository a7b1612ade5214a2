import { assertEquals, assertStringIncludes } from "@std/assert";
import { runIn } from "../../testing/fake_io.ts";

Deno.test("explain lists every code with its exit code, and needs nothing", async () => {
  const { exitCode, stdout, touched } = await runIn({ args: ["explain", "--json"] });
  const list: { code: string; exitCode: number }[] = JSON.parse(stdout);
  assertEquals([exitCode, touched], [0, []]);
  const exits = Object.fromEntries(list.map(({ code, exitCode }) => [code, exitCode]));
  assertEquals(exits["usage-flag"], 2);
  assertEquals(exits["key-id-malformed"], 3);
  assertEquals(exits["key-damaged"], 4);
  assertEquals(exits["key-id-unknown"], 5);
  assertEquals(exits["rate-limited"], 7);
  assertEquals(exits["timeout"], 8);
  assertEquals(exits["sandbox-net"], 9);
  const { stdout: people } = await runIn({ args: ["explain"] });
  assertEquals(people.trimEnd().split("\n").length, list.length);
});

Deno.test("explain tells one code in depth, in both languages", async () => {
  const english = await runIn({ args: ["explain", "wrong-region"] });
  assertStringIncludes(english.stdout, "wrong-region (exit 5): ");
  assertEquals(english.stdout.match(/^\S.*$/gm)?.slice(1), [
    "What it means",
    "For example",
    "How it happens",
    "How to mend it",
    "How to prevent it",
    "Source",
  ]);
  const chinese = await runIn({ args: ["explain", "wrong-region", "--lang", "zh"] });
  assertEquals(chinese.stdout.match(/^\S.*$/gm)?.slice(1), [
    "含义",
    "示例",
    "成因",
    "解决办法",
    "预防办法",
    "出处",
  ]);
  const json = JSON.parse((await runIn({ args: ["explain", "wrong-region", "--json"] })).stdout);
  assertEquals(Object.keys(json), [
    "code",
    "exitCode",
    "title",
    "meaning",
    "example",
    "happens",
    "fix",
    "prevent",
    "source",
  ]);
});

Deno.test("explain shows every code as it is written, with names for the values of a run", async () => {
  const { stdout } = await runIn({ args: ["explain", "--json"] });
  for (const { code } of JSON.parse(stdout)) {
    for (const lang of ["en", "zh"]) {
      const { exitCode, stdout } = await runIn({ args: ["explain", code, "--lang", lang] });
      assertEquals([code, exitCode, stdout.match(/undefined|chars\)|\{[a-z]+\}(?!”|")/)?.[0]], [
        code,
        0,
        undefined,
      ]);
    }
  }
});

Deno.test("explain mends in a binary what a binary can", async () => {
  for (const [binary, words] of [[false, "--allow-net=<host>"], [true, "deno task compile"]]) {
    const args = ["explain", "sandbox-net", "--json"];
    const { fix } = JSON.parse((await runIn({ args, binary: binary === true })).stdout);
    assertStringIncludes(fix, String(words));
    assertEquals(fix.startsWith("A binary"), binary);
  }
});

Deno.test("explain suggests the nearest code", async () => {
  const { exitCode, stdout, stderr } = await runIn({ args: ["explain", "key-demaged"] });
  assertEquals([exitCode, stdout], [2, ""]);
  assertStringIncludes(stderr, "key-damaged");
});
