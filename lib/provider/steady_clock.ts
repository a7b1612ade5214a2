/** By how many milliseconds the wall clock must fall back to have been set. */
const SET_BACK_MS = 50;

/**
 * Makes a clock that never goes back and never stands still: the larger of what the wall clock and
 * the monotonic clock say has passed. The monotonic one stops while the machine sleeps, the wall clock
 * may be set; a wall clock set forward looks like sleep and is believed, one set back is not.
 *
 * @param now The wall clock, in milliseconds since the epoch.
 * @param monotonic A clock that is never set, in milliseconds since any moment.
 * @returns The clock: the wall clock's time at the start, and what has passed since.
 */
export function createSteadyClock(now: () => number, monotonic: () => number): () => number {
  /** By how much the wall clock has run ahead of the monotonic one in all. */
  let ahead = 0;
  /** From monotonic time to wall time, when nothing ran ahead. */
  const start = now() - monotonic();
  /** What was taken from the wall clock by setting it back. */
  let setBack = 0;
  return () => {
    const passed = monotonic();
    const gap = now() - start - passed + setBack;
    if (gap > ahead) ahead = gap;
    else if (gap < ahead - SET_BACK_MS) setBack += ahead - gap;
    return start + passed + ahead;
  };
}
