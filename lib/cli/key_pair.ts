import { publicKeyDer, toPem } from "../key/fingerprint.ts";
import { readPrivateKey, RS256 } from "../key/private_key.ts";

/**
 * Makes an RSA key of 2048 bits, as the browser does in Coze's console.
 *
 * @returns PKCS#8 as PEM.
 */
export async function generatePrivateKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(
    { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  return toPem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)));
}

/**
 * The public half of a private key.
 *
 * @param pem A private key in PEM.
 * @returns SubjectPublicKeyInfo as PEM.
 */
export function publicKeyOf(pem: string): string {
  return toPem("PUBLIC KEY", publicKeyDer(readPrivateKey(pem)).spki);
}
