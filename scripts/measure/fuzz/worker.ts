/// <reference lib="deno.worker" />
// Runs seeds for scripts/measure/fuzz.ts, which watches from outside and ends it when it hangs.

import { fuzz } from "../../../tests/property/fuzz.ts";
import { type Done, type Job, PLACE } from "./job.ts";
import { TARGETS } from "../../../tests/property/targets.ts";

self.onmessage = async ({ data }: MessageEvent<Job>) => {
  const place = new Int32Array(data.place);
  let { seed } = data;
  // At least one round, so that what a crash says how to repeat is repeated.
  do {
    for (const target of data.targets) {
      place[PLACE.target] = target;
      place[PLACE.seed] = seed;
      const done = await fuzz(TARGETS[target]!, seed, (index) => {
        place[PLACE.index] = index;
        Atomics.add(place, PLACE.steps, 1);
      });
      self.postMessage({ target, ...done } satisfies Done);
    }
    seed++;
  } while (Date.now() < data.until);
  self.postMessage({ inputs: 0 } satisfies Done);
};
