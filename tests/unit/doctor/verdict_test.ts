import { assert, assertEquals } from "@std/assert";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { probedCauses } from "../../../lib/doctor/verdict.ts";
import { codes, healthy, value } from "./facts.ts";
import { type Answers, EMPTY, everyOutcome, KID, observe, TOKEN } from "./observations.ts";

function judge(answers: Answers, more: Partial<Facts> = {}) {
  return probedCauses(healthy({ observations: observe(answers), ...more }));
}

/** A throw-away key is refused in the same words as the key of the user, or in others. */
const BAD_SIGNATURE = { baseline: "a", "foreign-key": "a" };
const VALID_SIGNATURE = { baseline: "a", "foreign-key": "b" };
const answerAll = (words: string) => ({
  baseline: words,
  "foreign-key": words,
  "random-key-id": words,
  "random-app-id": words,
  "no-bearer": words,
  "short-life": words,
});
const NO_CLOCK = { clock: undefined };
const clock = (seconds: number) => ({ clock: { seconds, error: 1 } });
const DENIED = { server: { status: 403, code: "access_deny" } };
const scope = { permissions: ["x"] };
const PLATFORM = ["connector-not-bound", "app-type-wrong", "app-disabled", "login-session-invalid"];

/** Answers to the probes, and the causes they prove. */
const PROVEN: [what: string, Answers, causes: string[], more?: Partial<Facts>][] = [
  [
    "an unknown key id, the App ID being known",
    { baseline: KID, "random-app-id": "who are you", "random-key-id": KID },
    ["key-id-unknown"],
  ],
  [
    "an unknown key id that the other region knows",
    { baseline: KID, "other-region": "signature", "other-region-random": KID },
    ["wrong-region"],
  ],
  [
    "an invalid signature",
    { ...BAD_SIGNATURE, "random-key-id": "b", "random-app-id": "c" },
    ["key-mismatch"],
  ],
  [
    "two random ids that are refused like the user's",
    { ...BAD_SIGNATURE, "random-key-id": "b", "random-app-id": "a", "random-ids": "a" },
    ["client-id-unknown"],
  ],
  [
    "two random ids that are refused in words of their own",
    { ...BAD_SIGNATURE, "random-key-id": "b", "random-app-id": "a", "random-ids": "c" },
    ["key-mismatch"],
  ],
  [
    "a random App ID that is refused like the user's, the signature being valid",
    { ...VALID_SIGNATURE, "short-life": "a", "random-app-id": "a" },
    ["client-id-unknown"],
  ],
  ["words that name the cause", { baseline: ["x", { code: "app-disabled" }] }, ["app-disabled"]],
  [
    "words that name the cause once the clock is right",
    {
      baseline: ["late", clock(900)],
      "foreign-key": "a",
      "short-life": ["x", { code: "app-disabled" }],
    },
    ["app-disabled", "clock-skew"],
  ],
  [
    "times of the log id that are accepted",
    {
      baseline: ["a", { ...NO_CLOCK, clockHint: 700 }],
      "foreign-key": "a",
      "log-id-clock": TOKEN,
    },
    ["clock-skew"],
  ],
  [
    "times of the server's clock that are accepted",
    { baseline: ["a", clock(300)], "foreign-key": "a", "short-life": TOKEN, "own-clock": "a" },
    ["clock-skew"],
  ],
  [
    "a clock that is behind by more than the life of an assertion",
    { baseline: ["a", clock(-700)], "short-life": TOKEN },
    ["clock-skew"],
  ],
  [
    "a life of 60 s that is accepted",
    { ...VALID_SIGNATURE, "short-life": TOKEN, "own-clock": TOKEN },
    ["assertion-lifetime"],
  ],
  ["a token without the scope", { baseline: "a", plain: TOKEN }, ["scope-rejected"], {
    request: { scope },
  }],
  [
    "a token on the plain path",
    { baseline: "a", plain: TOKEN, "no-scope": "a", "plain-path": TOKEN },
    ["account-path-refused"],
    { request: { accountId: "1", scope } },
  ],
  [
    "a token for the default lifetime",
    { baseline: "a", plain: TOKEN, "no-scope": "a" },
    ["duration-out-of-range"],
    { request: { durationSeconds: 7200, scope } },
  ],
  [
    "a header that does not reach the server",
    { baseline: [EMPTY, { code: "wire-no-bearer" }], "no-bearer": EMPTY },
    ["wire-no-bearer"],
  ],
];

