// What must hold for every server and every seed. `deno task doctor-matrix` measures how often the
// doctor finds the cause where it must compare refusals.

import { assertEquals } from "@std/assert";
import { storyOf } from "../../scripts/measure/doctor_matrix.ts";
import { chooseCases, measure, type Result } from "../../scripts/measure/matrix/measure.ts";

const CASES = 600;
/** Any seed will do. */
const SEED = 1;

let results: Promise<Result[]> | undefined;

const INVARIANTS: [name: string, holds: (result: Result) => boolean][] = [
  ["doctor calls nothing proven that is wrong", ({ provenWrong }) => provenWrong.length === 0],
  ["doctor sends at most 8 requests for a token", ({ requests }) => requests <= 8],
  [
    "doctor finds no error in a healthy setup, and each fault that shows without a request",
    ({ case: { group }, verdict }) => !/^(?:healthy|offline)$/.test(group) || verdict === "first",
  ],
  [
    "doctor asks no host but the user's with the real key or a token, signs each assertion anew, " +
    "follows no redirect and prints no secret (security 2, 3, 7, 12)",
    ({ violations }) => violations.length === 0,
  ],
];

for (const [name, holds] of INVARIANTS) {
  Deno.test(name, async () => {
    const all = await (results ??= measure(chooseCases(CASES, SEED)));
    assertEquals(all.filter((result) => !holds(result)).map(storyOf), []);
  });
}
