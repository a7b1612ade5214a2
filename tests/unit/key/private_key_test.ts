import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { CozeError } from "../../../lib/error.ts";
import {
  importPrivateKey,
  importRsaPrivateKey,
  readPrivateKey,
} from "../../../lib/key/private_key.ts";
import * as keys from "../../testing/keys.ts";

const { bytesOf, der, integer, pemOf, pkcs1Der, pkcs8Der, rsaNumbers } = keys;

const labelled = (label: string, make: () => string) => () => pemOf(label, bytesOf(make()));

const FORMS: Record<string, [make: () => string, repairs: string[]]> = {
  "PKCS#8": [keys.pkcs8Pem, []],
  "PKCS#1": [keys.pkcs1Pem, ["pkcs1"]],
  "PKCS#8 labelled PKCS#1": [labelled("RSA PRIVATE KEY", keys.pkcs8Pem), []],
  "PKCS#1 labelled PKCS#8": [labelled("PRIVATE KEY", keys.pkcs1Pem), ["pkcs1"]],
};

for (const [what, [make, repairs]] of Object.entries(FORMS)) {
  Deno.test(`readPrivateKey() makes PKCS#8, as node:crypto exports it, of ${what}`, () => {
    const key = readPrivateKey(make());
    assert(Buffer.from(key.pkcs8).equals(bytesOf(keys.pkcs8Pem())));
    assertEquals([key.repairs, key.bits, key.blocks], [repairs, 2048, 1]);
  });
}

Deno.test("readPrivateKey() reports the true size of the modulus", () => {
  assertEquals(readPrivateKey(keys.shortPkcs8Pem()).bits, 1024);
});

Deno.test("importPrivateKey() makes a key that cannot be exported (security 4)", async () => {
  const key = await importPrivateKey(keys.pkcs8Pem());
  assertEquals([key.extractable, key.type, key.usages], [false, "private", ["sign"]]);
  await assertRejects(() => crypto.subtle.exportKey("pkcs8", key), Error, "not extractable");
  await assertRejects(() => crypto.subtle.exportKey("jwk", key), Error, "not extractable");
});

Deno.test("importPrivateKey() makes a key that shows nothing of itself (security 4)", async () => {
  const key = await importPrivateKey(keys.pkcs8Pem());
  const shown = Deno.inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key) +
    JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(key)));
  const { d, p } = keys.rsaPair().privateKey.export({ format: "jwk" });
  const secrets = [d, p, keys.pkcs8Pem().split("\n")[5], bytesOf(keys.pkcs8Pem()).toString("hex")];
  for (const secret of secrets) assert(!shown.includes(secret!.slice(0, 20)));
  assert(!/\b\d+(?:, \d+){15}/.test(shown), "no run of bytes");
});

Deno.test("importPrivateKey() leaves the caller's bytes as they are (security 4)", async () => {
  for (const pem of [keys.pkcs8Pem(), keys.pkcs1Pem(), `\ufeff${keys.pkcs8Pem()}`]) {
    const bytes = Buffer.from(pem);
    await importPrivateKey(bytes);
    assertEquals(bytes.toString(), pem);
  }
});

Deno.test("importPrivateKey() reads the part of a buffer that it is given", async () => {
  const buffer = Buffer.from(`xxxx${keys.pkcs8Pem()}xxxx`);
  const key = await importPrivateKey(new Uint8Array(buffer).subarray(4, -4));
  assertEquals(key.type, "private");
});

Deno.test("importRsaPrivateKey() wipes its copy of the key (security 4)", async () => {
  const key = readPrivateKey(keys.pkcs8Pem());
  await importRsaPrivateKey(key);
  assert(key.pkcs8.every((byte) => byte === 0));
});

const certificate = der(0x30, der(0x30, integer(1n)), der(0x30), der(0x03));
const unknownAlgorithm = () => pemOf("PRIVATE KEY", pkcs8Der(pkcs1Der(rsaNumbers()), "2a0304"));

const UNUSABLE: Record<string, [make: () => string, code: string, kind?: string]> = {
  "RSA-PSS": [keys.rsaPssPem, "key-is-rsa-pss", "RSA-PSS"],
  "EC": [keys.ecPem, "key-not-rsa", "EC"],
  "EC (SEC1)": [keys.ecSec1Pem, "key-not-rsa"],
  "EC (SEC1) labelled RSA": [labelled("RSA PRIVATE KEY", keys.ecSec1Pem), "key-not-rsa", "EC"],
  "Ed25519": [keys.ed25519Pem, "key-not-rsa", "Ed25519"],
  "X25519": [keys.x25519Pem, "key-not-rsa", "X25519"],
  "an algorithm nobody knows": [unknownAlgorithm, "key-not-rsa", "unknown"],
  "a public key": [keys.publicPem, "key-is-public"],
  "a public key in PKCS#1": [keys.publicPkcs1Pem, "key-is-public"],
  "a public key labelled private": [labelled("PRIVATE KEY", keys.publicPem), "key-is-public"],
  "a PKCS#1 public key labelled private": [
    labelled("RSA PRIVATE KEY", keys.publicPkcs1Pem),
    "key-is-public",
  ],
  "a certificate labelled private": [() => pemOf("PRIVATE KEY", certificate), "key-is-certificate"],
  "an encrypted key (PKCS#8)": [keys.encryptedPkcs8Pem, "key-is-encrypted"],
  "an encrypted key (PKCS#1)": [keys.encryptedPkcs1Pem, "key-is-encrypted"],
  "an encrypted key labelled plain": [
    labelled("PRIVATE KEY", keys.encryptedPkcs8Pem),
    "key-is-encrypted",
  ],
};

