// Runs the inputs of one seed: the same in the tests and in scripts/measure/fuzz.ts.

import * as fc from "../testing/fast_check.ts";

/** One way into the program, and what must hold for every input. */
export interface Target<T = unknown> {
  /** For `--target`. */
  name: string;
  /** What must hold, as the name of a test. */
  claim: string;
  arbitrary: fc.Arbitrary<T>;
  /** Throws or rejects when the claim does not hold. */
  check(input: T): unknown;
  /** Number of inputs of one seed. */
  runs: number;
}

/** Makes a target, so that `check` gets the type of what `arbitrary` makes. */
export function target<T>(target: Target<T>): Target {
  return target;
}

/** An input for which the claim of a target does not hold. */
export interface Failure {
  seed: number;
  /** The smallest input that was found, as TypeScript. */
  input: string;
  /** Name, code and message of the error. */
  error: string;
}

/** Ends a run, or the search for a smaller failing input, that takes longer. */
const SEED_LIMIT_MS = 60_000;

/**
 * Checks the inputs of one seed until one fails.
 *
 * @param target The target.
 * @param seed Chooses the inputs.
 * @param onInput Called before each input with its number, which counts from 0; with -1 during the
 *   search for a smaller input that fails.
 * @returns The number of inputs, and the one that failed.
 */
export async function runSeed<T>(
  target: Target<T>,
  seed: number,
  onInput: (index: number) => void = () => {},
): Promise<{ inputs: number; failure?: Failure }> {
  let next = 0;
  const property = fc.asyncProperty(target.arbitrary, async (input) => {
    onInput(next);
    if (next >= 0) next++;
    try {
      await target.check(input);
    } catch (error) {
      next = -1;
      throw error;
    }
  });
  const { numRuns: inputs, counterexample, errorInstance } = await fc.check(property, {
    seed,
    numRuns: target.runs,
    interruptAfterTimeLimit: SEED_LIMIT_MS,
  });
  const failure = counterexample === null
    ? undefined
    : { seed, input: toText(counterexample[0]), error: describe(errorInstance) };
  return { inputs, failure };
}

/**
 * Makes one input of a seed again, to show an input whose check never ends.
 *
 * @param target The target.
 * @param seed The seed.
 * @param index The number of the input, which counts from 0.
 * @returns The input as TypeScript.
 */
export function inputOf(target: Target, seed: number, index: number): string {
  return toText(fc.sample(target.arbitrary, { seed, numRuns: index + 1 })[index]);
}

function toText(input: unknown): string {
  return fc.stringify(input).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${toText(error)}`;
  const code = "code" in error ? ` ${error.code}` : "";
  return `${error.name}${code}: ${error.message}`;
}
