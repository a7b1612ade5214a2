import { assertEquals, assertMatch } from "@std/assert";
import { denoProblem, isOlder, LEAST_DENO } from "../../../lib/cli/deno_version.ts";

Deno.test("isOlder() compares versions number by number", () => {
  const rows: [version: string, least: string, expected: boolean][] = [
    ["2.4.9", "2.5.0", true],
    ["2.5.0", "2.5.0", false],
    ["2.5.1", "2.5.0", false],
    ["2.10.0", "2.5.0", false],
    ["1.46.3", "2.5.0", true],
    ["3.0.0", "2.9.6", false],
    ["2.9.5", "2.9.6", true],
    ["2.5.0-rc.1+abc", "2.5.0", false],
  ];
  for (const [version, least, expected] of rows) {
    assertEquals(isOlder(version, least), expected, `${version} ${least}`);
  }
});

Deno.test("denoProblem() says what runs, what is needed and how to get it, or nothing", () => {
  assertEquals(denoProblem(LEAST_DENO, "en"), undefined);
  for (const language of ["en-US", "zh-CN"]) {
    const said = denoProblem("2.4.4", language) ?? "";
    assertMatch(said, /2\.5\.0.* 2\.4\.4.*deno upgrade$/);
    assertEquals(/\p{Script=Han}/u.test(said), language === "zh-CN");
  }
});
