// The contract of @std/assert for the functions the tests use.

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

/** Fails unless the function throws; uses none of the functions under test. */
function refuses(fn: () => void): void {
  let name = "";
  try {
    fn();
  } catch (error) {
    name = (error as Error).name;
  }
  if (name !== "AssertionError") throw new Error(`Expected an AssertionError, was '${name}'`);
}

async function refusesLater(promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(() => undefined, (error) => error);
  refuses(() => {
    if (error) throw error;
  });
}

const raise = () => {
  throw new RangeError("out of range");
};

Deno.test("assert() and the comparisons pass and fail", () => {
  const value: string | undefined = ["x"].at(0);
  assert(value);
  assertEquals(value.length, 1);
  assertEquals({ a: [1, new Uint8Array([2])] }, { a: [1, new Uint8Array([2])] });
  assertNotEquals({ a: 1 }, { a: 2 });
  assertStringIncludes("abc", "b");
  assertMatch("abc", /B/i);
  refuses(() => assert(0));
  refuses(() => assertEquals<unknown>({ a: 1 }, { a: "1" }));
  refuses(() => assertEquals<unknown>({ a: undefined }, {}));
  refuses(() => assertNotEquals([1], [1]));
  refuses(() => assertStringIncludes("abc", "d"));
  refuses(() => assertMatch("abc", /d/));
});

Deno.test("assertThrows() returns the error and checks class and words", () => {
  assertEquals((assertThrows(raise) as Error).message, "out of range");
  assertEquals(assertThrows(raise, RangeError, "range").name, "RangeError");
  assertThrows(raise, Error, "out of", "a message");
  refuses(() => assertThrows(() => {}));
  refuses(() => assertThrows(raise, TypeError));
  refuses(() => assertThrows(raise, RangeError, "other words"));
});

Deno.test("assertRejects() returns the error and checks class and words", async () => {
  const reject = () => Promise.reject(new RangeError("out of range"));
  assertEquals((await assertRejects(reject) as Error).message, "out of range");
  assertEquals((await assertRejects(reject, RangeError, "range")).name, "RangeError");
  await refusesLater(assertRejects(() => Promise.resolve()));
  await refusesLater(assertRejects(reject, TypeError));
  await refusesLater(assertRejects(reject, RangeError, "other words"));
});
