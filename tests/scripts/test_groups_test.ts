import { assertEquals, assertStringIncludes } from "@std/assert";
import { countTests, runGroup, TEST_GROUPS, type TestGroup } from "../../scripts/test_groups.ts";

const DATA = "tests/scripts/testdata";

/** Runs a group of its own and keeps what it writes. */
async function run(group: Partial<TestGroup>, filter?: string) {
  const decoder = new TextDecoder();
  let output = "";
  const write = (chunk: Uint8Array) => output += decoder.decode(chunk, { stream: true });
  const defaults = { name: "sample", paths: [`${DATA}/failing.ts`], flags: [] };
  const counts = await runGroup({ ...defaults, ...group }, { filter, write });
  return { counts, output };
}

Deno.test("countTests() reads passed, failed, ignored and filtered out", () => {
  assertEquals(countTests("a() b ... ok (1ms)\n\nok | 12 passed | 0 failed (1s)\n"), {
    passed: 12,
    failed: 0,
    skipped: 0,
    filtered: 0,
  });
  const all = "FAILED | 3 passed (2 steps) | 1 failed (1 step) | 2 ignored | 9 filtered out (5ms)";
  assertEquals(countTests(`${all}\n\nerror: Test failed\n`), {
    passed: 3,
    failed: 1,
    skipped: 2,
    filtered: 9,
  });
});

Deno.test("countTests() reads the last summary", () => {
  const output = "FAILED | 0 passed | 7 failed (1ms)\nok | 1 passed | 0 failed (1s)\n";
  assertEquals(countTests(output)?.failed, 0);
});

Deno.test("countTests() gives undefined without a summary", () => {
  assertEquals(countTests("error: Type checking failed.\n"), undefined);
  assertEquals(countTests("what is ok | 1 passed | 0 failed\n"), undefined);
});

Deno.test("runGroup() counts and passes the output on", async () => {
  const { counts, output } = await run({});
  assertEquals(counts, { passed: 1, failed: 1, skipped: 1, filtered: 0 });
  assertStringIncludes(output, "as it should");
});

Deno.test("runGroup() runs what the filter names", async () => {
  const { counts } = await run({}, "passes");
  assertEquals(counts, { passed: 1, failed: 0, skipped: 0, filtered: 2 });
});

Deno.test("runGroup() allows a filter that names no test of the group", async () => {
  const { counts } = await run({}, "no such test");
  assertEquals(counts, { passed: 0, failed: 0, skipped: 0, filtered: 3 });
});

Deno.test("runGroup() counts a failure for a group that breaks", async () => {
  const { counts } = await run({ flags: ["--no-such-flag"] });
  assertEquals(counts, { passed: 0, failed: 1, skipped: 0, filtered: 0 });
});

Deno.test("runGroup() counts a failure for a group in which nothing ran", async () => {
  const { counts } = await run({ paths: [`${DATA}/empty.ts`] });
  assertEquals(counts.failed, 1);
});

Deno.test("TEST_GROUPS gives unit no permission and no folder of another group", () => {
  const unit = TEST_GROUPS.find(({ name }) => name === "unit")!;
  assertEquals(unit.flags.filter((flag) => flag.startsWith("--allow")), []);
  const ignored = unit.flags.at(-1)!.replace("--ignore=", "").split(",");
  const others = TEST_GROUPS.filter((group) => group !== unit).flatMap(({ paths }) => paths);
  assertEquals(ignored, others);
});
