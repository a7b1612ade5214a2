import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { Buffer } from "node:buffer";

/** A JWT, taken apart and not believed. */
export interface Parsed {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Header and claims as they were signed. */
  signed: string;
  signature: Buffer;
}

/**
 * Takes the JWT out of an Authorization header.
 *
 * @param authorization The header's value.
 * @returns Nothing when there is no JWT in it.
 */
export function parseBearer(authorization: string | null): Parsed | undefined {
  const [, head, body, tail] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]*)$/.exec(authorization ?? "") ??
    [];
  try {
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    return {
      header: read(head!),
      claims: read(body!),
      signed: `${head}.${body}`,
      signature: Buffer.from(tail!, "base64url"),
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether an assertion was signed by the pair of a public key, RS256 (RFC 7518, 3.3).
 *
 * @param parsed The assertion.
 * @param key Public key.
 */
export function isSignedBy({ header, signed, signature }: Parsed, key: KeyObject): boolean {
  return header["alg"] === "RS256" && verify("RSA-SHA256", Buffer.from(signed), key, signature);
}

/**
 * Signs a JWT.
 *
 * @param header Its header.
 * @param claims Its claims.
 * @param key Private key.
 */
export function signJwt(header: object, claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`;
}

/** The public half of a private key. */
export function publicHalf(key: KeyObject): KeyObject {
  return createPublicKey(key.export({ type: "pkcs8", format: "pem" }));
}
