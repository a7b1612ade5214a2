import * as der from "./der.ts";
import { CozeError } from "../error.ts";
import { readPem, type Repair } from "./pem.ts";

/** Web Crypto's name for the one algorithm Coze accepts, RS256. */
export const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** An RSA private key, read and checked. */
export interface RsaPrivateKey {
  /** PKCS#8, the one form Web Crypto imports. A copy of our own. */
  pkcs8: der.Bytes;
  /** Content of the modulus and exponent INTEGERs. */
  modulus: der.Bytes;
  publicExponent: der.Bytes;
  /** Size of the modulus. */
  bits: number;
  /** What had to be put right in the text. */
  repairs: Repair[];
  /** How many PEM blocks the text holds. */
  blocks: number;
}

const RSA_ENCRYPTION = "2a864886f70d010101";
/** Object identifiers of other keys, in hex, with the names people know them by. */
const OTHER_KEYS: Readonly<Record<string, string>> = {
  "2a864886f70d01010a": "RSA-PSS",
  "2a8648ce3d0201": "EC",
  "2b6570": "Ed25519",
  "2b6571": "Ed448",
  "2b656e": "X25519",
  "2a8648ce380401": "DSA",
};

/**
 * Imports a private key for RS256: sign only, non-extractable. PKCS#8 and PKCS#1 PEM are read;
 * byte order marks, CRLF, literal `\n` and indentation are put right on the way.
 *
 * Keep the result when you sign more than once: a PEM is read and checked each time.
 *
 * @param pem The text of `private_key.pem`, or its bytes, which are not written to.
 * @returns The key for {@linkcode CozeApp.privateKey}.
 * @throws {CozeError} `key-damaged`, `key-is-public`, `key-is-certificate`, `key-is-encrypted`,
 *   `key-is-openssh`, `key-is-rsa-pss`, `key-not-rsa`, `key-is-a-path`.
 *
 * @example
 * ```ts ignore
 * import { importPrivateKey } from "../../mod.ts";
 *
 * const privateKey = await importPrivateKey(await Deno.readFile("keys/private_key.pem"));
 * console.log(privateKey.extractable); // false
 * ```
 */
export async function importPrivateKey(pem: string | Uint8Array): Promise<CryptoKey> {
  return await importRsaPrivateKey(readPrivateKey(pem));
}

/**
 * Imports a key that was read already, and wipes its bytes.
 *
 * @param key A key of {@linkcode readPrivateKey}.
 * @returns A key for RS256, sign only, non-extractable.
 * @throws {CozeError} `key-damaged`
 */
export async function importRsaPrivateKey({ pkcs8 }: RsaPrivateKey): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("pkcs8", pkcs8, RS256, false, ["sign"]);
  } catch {
    throw damaged("import");
  } finally {
    pkcs8.fill(0);
  }
}

/**
 * Reads an RSA private key and checks that its numbers belong together: Web Crypto signs with a key
 * whose CRT values are wrong, and the signature then fits no public key.
 *
 * @param pem The text of a PEM file, or its bytes, which are not written to.
 * @returns The key in PKCS#8, and what was found out about it.
 * @throws {CozeError} The codes of {@linkcode importPrivateKey}.
 */
export function readPrivateKey(pem: string | Uint8Array): RsaPrivateKey {
  const { label, der: bytes, repairs, blocks } = readPem(pem);
  if (label !== "PRIVATE KEY" && label !== "RSA PRIVATE KEY") {
    throw damaged("label");
  }
  const { pkcs1, wrapped } = unwrap(bytes);
  if (!wrapped) repairs.unshift("pkcs1");
  const [version, modulus, publicExponent, ...secrets] = der.readDer(pkcs1[0]!.content);
  if (!version?.content.length || !modulus || !publicExponent || secrets.length < 6) {
    throw damaged("structure");
  }
  if (version.content[0] !== 0) throw damaged("multi-prime");
  checkNumbers([modulus, publicExponent, ...secrets.slice(0, 6)]);
  return {
    pkcs8: wrapPkcs1(der.writeDer(der.SEQUENCE, pkcs1[0]!.content)),
    modulus: modulus.content,
    publicExponent: publicExponent.content,
    bits: der.toNumber(modulus.content).toString(2).length,
    repairs,
    blocks,
  };
}

