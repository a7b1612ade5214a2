import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertFailed, runIn } from "../../testing/fake_io.ts";

const explain = (...args: string[]) => runIn({ args: ["explain", ...args] });

Deno.test("explain lists every code with its exit code, and needs nothing", async () => {
  const { exitCode, stdout, touched } = await explain("--json");
  const list: { code: string; exitCode: number }[] = JSON.parse(stdout);
  assertEquals([exitCode, touched], [0, []]);
  const exits = Object.fromEntries(list.map(({ code, exitCode }) => [code, exitCode]));
  const expected = {
    "usage-flag": 2,
    "key-id-malformed": 3,
    "key-damaged": 4,
    "key-id-unknown": 5,
    "permission-missing": 6,
    "rate-limited": 7,
    "timeout": 8,
    "sandbox-net": 9,
  };
  assertEquals({ ...exits, ...expected }, exits);
  assertEquals((await explain()).stdout.trimEnd().split("\n").length, list.length);
});

Deno.test("explain tells one code in depth, in both languages and as JSON", async () => {
  const { stdout } = await explain("wrong-region");
  assertStringIncludes(stdout, "wrong-region (exit 5): ");
  const heads = async (...args: string[]) =>
    (await explain("wrong-region", ...args)).stdout.match(/^\S.*$/gm)!.slice(1).join(", ");
  assertEquals(
    await heads(),
    "What it means, For example, How it happens, How to mend it, How to prevent it, Source",
  );
  assertEquals(await heads("--lang", "zh"), "含义, 示例, 成因, 解决办法, 预防办法, 出处");
  assertEquals(
    Object.keys(JSON.parse((await explain("wrong-region", "--json")).stdout)).join(),
    "code,exitCode,title,meaning,example,happens,fix,prevent,source",
  );
});

Deno.test("explain shows every code as it is written, with names for the values of a run", async () => {
  for (const { code } of JSON.parse((await explain("--json")).stdout)) {
    for (const lang of ["en", "zh"]) {
      const { exitCode, stdout } = await explain(code, "--lang", lang);
      const unfilled = /undefined|chars\)|\{[a-z]+\}(?!”|")/.exec(stdout)?.[0];
      assertEquals([code, exitCode, unfilled], [code, 0, undefined]);
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
  assertFailed(await explain("key-demaged"), 2, "usage-value", "key-damaged");
});
