import { assertEquals } from "@std/assert";
import { runSeed } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

for (const target of TARGETS) {
  Deno.test(`${target.claim} (security 10, fuzz)`, async () => {
    assertEquals((await runSeed(target, 1)).failure, undefined);
  });
}
