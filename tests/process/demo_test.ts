import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../testing/files.ts";
import { audited, folder } from "../testing/process.ts";

Deno.test("the demo runs without any permission, and shows no secret (security 12)", async () => {
  await using place = await folder();
  const script = `${ROOT}scripts/demo.ts`;
  const { code, stdout, stderr, asked } = await audited({ ...place, script });
  assertEquals([code, stderr, asked], [0, "", []]);
  assertStringIncludes(stdout, '"access_token":"czs_em…(');
  assertStringIncludes(stdout, "authorization: Bearer eyJhbG…(");
  assert(!/eyJ[\w-]{20,}|czs_emulator_[\w-]{10,}|PRIVATE KEY/.test(stdout), stdout);
});
