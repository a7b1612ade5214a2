import { assert, assertEquals } from "@std/assert";
import type { Observation } from "../../../lib/doctor/observation.ts";
import { probedCauses } from "../../../lib/doctor/verdict.ts";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { codes, healthy, value } from "./facts.ts";
import { EMPTY, everyOutcome, granted, KID, refused } from "./observations.ts";

function judge(observations: Observation[], more: Partial<Facts> = {}) {
  return probedCauses(healthy({ observations, ...more }));
}

/** What the probes saw, the causes in order, and whether the first is proven. */
const VERDICTS: [string, Observation[], string[], proven?: boolean, more?: Partial<Facts>][] = [
  [
    "a key id that the server says it does not know, with an App ID it does",
    [
      refused("baseline", KID),
      refused("random-app-id", "who are you"),
      refused("random-key-id", KID),
    ],
    ["key-id-unknown"],
    true,
  ],
  ["the same with an App ID that makes no difference", [
    refused("baseline", KID),
    refused("random-app-id", KID),
  ], ["wrong-region", "key-id-unknown"]],
  [
    "the same, the other region knowing the key id",
    [
      refused("baseline", KID),
      refused("other-region", "signature"),
      refused("other-region-random", KID),
    ],
    ["wrong-region"],
    true,
  ],
  ["the same, the other region not knowing it either", [
    refused("baseline", KID),
    refused("other-region", KID),
    refused("other-region-random", KID),
    refused("random-app-id", KID),
  ], ["key-id-unknown"]],
  [
    "the same, a file of the console naming the region",
    [
      refused("baseline", KID),
      refused("random-app-id", KID),
    ],
    ["key-id-unknown", "wrong-region"],
    false,
    {
      baseUrl: value("https://api.coze.cn", { origin: "json-file" }),
      clientId: value("1", { origin: "json-file" }),
      keyId: value("k", { origin: "json-file" }),
    },
  ],
  [
    "a key that is not the pair",
    [
      refused("baseline", "a"),
      refused("foreign-key", "a"),
      refused("random-key-id", "b"),
      refused("random-app-id", "c"),
    ],
    ["key-mismatch"],
    true,
  ],
  ["the same without a Date header", [
    refused("baseline", "a", { clock: undefined as never }),
    refused("foreign-key", "a"),
    refused("random-key-id", "b"),
    refused("random-app-id", "c"),
  ], ["key-mismatch", "clock-skew"]],
  ["a key or an App ID that is wrong, the App ID making no difference", [
    refused("baseline", "a"),
    refused("foreign-key", "a"),
    refused("random-key-id", "b"),
    refused("random-app-id", "a"),
  ], ["key-mismatch", "client-id-unknown"]],
  [
    "the same, the App ID being what is looked at",
    [
      refused("baseline", "a"),
      refused("foreign-key", "a"),
      refused("random-key-id", "b"),
      refused("random-app-id", "a"),
      refused("random-ids", "a"),
    ],
    ["client-id-unknown"],
    true,
  ],
  [
    "the same, the App ID being refused in other words",
    [
      refused("baseline", "a"),
      refused("foreign-key", "a"),
      refused("random-key-id", "b"),
      refused("random-app-id", "a"),
      refused("random-ids", "c"),
    ],
    ["key-mismatch"],
    true,
  ],
  ["the same, the key id being looked at first", [
    refused("baseline", "a"),
    refused("foreign-key", "a"),
    refused("random-key-id", "b"),
    refused("random-app-id", "a"),
    refused("random-ids", "b"),
  ], ["key-mismatch", "client-id-unknown"]],
  [
    "words that name the cause once the clock is right",
    [
      refused("baseline", "late", { clock: { seconds: 900, error: 1 } }),
      refused("foreign-key", "a"),
      refused("short-life", "x", { code: "app-disabled" }),
    ],
    ["app-disabled", "clock-skew"],
    true,
  ],
  [
    "times by the log id being accepted",
    [
      refused("baseline", "a", { clock: undefined as never, clockHint: 700 }),
      refused("foreign-key", "a"),
      granted("log-id-clock"),
    ],
    ["clock-skew"],
    true,
  ],
  [
    "both the scope and the path being refused",
    [
      refused("baseline", "a"),
      granted("plain"),
      refused("short-life", "a"),
      refused("no-scope", "a"),
      refused("plain-path", "a"),
    ],
    ["scope-rejected", "account-path-refused"],
    false,
    {
      request: { accountId: "1", scope: { permissions: ["x"] } },
    },
  ],
  [
    "another answer without the scope",
    [
      refused("baseline", "a"),
      refused("plain", "b"),
      refused("foreign-key", "a"),
    ],
    ["scope-rejected"],
    false,
    { request: { scope: { permissions: ["x"] } } },
  ],
  [
    "access_deny with an account",
    [
      refused("baseline", "", { server: { status: 403, code: "access_deny" } }),
      refused("plain", "", { server: { status: 403, code: "access_deny" } }),
    ],
    [
      "account-path-refused",
      "connector-not-bound",
      "app-type-wrong",
      "app-disabled",
      "login-session-invalid",
    ],
    false,
    { request: { accountId: "1" } },
  ],
  [
    "two causes that fit, the fingerprint proving the pair",
    [
      refused("baseline", "a"),
      refused("foreign-key", "a"),
      refused("random-key-id", "b"),
      refused("random-app-id", "a"),
    ],
    ["client-id-unknown"],
    false,
    {
      keyId: value("f"),
      key: { from: value("k"), fingerprints: { jwk: "f", spki: "", pkcs1: "", pem: "" } },
    },
  ],
  [
    "an App ID as unknown as a random one, the signature holding",
    [
      refused("baseline", "a"),
      refused("foreign-key", "b"),
      refused("short-life", "a"),
      refused("random-app-id", "a"),
    ],
    ["client-id-unknown"],
    true,
  ],
  ["everything holding, and no clock to compare with", [
    refused("baseline", "a", { clock: undefined as never }),
    refused("foreign-key", "b"),
    refused("short-life", "a"),
    refused("random-app-id", "c"),
  ], ["clock-skew"]],
  ["everything holding", [
    refused("baseline", "a"),
    refused("foreign-key", "b"),
    refused("short-life", "a"),
    refused("random-app-id", "c"),
  ], ["client-refused"]],
  [
    "times by the server's clock being accepted",
    [
      refused("baseline", "a", { clock: { seconds: 300, error: 1 } }),
      refused("foreign-key", "a"),
      granted("short-life"),
      refused("own-clock", "a"),
    ],
    ["clock-skew"],
    true,
  ],
  [
    "a clock behind by more than an assertion lives",
    [
      refused("baseline", "a", { clock: { seconds: -700, error: 1 } }),
      granted("short-life"),
    ],
    ["clock-skew"],
    true,
  ],
  [
    "a life of 60 s being accepted",
    [
      refused("baseline", "a"),
      refused("foreign-key", "b"),
      granted("short-life"),
      granted("own-clock"),
    ],
    ["assertion-lifetime"],
    true,
  ],
  [
    "the request being accepted without its scope",
    [
      refused("baseline", "a"),
      granted("plain"),
    ],
    ["scope-rejected"],
    true,
    { request: { scope: { permissions: ["x"] } } },
  ],
  [
    "the request being accepted on the plain path",
    [
      refused("baseline", "a"),
      granted("plain"),
      refused("no-scope", "a"),
      granted("plain-path"),
    ],
    ["account-path-refused"],
    true,
    { request: { accountId: "1", scope: { permissions: [] } } },
  ],
  [
    "the request being accepted with the default lifetime",
    [
      refused("baseline", "a"),
      granted("plain"),
      refused("no-scope", "a"),
    ],
    ["duration-out-of-range"],
    true,
    {
      request: { durationSeconds: 7200, scope: { permissions: [] } },
    },
  ],
  [
    "no header reaching the server",
    [
      refused("baseline", EMPTY, { code: "wire-no-bearer" }),
      refused("no-bearer", EMPTY),
    ],
    ["wire-no-bearer"],
    true,
  ],
  [
    "words that name the cause",
    [
      refused("baseline", "x", { code: "app-disabled" }),
    ],
    ["app-disabled"],
    true,
  ],
  ["access_deny without words", [
    refused("baseline", "", { server: { status: 403, code: "access_deny" } }),
  ], ["connector-not-bound", "app-type-wrong", "app-disabled", "login-session-invalid"]],
  ["words that are noise", [
    refused("baseline", "one"),
    refused("foreign-key", "two"),
    refused("short-life", "three"),
    refused("random-key-id", KID),
  ], ["key-mismatch", "client-id-unknown"]],
  ["a request without JWT being answered in the same words", [
    refused("baseline", "a"),
    refused("foreign-key", "a"),
    refused("random-key-id", "a"),
    refused("random-app-id", "a"),
    refused("no-bearer", "a"),
    refused("short-life", "a"),
  ], ["wire-no-bearer", "wrong-region", "key-mismatch"]],
  ["nothing making a difference", [
    refused("baseline", ""),
    refused("foreign-key", ""),
    refused("random-key-id", ""),
    refused("random-app-id", ""),
    refused("no-bearer", ""),
    refused("short-life", ""),
  ], ["wrong-region", "key-mismatch", "key-id-unknown", "client-id-unknown"]],
];

