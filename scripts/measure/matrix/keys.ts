// The keys of all cases, made once in a run: making one takes longer than a whole case.

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { pkcs8Pem, rsaPair } from "../../../tests/testing/keys.ts";

/** One pair. */
export interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** PKCS#8, as Coze's console hands it out. */
  pem: string;
}

function make(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privateKey,
    publicKey,
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

let pairs: Record<"own" | "second" | "foreign" | "stray", Pair> | undefined;

/** The user's key, another of the same app, one of another app, and one that is not registered. */
export function pairsOfRun() {
  return pairs ??= {
    own: { ...rsaPair(), pem: pkcs8Pem() },
    second: make(),
    foreign: make(),
    stray: make(),
  };
}
