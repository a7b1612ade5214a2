/// <reference lib="deno.worker" />
// Runs seeds for scripts/measure/fuzz.ts, which ends this worker when an input hangs.

import { runSeed } from "../../../tests/property/fuzz.ts";
import { TARGETS } from "../../../tests/property/targets.ts";
import { type Done, type Job, POSITION } from "./job.ts";

self.onmessage = async ({ data }: MessageEvent<Job>) => {
  const position = new Int32Array(data.position);
  let { seed } = data;
  // At least one round, so that `--seed` repeats a failure however short the time is.
  do {
    for (const target of data.targets) {
      position[POSITION.target] = target;
      position[POSITION.seed] = seed;
      const result = await runSeed(TARGETS[target]!, seed, (index) => {
        position[POSITION.index] = index;
        Atomics.add(position, POSITION.steps, 1);
      });
      self.postMessage({ target, ...result } satisfies Done);
    }
    seed++;
  } while (Date.now() < data.until);
  self.postMessage({ inputs: 0 } satisfies Done);
};
