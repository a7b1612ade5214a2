// Keys for tests. `deno task` makes the RSA pairs once a run and hands them over, because making one
// takes up to a third of a second; where it did not, they are made here. The DER is written by hand,
// so that nothing of lib/ is needed to check lib/.

import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

/** The numbers of an RSA private key, named as in RFC 7518. */
export interface RsaNumbers {
  n: bigint;
  e: bigint;
  d: bigint;
  p: bigint;
  q: bigint;
  dp: bigint;
  dq: bigint;
  qi: bigint;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function pem(key: KeyObject, type: "pkcs8" | "pkcs1" | "spki" | "sec1", passphrase?: string) {
  const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return key.export({ type, format: "pem", ...cipher } as { type: "pkcs8"; format: "pem" })
    .toString();
}

const givenKeys = (globalThis as Record<symbol, unknown>)[Symbol.for("test keys")] as
  | readonly string[]
  | undefined;

function pair(index: number, modulusLength: number) {
  if (givenKeys === undefined) return generateKeyPairSync("rsa", { modulusLength });
  const privateKey = createPrivateKey(givenKeys[index]!);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** The app most tests use. */
export const CLIENT_ID = "1127900106117";
export const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
/** Its pair. */
export const rsaPair = once(() => pair(0, 2048));
export const pkcs8Pem = once(() => pem(rsaPair().privateKey, "pkcs8"));
export const pkcs1Pem = once(() => pem(rsaPair().privateKey, "pkcs1"));
export const publicPem = once(() => pem(rsaPair().publicKey, "spki"));
export const publicPkcs1Pem = once(() => pem(rsaPair().publicKey, "pkcs1"));
export const encryptedPkcs8Pem = once(() => pem(rsaPair().privateKey, "pkcs8", "secret"));
export const encryptedPkcs1Pem = once(() => pem(rsaPair().privateKey, "pkcs1", "secret"));

/** A second pair, for what must not match the first. */
export const otherPair = once(() => pair(1, 2048));
export const otherPkcs8Pem = once(() => pem(otherPair().privateKey, "pkcs8"));
export const otherPublicPem = once(() => pem(otherPair().publicKey, "spki"));

/** 1024 bits: too short for use, but quick to sign with. */
export const shortPair = once(() => pair(2, 1024));
export const shortPkcs8Pem = once(() => pem(shortPair().privateKey, "pkcs8"));

const ecPair = once(() => generateKeyPairSync("ec", { namedCurve: "P-256" }));
export const ecPem = once(() => pem(ecPair().privateKey, "pkcs8"));
export const ecSec1Pem = once(() => pem(ecPair().privateKey, "sec1"));
export const ed25519Pem = once(() => pem(generateKeyPairSync("ed25519").privateKey, "pkcs8"));
export const x25519Pem = once(() => pem(generateKeyPairSync("x25519").privateKey, "pkcs8"));

/** PKCS#8 whose algorithm is RSASSA-PSS; node:crypto of Deno does not export one. */
export const rsaPssPem = once(() =>
  pemOf("PRIVATE KEY", pkcs8Der(pkcs1Der(rsaNumbers()), "2a864886f70d01010a"))
);

/** RSA of three primes (RFC 8017, version 1 of RSAPrivateKey). */
export const multiPrimePem = once(() => {
  const e = 65537n;
  const [p, q, r] = threePrimes(e);
  const phi = (p - 1n) * (q - 1n) * (r - 1n);
  const d = inverse(e, phi);
  const two = [1n, p * q * r, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)];
  const third = [r, d % (r - 1n), inverse(p * q, r)];
  const others = der(0x30, der(0x30, ...third.map(integer)));
  return pemOf("RSA PRIVATE KEY", der(0x30, ...two.map(integer), others));
});

function threePrimes(e: bigint): [bigint, bigint, bigint] {
  const prime = (): bigint => {
    const value = generatePrimeSync(512, { bigint: true });
    return (value - 1n) % e === 0n ? prime() : value;
  };
  return [prime(), prime(), prime()];
}

/** The inverse of a number modulo another (RFC 8017, 3.2). */
export function inverse(a: bigint, m: bigint): bigint {
  let [r, s, x, y] = [m, a % m, 0n, 1n];
  while (s !== 0n) [r, s, x, y] = [s, r % s, y, x - (r / s) * y];
  return (x % m + m) % m;
}

/** The numbers of {@linkcode rsaPair}. */
export const rsaNumbers = once((): RsaNumbers => {
  const jwk = rsaPair().privateKey.export({ format: "jwk" });
  return numbersOf(jwk as Record<string, unknown>);
});

/** The numbers in a JWK (RFC 7518, section 6.3). */
export function numbersOf(jwk: Record<string, unknown>): RsaNumbers {
  const number = (name: string) =>
    BigInt(`0x${Buffer.from(String(jwk[name]), "base64url").toString("hex")}`);
  const [n, e, d, p] = [number("n"), number("e"), number("d"), number("p")];
  return { n, e, d, p, q: number("q"), dp: number("dp"), dq: number("dq"), qi: number("qi") };
}

/** RSAPrivateKey (RFC 8017) of two primes. */
export function pkcs1Der({ n, e, d, p, q, dp, dq, qi }: RsaNumbers): Buffer {
  return der(0x30, ...[0n, n, e, d, p, q, dp, dq, qi].map(integer));
}

/** PrivateKeyInfo (RFC 5208), of RSA unless another algorithm is named. */
export function pkcs8Der(content: Uint8Array, oid = "2a864886f70d010101"): Buffer {
  const algorithm = der(0x30, der(0x06, Buffer.from(oid, "hex")), der(0x05));
  return der(0x30, integer(0n), algorithm, der(0x04, content));
}

/** One element of DER. */
export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const head = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

/** INTEGER of a number that is not negative. */
export function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return der(0x02, Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex"));
}

/** PEM (RFC 7468). */
export function pemOf(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** The bytes in a PEM text. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
}

/** PEM of random bytes, for forms that are known by their label alone. */
export function randomPem(label: string): string {
  return pemOf(label, randomBytes(300));
}
