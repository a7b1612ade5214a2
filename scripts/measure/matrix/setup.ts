import type { ErrorCode } from "../../../lib/error.ts";
import { type Clock, createClock } from "./clock.ts";
import { CHECKS } from "./judge.ts";
import { type Pair, pairsOfRun } from "./keys.ts";
import type { Layout } from "./layouts.ts";
import type { Proxy } from "./proxies.ts";
import type { Chance } from "./random.ts";
import type { App, ServerOptions } from "./server.ts";
import type { Wording } from "./wording.ts";

/** Coze's two installations. */
export type Region = "cn" | "com";
/** What is not there is `undefined`; what cannot be read is an error. */
export type Files = Record<string, string | Uint8Array | Error>;

/** A user and the servers that the user talks to, before anything runs. */
export interface Setup {
  chance: Chance;
  clock: Clock;
  /** What the user has written down. */
  user: { clientId: string; keyId: string; pair: Pair; region: Region };
  /** Milliseconds by which the user's clock is ahead. */
  skew: number;
  layout: Layout;
  /** What follows `doctor --json`. */
  args: string[];
  env: Record<string, string>;
  facts: Record<string, { mode?: number; link?: { realPath: string; realDirectory: string } }>;
  stdin?: string;
  /** Change the files once they are laid out. */
  editFiles: ((files: Files) => void)[];
  apps: Record<Region, App[]>;
  /** Both regions are of one make. */
  server: Omit<ServerOptions, "host" | "apps">;
  /** Between the user and everything, the nearest to the user last. */
  proxies: Proxy[];
  /** Whether the doctor may ask the other region. */
  asksOther: boolean;
  /** Whether the doctor is to send nothing. */
  offline: boolean;
}

/** Kinds of faults, by what is needed to find them. */
export type Group = "offline" | "probed" | "network" | "after-token" | "pasted" | "healthy";

/** One fault and what is to be said of it. */
export interface Injection {
  /** In other words than the code. */
  name: string;
  code: ErrorCode;
  group: Group;
  /** @default {"error"} */
  severity?: "error" | "warning" | "note" | "none";
  /** What it changes: two that change the same are never put together. */
  touches: readonly string[];
  /** Codes that are right as well. */
  accepts?: readonly ErrorCode[];
  /** Codes that are true as well, though not what is to be said first. */
  implies?: readonly ErrorCode[];
  /** Codes that no probe can tell apart from this one, and why, in this wording. */
  twins?: (setup: Setup) => Twins | undefined;
  apply(setup: Setup): void;
}

/** Codes that cannot be told apart. */
export interface Twins {
  codes: readonly ErrorCode[];
  reason: string;
}

/**
 * Makes a setup in which everything is right and the server is any that could be.
 *
 * @param chance Chooses the server and the ids.
 * @param wording How the server puts things.
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
  const start = Date.parse("2026-01-01T00:00:00Z") + chance.integer(0, 300 * 86_400_000);
  const clock = createClock(start);
  return {
    chance,
    clock,
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

/** The user's own app at the server. */
export function ownApp({ apps, user }: Setup): App {
  return apps[user.region][0]!;
}