/** Goes by the bytes, not by the label: people swap the lines, and labels lie. */
function unwrap(bytes: der.Bytes): { pkcs1: der.DerElement[]; wrapped: boolean } {
  const outer = der.readDer(bytes);
  if (outer.length !== 1 || outer[0]!.tag !== der.SEQUENCE) throw damaged("structure");
  const parts = der.readDer(outer[0]!.content);
  const form = parts.slice(0, 3).map((part) => part.tag).join();
  switch (form) {
    case `${der.INTEGER},${der.SEQUENCE},${der.OCTET_STRING}`: {
      const oid = der.readDer(parts[1]!.content)[0]?.content.toHex() ?? "";
      if (oid !== RSA_ENCRYPTION) throw notRsa(oid);
      const pkcs1 = der.readDer(parts[2]!.content);
      if (pkcs1.length !== 1 || pkcs1[0]!.tag !== der.SEQUENCE) throw damaged("structure");
      return { pkcs1, wrapped: true };
    }
    case `${der.INTEGER},${der.INTEGER},${der.INTEGER}`:
      return { pkcs1: outer, wrapped: false };
    case `${der.SEQUENCE},${der.BIT_STRING}`:
    case `${der.INTEGER},${der.INTEGER}`:
      throw new CozeError("key-is-public", "Cannot sign with the key as it is a public key");
    case `${der.SEQUENCE},${der.SEQUENCE},${der.BIT_STRING}`:
      throw new CozeError("key-is-certificate", "Cannot sign with the key as it is a certificate");
    case `${der.SEQUENCE},${der.OCTET_STRING}`:
      throw new CozeError("key-is-encrypted", "Cannot use the key as it is encrypted");
    default:
      if (form.startsWith(`${der.INTEGER},${der.OCTET_STRING}`)) throw notRsa("2a8648ce3d0201");
      throw damaged("structure");
  }
}

/** PKCS#8 (RFC 5208) around PKCS#1 (RFC 8017), byte for byte what openssl writes. */
function wrapPkcs1(pkcs1: der.Bytes): der.Bytes {
  const version = der.writeDer(der.INTEGER, new Uint8Array(1));
  const key = der.writeDer(der.OCTET_STRING, pkcs1);
  return der.writeDer(der.SEQUENCE, version, der.RSA_ALGORITHM, key);
}

function checkNumbers(elements: der.DerElement[]): void {
  if (elements.some(({ tag, content }) => tag !== der.INTEGER || content.length === 0)) {
    throw damaged("structure");
  }
  const numbers = elements.map(({ content }) => der.toNumber(content));
  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP = 0n, dQ = 0n, qInv = 0n] = numbers;
  // Divisors of 0 or 1 would throw or prove nothing below.
  const number = p < 3n || q < 3n || n !== p * q
    ? "n"
    : e < 3n || (e * d) % (p - 1n) !== 1n || (e * d) % (q - 1n) !== 1n
    ? "d"
    : dP !== d % (p - 1n)
    ? "dP"
    : dQ !== d % (q - 1n)
    ? "dQ"
    : qInv >= p || (qInv * q) % p !== 1n
    ? "qInv"
    : undefined;
  if (number === undefined) return;
  const message = `Cannot use the key as its ${number} does not fit the rest`;
  throw new CozeError("key-damaged", message, { reason: "numbers", number });
}

function notRsa(oid: string): CozeError {
  const kind = OTHER_KEYS[oid] ?? "unknown";
  const code = kind === "RSA-PSS" ? "key-is-rsa-pss" : "key-not-rsa";
  return new CozeError(code, `Cannot sign RS256 with a key of another kind: ${kind}`, { kind });
}

function damaged(reason: string): CozeError {
  return new CozeError("key-damaged", `Cannot use the key as it is no RSA key: ${reason}`, {
    reason,
  });
}
