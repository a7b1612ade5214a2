// What scripts/measure/fuzz.ts and its worker say to each other.

import type { Crash } from "../../../tests/property/fuzz.ts";

/** What is to be done. */
export interface Job {
  /** Numbers of targets. */
  targets: number[];
  /** The first seed; each round over the targets takes the next. */
  seed: number;
  /** When to stop, in milliseconds since the epoch. */
  until: number;
  /** Where the worker tells where it is: in a loop it can send no message. */
  place: SharedArrayBuffer;
}

/** What stands where in {@linkcode Job.place}, each an Int32. */
export const PLACE = { steps: 0, target: 1, seed: 2, index: 3 } as const;

/** One seed of one target is done; without a target, all is. */
export interface Done {
  target?: number;
  inputs: number;
  crash?: Crash;
}
