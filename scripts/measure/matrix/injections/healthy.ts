import { stripsResponseHeaders } from "../server/proxies.ts";
import { changeApp, LAYOUTS, type Setup } from "../setup.ts";
import { injectInto, type Injection } from "./injection.ts";

const inject = injectInto("healthy");
/** The code means nothing: there is nothing to find. */
const healthy = (name: string, apply: (setup: Setup) => void) =>
  inject("unexpected", name, [], apply, { severity: "none" });
const args = (...words: string[]) => (setup: Setup) => void setup.args.push(...words);

/** Changes the first character of the key id, at the user and at the server. */
const keyId = (first: string) => (setup: Setup) => {
  const { user } = setup;
  user.keyId = `${first}${user.keyId.slice(1)}`;
  changeApp(setup, { keys: { [user.keyId]: user.pair.publicKey } });
};

/** Setups without a fault. */
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
    "a proxy that strips response headers",
    ({ proxies }) => void proxies.push(stripsResponseHeaders),
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
