import { assert, assertEquals } from "@std/assert";
import { folder, start } from "../testing/process.ts";
import { join } from "node:path";
import { ROOT } from "../testing/files.ts";

Deno.test("createTokenBroker() needs no more memory for more users (security 23)", async () => {
  await using place = await folder();
  const script = join(ROOT, "tests/process/testdata/broker_users.ts");
  const child = start({ ...place, flags: ["--v8-flags=--expose-gc"], script });
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  const [first, second, exchanges] = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(exchanges, 22_000);
  // A leak of only the users' ids would be 2.7 MB.
  assert(second - first < 1_500_000, `${first} bytes, then ${second}`);
});
