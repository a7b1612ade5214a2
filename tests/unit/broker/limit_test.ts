import { assertEquals } from "@std/assert";
import { createLimit } from "../../../lib/broker/limit.ts";

function createTimedLimit(perMinute: number) {
  let now = 5_000;
  const limit = createLimit(perMinute, () => now);
  return { limit, pass: (ms: number) => now += ms };
}

Deno.test("createLimit() counts the calls of each user in a minute", () => {
  const { limit, pass } = createTimedLimit(2);
  assertEquals([limit("a"), limit("b"), limit("a")], [0, 0, 0]);
  pass(500);
  assertEquals([limit("a"), limit("b"), limit("b")], [60, 0, 60]);
  pass(59_000);
  assertEquals(limit("a"), 1);
  pass(500);
  assertEquals([limit("a"), limit("a"), limit("a")], [0, 0, 60]);
});

Deno.test("createLimit() knows names such as __proto__", () => {
  const { limit } = createTimedLimit(1);
  assertEquals(["__proto__", "constructor"].flatMap((name) => [limit(name), limit(name)]), [
    0,
    60,
    0,
    60,
  ]);
});

Deno.test("createLimit() keeps the minutes of 10,000 users", () => {
  const { limit, pass } = createTimedLimit(1);
  for (let i = 0; i < 10_000; i++) limit(`user ${i}`);
  assertEquals([limit("user 0"), limit("user 9999")], [60, 60]);
  limit("one more");
  assertEquals([limit("user 0"), limit("user 9999")], [0, 60]);
  pass(60_000);
  assertEquals([limit("user 9999"), limit("one more")], [0, 0]);
});
