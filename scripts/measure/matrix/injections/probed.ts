// Faults that only the token endpoint can show. ties.ts knows which of them no probe tells apart.

import { pairsOfRun } from "../keys.ts";
import { stripsAuthorization } from "../server/proxies.ts";
import { APP_STATES } from "../server/wording.ts";
import { changeApp, type Setup } from "../setup.ts";
import { injectInto, type Injection, type Ties } from "./injection.ts";

const inject = injectInto("probed");

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
    // True too: the App ID does not own the key id.
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

/** Seconds by which the user's clock is ahead, and the server's tolerance, which is less. */
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

/** Where a server hides its words, all states of an app look alike. */
function tiesOfStates({ server: { wording } }: Setup): Ties | undefined {
  return wording === "all-blank" || wording === "other"
    ? { codes: APP_STATES, reason: "the words are the only difference between states of an app" }
    : undefined;
}
const states = APP_STATES.map((state) =>
  inject(state, "as the server says", ["app"], (setup) => changeApp(setup, { state }), {
    ties: tiesOfStates,
  })
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
  inject("wire-no-bearer", "a proxy drops the header", ["net"], ({ proxies }) => {
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
