import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { CozeError } from "../../../lib/error.ts";
import {
  importPrivateKey,
  importRsaPrivateKey,
  readPrivateKey,
} from "../../../lib/key/private_key.ts";
import * as keys from "../../testing/keys.ts";

const { bytesOf, der, integer, pemOf, pkcs1Der, pkcs8Der, rsaNumbers } = keys;
const RS256 = "RSASSA-PKCS1-v1_5";

Deno.test("readPrivateKey() wraps PKCS#1 into the bytes node:crypto exports as PKCS#8", () => {
  for (const [pem, repairs] of [[keys.pkcs8Pem(), []], [keys.pkcs1Pem(), ["pkcs1"]]] as const) {
    const key = readPrivateKey(pem);
    assert(Buffer.from(key.pkcs8).equals(bytesOf(keys.pkcs8Pem())));
    assertEquals([key.repairs, key.bits, key.blocks], [[...repairs], 2048, 1]);
  }
});

Deno.test("readPrivateKey() goes by the bytes when the labels are swapped", () => {
  const swapped = [
    [pemOf("RSA PRIVATE KEY", bytesOf(keys.pkcs8Pem())), []],
    [pemOf("PRIVATE KEY", bytesOf(keys.pkcs1Pem())), ["pkcs1"]],
  ] as const;
  for (const [pem, repairs] of swapped) {
    const key = readPrivateKey(pem);
    assert(Buffer.from(key.pkcs8).equals(bytesOf(keys.pkcs8Pem())));
    assertEquals(key.repairs, [...repairs]);
  }
});

Deno.test("readPrivateKey() reports the true size of the modulus", () => {
  assertEquals(readPrivateKey(keys.shortPkcs8Pem()).bits, 1024);
});

for (const name of ["pkcs8Pem", "pkcs1Pem", "shortPkcs8Pem"] as const) {
  Deno.test(`importPrivateKey() makes of ${name} a key that signs RS256`, async () => {
    const key = await importPrivateKey(keys[name]());
    const data = new TextEncoder().encode("data");
    const signature = await crypto.subtle.sign(RS256, key, data);
    const { publicKey } = name === "shortPkcs8Pem" ? keys.shortPair() : keys.rsaPair();
    assert(verify("RSA-SHA256", data, publicKey, new Uint8Array(signature)));
  });
}

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

