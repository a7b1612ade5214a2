import { CozeError } from "../error.ts";
import { fingerprintsOf } from "../fingerprint.ts";
import { readPrivateKey, signingKey } from "../private_key.ts";
import { type CozeApp, DEFAULT_BASE_URL } from "../token_request.ts";
import type { Facts, KeyFacts, Value } from "./facts.ts";

/**
 * Collects facts from arguments of the library, whose provenance is the argument itself.
 *
 * @param app Who asks.
 * @returns The facts, and the key when it can be used.
 */
export async function factsOf(app: CozeApp): Promise<{ facts: Facts; privateKey?: CryptoKey }> {
  const value = (source: string, text: string): Value => ({
    text,
    source,
    origin: "argument",
    lost: [],
  });
  const { key, privateKey } = await keyFacts(app.privateKey, value("privateKey", ""));
  return {
    facts: {
      directory: "keys",
      ...(app.clientId && { clientId: value("clientId", String(app.clientId)) }),
      ...(app.keyId && { keyId: value("keyId", String(app.keyId)) }),
      baseUrl: app.baseUrl === undefined
        ? { ...value("default", DEFAULT_BASE_URL), origin: "default" }
        : value("baseUrl", app.baseUrl),
      key,
    },
    ...(privateKey && { privateKey }),
  };
}

async function keyFacts(
  privateKey: CozeApp["privateKey"],
  from: Value,
): Promise<{ key: KeyFacts; privateKey?: CryptoKey }> {
  try {
    if (typeof privateKey !== "string" && !(privateKey instanceof Uint8Array)) {
      const imported = await signingKey(privateKey);
      const bits = (imported.algorithm as RsaHashedKeyAlgorithm).modulusLength;
      return { key: { from, bits }, privateKey: imported };
    }
    const file = await readPrivateKey(privateKey);
    const { bits, repairs, blocks } = file;
    const fingerprints = await fingerprintsOf(file.publicKey);
    return { key: { from, bits, repairs, blocks, fingerprints }, privateKey: file.privateKey };
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, details } = error;
    return { key: { from, error: { code, details } } };
  }
}
