import { createPublicKey, verify } from "node:crypto";

/** Whether a JWT was signed with a private key, by an independent party. */
export function verifies(jwt: string, privatePem: string): boolean {
  const [, signed, signature] = /^(.*)\.(.*)$/.exec(jwt)!;
  const bytes = Uint8Array.fromBase64(signature!, { alphabet: "base64url" });
  return verify("RSA-SHA256", new TextEncoder().encode(signed), createPublicKey(privatePem), bytes);
}
