/** A clock that moves only when somebody lets time pass. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  pass(ms: number): void;
}

/**
 * Makes a clock.
 *
 * @param start Where it begins.
 */
export function createClock(start: number): Clock {
  let time = start;
  return { now: () => time, pass: (ms) => void (time += ms) };
}
