import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { otherPair, rsaPair } from "../../../tests/testing/keys.ts";
import type { Chance } from "./random.ts";
import type { App, Clock, Handler, ServerOptions } from "./server.ts";
import { CHECKS, type Wording } from "./wording.ts";

export type Region = "cn" | "com";
/** File contents by path. */
export type Files = Record<string, string>;
/** Changes requests or responses on their way. */
export type Proxy = (handler: Handler) => Handler;

type KeyPair = Record<"privateKey" | "publicKey", KeyObject>;
let pairs: Record<"own" | "second" | "foreign" | "stray", KeyPair> | undefined;

/** The user's key, another of the same app, one of another app, and one that is not registered. */
export function pairsOfRun() {
  const makePair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
  return pairs ??= { own: rsaPair(), second: otherPair(), foreign: makePair(), stray: makePair() };
}

/** A user and both regions of Coze, before the doctor runs. */
export interface Setup {
  chance: Chance;
  clock: Clock;
  /** What the user configured. */
  user: { clientId: string; keyId: string; pair: KeyPair; region: Region };
  /** Milliseconds by which the user's clock is ahead. */
  skew: number;
  /** The host of the configured base URL, if it is not the API of the user's region. */
  host?: string;
  /** Arguments of `doctor`. */
  args: string[];
  /** Change the files before the doctor reads them. */
  editFiles: ((files: Files) => void)[];
  apps: Record<Region, App[]>;
  /** How the servers of both regions behave. */
  server: Omit<ServerOptions, "host" | "apps">;
  /** Between user and servers. The last one receives the user's requests. */
  proxies: Proxy[];
}

/** Makes a setup without a fault, with any server that is possible. */
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
  return {
    chance,
    clock: { now: Date.parse("2026-01-01T00:00:00Z") + chance.integer(0, 300 * 86_400_000) },
    user,
    skew: -chance.integer(0, 900),
    args: [],
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
      sendsDate: chance.holds(0.85),
      volatile: chance.holds(0.25),
      deniedStatus: chance.pick([400, 401, 403]),
      pathError: chance.pick(["invalid_client", "access_deny", "invalid_request"] as const),
    },
    proxies: [],
  };
}

export const pemOf = ({ privateKey }: KeyPair) =>
  privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** The files of a setup, with its edits. */
export function filesOf({ user, editFiles }: Setup): Files {
  const { clientId, keyId, pair, region } = user;
  const files: Files = {
    "keys/.env": `COZE_CLIENT_ID=${clientId}\nCOZE_KEY_ID=${keyId}\nCOZE_REGION=${region}\n`,
    "keys/private_key.pem": pemOf(pair),
  };
  for (const edit of editFiles) edit(files);
  return files;
}
