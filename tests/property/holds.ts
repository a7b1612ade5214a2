// Claims that must hold for every input.

import { CozeError } from "../../lib/error.ts";
import { CANARY } from "./replies.ts";

/** Controls except tab and newline, bidi and zero-width marks, lone surrogates. */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- no output may hold them
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}]/u;

/** Fails unless the condition is true. */
export function hold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

/** Fails when a text could control a terminal. */
export function holdClean(text: string, what: string): void {
  hold(!UNSAFE.test(text), `${what} is clean`);
}

/**
 * Calls a function that may throw a CozeError with one of these codes, which shows no token, and no
 * other error.
 *
 * @param codes The codes.
 * @param act The function.
 * @returns The result, or nothing after an error.
 */
export async function mayRefuse<T>(
  codes: RegExp,
  act: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CozeError) || !codes.test(error.code)) throw error;
    const { message, details, server } = error;
    const all = JSON.stringify([message, details, server]);
    hold(!all.includes(CANARY), "no error shows the token");
    for (const each of [message, ...Object.values(details), ...Object.values({ ...server })]) {
      if (typeof each === "number") hold(Number.isFinite(each), "numbers of an error are finite");
      else holdClean(each, "the text of an error");
    }
    return undefined;
  }
}
