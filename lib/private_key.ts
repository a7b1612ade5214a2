import { CozeError, type ErrorCode, invalidArgument, missing } from "./error.ts";
import { BASE64URL, type Bytes, readPem, type Repair } from "./pem.ts";
import type { CozeApp } from "./token_request.ts";

/** Web Crypto's name for the one algorithm Coze accepts, RS256. */
export const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** An RSA private key, and what is known about its file. */
export interface PrivateKeyFile {
  /** Signs RS256, cannot be exported. */
  privateKey: CryptoKey;
  /** Modulus and exponent, as in a JWK (RFC 7518). */
  publicKey: { n: string; e: string };
  /** Bits of the modulus. */
  bits: number;
  /** What was wrong with the text and could be repaired. */
  repairs: Repair[];
  /** How many PEM blocks the text holds. */
  blocks: number;
}

/** The length of a DER element (X.690), in hex: `L` in the patterns below. */
const LENGTH = "(?:[0-7].|81..|82.{4}|83.{6}|84.{8})";
const RSA_OID = "06092a864886f70d010101";
const inHex = (pattern: string) => new RegExp(`^${pattern.replaceAll("L", LENGTH)}`);
const inPkcs8 = (algorithm: string) => inHex(`30L02010[01]30L${algorithm}`);

/** PKCS#8 (RFC 5958), up to the PKCS#1 inside. */
const PKCS8 = inPkcs8(`${RSA_OID}(?:..){0,20}?04L(?=30L0201)`);
/** PKCS#1 (RFC 8017) of two primes. */
const PKCS1 = inHex("30L02010002");
/** PKCS#1 of more than two primes. */
const MULTI_PRIME = inHex("30L0201(?!00)..02");
/** SubjectPublicKeyInfo of RSA (RFC 5280), up to the PKCS#1 in its BIT STRING. */
export const SPKI_HEAD = inHex(`30L300d${RSA_OID}050003L00`);
/** How other keys begin. */
const OTHER_FORMS: [start: RegExp, code: ErrorCode, kind: string][] = [
  [inPkcs8("06092a864886f70d01010a"), "key-not-rsa", "RSA-PSS"],
  [inPkcs8("06072a8648ce3d0201"), "key-not-rsa", "EC"],
  [inPkcs8("06032b6570"), "key-not-rsa", "Ed25519"],
  [inPkcs8(`(?!${RSA_OID})06`), "key-not-rsa", "unknown"],
  [inHex("30L02010104"), "key-not-rsa", "EC"],
  [inHex("30L02(?:81..|82.{4})00[89a-f]"), "key-is-public", "PUBLIC KEY"],
  [inHex("30L30L(?:06092a864886f70d0105|060a2a864886f70d010c01)"), "key-is-encrypted", "ENCRYPTED"],
  [inHex("30L30L06"), "key-is-public", "PUBLIC KEY"],
  [inHex("30L30L(?:a0|02)"), "key-is-public", "CERTIFICATE"],
];

/**
 * Imports a private key for RS256: sign only, non-extractable. Reads PKCS#8 and PKCS#1 in PEM, base64
 * or DER, and repairs what copying, editors and shells do to a text, such as literal `\n` or quotes.
 *
 * Keep the result when you sign more than once: a PEM is read and checked each time.
 *
 * @param pem The text of `private_key.pem`, or its bytes, which are not written to.
 * @returns The key for {@linkcode CozeApp.privateKey}.
 * @throws {CozeError} `key-damaged`, `key-is-public`, `key-is-encrypted`, `key-is-openssh`,
 *   `key-not-rsa`, `key-is-a-path`, `usage`.
 *
 * @example
 * ```ts ignore
 * const privateKey = await importPrivateKey(await Deno.readFile("keys/private_key.pem"));
 * ```
 */
export async function importPrivateKey(pem: string | Uint8Array): Promise<CryptoKey> {
  return (await readPrivateKey(pem)).privateKey;
}

/** The key to sign with: a PEM is imported, an imported key is checked. */
export async function signingKey(privateKey: CozeApp["privateKey"]): Promise<CryptoKey> {
  if (typeof privateKey === "string" || privateKey instanceof Uint8Array) {
    return await importPrivateKey(privateKey);
  }
  if (privateKey === undefined) throw missing("privateKey");
  if (!(privateKey instanceof CryptoKey)) throw invalidArgument("privateKey", "PEM or a CryptoKey");
  const { name, hash } = privateKey.algorithm as RsaHashedKeyAlgorithm;
  const code: ErrorCode | undefined = name !== RS256.name || hash.name !== RS256.hash
    ? "key-not-rsa"
    : !privateKey.usages.includes("sign")
    ? "key-is-public"
    : undefined;
  const kind = hash ? `${name} with ${hash.name}` : name;
  if (code) throw new CozeError(code, `Cannot sign RS256 with the key given: ${kind}`, { kind });
  return privateKey;
}

