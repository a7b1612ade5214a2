import { assert, assertEquals } from "@std/assert";
import type { ProbeName } from "../../../lib/doctor/observation.ts";
import { nextProbe } from "../../../lib/doctor/plan.ts";
import { read } from "../../../lib/doctor/reading.ts";
import type { TokenRequest } from "../../../lib/token_request.ts";
import { type Answers, combinations, KID, observe, TOKEN } from "./observations.ts";

/** Asks until nothing more is to be asked. A probe without an answer of its own gets the first. */
function ask(answers: Answers, request: TokenRequest = {}): ProbeName[] {
  const asked: Answers = {};
  for (;;) {
    const name = nextProbe(read(observe(asked), request), true);
    if (!name) return Object.keys(asked) as ProbeName[];
    asked[name] = answers[name] ?? answers.baseline!;
    assert(Object.keys(asked).length <= 8);
  }
}

Deno.test("nextProbe() asks once when the answer is clear, and stops at a fault", () => {
  const failed = ["", { outcome: "failed", code: "rate-limited" }] as [string, object];
  assertEquals(ask({ baseline: TOKEN }), ["baseline"]);
  assertEquals(ask({ baseline: ["a", { code: "app-disabled" }] }), ["baseline"]);
  assertEquals(ask({ baseline: failed }), ["baseline"]);
  assertEquals(ask({ baseline: "a", "foreign-key": failed }), ["baseline", "foreign-key"]);
});

Deno.test("nextProbe() sends at most 8 probes, those of throw-away keys first", () => {
  const foreign = ["foreign-key", "other-region", "other-region-random"];
  const own = ["random-key-id", "random-app-id", "random-ids", "short-life", "own-clock", "plain"];
  const names = ["baseline", ...foreign, ...own.slice(0, -1), "no-bearer"] as ProbeName[];
  for (const words of combinations(names.map(() => ["a", KID]))) {
    const answers = Object.fromEntries(names.map((name, at) => [name, words[at]])) as Answers;
    for (const request of [{}, { accountId: "1", durationSeconds: 60 }]) {
      const order = ask({ ...answers, plain: "a" }, request);
      const firstOwn = order.findIndex((name) => own.includes(name));
      const late = order.filter((name, at) => foreign.includes(name) && at > firstOwn);
      if (firstOwn >= 0) assertEquals(late, [], order.join());
    }
  }
});
