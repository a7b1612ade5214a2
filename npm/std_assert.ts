/**
 * Stand-in for `jsr:@std/assert` over `node:assert`: the functions the tests use.
 *
 * @module
 */

import nodeAssert from "node:assert";

// Every class is a function to `new`, whatever it takes.
// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless the value is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  nodeAssert.ok(expr, msg || "Expected a truthy value");
}

/** Fails unless both are the same in structure. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, msg);
}

/** Fails if both are the same in structure. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.notDeepStrictEqual(actual, expected, msg);
}

/** Fails unless the text contains the other. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  nodeAssert.ok(
    actual.includes(expected),
    msg ?? `Expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`,
  );
}

/** Fails unless the pattern matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  nodeAssert.match(actual, expected, msg);
}

/** Fails unless the function throws; with a class, unless it throws one with the words. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless the function throws an error of the class, with the words in its message. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  let thrown: unknown;
  nodeAssert.throws(fn, (error: unknown) => {
    thrown = error;
    return true;
  }, typeof classOrMsg === "string" ? classOrMsg : msg);
  checkError(thrown, classOrMsg, msgIncludes, msg);
  return thrown;
}

/** Fails unless the promise is rejected. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless the promise is rejected with an error of the class and the words in it. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  let thrown: unknown;
  // A function that throws before it returns a promise fails here too, as with the real package.
  const promise = Promise.resolve(fn());
  await nodeAssert.rejects(promise, (error: unknown) => {
    thrown = error;
    return true;
  }, typeof classOrMsg === "string" ? classOrMsg : msg);
  checkError(thrown, classOrMsg, msgIncludes, msg);
  return thrown;
}

function checkError(
  error: unknown,
  classOrMsg: ErrorClass<Error> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): void {
  if (typeof classOrMsg !== "function") return;
  if (!(error instanceof classOrMsg)) {
    const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    nodeAssert.fail(msg ?? `Expected an error of the class ${classOrMsg.name}, was ${name}`);
  }
  if (msgIncludes !== undefined) assertStringIncludes(error.message, msgIncludes, msg);
}
