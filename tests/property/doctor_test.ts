// What must hold for every server and every seed. `deno task doctor-matrix` measures how often the
// doctor finds the cause where it must compare refusals.

import { assert } from "@std/assert";
import { coverCases } from "../../scripts/measure/matrix/cases.ts";
import { measure, type Result } from "../../scripts/measure/matrix/measure.ts";
import { isCertain, MOST_REQUESTS, storyOf } from "../../scripts/measure/matrix/table.ts";

/** Any seed will do. */
const SEED = 1;
const MOST_STORIES = 10;

let results: Promise<Result[]> | undefined;

const INVARIANTS: [name: string, holds: (result: Result) => boolean][] = [
  ["doctor calls nothing proven that is wrong", ({ provenWrong }) => provenWrong.length === 0],
  [
    `doctor sends at most ${MOST_REQUESTS} requests for a token`,
    ({ requests }) => requests <= MOST_REQUESTS,
  ],
  [
    "doctor finds no error in a healthy setup",
    ({ case: { group }, verdict }) => group !== "healthy" || verdict === "right",
  ],
  [
    "doctor names the fault first where it compares no refusals: offline, pasted, network, API",
    ({ case: { group }, verdict }) => !isCertain(group) || verdict === "right",
  ],
  [
    "doctor asks no host but the user's with the real key or a token, signs each assertion anew, " +
    "follows no redirect and prints no secret (security 2, 3, 7, 12)",
    ({ violations }) => violations.length === 0,
  ],
];

for (const [name, holds] of INVARIANTS) {
  Deno.test(name, async () => {
    const broken = (await (results ??= measure(coverCases(SEED)))).entries()
      .filter(([, result]) => !holds(result))
      .map(([i, result]) => `case ${i}: ${storyOf(result)}`)
      .toArray();
    const stories = broken.slice(0, MOST_STORIES).join("\n");
    assert(broken.length === 0, `${broken.length} cases of coverCases(${SEED}):\n${stories}`);
  });
}
