// Setups in which nothing is wrong, in all their forms: whoever finds an error here is wrong.

import { LAYOUTS } from "./layouts.ts";
import { stripsAnswerHeaders } from "./proxies.ts";
import type { Injection, Setup } from "./setup.ts";

const healthy = (name: string, apply: (setup: Setup) => void): Injection => ({
  // The code says nothing here: nothing is to be found.
  code: "unexpected",
  name,
  group: "healthy",
  severity: "none",
  touches: [],
  apply,
});
const args = (...words: string[]) => (setup: Setup) => void setup.args.push(...words);

/** Renames the user's key, wherever it stands. */
const keyId = (first: string) => ({ apps, user }: Setup) => {
  const app = apps[user.region][0]!;
  const renamed = `${first}${user.keyId.slice(1)}`;
  const keys = { ...app.keys, [renamed]: app.keys[user.keyId]! };
  apps[user.region][0] = { ...app, keys };
  user.keyId = renamed;
};

/** Setups in which nothing is wrong. */
export const HEALTHY_INJECTIONS: readonly Injection[] = [
  ...LAYOUTS.map((layout) => healthy(`layout ${layout}`, (setup) => void (setup.layout = layout))),
  healthy("an account", args("--account-id", "42")),
  healthy("an enterprise", args("--enterprise-id", "volcano_210195")),
  healthy("a scope", args("--scope-permission", "Connector.botChat", "--scope-bot", "73")),
  healthy("a duration", args("--duration", "23h")),
  healthy("a session", args("--session-name", "用户 1")),
  healthy("a key id that begins with -", (setup) => {
    keyId("-")(setup);
    setup.layout = "flags";
  }),
  healthy("a key id that begins with _", keyId("_")),
  healthy("the other region may be asked", (setup) => void (setup.asksOther = true)),
  healthy("nothing may be sent", (setup) => void (setup.offline = true)),
  healthy(
    "a proxy that strips the answer",
    ({ proxies }) => void proxies.push(stripsAnswerHeaders),
  ),
  healthy("a clock that is ahead within the tolerance", (setup) => {
    setup.server.tolerance = 300;
    setup.skew = 200_000;
  }),
  healthy("a clock that is behind by less than a life", (setup) => {
    setup.server.sendsDate = true;
    setup.skew = -400_000;
  }),
  healthy("no headers and no words that stay", ({ server }) => {
    Object.assign(server, { sendsDate: false, sendsLogId: false, volatile: true });
  }),
];
