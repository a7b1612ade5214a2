import { CozeError } from "../error.ts";

/** Bytes on a plain buffer, as Web Crypto demands. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** One element of DER (X.690): its tag and the bytes of its content. */
export interface DerElement {
  tag: number;
  content: Bytes;
}

/** Tags that occur in keys. */
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const SEQUENCE = 0x30;

/**
 * Reads the elements that stand one after the other in `bytes`.
 *
 * @param bytes The content of a constructed element, or a whole file.
 * @returns The elements in their order, not descended into.
 * @throws {CozeError} `key-damaged` when a length does not fit the bytes that are there.
 */
export function readDer(bytes: Bytes): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    let length = bytes[at++] ?? NaN;
    if (length > 0x84 || length === 0x80) {
      throw new CozeError("key-damaged", "Cannot read the key as its bytes are not DER", {
        reason: "structure",
      });
    }
    if (length > 0x7f) {
      const size = length & 0x7f;
      length = at + size > bytes.length ? NaN : 0;
      for (let i = 0; i < size; i++) length = length * 256 + bytes[at++]!;
    }
    if (!(at + length <= bytes.length)) throw truncated(at + length, bytes.length);
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

function truncated(expected: number, actual: number): CozeError {
  if (Number.isNaN(expected)) expected = actual + 1;
  return new CozeError(
    "key-damaged",
    `Cannot read the key as it is cut off: ${actual} bytes of at least ${expected} are there`,
    { reason: "truncated", expected, actual },
  );
}

/**
 * Writes one element of DER.
 *
 * @param tag The element's tag.
 * @param parts The content, in pieces.
 * @returns The encoded element.
 */
export function writeDer(tag: number, ...parts: Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | size.length, ...size];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * The number in an INTEGER.
 *
 * @param content The content of an INTEGER element, not negative.
 * @returns Its value.
 */
export function toNumber(content: Uint8Array): bigint {
  return BigInt(`0x${content.toHex() || "0"}`);
}

/** AlgorithmIdentifier of RSA keys (RFC 8017 A.1): rsaEncryption, no parameters. */
export const RSA_ALGORITHM: Bytes = writeDer(
  SEQUENCE,
  writeDer(OID, Uint8Array.fromHex("2a864886f70d010101")),
  writeDer(NULL),
);
