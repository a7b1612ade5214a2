import { BIT_STRING, type Bytes, INTEGER, RSA_ALGORITHM, SEQUENCE, writeDer } from "./der.ts";
import { readPrivateKey, type RsaPrivateKey } from "./private_key.ts";

/**
 * SHA-256 of one public key in the forms that could be Coze's 公钥指纹 (key id), each 43 characters
 * of base64url. How Coze computes it is not documented: one that equals your key id proves that key
 * and key id are a pair; none that does proves nothing.
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

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/**
 * Computes the candidates for the key id that belongs to a private key.
 *
 * @param pem The text of `private_key.pem`, or its bytes, which are not written to.
 * @returns The four candidates.
 * @throws {CozeError} The codes of {@linkcode importPrivateKey}.
 *
 * @example
 * ```ts ignore
 * import { fingerprints } from "../../mod.ts";
 *
 * const candidates = await fingerprints(await Deno.readFile("keys/private_key.pem"));
 * console.log(Object.values(candidates).includes("_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4"));
 * ```
 */
export async function fingerprints(pem: string | Uint8Array): Promise<Fingerprints> {
  const key = readPrivateKey(pem);
  key.pkcs8.fill(0);
  return await fingerprintsOf(key);
}

/**
 * Computes the candidates for a key that was read already.
 *
 * @param key Modulus and exponent of a key of {@linkcode readPrivateKey}.
 * @returns The four candidates.
 */
export async function fingerprintsOf(
  { modulus, publicExponent }: Pick<RsaPrivateKey, "modulus" | "publicExponent">,
): Promise<Fingerprints> {
  const { pkcs1, spki } = publicKeyDer({ modulus, publicExponent });
  const jwk = JSON.stringify({
    e: unsigned(publicExponent).toBase64(BASE64URL),
    kty: "RSA",
    n: unsigned(modulus).toBase64(BASE64URL),
  });
  const utf8 = new TextEncoder();
  const forms = [utf8.encode(jwk), spki, pkcs1, utf8.encode(toPem("PUBLIC KEY", spki))];
  const [first, second, third, fourth] = await Promise.all(forms.map(sha256));
  return { jwk: first!, spki: second!, pkcs1: third!, pem: fourth! };
}

/**
 * Encodes the public half of a key.
 *
 * @param key Modulus and exponent of a key of {@linkcode readPrivateKey}.
 * @returns RSAPublicKey (RFC 8017) and SubjectPublicKeyInfo (RFC 5280).
 */
export function publicKeyDer(
  { modulus, publicExponent }: Pick<RsaPrivateKey, "modulus" | "publicExponent">,
): { pkcs1: Bytes; spki: Bytes } {
  const pkcs1 = writeDer(SEQUENCE, writeDer(INTEGER, modulus), writeDer(INTEGER, publicExponent));
  const key = writeDer(BIT_STRING, new Uint8Array(1), pkcs1);
  const spki = writeDer(SEQUENCE, RSA_ALGORITHM, key);
  return { pkcs1, spki };
}

/**
 * Writes PEM (RFC 7468).
 *
 * @param label What stands after BEGIN.
 * @param der The bytes.
 * @returns Lines of 64 characters, with a newline at the end.
 */
export function toPem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** A JWK number has no leading zero, a DER INTEGER has one when its top bit is set. */
function unsigned(integer: Uint8Array): Uint8Array {
  return integer[0] === 0 ? integer.subarray(1) : integer;
}

async function sha256(bytes: Bytes): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64(BASE64URL);
}