const UNUSABLE: Record<string, [make: () => string, code: string, kind?: string]> = {
  "RSA-PSS": [keys.rsaPssPem, "key-is-rsa-pss", "RSA-PSS"],
  "EC": [keys.ecPem, "key-not-rsa", "EC"],
  "EC (SEC1)": [keys.ecSec1Pem, "key-not-rsa"],
  "EC (SEC1) labelled RSA": [
    () => pemOf("RSA PRIVATE KEY", bytesOf(keys.ecSec1Pem())),
    "key-not-rsa",
    "EC",
  ],
  "Ed25519": [keys.ed25519Pem, "key-not-rsa", "Ed25519"],
  "X25519": [keys.x25519Pem, "key-not-rsa", "X25519"],
  "an algorithm nobody knows": [
    () => pemOf("PRIVATE KEY", pkcs8Der(pkcs1Der(rsaNumbers()), "2a0304")),
    "key-not-rsa",
    "unknown",
  ],
  "a public key": [keys.publicPem, "key-is-public"],
  "a public key in PKCS#1": [keys.publicPkcs1Pem, "key-is-public"],
  "a public key labelled private": [
    () => pemOf("PRIVATE KEY", bytesOf(keys.publicPem())),
    "key-is-public",
  ],
  "a PKCS#1 public key labelled private": [
    () => pemOf("RSA PRIVATE KEY", bytesOf(keys.publicPkcs1Pem())),
    "key-is-public",
  ],
  "a certificate labelled private": [
    () => pemOf("PRIVATE KEY", der(0x30, der(0x30, integer(1n)), der(0x30), der(0x03))),
    "key-is-certificate",
  ],
  "an encrypted key (PKCS#8)": [keys.encryptedPkcs8Pem, "key-is-encrypted"],
  "an encrypted key (PKCS#1)": [keys.encryptedPkcs1Pem, "key-is-encrypted"],
  "an encrypted key labelled plain": [
    () => pemOf("PRIVATE KEY", bytesOf(keys.encryptedPkcs8Pem())),
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

/** A modulus without the zero before its top bit is negative in DER: ours reads it, others do not. */
function negativeModulus(): Uint8Array {
  const { n, e, d, p, q, dp, dq, qi } = rsaNumbers();
  const negative = der(0x02, Buffer.from(n.toString(16), "hex"));
  return der(0x30, integer(0n), negative, ...[e, d, p, q, dp, dq, qi].map(integer));
}

const DAMAGED: Record<string, [make: () => string, reason: string]> = {
  "three primes": [keys.multiPrimePem, "multi-prime"],
  "an unknown label": [() => pemOf("ANY PRIVATE KEY", bytesOf(keys.pkcs8Pem())), "label"],
  "random bytes": [() => pemOf("PRIVATE KEY", Buffer.from("ffffffffff", "hex")), "structure"],
  "an OCTET STRING": [() => pemOf("PRIVATE KEY", der(0x04, Buffer.from("x"))), "structure"],
  "an empty SEQUENCE": [() => pemOf("PRIVATE KEY", der(0x30)), "structure"],
  "bytes behind the key": [
    () => pemOf("PRIVATE KEY", Buffer.concat([bytesOf(keys.pkcs8Pem()), Buffer.from([5, 0])])),
    "structure",
  ],
  "PKCS#8 around nothing": [() => pemOf("PRIVATE KEY", pkcs8Der(Buffer.of())), "structure"],
  "PKCS#8 around a number": [() => pemOf("PRIVATE KEY", pkcs8Der(integer(1n))), "structure"],
  "too few numbers": [() => rsa(0n, 3n, 3n, 3n), "structure"],
  "an empty number": [
    () => pemOf("PRIVATE KEY", der(0x30, integer(0n), ...Array(8).fill(der(0x02)))),
    "structure",
  ],
  "a text among the numbers": [
    () => pemOf("PRIVATE KEY", der(0x30, ...Array(8).fill(integer(0n)), der(0x0c))),
    "structure",
  ],
  "zeros": [() => rsa(0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n), "numbers"],
  "ones": [() => rsa(0n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n), "numbers"],
  "a negative modulus": [() => pemOf("RSA PRIVATE KEY", negativeModulus()), "import"],
  "half its base64": [
    () => pemOf("PRIVATE KEY", bytesOf(keys.pkcs8Pem()).subarray(0, 600)),
    "truncated",
  ],
  "half of PKCS#1": [
    () => pemOf("RSA PRIVATE KEY", bytesOf(keys.pkcs1Pem()).subarray(0, 600)),
    "truncated",
  ],
};

for (const [what, [make, reason]] of Object.entries(DAMAGED)) {
  Deno.test(`importPrivateKey() says what is wrong with ${what}`, async () => {
    const error = await assertRejects(() => importPrivateKey(make()), CozeError);
    assertEquals([error.code, error.details.reason], ["key-damaged", reason]);
  });
}

/** Each number with one bit flipped, and the name the error gives: p and q show in n = p·q. */
const FLIPPED = { n: "n", e: "d", d: "d", p: "n", q: "n", dp: "dP", dq: "dQ", qi: "qInv" };

for (const [member, number] of Object.entries(FLIPPED)) {
  for (const form of ["PKCS#1", "PKCS#8"]) {
    Deno.test(`readPrivateKey() finds a bit flipped in ${member} of ${form}`, () => {
      const numbers = rsaNumbers();
      const flipped = { ...numbers, [member]: numbers[member as keyof typeof numbers] ^ 16n };
      const pem = form === "PKCS#1"
        ? pemOf("RSA PRIVATE KEY", pkcs1Der(flipped))
        : pemOf("PRIVATE KEY", pkcs8Der(pkcs1Der(flipped)));
      const error = assertThrows(() => readPrivateKey(pem), CozeError);
      assertEquals([error.code, error.details], ["key-damaged", { reason: "numbers", number }]);
      assert(error.message.includes(`its ${number} does`));
    });
  }
}

Deno.test("readPrivateKey() answers any flipped bit with a code or a key", () => {
  const bytes = bytesOf(keys.pkcs8Pem());
  const codes = new Set<string>();
  for (let i = 0; i < bytes.length; i += 7) {
    const damaged = Buffer.from(bytes);
    damaged[i]! ^= 1 << (i % 8);
    try {
      readPrivateKey(pemOf("PRIVATE KEY", damaged));
    } catch (error) {
      assert(error instanceof CozeError, `byte ${i}: ${error}`);
      codes.add(error.code);
    }
  }
  assert(codes.has("key-damaged"));
});
