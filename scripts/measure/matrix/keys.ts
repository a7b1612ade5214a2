import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { otherPair, rsaPair } from "../../../tests/testing/keys.ts";

/** An RSA key pair. */
export interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** The private key in PKCS#8, as Coze's console hands it out. */
  pem: string;
}

function withPem(pair: { privateKey: KeyObject; publicKey: KeyObject }): Pair {
  const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { ...pair, pem };
}

const makePair = () => withPem(generateKeyPairSync("rsa", { modulusLength: 2048 }));
let pairs: Record<"own" | "second" | "foreign" | "stray", Pair> | undefined;

/** The user's key, another of the same app, one of another app, and one that is not registered. */
export function pairsOfRun() {
  return pairs ??= {
    own: withPem(rsaPair()),
    second: withPem(otherPair()),
    foreign: makePair(),
    stray: makePair(),
  };
}
