// Faults that only requests to the token endpoint show. For a new fault, add a row to PROBED: the
// code to find, a name, what the row changes, and the change of the setup.

import type { Code } from "../../../lib/words/words.ts";
import { pairsOfRun, type Proxy, type Setup } from "./setup.ts";
import { APP_STATES } from "./wording.ts";

/** `offline`: a fault that shows without a request. `probed`: a fault that needs requests. */
export type Group = "offline" | "probed" | "healthy";

/** A fault, and what the doctor should say about it. */
export interface Fault {
  group: Group;
  /** The code that the doctor should name first. */
  code: Code;
  name: string;
  /** What it changes. Two faults in one setup must not change the same. */
  touches: readonly string[];
  apply(setup: Setup): void;
  /** Other codes that are as good. */
  accepts?: readonly Code[];
  /** Other codes that are true, but must not come first. */
  implies?: readonly Code[];
}

type More = Partial<Pick<Fault, "accepts" | "implies">>;
export type Row = [code: Code, name: string, touches: string, (setup: Setup) => void, More?];

export function faultsOf(group: Group, rows: readonly Row[]): Fault[] {
  return rows.map(([code, name, touches, apply, more]) => ({
    group,
    code,
    name,
    touches: touches.split(" "),
    apply,
    ...more,
  }));
}

/** Registers the user's app in the other region only. */
function move({ apps, user, chance }: Setup): void {
  const [here, there] = user.region === "cn" ? ["cn", "com"] as const : ["com", "cn"] as const;
  const keys = { [chance.text(43)]: pairsOfRun().foreign.publicKey };
  apps[there] = apps[here];
  apps[here] = [{ clientId: chance.digits(13), keys }];
}

const otherKey = (name: "second" | "stray" | "foreign") => ({ user }: Setup) =>
  void (user.pair = pairsOfRun()[name]);
const args = (...words: string[]) => (setup: Setup) => void setup.args.push(...words);
const proxy = (proxy: Proxy) => ({ proxies }: Setup) => void proxies.push(proxy);

/** Drops the Authorization header, as some gateways do. */
const stripsAuthorization: Proxy = (handler) => (request) => {
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  return handler(new Request(request, { headers }));
};

/** Drops all response headers. */
export const stripsResponseHeaders: Proxy = (handler) => async (request) => {
  const { status, body } = await handler(request);
  return new Response(body, { status });
};

/** Responds without asking the server. */
export const responds = (status: number, body: string): Proxy => () => () =>
  Promise.resolve(new Response(body, { status, headers: { "content-type": "text/html" } }));

/** The response of open-source Coze Studio, which has no token endpoint. */
const STUDIO = `{"code":700012006,"msg":"authentication failed: missing session_key in cookie"}`;

/** Seconds by which the user's clock is ahead, and the server's tolerance, which is less. */
// deno-fmt-ignore
const SKEWS: readonly [seconds: number, tolerance: number][] = [
  [90, 0], [90, 5], [20, 5], [400, 300], [3600, 300], [28_800, 0], [172_800, 5],
  [-700, 0], [-700, 5], [-1000, 300], [-3600, 0], [-28_800, 300], [-172_800, 5],
];

/** Faults that the token endpoint shows. */
export const PROBED = faultsOf("probed", [
  ["wrong-region", "the other one may be asked", "region key-id client-id", (setup) => {
    move(setup);
    setup.args.push("--other-region");
  }, { implies: ["client-id-unknown"] }],
  ["wrong-region", "the other one may not be asked", "region key-id client-id", move],
  ["key-id-unknown", "deleted in the console", "key-id", ({ user, chance }) => {
    user.keyId = chance.text(43);
  }],
  ["key-id-unknown", "deleted, and the other region may be asked", "key-id", (setup) => {
    setup.user.keyId = setup.chance.text(43);
    setup.args.push("--other-region");
  }],
  ["key-mismatch", "another key of the app", "key", otherKey("second")],
  ["key-mismatch", "a key that is not registered", "key", otherKey("stray")],
  ["key-mismatch", "the key of another app", "key", otherKey("foreign")],
  ["key-mismatch", "a key id of another app", "key-id", ({ user, apps }) => {
    // Also true: the App ID does not own the key id.
    user.keyId = Object.keys(apps[user.region][1]!.keys)[0]!;
  }, { accepts: ["key-id-unknown", "client-id-unknown"] }],
  ["client-id-unknown", "deleted in the console", "client-id", ({ user, chance }) => {
    user.clientId = chance.digits(13);
  }],
  ["client-id-unknown", "a digit missing", "client-id", ({ user }) => {
    user.clientId = user.clientId.slice(0, -1);
  }],
  ["client-id-unknown", "of another app", "client-id", ({ user, apps, server }) => {
    user.clientId = apps[user.region][1]!.clientId;
    server.issuer = "owns-kid";
  }],
  ...SKEWS.map(([seconds, tolerance]): Row => [
    "clock-skew",
    `${Math.abs(seconds)} s ${seconds > 0 ? "ahead" : "behind"}, tolerance ${tolerance} s`,
    "clock",
    (setup) => {
      setup.skew = seconds * 1000;
      setup.server.tolerance = tolerance;
    },
  ]),
  ...[60, 90, 120, 200, 300].map((
    seconds,
  ): Row => ["assertion-lifetime", `at most ${seconds} s`, "life", ({ server }) => {
    server.longestLife = seconds;
  }]),
  ...APP_STATES.map((state): Row => [state, "as the server says", "app", ({ apps, user }) => {
    apps[user.region][0]!.state = state;
  }]),
  ["scope-rejected", "an API's name", "scope", args("--scope-permission", "createBot")],
  ["scope-rejected", "a wrong name", "scope", args("--scope-permission", "Bot.createBot")],
  ["account-path-refused", "an account", "path", args("--account-id", "43")],
  ["account-path-refused", "an enterprise", "path", args("--enterprise-id", "volcano_9")],
  ["wire-no-bearer", "a proxy drops the header", "net", proxy(stripsAuthorization)],
  ["base-url-not-api", "Coze Studio", "net", proxy(responds(200, STUDIO))],
]);

const HEALTHY_ROWS: [name: string, apply: (setup: Setup) => void][] = [
  ["an account", args("--account-id", "42")],
  ["an enterprise", args("--enterprise-id", "volcano_210195")],
  ["a scope", args("--scope-permission", "Connector.botChat", "--scope-bot", "73")],
  ["a duration", args("--duration", "23h")],
  ["a session", args("--session-name", "用户 1")],
  ["nothing may be sent", args("--offline")],
  ["the other region may be asked", args("--other-region")],
  ["a proxy that strips response headers", proxy(stripsResponseHeaders)],
  ["a clock that is ahead within the tolerance", (setup) => {
    setup.server.tolerance = 300;
    setup.skew = 200_000;
  }],
  ["a clock that is behind by less than a life", (setup) => void (setup.skew = -400_000)],
];

/** Setups without a fault. The code is not used. */
export const HEALTHY = faultsOf(
  "healthy",
  HEALTHY_ROWS.map(([name, apply]): Row => ["unexpected", name, "", apply]),
);