/** As {@linkcode importPrivateKey}, with what is known about the file. */
export async function readPrivateKey(pem: string | Uint8Array): Promise<PrivateKeyFile> {
  const { der, repairs, blocks } = readPem(pem);
  let pkcs8: Bytes | undefined;
  try {
    const pkcs1 = toPkcs1(der);
    if (pkcs1.length === der.length) repairs.unshift("pkcs1");
    pkcs8 = toPkcs8(pkcs1);
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, RS256, false, ["sign"])
      .catch(() => {
        throw damaged("import");
      });
    return { privateKey, ...readNumbers(pkcs1), repairs, blocks };
  } finally {
    der.fill(0);
    pkcs8?.fill(0);
  }
}

/** The PKCS#1 in the bytes of a key. The bytes decide: labels can be wrong. */
function toPkcs1(der: Bytes): Bytes {
  if (extentOf(der).end < der.length) throw damaged("structure");
  const head = PKCS8.exec(startOf(der))?.[0] ?? "";
  const content = der.subarray(head.length / 2);
  const pkcs1 = content.subarray(0, extentOf(content).end);
  const start = startOf(pkcs1);
  if (PKCS1.test(start)) return pkcs1;
  const other = OTHER_FORMS.find(([pattern]) => pattern.test(start));
  if (!other) throw damaged(MULTI_PRIME.test(start) ? "multi-prime" : "structure");
  const [, code, kind] = other;
  throw new CozeError(code, `This is not an RSA private key for RS256 but ${kind}`, { kind });
}

const startOf = (der: Bytes) => der.subarray(0, 80).toHex();

/** The lengths of the DER element at the start: of its tag and length, and of all of it. */
function extentOf(der: Bytes): { head: number; end: number } {
  const first = der[1] ?? 0;
  const size = first > 0x80 ? first & 0x7f : 0;
  if (first === 0x80 || size > 4) throw damaged("structure");
  const head = 2 + size;
  const content = size === 0 ? first : parseInt(der.subarray(2, head).toHex(), 16);
  const [expected, actual] = [der.length < head ? head : head + content, der.length];
  if (expected <= actual) return { head, end: expected };
  const message = `The private key is cut off: ${actual} bytes of at least ${expected}`;
  throw new CozeError("key-damaged", message, { reason: "truncated", expected, actual });
}

/** Wraps PKCS#1 into PKCS#8, byte for byte as openssl does. */
function toPkcs8(pkcs1: Bytes): Bytes {
  const element = (tag: string, content: string) => {
    const size = (content.length / 2).toString(16);
    const length = size.length % 2 === 0 ? size : `0${size}`;
    const long = content.length / 2 < 0x80 ? "" : (0x80 + length.length / 2).toString(16);
    return tag + long + length + content;
  };
  const key = element("04", pkcs1.toHex());
  return Uint8Array.fromHex(element("30", `020100300d${RSA_OID}0500${key}`));
}

/**
 * Reads the numbers of a key and checks that they belong together (RFC 8017, 3.2): Web Crypto also
 * signs with wrong numbers, and no public key verifies that.
 */
function readNumbers(pkcs1: Bytes): Pick<PrivateKeyFile, "publicKey" | "bits"> {
  const integers: Bytes[] = [];
  let rest = pkcs1.subarray(extentOf(pkcs1).head);
  while (rest.length > 0) {
    const { head, end } = extentOf(rest);
    integers.push(rest.subarray(head, end));
    rest = rest.subarray(end);
  }
  const [, n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dp = 0n, dq = 0n, qi = 0n] = integers
    .map((bytes) => BigInt(`0x${bytes.toHex()}`));
  // `% (p - 1n)` throws if p is 1 and proves nothing if p is 2.
  const number = p < 3n || q < 3n || n !== p * q
    ? "n"
    : e < 3n || (e * d) % (p - 1n) !== 1n || (e * d) % (q - 1n) !== 1n
    ? "d"
    : dp !== d % (p - 1n)
    ? "dP"
    : dq !== d % (q - 1n)
    ? "dQ"
    : qi >= p || (qi * q) % p !== 1n
    ? "qInv"
    : undefined;
  if (number !== undefined) {
    const message = `The number ${number} of the private key does not fit its other numbers`;
    throw new CozeError("key-damaged", message, { reason: "numbers", number });
  }
  const publicKey = { n: toBase64url(integers[1]!), e: toBase64url(integers[2]!) };
  return { publicKey, bits: n.toString(2).length };
}

/** A JWK has no zero before the top bit of a number, an INTEGER has. */
function toBase64url(integer: Bytes): string {
  const unsigned = integer.subarray(integer[0] === 0 ? 1 : 0);
  return unsigned.toBase64(BASE64URL);
}

function damaged(reason: string): CozeError {
  return new CozeError("key-damaged", `Not an RSA private key (${reason})`, { reason });
}
