import { Buffer } from "node:buffer";
import { type KeyObject, sign, verify } from "node:crypto";

/** A JWT whose signature is not checked yet. */
export interface Jwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Header and claims as they were signed. */
  signed: string;
  signature: Buffer;
}

/** Reads the JWT of an Authorization header, if it holds one. */
export function parseBearer(authorization: string | null): Jwt | undefined {
  const [, header, claims, signature] =
    /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]*)$/.exec(authorization ?? "") ?? [];
  try {
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    return {
      header: read(header!),
      claims: read(claims!),
      signed: `${header}.${claims}`,
      signature: Buffer.from(signature!, "base64url"),
    };
  } catch {
    return undefined;
  }
}

/** Whether the private key of a public key signed a JWT with RS256 (RFC 7518, 3.3). */
export function isSignedBy({ header, signed, signature }: Jwt, publicKey: KeyObject): boolean {
  return header["alg"] === "RS256" &&
    verify("RSA-SHA256", Buffer.from(signed), publicKey, signature);
}

/** Signs a JWT with RS256, whatever its header says. */
export function signJwt(header: object, claims: object, privateKey: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
}
