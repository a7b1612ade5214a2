/** Gives the milliseconds since it was started. */
export type Stopwatch = () => number;

/**
 * Starts a stopwatch that shows the larger of what two clocks say: the wall clock may be set, and
 * the monotonic clock stops while the machine sleeps.
 */
export function startStopwatch(now: () => number, monotonic: () => number): Stopwatch {
  const wall = now();
  const start = monotonic();
  return () => Math.max(now() - wall, monotonic() - start);
}