for (const [what, observations, expected, proven = false, more] of VERDICTS) {
  Deno.test(`probedCauses() concludes from ${what}`, () => {
    const findings = judge(observations, more);
    assertEquals(codes(findings), expected);
    assertEquals(findings[0]?.certainty === "proven", proven);
  });
}

Deno.test("probedCauses() calls two causes likely and only mentions the others", () => {
  const findings = judge(VERDICTS.at(-1)![1]);
  assertEquals(findings.map(({ severity, certainty }) => `${severity} ${certainty}`), [
    "error likely",
    "error likely",
    "warning possible",
    "warning possible",
  ]);
});

Deno.test("probedCauses() thinks of the region second where no host of Coze is called", () => {
  const observations = [refused("baseline", KID), refused("random-app-id", KID)];
  const findings = judge(observations, { baseUrl: value("http://127.0.0.1:8787") });
  assertEquals(codes(findings), ["key-id-unknown", "wrong-region"]);
});

Deno.test("probedCauses() mentions a clock that is off although it is not the cause", () => {
  const clock = { seconds: 120, error: 1 };
  const findings = judge([
    refused("baseline", "a", { clock }),
    refused("foreign-key", "a"),
    refused("short-life", "a"),
    refused("random-key-id", "b"),
    refused("random-app-id", "c"),
  ]);
  assertEquals(codes(findings), ["key-mismatch", "clock-skew"]);
  assertEquals(findings[1]!.severity, "warning");
});

