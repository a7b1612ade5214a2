import { BASE64URL, type Bytes } from "./pem.ts";
import { type PrivateKeyFile, readPrivateKey, RS256, SPKI_HEAD } from "./private_key.ts";

/**
 * SHA-256 of one public key in the forms that could be Coze's 公钥指纹 (key id), each 43 characters
 * of base64url. How Coze computes it is not documented: one that equals your key id proves that key
 * and key id are a pair. If none is equal, that proves nothing.
 */
export interface Fingerprints {
  /** JWK thumbprint (RFC 7638). */
  jwk: string;
  /** SubjectPublicKeyInfo in DER (RFC 5280), what `openssl pkey -pubout -outform DER` writes. */
  spki: string;
  /** RSAPublicKey in DER (RFC 8017). */
  pkcs1: string;
  /** SubjectPublicKeyInfo as PEM text, what `openssl pkey -pubout` writes. */
  pem: string;
}

/**
 * Computes the candidates for the key id that belongs to a private key.
 *
 * @param pem The text of `private_key.pem`, or its bytes, which are not written to.
 * @returns The four candidates.
 * @throws {CozeError} The codes of {@linkcode importPrivateKey}.
 *
 * @example
 * ```ts ignore
 * const candidates = await fingerprints(await Deno.readFile("keys/private_key.pem"));
 * console.log(Object.values(candidates).includes(keyId));
 * ```
 */
export async function fingerprints(pem: string | Uint8Array): Promise<Fingerprints> {
  return await fingerprintsOf((await readPrivateKey(pem)).publicKey);
}

export async function fingerprintsOf(
  publicKey: PrivateKeyFile["publicKey"],
): Promise<Fingerprints> {
  const spki = await toSpki(publicKey);
  const pkcs1 = spki.subarray(SPKI_HEAD.exec(spki.toHex())![0].length / 2);
  // The order of the members is part of RFC 7638.
  const jwk = JSON.stringify({ e: publicKey.e, kty: "RSA", n: publicKey.n });
  return {
    jwk: await sha256(new TextEncoder().encode(jwk)),
    spki: await sha256(spki),
    pkcs1: await sha256(pkcs1),
    pem: await sha256(new TextEncoder().encode(toPem("PUBLIC KEY", spki))),
  };
}

/** Encodes a public key as SubjectPublicKeyInfo (RFC 5280). */
export async function toSpki({ n, e }: PrivateKeyFile["publicKey"]): Promise<Bytes> {
  const jwk = { kty: "RSA", n, e };
  const key = await crypto.subtle.importKey("jwk", jwk, RS256, true, ["verify"]);
  return new Uint8Array(await crypto.subtle.exportKey("spki", key));
}

/** Writes PEM (RFC 7468), with lines of 64 characters and a newline at the end. */
export function toPem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

async function sha256(bytes: Bytes): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.toBase64(BASE64URL);
}
