import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertFailed, runIn } from "../../testing/fake_io.ts";

const explain = (...args: string[]) => runIn({ args: ["explain", ...args] });

Deno.test("explain lists every code with its exit code, and needs nothing", async () => {
  const { exitCode, stdout, touched } = await explain("--json");
  const list: { code: string; exitCode: number }[] = JSON.parse(stdout);
  assertEquals([exitCode, touched], [0, []]);
  const lines = (await explain()).stdout.matchAll(/^ *(\d+) {2}(\S+) /gm);
  const shown = Array.from(lines, ([, exitCode, code]) => [code, Number(exitCode)]);
  assertEquals(list.map(({ code, exitCode }) => [code, exitCode]), shown);
});

Deno.test("explain tells one code in depth as JSON", async () => {
  assertEquals(
    Object.keys(JSON.parse((await explain("wrong-region", "--json")).stdout)).join(),
    "code,exitCode,title,meaning,example,fix,source",
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
  assertFailed(await explain("key-demaged"), 2, "usage", "key-damaged");
});
