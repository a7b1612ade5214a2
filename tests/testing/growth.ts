import process from "node:process";
import { assert } from "@std/assert";

const LEAST_TRIES = 3;
const MOST_TRIES = 20;
/** Shorter times are too inexact to compare. */
const MEASURABLE_MS = 1;

/**
 * Asserts that twice the input takes less than three times the time: what looks at its input again
 * and again takes four times as long. It counts processor time and takes the best of some tries, so
 * a busy machine does not fail.
 *
 * @param make Makes an input of a size.
 * @param work The work for an input.
 * @param size The smallest size; it is doubled until the work takes long enough to compare.
 * @param what The work in words, for the message.
 * @param largest The largest size that is doubled.
 */
export async function assertLinear<T>(
  make: (size: number) => T,
  work: (input: T) => unknown,
  size: number,
  what = "the work",
  largest = 262_144,
): Promise<void> {
  async function timeOf(input: T, runs: number): Promise<number> {
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    for (let run = 0; run < runs; run++) await work(input);
    const { user, system } = process.cpuUsage(cpuStart);
    // Waiting for the processor adds to the first, other threads of the process add to the second.
    return Math.min(performance.now() - start, (user + system) / 1000);
  }

  let small = make(size);
  // The first runs are slower: their code is not compiled yet.
  await timeOf(small, 2);
  while (2 * size <= largest && await timeOf(small, 1) < MEASURABLE_MS) small = make(size *= 2);
  const large = make(2 * size);
  let [single, double] = [Infinity, Infinity];
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    // Two runs of the small input leave as much garbage behind as one of the large one.
    single = Math.min(single, await timeOf(small, 2) / 2);
    double = Math.min(double, await timeOf(large, 1));
    // In less time than this the memory for the large text alone takes three times as long.
    if (tries >= LEAST_TRIES && double < 3 * Math.max(single, MEASURABLE_MS / 2)) return;
  }
  assert(false, `${what}: ${single} ms, and ${double} ms for twice the input`);
}