for (const [what, [make, code, kind]] of Object.entries(UNUSABLE)) {
  Deno.test(`importPrivateKey() refuses ${what}`, async () => {
    const error = await assertRejects(() => importPrivateKey(make()), CozeError);
    assertEquals(error.code, code);
    if (kind !== undefined) assertEquals(error.details, { kind });
  });
}

const rsa = (...numbers: bigint[]) => pemOf("RSA PRIVATE KEY", der(0x30, ...numbers.map(integer)));

/** In DER a modulus without a zero before its top bit is negative. */
function negativeModulus(): Uint8Array {
  const { n, e, d, p, q, dp, dq, qi } = rsaNumbers();
  const negative = der(0x02, Buffer.from(n.toString(16), "hex"));
  return der(0x30, integer(0n), negative, ...[e, d, p, q, dp, dq, qi].map(integer));
}

const damaged = (bytes: Uint8Array) => pemOf("PRIVATE KEY", bytes);
const pemOfHex = (text: string) => damaged(Buffer.from(text.replaceAll(" ", ""), "hex"));

const DAMAGED: Record<string, [make: () => string, reason: string]> = {
  "three primes": [keys.multiPrimePem, "multi-prime"],
  "an unknown label": [labelled("ANY PRIVATE KEY", keys.pkcs8Pem), "label"],
  "random bytes": [() => pemOfHex("ff ff ff ff ff"), "structure"],
  "a length without end": [() => pemOfHex("30 80 00 00"), "structure"],
  "a length of five bytes": [() => pemOfHex("30 85 00 00 00 00 01 00"), "structure"],
  "an OCTET STRING": [() => damaged(der(0x04, Buffer.from("x"))), "structure"],
  "an empty SEQUENCE": [() => damaged(der(0x30)), "structure"],
  "bytes behind the key": [
    () => damaged(Buffer.concat([bytesOf(keys.pkcs8Pem()), Buffer.from([5, 0])])),
    "structure",
  ],
  "PKCS#8 around nothing": [() => damaged(pkcs8Der(Buffer.of())), "structure"],
  "PKCS#8 around a number": [() => damaged(pkcs8Der(integer(1n))), "structure"],
  "too few numbers": [() => rsa(0n, 3n, 3n, 3n), "structure"],
  "an empty number": [
    () => damaged(der(0x30, integer(0n), ...Array(8).fill(der(0x02)))),
    "structure",
  ],
  "a text among the numbers": [
    () => damaged(der(0x30, ...Array(8).fill(integer(0n)), der(0x0c))),
    "structure",
  ],
  "zeros": [() => rsa(0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n), "numbers"],
  "ones": [() => rsa(0n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n), "numbers"],
  "a negative modulus": [() => pemOf("RSA PRIVATE KEY", negativeModulus()), "import"],
};

for (const [what, [make, reason]] of Object.entries(DAMAGED)) {
  Deno.test(`importPrivateKey() says what is wrong with ${what}`, async () => {
    const error = await assertRejects(() => importPrivateKey(make()), CozeError);
    assertEquals([error.code, error.details.reason], ["key-damaged", reason]);
  });
}

const TRUNCATED: Record<string, [make: () => string, expected: number, actual: number]> = {
  "no length": [() => pemOfHex("30"), 2, 1],
  "no content": [() => pemOfHex("30 05"), 7, 2],
  "half a long length": [() => pemOfHex("30 82 01"), 4, 3],
  "four gigabytes announced": [() => pemOfHex("30 84 ff ff ff ff 00"), 4294967301, 7],
  "half a key": [
    () => damaged(bytesOf(keys.pkcs8Pem()).subarray(0, 600)),
    bytesOf(keys.pkcs8Pem()).length,
    600,
  ],
};

for (const [what, [make, expected, actual]] of Object.entries(TRUNCATED)) {
  Deno.test(`readPrivateKey() says how much is missing: ${what}`, () => {
    const { code, details } = assertThrows(() => readPrivateKey(make()), CozeError);
    assertEquals([code, details], ["key-damaged", { reason: "truncated", expected, actual }]);
  });
}

/** Each number with one bit flipped, and the name the error gives: p and q show in n = p·q. */
const FLIPPED = { n: "n", e: "d", d: "d", p: "n", q: "n", dp: "dP", dq: "dQ", qi: "qInv" };

for (const [member, number] of Object.entries(FLIPPED)) {
  Deno.test(`readPrivateKey() finds a bit flipped in ${member}`, () => {
    const numbers = rsaNumbers();
    const flipped = { ...numbers, [member]: numbers[member as keyof typeof numbers] ^ 16n };
    const pkcs1 = pkcs1Der(flipped);
    for (const pem of [pemOf("RSA PRIVATE KEY", pkcs1), damaged(pkcs8Der(pkcs1))]) {
      const error = assertThrows(() => readPrivateKey(pem), CozeError);
      assertEquals([error.code, error.details], ["key-damaged", { reason: "numbers", number }]);
      assert(error.message.includes(`its ${number} does`));
    }
  });
}

Deno.test("readPrivateKey() answers any cut or flipped bit with a code (security 10)", () => {
  const bytes = bytesOf(keys.shortPkcs8Pem());
  const outcome = (part: Uint8Array) => {
    try {
      return readPrivateKey(damaged(part)) && "read";
    } catch (error) {
      return error instanceof CozeError ? error.code : String(error);
    }
  };
  assertEquals(outcome(bytes), "read");
  for (let i = 1; i < bytes.length; i++) assertEquals(outcome(bytes.subarray(0, i)), "key-damaged");
  const flipped = Array.from(bytes, (byte, i) => outcome(bytes.with(i, byte ^ (1 << (i % 8)))));
  const others = new Set(flipped).difference(new Set(["key-damaged", "key-not-rsa", "read"]));
  assertEquals([...others], []);
  assert(flipped.includes("key-damaged"));
});
