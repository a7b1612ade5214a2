import {
  BIT_STRING,
  type Bytes,
  type DerElement,
  INTEGER,
  NULL,
  OCTET_STRING,
  OID,
  readDer,
  SEQUENCE,
  toNumber,
  writeDer,
} from "./der.ts";
import { CozeError, type ErrorCode } from "./error.ts";
import { readPem, type Repair } from "./pem.ts";

/** Web Crypto's name for the one algorithm Coze accepts, RS256. */
export const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** An RSA private key, read and checked. */
export interface RsaPrivateKey {
  /** PKCS#8, the one form Web Crypto imports. A copy of our own. */
  pkcs8: Bytes;
  /** Content of the modulus and exponent INTEGERs. */
  modulus: Bytes;
  publicExponent: Bytes;
  /** Size of the modulus. */
  bits: number;
  /** What had to be put right in the text. */
  repairs: Repair[];
  /** How many PEM blocks the text holds. */
  blocks: number;
}

const RSA_ENCRYPTION = "2a864886f70d010101";
/** Object identifiers of other keys, in hex, with the names people know them by. */
const OTHER_KEYS: Readonly<Record<string, [ErrorCode, string]>> = {
  "2a864886f70d01010a": ["key-is-rsa-pss", "RSA-PSS"],
  "2a8648ce3d0201": ["key-not-rsa", "EC"],
  "2b656e": ["key-not-rsa", "X25519"],
  "2b6570": ["key-not-rsa", "Ed25519"],
  "2b6571": ["key-not-rsa", "Ed448"],
  "2a8648ce380401": ["key-not-rsa", "DSA"],
};

/**
 * Imports a private key for RS256: sign only, non-extractable. PKCS#8 and PKCS#1 PEM are read;
 * byte order marks, CRLF, literal `\n` and indentation are put right on the way.
 *
 * Importing costs about as much as signing: keep the result when you sign more than once.
 *
 * @param pem The text of `private_key.pem`, or its bytes, which are not written to.
 * @returns The key for {@linkcode CozeApp.privateKey}.
 * @throws {CozeError} `key-damaged`, `key-is-public`, `key-is-certificate`, `key-is-encrypted`,
 *   `key-is-openssh`, `key-is-rsa-pss`, `key-not-rsa`, `key-is-a-path`.
 *
 * @example
 * ```ts ignore
 * import { importPrivateKey } from "./mod.ts";
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
    throw damaged("import", "Cannot use the key as Web Crypto refuses it");
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
  const { label, der, repairs, blocks } = readPem(pem);
  if (label !== "PRIVATE KEY" && label !== "RSA PRIVATE KEY") {
    throw damaged("label", `Cannot use the key as its label is unknown: "${label}"`);
  }
  const { pkcs1, wrapped } = unwrap(der);
  if (!wrapped) repairs.unshift("pkcs1");
  const [version, modulus, publicExponent, ...secrets] = readDer(pkcs1[0]!.content);
  if (!version?.content.length || !modulus || !publicExponent || secrets.length < 6) {
    throw damaged("structure");
  }
  if (version.content[0] !== 0) throw damaged("multi-prime");
  checkNumbers([modulus, publicExponent, ...secrets.slice(0, 6)]);
  return {
    pkcs8: wrapPkcs1(writeDer(SEQUENCE, pkcs1[0]!.content)),
    modulus: modulus.content,
    publicExponent: publicExponent.content,
    bits: toNumber(modulus.content).toString(2).length,
    repairs,
    blocks,
  };
}

/** Goes by the bytes, not by the label: people swap the lines, and labels lie. */
function unwrap(der: Bytes): { pkcs1: DerElement[]; wrapped: boolean } {
  const outer = readDer(der);
  if (outer.length !== 1 || outer[0]!.tag !== SEQUENCE) throw damaged("structure");
  const parts = readDer(outer[0]!.content);
  const form = parts.slice(0, 3).map((part) => part.tag).join();
  switch (form) {
    case `${INTEGER},${SEQUENCE},${OCTET_STRING}`: {
      const oid = readDer(parts[1]!.content)[0]?.content.toHex() ?? "";
      if (oid !== RSA_ENCRYPTION) throw notRsa(oid);
      const pkcs1 = readDer(parts[2]!.content);
      if (pkcs1.length !== 1 || pkcs1[0]!.tag !== SEQUENCE) throw damaged("structure");
      return { pkcs1, wrapped: true };
    }
    case `${INTEGER},${INTEGER},${INTEGER}`:
      return { pkcs1: outer, wrapped: false };
    case `${SEQUENCE},${BIT_STRING}`:
    case `${INTEGER},${INTEGER}`:
      throw unusable("key-is-public", "Cannot sign with the key as it is a public key");
    case `${SEQUENCE},${SEQUENCE},${BIT_STRING}`:
      throw unusable("key-is-certificate", "Cannot sign with the key as it is a certificate");
    case `${SEQUENCE},${OCTET_STRING}`:
      throw unusable("key-is-encrypted", "Cannot use the key as it is encrypted");
    default:
      if (form.startsWith(`${INTEGER},${OCTET_STRING}`)) throw notRsa("2a8648ce3d0201");
      throw damaged("structure");
  }
}

/** PKCS#8 (RFC 5208) around PKCS#1 (RFC 8017), byte for byte what openssl writes. */
function wrapPkcs1(pkcs1: Bytes): Bytes {
  const algorithm = writeDer(
    SEQUENCE,
    writeDer(OID, Uint8Array.fromHex(RSA_ENCRYPTION)),
    writeDer(NULL),
  );
  return writeDer(
    SEQUENCE,
    writeDer(INTEGER, new Uint8Array(1)),
    algorithm,
    writeDer(OCTET_STRING, pkcs1),
  );
}

function checkNumbers(elements: DerElement[]): void {
  if (elements.some(({ tag, content }) => tag !== INTEGER || content.length === 0)) {
    throw damaged("structure");
  }
  const [n, e, d, p, q, dP, dQ, qInv] = elements.map(({ content }) => toNumber(content)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  // Divisors of 0 or 1 would throw or prove nothing below.
  const wrong = p < 3n || q < 3n || n !== p * q
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
  if (wrong) {
    throw new CozeError("key-damaged", `Cannot use the key as its ${wrong} does not fit the rest`, {
      details: { reason: "numbers", number: wrong },
    });
  }
}

function notRsa(oid: string): CozeError {
  const [code, kind] = OTHER_KEYS[oid] ?? ["key-not-rsa", "unknown"];
  return new CozeError(code, `Cannot sign RS256 with a key of another kind: ${kind}`, {
    details: { kind },
  });
}

function unusable(code: ErrorCode, message: string): CozeError {
  return new CozeError(code, message);
}

function damaged(reason: string, message = "Cannot use the key as its bytes are no RSA key") {
  return new CozeError("key-damaged", message, { details: { reason } });
}
