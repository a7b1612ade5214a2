import { type Pair, pairsOfRun } from "./keys.ts";
import type { Chance } from "./random.ts";
import { CHECKS } from "./server/checks.ts";
import type { Proxy } from "./server/proxies.ts";
import type { App, Clock, ServerOptions } from "./server/server.ts";
import type { Wording } from "./server/wording.ts";

export type Region = "cn" | "com";
/** File contents by path; reading a file that is an error throws it. */
export type Files = Record<string, string | Uint8Array | Error>;

/** Forms in which people keep their configuration. */
export const LAYOUTS = [
  "env",
  "sdk-names",
  "json",
  "flags",
  "profile",
  "environment",
  "escaped-key",
  "pkcs1",
  "crlf",
] as const;
export type Layout = typeof LAYOUTS[number];

/** A user and both servers of Coze, before the doctor runs. */
export interface Setup {
  chance: Chance;
  clock: Clock;
  /** What the user configured. */
  user: { clientId: string; keyId: string; pair: Pair; region: Region };
  /** Milliseconds by which the user's clock is ahead. */
  skew: number;
  /** The host of the configured base URL, when it is not the API of the user's region. */
  host?: string;
  layout: Layout;
  /** Arguments of `doctor`. */
  args: string[];
  env: Record<string, string>;
  facts: Record<string, { mode?: number; link?: { realPath: string; realDirectory: string } }>;
  stdin?: string;
  /** Changes of the files, made after the layout wrote them. */
  editFiles: ((files: Files) => void)[];
  apps: Record<Region, App[]>;
  /** Both regions behave alike. */
  server: Omit<ServerOptions, "host" | "apps">;
  /** Between the user and the servers; the last is the nearest to the user. */
  proxies: Proxy[];
  /** Whether `--other-region` is given. */
  asksOther: boolean;
  /** Whether `--offline` is given. */
  offline: boolean;
}

/**
 * Makes a setup without a fault. The server is any that could exist.
 *
 * @param chance Chooses the server and the ids.
 * @param wording How the server words its refusals.
 */
export function createSetup(chance: Chance, wording: Wording): Setup {
  const { own, second, foreign } = pairsOfRun();
  const region = chance.pick(["cn", "com"] as const);
  const user = { clientId: chance.digits(13), keyId: chance.text(43), pair: own, region };
  const apps: Record<Region, App[]> = { cn: [], com: [] };
  apps[region].push(
    {
      clientId: user.clientId,
      keys: { [user.keyId]: own.publicKey, [chance.text(43)]: second.publicKey },
      owners: ["42", "volcano_210195"],
    },
    { clientId: chance.digits(13), keys: { [chance.text(43)]: foreign.publicKey } },
  );
  const now = Date.parse("2026-01-01T00:00:00Z") + chance.integer(0, 300 * 86_400_000);
  return {
    chance,
    clock: { now },
    user,
    skew: -chance.integer(0, 900),
    layout: "env",
    args: [],
    env: {},
    facts: {},
    editFiles: [],
    apps,
    server: {
      order: chance.shuffle(CHECKS),
      unverifiable: chance.pick(["skip", "refuse"] as const),
      issuer: chance.pick(["exists", "owns-kid"] as const),
      wording,
      outerFirst: chance.holds(0.3),
      tolerance: chance.pick([0, 5, 300]),
      longestLife: chance.pick([600, 3600, 86_400]),
      refusesReplay: chance.holds(0.7),
      sendsDate: chance.holds(0.85),
      sendsLogId: chance.holds(0.8),
      volatile: chance.holds(0.25),
      deniedStatus: chance.pick([400, 401, 403]),
      pathError: chance.pick(["invalid_client", "access_deny", "invalid_request"] as const),
    },
    proxies: [],
    asksOther: false,
    offline: false,
  };
}

/** Changes the user's app at the server. */
export function changeApp({ apps, user }: Setup, change: Partial<App>): void {
  apps[user.region][0] = { ...apps[user.region][0]!, ...change };
}
