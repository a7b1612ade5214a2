import { assertEquals } from "@std/assert";
import { runSeed } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

for (const target of TARGETS) {
  Deno.test(`${target.claim} (security 10, fuzz)`, async () => {
    const { failure, inputs } = await runSeed(target, 1);
    assertEquals(failure, undefined);
    assertEquals(inputs, target.runs, "the time limit ended the run early");
  });
}
