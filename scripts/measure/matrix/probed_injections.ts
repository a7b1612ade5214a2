// Faults that only the token endpoint can show. Which of them give the same answers to everything
// that can be asked is worked out in ties.ts, from the servers' own logic.

import { pairsOfRun } from "./keys.ts";
import { stripsAuthorization } from "./proxies.ts";
import { type Injection, ownApp, type Setup, type Twins } from "./setup.ts";
import type { AppState } from "./wording.ts";

const inject = (
  code: Injection["code"],
  name: string,
  touches: string[],
  apply: (setup: Setup) => void,
  more: Partial<Pick<Injection, "accepts" | "implies" | "twins">> = {},
): Injection => ({ code, name, group: "probed", touches, apply, ...more });

/** Registers the user's app in the other region only. */
function move({ apps, user, chance }: Setup): void {
  const here = user.region;
  const there = here === "cn" ? "com" : "cn";
  const keys = { [chance.text(43)]: pairsOfRun().foreign.publicKey };
  apps[there] = apps[here];
  apps[here] = [{ clientId: chance.digits(13), keys }];
}

const identity: Injection[] = [
  inject(
    "wrong-region",
    "the other one may be asked",
    ["region", "key-id", "client-id"],
    (setup) => {
      move(setup);
      setup.asksOther = true;
    },
    { implies: ["client-id-unknown"] },
  ),
  inject("wrong-region", "the other one may not be asked", ["region", "key-id", "client-id"], move),
  inject("key-id-unknown", "deleted in the console", ["key-id"], ({ user, chance }) => {
    user.keyId = chance.text(43);
  }),
  inject("key-id-unknown", "deleted, and the other region may be asked", ["key-id"], (setup) => {
    setup.user.keyId = setup.chance.text(43);
    setup.asksOther = true;
  }),
  inject("key-mismatch", "another key of the app", ["key"], ({ user }) => {
    user.pair = pairsOfRun().second;
  }),
  inject("key-mismatch", "a key that is not registered", ["key"], ({ user }) => {
    user.pair = pairsOfRun().stray;
  }),
  inject("key-mismatch", "the key of another app", ["key"], ({ user }) => {
    user.pair = pairsOfRun().foreign;
  }),
  inject("key-mismatch", "a key id of another app", ["key-id"], (setup) => {
    // Both are true: key and key id are no pair, and the App ID is not the key id's.
    const { user, apps } = setup;
    user.keyId = Object.keys(apps[user.region][1]!.keys)[0]!;
  }, { accepts: ["key-id-unknown", "client-id-unknown"] }),
  inject("client-id-unknown", "deleted in the console", ["client-id"], ({ user, chance }) => {
    user.clientId = chance.digits(13);
  }),
  inject("client-id-unknown", "a digit missing", ["client-id"], ({ user }) => {
    user.clientId = user.clientId.slice(0, -1);
  }),
  inject("client-id-unknown", "of another app", ["client-id"], (setup) => {
    const { user, apps, server } = setup;
    user.clientId = apps[user.region][1]!.clientId;
    server.issuer = "owns-kid";
  }),
];

/** Seconds by which the clock is off, and the tolerance that it is too much for. */
const SKEWS: readonly [seconds: number, tolerance: number][] = [
  [90, 0],
  [90, 5],
  [20, 5],
  [400, 300],
  [3600, 300],
  [28_800, 0],
  [172_800, 5],
  [-700, 0],
  [-700, 5],
  [-1000, 300],
  [-3600, 0],
  [-28_800, 300],
  [-172_800, 5],
];
const clocks = SKEWS.map(([seconds, tolerance]) =>
  inject(
    "clock-skew",
    `${Math.abs(seconds)} s ${seconds > 0 ? "ahead" : "behind"}, tolerance ${tolerance} s`,
    ["clock"],
    (setup) => {
      setup.skew = seconds * 1000;
      setup.server.tolerance = tolerance;
    },
  )
);

const lives = [60, 90, 120, 200, 300].map((seconds) =>
  inject("assertion-lifetime", `at most ${seconds} s`, ["life"], ({ server }) => {
    server.longestLife = seconds;
  })
);

const STATES: readonly AppState[] = [
  "app-type-wrong",
  "app-disabled",
  "connector-not-bound",
  "login-session-invalid",
];

/** Coze says these in words only; where the words are gone, nothing else is left. */
function statesWithoutWords({ server: { wording } }: Setup): Twins | undefined {
  return wording === "all-blank" || wording === "other"
    ? { codes: STATES, reason: "the words are the only difference between states of an app" }
    : undefined;
}
const states = STATES.map((state) =>
  inject(state, "as the server says", ["app"], (setup) => {
    setup.apps[setup.user.region][0] = { ...ownApp(setup), state };
  }, { twins: statesWithoutWords })
);

const requests: Injection[] = [
  ...["Connector.createBot", "Bot.createBot", "createBot"].map((name) =>
    inject("scope-rejected", name, ["scope"], ({ args }) => {
      args.push("--scope-permission", name);
    })
  ),
  inject("scope-rejected", "a good name beside a bad one", ["scope"], ({ args }) => {
    args.push("--scope-permission", "Connector.botChat", "--scope-permission", "edit");
  }),
  inject("account-path-refused", "an account", ["path"], ({ args }) => {
    args.push("--account-id", "43");
  }),
  inject("account-path-refused", "an enterprise", ["path"], ({ args }) => {
    args.push("--enterprise-id", "volcano_9");
  }),
  inject("wire-no-bearer", "a proxy keeps the header", ["net"], ({ proxies }) => {
    proxies.push(stripsAuthorization);
  }),
];

/** Faults that the token endpoint shows. */
export const PROBED_INJECTIONS: readonly Injection[] = [
  ...identity,
  ...clocks,
  ...lives,
  ...states,
  ...requests,
];
