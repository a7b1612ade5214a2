import { assert, assertEquals, assertMatch } from "@std/assert";
import * as fc from "../testing/fast_check.ts";
import { fuzz, inputOf, target } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

for (const each of TARGETS) {
  Deno.test(`${each.claim} (security 10, fuzz)`, async () => {
    assertEquals((await fuzz(each, 1)).crash, undefined);
  });
}

Deno.test("fuzz() reports the smallest input that fails, the same for the same seed", async () => {
  const broken = target({
    name: "broken",
    claim: "no text has three characters",
    arbitrary: fc.string(),
    check(text) {
      if (text.length > 2) throw new TypeError("too long");
    },
    runs: 100,
  });
  const indexes: number[] = [];
  const { inputs, crash } = await fuzz(broken, 7, (index) => indexes.push(index));
  assertEquals(indexes.slice(0, inputs), Array.from({ length: inputs }, (_, index) => index));
  assert(indexes.length > inputs && indexes.slice(inputs).every((index) => index === -1));
  assertEquals(crash?.seed, 7);
  assertMatch(crash?.input ?? "", /^"(?:[^\\]|\\.){3}"$/);
  assertEquals(crash?.error, "TypeError: too long");
  assertEquals(await fuzz(broken, 7), { inputs, crash });
});

Deno.test("fuzz() reports an input that takes too long", async () => {
  const slow = target({
    name: "slow",
    claim: "nothing takes any time",
    arbitrary: fc.constant(1),
    check: () => {},
    runs: 1,
    limitMs: -1,
  });
  assertMatch((await fuzz(slow, 1)).crash?.error ?? "", /^Error: took \d+ ms, more than -1$/);
});

Deno.test("inputOf() gives the inputs that fuzz() tries", async () => {
  const inputs: string[] = [];
  const silent = target({
    name: "silent",
    claim: "all is well",
    arbitrary: fc.string({ unit: "binary" }),
    check: (text) => inputs.push(text),
    runs: 20,
  });
  await fuzz(silent, 3);
  assertEquals(inputs.length, 20);
  for (const [index, text] of inputs.entries()) {
    assertEquals(JSON.parse(inputOf(silent, 3, index)), text);
  }
});
