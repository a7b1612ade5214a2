// Not named _test.ts: only the tests of the task runner run it.
Deno.test("passes", () => {});
Deno.test({ name: "is ignored", ignore: true, fn: () => {} });
Deno.test("fails", () => {
  throw new Error("as it should");
});
