/**
 * Stand-in for `jsr:@zaubrik/djwt`: `create` for RS256, RS384 and RS512.
 *
 * Not over jose: its signers (`SignJWT`, `CompactSign`) refuse RSA keys below 2048 bits, which djwt
 * signs. What is left, base64url and the signature, the platform has.
 *
 * @module
 */

const HASHES: Readonly<Record<string, string>> = {
  RS256: "SHA-256",
  RS384: "SHA-384",
  RS512: "SHA-512",
};

/** Header of a JWT. */
export interface Header {
  /** How the JWT is signed. */
  alg: "RS256" | "RS384" | "RS512";
  [name: string]: unknown;
}

/** Claims of a JWT. */
export interface Payload {
  iss?: string;
  sub?: string;
  aud?: string[] | string;
  exp?: number;
  nbf?: number;
  iat?: number;
  jti?: string;
  [name: string]: unknown;
}

/**
 * Signs a JWT. The bytes are djwt's: members in the order given, nothing added, and PKCS#1 v1.5
 * signatures know no randomness.
 *
 * @param header The header, with `alg`.
 * @param payload The claims.
 * @param key An RSASSA-PKCS1-v1_5 private key with the hash of `alg`.
 * @returns The JWT in compact form.
 * @throws {Error} If the key is for another algorithm; the words are djwt's.
 */
export async function create(header: Header, payload: Payload, key: CryptoKey): Promise<string> {
  const { name, hash } = key.algorithm as RsaHashedKeyAlgorithm;
  if (name !== "RSASSA-PKCS1-v1_5" || hash.name !== HASHES[header.alg]) {
    throw new Error(`The jwt's alg '${header.alg}' does not match the key's algorithm.`);
  }
  const encoder = new TextEncoder();
  const input = [header, payload]
    .map((part) => base64url(encoder.encode(JSON.stringify(part))))
    .join(".");
  const signature = await crypto.subtle.sign(name, key, encoder.encode(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
