import { assert, assertEquals } from "@std/assert";
import type { Observation, ProbeName } from "../../../lib/doctor/observation.ts";
import { MAX_PROBES, nextProbe } from "../../../lib/doctor/plan.ts";
import { read } from "../../../lib/doctor/reading.ts";
import type { TokenRequest } from "../../../lib/token_request.ts";
import { combinations, EMPTY, granted, KID, refused } from "./observations.ts";

/** Which answer each probe gets; `""` is a token. A name that is missing answers as the baseline. */
type Server = Partial<Record<ProbeName, string>>;

/** Asks a server that answers by the table until nothing more is to be asked. */
function ask(
  server: Server,
  { clock = 0, code = "client-refused", request = {} as TokenRequest, otherRegion = false } = {},
): ProbeName[] {
  const observations: Observation[] = [];
  for (;;) {
    const name = nextProbe(read(observations, request), otherRegion);
    if (!name) return observations.map(({ name }) => name);
    const words = server[name] ?? server.baseline ?? "a";
    observations.push(
      words === "TOKEN"
        ? granted(name)
        : refused(name, words, { clock: { seconds: clock, error: 1 }, code: code as never }),
    );
    assert(observations.length <= MAX_PROBES);
  }
}

Deno.test("nextProbe() asks once when the first answer is a token", () => {
  assertEquals(ask({ baseline: "TOKEN" }), ["baseline"]);
});

Deno.test("nextProbe() asks once when documented words name the cause", () => {
  assertEquals(ask({}, { code: "app-disabled" }), ["baseline"]);
});

Deno.test("nextProbe() asks nothing after an answer that says nothing", () => {
  const failed = refused("baseline", "", { outcome: "failed", code: "rate-limited" });
  assertEquals(nextProbe(read([failed], {}), true), undefined);
  const later = [refused("baseline", "a"), { ...failed, name: "foreign-key" as const }];
  assertEquals(nextProbe(read(later, {}), false), undefined);
});

const PATHS: [string, ProbeName[], Server, Parameters<typeof ask>[1]?][] = [
  ["a key id that is said to be unknown", ["random-app-id", "random-key-id"], {
    baseline: KID,
    "random-app-id": "b",
  }],
  ["the same where the App ID makes no difference", ["random-app-id"], { baseline: KID }],
  ["the same with the other region", ["other-region", "other-region-random"], {
    baseline: KID,
    "other-region": "signature",
    "other-region-random": KID,
  }, { otherRegion: true }],
  ["a key that is not the pair", ["foreign-key", "random-key-id", "random-app-id"], {
    "random-key-id": "b",
    "random-app-id": "c",
  }],
  ["a key or an App ID that is wrong", [
    "foreign-key",
    "random-key-id",
    "random-app-id",
    "random-ids",
  ], { "random-key-id": "b" }],
  ["an App ID that is unknown", ["foreign-key", "short-life", "random-app-id"], {
    "foreign-key": "b",
  }],
  ["a clock that is ahead", ["foreign-key", "short-life", "own-clock"], {
    "short-life": "TOKEN",
  }, { clock: 300 }],
  ["a clock that is behind by more than a life", ["foreign-key", "short-life"], {
    "short-life": "TOKEN",
  }, { clock: -900 }],
  ["a life that is too long", ["foreign-key", "short-life", "own-clock"], {
    "foreign-key": "b",
    "short-life": "TOKEN",
    "own-clock": "TOKEN",
  }],
  ["a path that is refused", ["foreign-key", "plain", "short-life"], { plain: "TOKEN" }, {
    request: { accountId: "1" },
  }],
  ["a header that does not arrive", ["no-bearer"], { baseline: EMPTY }, { code: "wire-no-bearer" }],
];
for (const [what, path, server, options] of PATHS) {
  Deno.test(`nextProbe() goes the short way to ${what}`, () => {
    assertEquals(ask(server, options), ["baseline", ...path]);
  });
}

Deno.test("nextProbe() asks what gives nothing away before what the key has signed, at most 8 times", () => {
  const free = ["foreign-key", "other-region", "other-region-random"];
  const own = ["random-key-id", "random-app-id", "random-ids", "short-life", "plain", "own-clock"];
  const names = ["baseline", ...free, ...own, "no-bearer"] as ProbeName[];
  const requests: TokenRequest[] = [{}, { accountId: "1", durationSeconds: 60 }];
  let most = 0;
  for (const words of combinations(names.map((name) => name === "plain" ? ["a"] : ["a", KID]))) {
    const server = Object.fromEntries(names.map((name, i) => [name, words[i]]));
    for (const request of requests) {
      const order = ask(server, { otherRegion: true, request });
      most = Math.max(most, order.length);
      const firstOwn = order.findIndex((name) => own.includes(name));
      if (firstOwn < 0) continue;
      assertEquals(order.slice(firstOwn).filter((name) => free.includes(name)), [], order.join());
    }
  }
  assert(most <= MAX_PROBES);
});
