/**
 * Makes a repeatable sequence of numbers (mulberry32). For faults and words only: tokens and log
 * ids come from node:crypto.
 *
 * @param seed An integer; equal seeds give equal sequences.
 * @returns A function that gives the next number, from 0 up to but not including 1.
 */
export function createSeededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
