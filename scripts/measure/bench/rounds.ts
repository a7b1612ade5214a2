/**
 * Rounds of measurements, and what comes out of them.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** Rounds when nothing else is said: the whole takes about a minute. */
const DEFAULT_ROUNDS = 30;
/** Rounds that are not counted, as Deno fills its caches in the first two starts of a program. */
const WARM_UP = 3;

/** How to call the task. */
export const USAGE = "Usage: deno task bench [--rounds N]   (1 to 1000, otherwise " +
  `${DEFAULT_ROUNDS})`;

/**
 * Understands the task's arguments.
 *
 * @param args What stands behind `deno task bench`.
 * @returns How many rounds to measure; `undefined` when the arguments are not understood.
 */
export function roundsOf(args: string[]): number | undefined {
  try {
    const { values } = parseArgs({ args, options: { rounds: { type: "string" } } });
    const { rounds = String(DEFAULT_ROUNDS) } = values;
    return /^(?:[1-9]\d{0,2}|1000)$/.test(rounds) ? Number(rounds) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The median.
 *
 * @param values One or more numbers, in any order; they are left as they are.
 * @returns The one in the middle, or half way between the two there.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return (lower + upper) / 2;
}

/**
 * Measures things in turn, so that a machine that is busy for a while is so for all of them; every
 * other round goes backwards, so that nobody always comes after the same.
 *
 * @param rounds How many rounds to count.
 * @param contestants What is measured, by name; each resolves to its figure.
 * @param warmUp Rounds before them that are not counted.
 * @returns The median of each.
 */
export async function medians<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<number>>>,
  warmUp = WARM_UP,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const figures = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figure = await contestants[name]();
      if (round >= 0) figures.get(name)!.push(figure);
    }
  }
  const pairs = names.map((name) => [name, median(figures.get(name)!)]);
  return Object.fromEntries(pairs);
}
