import { toPem, toSpki } from "../fingerprint.ts";
import { readPrivateKey, RS256 } from "../private_key.ts";

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
export async function publicKeyOf(pem: string): Promise<string> {
  const { publicKey } = await readPrivateKey(pem);
  return toPem("PUBLIC KEY", await toSpki(publicKey));
}
