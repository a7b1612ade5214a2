// What is fuzzed and how one seed of it is run: the same in the gate and in scripts/measure/fuzz.ts.

import * as fc from "../testing/fast_check.ts";

/** One way into the program, and what must hold for all that can come in. */
export interface Target<T = unknown> {
  /** For `--target`. */
  name: string;
  /** What must hold, as the name of a test. */
  claim: string;
  arbitrary: fc.Arbitrary<T>;
  /** Throws, or rejects, when it does not hold. */
  check(input: T): unknown;
  /** Inputs of one seed. */
  runs: number;
  /**
   * Milliseconds one input may take.
   *
   * @default {1000}
   */
  limitMs?: number;
}

/** Makes a target, so that `check` gets the type of what `arbitrary` makes. */
export function target<T>(target: Target<T>): Target {
  return target;
}

/** An input for which the claim of a target does not hold. */
export interface Crash {
  seed: number;
  /** The smallest one that was found, as TypeScript. */
  input: string;
  /** Name, code and message of the error. */
  error: string;
}

/** Most milliseconds one seed may take, so that the search for a smaller input ends. */
const SEED_LIMIT_MS = 30_000;

/**
 * Runs all inputs of one seed, until one fails.
 *
 * @param target What to run.
 * @param seed Chooses the inputs.
 * @param onInput Called before each input with its number, which counts from 0; with -1 while a
 *   smaller input that fails is searched for.
 * @returns How many inputs were tried, and the one that failed.
 */
export async function fuzz<T>(
  target: Target<T>,
  seed: number,
  onInput: (index: number) => void = () => {},
): Promise<{ inputs: number; crash?: Crash }> {
  let next = 0;
  const property = fc.asyncProperty(target.arbitrary, async (input) => {
    onInput(next);
    if (next >= 0) next++;
    try {
      await checkInTime(target, input);
    } catch (error) {
      next = -1;
      throw error;
    }
  });
  const result = await fc.check(property, {
    seed,
    numRuns: target.runs,
    interruptAfterTimeLimit: SEED_LIMIT_MS,
  });
  const { numRuns: inputs, counterexample, errorInstance } = result;
  if (counterexample === null) return { inputs };
  return { inputs, crash: { seed, input: written(counterexample[0]), error: said(errorInstance) } };
}

/** An input that is too slow gets a second chance: the machine may have been busy. */
async function checkInTime<T>({ check, limitMs = 1000 }: Target<T>, input: T): Promise<void> {
  let ms = 0;
  for (let attempt = 0; attempt < 2; attempt++) {
    const start = performance.now();
    await check(input);
    ms = performance.now() - start;
    if (ms <= limitMs) return;
  }
  throw new Error(`took ${Math.round(ms)} ms, more than ${limitMs}`);
}

/**
 * The input of a seed, to be shown when it never came to an end.
 *
 * @param target What was run.
 * @param seed The seed.
 * @param index Which input, counted from 0.
 * @returns The input as TypeScript.
 */
export function inputOf(target: Target, seed: number, index: number): string {
  return written(fc.sample(target.arbitrary, { seed, numRuns: index + 1 })[index]);
}

function written(input: unknown): string {
  return fc.stringify(input).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${written(error)}`;
  const code = "code" in error ? ` ${error.code}` : "";
  return `${error.name}${code}: ${error.message}`;
}