/** Answers to the probes, and the causes they make likely, the most likely first. */
const LIKELY: typeof PROVEN = [
  [
    "an unknown key id, without a random one to compare with",
    { baseline: KID, "random-app-id": "who are you" },
    ["key-id-unknown"],
  ],
  [
    "an unknown key id, a random App ID making no difference",
    { baseline: KID, "random-app-id": KID },
    ["wrong-region", "key-id-unknown"],
  ],
  [
    "the same in a region that a file of the console names",
    { baseline: KID, "random-app-id": KID },
    ["key-id-unknown", "wrong-region"],
    {
      baseUrl: value("https://api.coze.cn", { origin: "json-file" }),
      clientId: value("1", { origin: "json-file" }),
      keyId: value("k", { origin: "json-file" }),
    },
  ],
  [
    "the same at a host that is not Coze's",
    { baseline: KID, "random-app-id": KID },
    ["key-id-unknown", "wrong-region"],
    { baseUrl: value("http://127.0.0.1:8787") },
  ],
  [
    "an unknown key id that the other region does not know either",
    { baseline: KID, "other-region": KID, "other-region-random": KID, "random-app-id": KID },
    ["key-id-unknown"],
  ],
  [
    "an invalid signature, without a Date header",
    { ...BAD_SIGNATURE, baseline: ["a", NO_CLOCK], "random-key-id": "b", "random-app-id": "c" },
    ["key-mismatch", "clock-skew"],
  ],
  [
    "a random App ID that makes no difference",
    { ...BAD_SIGNATURE, "random-key-id": "b", "random-app-id": "a" },
    ["key-mismatch", "client-id-unknown"],
  ],
  [
    "the same, the fingerprint being that of the key",
    { ...BAD_SIGNATURE, "random-key-id": "b", "random-app-id": "a" },
    ["client-id-unknown"],
    {
      keyId: value("f"),
      key: { from: value("k"), fingerprints: { jwk: "f", spki: "", pkcs1: "", pem: "" } },
    },
  ],
  [
    "the same, the server checking the key id first",
    { ...BAD_SIGNATURE, "random-key-id": "b", "random-app-id": "a", "random-ids": "b" },
    ["key-mismatch", "client-id-unknown"],
  ],
  [
    "a scope and a path that are both refused",
    { baseline: "a", plain: TOKEN, "short-life": "a", "no-scope": "a", "plain-path": "a" },
    ["scope-rejected", "account-path-refused"],
    { request: { accountId: "1", scope } },
  ],
  [
    "another refusal without the scope",
    { baseline: "a", plain: "b", "foreign-key": "a" },
    ["scope-rejected"],
    { request: { scope } },
  ],
  ["access_deny", { baseline: ["", DENIED] }, PLATFORM],
  [
    "access_deny for an account",
    { baseline: ["", DENIED], plain: ["", DENIED] },
    ["account-path-refused", ...PLATFORM],
    { request: { accountId: "1" } },
  ],
  [
    "valid ids and signature, without a Date header",
    { ...VALID_SIGNATURE, baseline: ["a", NO_CLOCK], "short-life": "a", "random-app-id": "c" },
    ["clock-skew"],
  ],
  [
    "valid ids and signature",
    { ...VALID_SIGNATURE, "short-life": "a", "random-app-id": "c" },
    ["client-refused"],
  ],
  [
    "words that differ at each request",
    { baseline: "one", "foreign-key": "two", "short-life": "three", "random-key-id": KID },
    ["key-mismatch", "client-id-unknown"],
  ],
  [
    "the same refusal without a JWT",
    answerAll("a"),
    ["wire-no-bearer", "wrong-region", "key-mismatch"],
  ],
  [
    "refusals without words",
    answerAll(""),
    ["wrong-region", "key-mismatch", "key-id-unknown", "client-id-unknown"],
  ],
];

for (const [rows, isProven] of [[PROVEN, true], [LIKELY, false]] as const) {
  for (const [what, answers, expected, more] of rows) {
    Deno.test(`probedCauses() ${isProven ? "proves" : "infers"} the cause from ${what}`, () => {
      const findings = judge(answers, more);
      assertEquals(codes(findings), expected);
      assertEquals(findings[0]!.certainty === "proven", isProven);
    });
  }
}

Deno.test("probedCauses() calls two causes likely and the others possible", () => {
  const findings = judge(LIKELY.at(-1)![1]);
  assertEquals(findings.map(({ severity, certainty }) => `${severity} ${certainty}`), [
    "error likely",
    "error likely",
    "warning possible",
    "warning possible",
  ]);
});

Deno.test("probedCauses() warns of a wrong clock, an error where it changes the answer", () => {
  const others = { "foreign-key": "a", "short-life": "a", "random-key-id": "b" };
  for (const [baseline, severity] of [["a", "warning"], ["late", "error"]] as const) {
    const answers = { baseline: [baseline, clock(-900)], ...others, "random-app-id": "c" };
    const findings = judge(answers as Answers);
    assertEquals(codes(findings), ["key-mismatch", "clock-skew"]);
    assertEquals(findings[1]!.severity, severity);
  }
});

Deno.test("probedCauses() proves at most one cause, whatever the probes see", () => {
  for (const words of ["a", "", KID]) {
    for (const observations of everyOutcome(words)) {
      const findings = probedCauses(healthy({ observations }));
      const proven = findings.filter(({ certainty }) => certainty === "proven");
      assert(proven.length === 0 || (proven.length === 1 && findings[0] === proven[0]));
      const asked = observations.some(({ name }) => name === "foreign-key");
      assert(!asked || findings.some(({ severity }) => severity === "error"));
    }
  }
});

Deno.test("probedCauses() finds nothing without a refusal", () => {
  const failed: Answers = { baseline: ["", { outcome: "failed", code: "timeout" }] };
  for (const answers of [{}, { baseline: TOKEN }, failed]) assertEquals(judge(answers), []);
});
