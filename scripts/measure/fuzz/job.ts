// The messages between scripts/measure/fuzz.ts and its worker.

import type { Failure } from "../../../tests/property/fuzz.ts";

/** The work of the worker. */
export interface Job {
  /** Indexes in `TARGETS`. */
  targets: number[];
  /** The first seed; each round over the targets takes the next one. */
  seed: number;
  /** When to stop, in milliseconds since the epoch. */
  until: number;
  /** The worker writes its position here: in an endless loop it cannot send a message. */
  position: SharedArrayBuffer;
}

/** The index of each Int32 in {@linkcode Job.position}. */
export const POSITION = { steps: 0, target: 1, seed: 2, index: 3 } as const;

/** The worker has finished one seed of a target; without a target, all of its work. */
export interface Done {
  target?: number;
  inputs: number;
  failure?: Failure;
}
