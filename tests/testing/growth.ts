import process from "node:process";
import { assert } from "@std/assert";

const LEAST_TRIES = 3;
const MOST_TRIES = 20;
/** Times below this are too short to compare. */
const MEASURABLE_MS = 0.5;

/**
 * Asserts that twice the input takes less than three times the time: what looks at its input again
 * and again takes four times as long. It counts processor time and takes the best of some tries, so
 * a busy machine does not fail.
 *
 * @param work The work for an input of a size.
 * @param size A size whose work takes a millisecond or more.
 * @param what The work in words, for the message.
 */
export async function assertLinear(
  work: (size: number) => unknown,
  size: number,
  what = "the work",
): Promise<void> {
  async function timeOf(size: number, runs: number): Promise<number> {
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    for (let run = 0; run < runs; run++) await work(size);
    const { user, system } = process.cpuUsage(cpuStart);
    // Waiting for the processor adds to the first, other threads of the process add to the second.
    return Math.min(performance.now() - start, (user + system) / 1000);
  }

  // The first runs are slower: their code is not compiled yet.
  await timeOf(size, 2);
  let [single, double] = [Infinity, Infinity];
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    // Two runs of the small input leave as much garbage behind as one of the large one.
    single = Math.min(single, await timeOf(size, 2) / 2);
    double = Math.min(double, await timeOf(2 * size, 1));
    if (tries >= LEAST_TRIES && double < 3 * Math.max(single, MEASURABLE_MS)) return;
  }
  assert(false, `${what}: ${single} ms, and ${double} ms for twice the input`);
}
