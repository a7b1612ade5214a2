import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { audited, folder } from "../testing/process.ts";

Deno.test("the demo runs without any permission, in under 10 s, and shows no secret (security 12)", async () => {
  await using place = await folder();
  const script = new URL("../../scripts/demo.ts", import.meta.url).pathname;
  const startedAt = performance.now();
  const { code, stdout, stderr, asked } = await audited({ ...place, script });
  assert(performance.now() - startedAt < 10_000);
  assertEquals([code, stderr, asked], [0, "", []]);
  assertStringIncludes(stdout, '"access_token":"czs_em…(');
  assertStringIncludes(stdout, "authorization: Bearer eyJhbG…(");
  assert(!/eyJ[\w-]{20,}|czs_emulator_[\w-]{10,}|PRIVATE KEY/.test(stdout), stdout);
});
