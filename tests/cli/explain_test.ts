import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runIn } from "./fake_io.ts";

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
  assertStringIncludes(english.stdout, "How to mend it\n  ");
  const chinese = await runIn({ args: ["explain", "wrong-region", "--lang", "zh"] });
  assert(/\p{Script=Han}/u.test(chinese.stdout));
  const json = JSON.parse((await runIn({ args: ["explain", "wrong-region", "--json"] })).stdout);
  assertEquals(Object.keys(json), ["code", "exitCode", "title", "meaning", "fix"]);
});

Deno.test("explain suggests the nearest code", async () => {
  const { exitCode, stdout, stderr } = await runIn({ args: ["explain", "key-demaged"] });
  assertEquals([exitCode, stdout], [2, ""]);
  assertStringIncludes(stderr, "key-damaged");
});