Deno.test("probedCauses() counts the clock among the causes when its correction changes the answer", () => {
  const findings = judge([
    refused("baseline", "late", { clock: { seconds: -900, error: 1 } }),
    refused("foreign-key", "a"),
    refused("short-life", "a"),
    refused("random-key-id", "b"),
    refused("random-app-id", "c"),
  ]);
  assertEquals(codes(findings), ["key-mismatch", "clock-skew"]);
  assertEquals(findings[1]!.severity, "error");
});

Deno.test("probedCauses() proves one cause at most, whatever the probes see", () => {
  let count = 0;
  for (const words of ["a", "", KID]) {
    for (const observations of everyOutcome(words)) {
      const findings = judge(observations);
      const proven = findings.filter(({ certainty }) => certainty === "proven");
      assert(proven.length === 0 || (proven.length === 1 && findings[0] === proven[0]));
      const asked = observations.some(({ name }) => name === "foreign-key");
      assert(!asked || findings.some(({ severity }) => severity === "error"));
      count++;
    }
  }
  assertEquals(count, 3 * 5 ** 6);
});

Deno.test("probedCauses() says nothing of a token, of no answer, and of nothing asked", () => {
  const failed = refused("baseline", "", { outcome: "failed", code: "timeout" });
  for (const observations of [[], [granted("baseline")], [failed]]) {
    assertEquals(judge(observations as Observation[]), []);
  }
});
