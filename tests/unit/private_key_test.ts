import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { generatePrimeSync, verify } from "node:crypto";
import { decodeAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";
import { importPrivateKey, readPrivateKey } from "../../lib/private_key.ts";
import * as keys from "../testing/keys.ts";

const { bytesOf, der, integer, numbersOf, pemOf, pkcs1Der, pkcs8Der, rsaNumbers } = keys;

const labelled = (label: string, make: () => string) => () => pemOf(label, bytesOf(make()));
const pkcs1 = () => pkcs1Der(rsaNumbers());
const oid = der(0x06, Buffer.from("2a864886f70d010101", "hex"));
const rsaEncryption = der(0x30, oid, der(0x05));
/** PKCS#8 by hand. */
const pkcs8 = (version: bigint, algorithm: Uint8Array, ...more: Uint8Array[]) => () =>
  pemOf("PRIVATE KEY", der(0x30, integer(version), algorithm, der(0x04, pkcs1()), ...more));

const FORMS: Record<string, [make: () => string, repairs: string[]]> = {
  "PKCS#8": [keys.pkcs8Pem, []],
  "PKCS#1": [keys.pkcs1Pem, ["pkcs1"]],
  "PKCS#8 labelled PKCS#1": [labelled("RSA PRIVATE KEY", keys.pkcs8Pem), []],
  "PKCS#1 labelled PKCS#8": [labelled("PRIVATE KEY", keys.pkcs1Pem), ["pkcs1"]],
  "PKCS#8 without NULL": [pkcs8(0n, der(0x30, oid)), []],
  "PKCS#8 with other parameters": [pkcs8(0n, der(0x30, oid, der(0x04, Buffer.from("ab")))), []],
  "PKCS#8 with attributes": [
    pkcs8(0n, rsaEncryption, der(0xa0, der(0x30, oid, der(0x31)))),
    [],
  ],
  "PKCS#8 of version 1": [pkcs8(1n, rsaEncryption), []],
  "PKCS#8 with the public key": [
    pkcs8(1n, rsaEncryption, der(0x81, Buffer.from([0, 0x30, 0]))),
    [],
  ],
  "PKCS#1 without BEGIN and END": [
    () => bytesOf(keys.pkcs1Pem()).toString("base64"),
    ["pkcs1", "missing-begin-end"],
  ],
};
for (const [what, [make, repairs]] of Object.entries(FORMS)) {
  Deno.test(`readPrivateKey() reads ${what}`, async () => {
    const { privateKey, publicKey, ...rest } = await readPrivateKey(make());
    assertEquals(rest, { bits: 2048, repairs, blocks: 1 });
    const { n, e } = keys.rsaPair().publicKey.export({ format: "jwk" });
    assertEquals(publicKey, { n: n!, e: e! });
    const data = Uint8Array.from([1, 2, 3]);
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, data);
    assert(verify("sha256", data, keys.rsaPair().publicKey, new Uint8Array(signature)));
  });
}

Deno.test("readPrivateKey() reports the true size of the modulus", async () => {
  assertEquals((await readPrivateKey(keys.shortPkcs8Pem())).bits, 1024);
  const { e, p } = numbersOf(keys.shortPair().privateKey.export({ format: "jwk" }) as typeof JWK);
  // The remainder keeps e invertible.
  const q = generatePrimeSync(509, { bigint: true, add: 2n * e, rem: 3n });
  const [n, d] = [p * q, keys.inverse(e, (p - 1n) * (q - 1n))];
  const odd = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: keys.inverse(q, p) };
  const { bits } = await readPrivateKey(pemOf("RSA PRIVATE KEY", pkcs1Der(odd)));
  assertEquals(bits, n.toString(2).length);
});

Deno.test("importPrivateKey() makes a key that cannot be exported (security 4)", async () => {
  const key = await importPrivateKey(keys.pkcs8Pem());
  assertEquals([key.extractable, key.type, key.usages], [false, "private", ["sign"]]);
  await assertRejects(() => crypto.subtle.exportKey("pkcs8", key), Error, "not extractable");
  await assertRejects(() => crypto.subtle.exportKey("jwk", key), Error, "not extractable");
});

Deno.test("readPrivateKey() returns nothing that shows the key (security 4)", async () => {
  const file = await readPrivateKey(keys.pkcs8Pem());
  const key = file.privateKey;
  const shown = Deno.inspect(file, { depth: 9, showHidden: true }) + JSON.stringify(file) +
    JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(key)));
  const { d, p } = keys.rsaPair().privateKey.export({ format: "jwk" });
  const secrets = [d, p, keys.pkcs8Pem().split("\n")[5], bytesOf(keys.pkcs8Pem()).toString("hex")];
  for (const secret of secrets) assert(!shown.includes(secret!.slice(0, 20)));
});

Deno.test("readPrivateKey() wipes its copies of the key (security 4)", async () => {
  const { importKey } = crypto.subtle;
  const { fromBase64 } = Uint8Array;
  const copies: Uint8Array[] = [];
  crypto.subtle.importKey = ((...args: Parameters<typeof importKey>) => {
    copies.push(args[1] as Uint8Array);
    return importKey.apply(crypto.subtle, args);
  }) as typeof importKey;
  Uint8Array.fromBase64 = (text, options) => {
    const bytes = fromBase64.call(Uint8Array, text, options);
    copies.push(bytes);
    return bytes;
  };
  try {
    await readPrivateKey(btoa(keys.pkcs8Pem()));
    await assertRejects(() => readPrivateKey(pemOf("RSA PRIVATE KEY", negativeModulus())));
  } finally {
    crypto.subtle.importKey = importKey;
    Uint8Array.fromBase64 = fromBase64;
  }
  assertEquals(copies.map((bytes) => bytes.every((byte) => byte === 0)), Array(5).fill(true));
});

Deno.test("importPrivateKey() leaves the caller's bytes as they are (security 4)", async () => {
  for (const pem of [keys.pkcs8Pem(), keys.pkcs1Pem(), btoa(keys.pkcs8Pem())]) {
    const buffer = Buffer.from(`xxxx${pem}xxxx`);
    await importPrivateKey(buffer.subarray(4, -4));
    assertEquals(buffer.toString(), `xxxx${pem}xxxx`);
  }
});

const certificate = der(0x30, der(0x30, integer(1n)), der(0x30), der(0x03));
const algorithm = (oid: string) => () => pemOf("PRIVATE KEY", pkcs8Der(pkcs1(), oid));

const UNUSABLE: Record<string, [make: () => string, code: string, kind: string]> = {
  "RSA-PSS": [keys.rsaPssPem, "key-not-rsa", "RSA-PSS"],
  "EC": [keys.ecPem, "key-not-rsa", "EC"],
  "EC (SEC1)": [keys.ecSec1Pem, "key-not-rsa", "EC"],
  "EC (SEC1) labelled RSA": [labelled("RSA PRIVATE KEY", keys.ecSec1Pem), "key-not-rsa", "EC"],
  "Ed25519": [keys.ed25519Pem, "key-not-rsa", "Ed25519"],
  "X25519": [keys.x25519Pem, "key-not-rsa", "unknown"],
  "an algorithm nobody knows": [algorithm("2a0304"), "key-not-rsa", "unknown"],
  "a public key": [keys.publicPem, "key-is-public", "PUBLIC KEY"],
  "a public key in PKCS#1": [keys.publicPkcs1Pem, "key-is-public", "RSA PUBLIC KEY"],
  "a public key labelled private": [
    labelled("PRIVATE KEY", keys.publicPem),
    "key-is-public",
    "PUBLIC KEY",
  ],
  "a PKCS#1 public key labelled private": [
    labelled("RSA PRIVATE KEY", keys.publicPkcs1Pem),
    "key-is-public",
    "PUBLIC KEY",
  ],
  "a certificate labelled private": [
    () => pemOf("PRIVATE KEY", certificate),
    "key-is-public",
    "CERTIFICATE",
  ],
  "an encrypted key (PKCS#8)": [keys.encryptedPkcs8Pem, "key-is-encrypted", "ENCRYPTED"],
  "an encrypted key labelled plain": [
    labelled("PRIVATE KEY", keys.encryptedPkcs8Pem),
    "key-is-encrypted",
    "ENCRYPTED",
  ],
};

Deno.test("importPrivateKey() tells other keys in DER apart, short ones too", async () => {
  for (
    const [pem, code] of [[keys.ed25519Pem(), "key-not-rsa"], [keys.ecPem(), "key-not-rsa"], [
      keys.publicPem(),
      "key-is-public",
    ]] as const
  ) {
    const error = await assertRejects(
      () => importPrivateKey(new Uint8Array(bytesOf(pem))),
      CozeError,
    );
    assertEquals(error.code, code);
  }
});

for (const [what, [make, code, kind]] of Object.entries(UNUSABLE)) {
  Deno.test(`importPrivateKey() refuses ${what}`, async () => {
    const error = await assertRejects(() => importPrivateKey(make()), CozeError);
    assertEquals([error.code, error.details.kind], [code, kind]);
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
  "three primes in PKCS#8": [() => damaged(pkcs8Der(bytesOf(keys.multiPrimePem()))), "multi-prime"],
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
  "too few numbers": [() => rsa(0n, 3n, 3n, 3n), "import"],
  "an empty number": [
    () => damaged(der(0x30, integer(0n), ...Array(8).fill(der(0x02)))),
    "import",
  ],
  "a text among the numbers": [
    () => damaged(der(0x30, ...Array(8).fill(integer(0n)), der(0x0c))),
    "import",
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
  Deno.test(`readPrivateKey() says how much is missing: ${what}`, async () => {
    const { code, details } = await assertRejects(() => readPrivateKey(make()), CozeError);
    assertEquals([code, details], ["key-damaged", { reason: "truncated", expected, actual }]);
  });
}

/** Wrong numbers, and the name the error gives. */
const WRONG: Record<string, [change: (all: keys.RsaNumbers) => Partial<keys.RsaNumbers>, string]> =
  {
    "a bit of n": [({ n }) => ({ n: n ^ 16n }), "n"],
    "a bit of e": [({ e }) => ({ e: e ^ 16n }), "d"],
    "a bit of d": [({ d }) => ({ d: d ^ 16n }), "d"],
    "a bit of p": [({ p }) => ({ p: p ^ 16n }), "n"],
    "a bit of q": [({ q }) => ({ q: q ^ 16n }), "n"],
    "a bit of dP": [({ dp }) => ({ dp: dp ^ 16n }), "dP"],
    "a bit of dQ": [({ dq }) => ({ dq: dq ^ 16n }), "dQ"],
    "a bit of qInv": [({ qi }) => ({ qi: qi ^ 16n }), "qInv"],
    "p = 1": [({ n }) => ({ p: 1n, q: n }), "n"],
    "q = 1": [({ n }) => ({ q: 1n, p: n }), "n"],
    "e = 1": [() => ({ e: 1n, d: 1n, dp: 1n, dq: 1n }), "d"],
    "d that fits q only": [({ d, q }) => ({ d: d + q - 1n }), "d"],
    "d that fits p only": [({ d, p }) => ({ d: d + p - 1n }), "d"],
    "qInv + p": [({ qi, p }) => ({ qi: qi + p }), "qInv"],
  };
for (const [what, [change, number]] of Object.entries(WRONG)) {
  Deno.test(`readPrivateKey() finds wrong numbers: ${what}`, async () => {
    const pkcs1 = pkcs1Der({ ...rsaNumbers(), ...change(rsaNumbers()) });
    for (const pem of [pemOf("RSA PRIVATE KEY", pkcs1), damaged(pkcs8Der(pkcs1))]) {
      const error = await assertRejects(() => readPrivateKey(pem), CozeError);
      assertEquals([error.code, error.details], ["key-damaged", { reason: "numbers", number }]);
      assertMatch(error.message, new RegExp(`number ${number} `));
    }
  });
}

Deno.test("readPrivateKey() answers any cut or flipped bit with a code (security 10)", async () => {
  const bytes = bytesOf(keys.shortPkcs8Pem());
  const outcome = async (part: Uint8Array) => {
    try {
      return await readPrivateKey(damaged(part)) && "read";
    } catch (error) {
      return error instanceof CozeError ? error.code : String(error);
    }
  };
  assertEquals(await outcome(bytes), "read");
  for (let i = 1; i < bytes.length; i++) {
    assertEquals(await outcome(bytes.subarray(0, i)), "key-damaged");
  }
  const flipped = await Promise.all(
    Array.from(bytes, (byte, i) => outcome(bytes.with(i, byte ^ (1 << (i % 8))))),
  );
  const others = new Set(flipped).difference(new Set(["key-damaged", "key-not-rsa", "read"]));
  assertEquals([...others], []);
  assert(flipped.includes("key-damaged"));
});

// RFC 7515, appendix A.2: published test data, with the private key.
const JWK = {
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B" +
    "m4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5" +
    "z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7" +
    "aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2N" +
    "XOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M" +
    "_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x" +
    "_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py" +
    "5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQ" +
    "eZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu" +
    "1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0a" +
    "jaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY" +
    "7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
};
const INPUT =
  "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt" +
  "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const SIGNATURE =
  "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2F" +
  "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQB" +
  "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeY" +
  "I2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const published = pkcs1Der(numbersOf(JWK));
for (
  const [form, pem] of [
    ["PKCS#1", pemOf("RSA PRIVATE KEY", published)],
    ["PKCS#8", pemOf("PRIVATE KEY", pkcs8Der(published))],
  ] as const
) {
  Deno.test(`importPrivateKey() reproduces the signature of RFC 7515 A.2: ${form}`, async () => {
    const key = await importPrivateKey(pem);
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, Buffer.from(INPUT));
    assertEquals(Buffer.from(signature).toString("base64url"), SIGNATURE);
  });
}

Deno.test("decodeAssertion() reads the JWS of RFC 7515 A.2", () => {
  assertEquals(decodeAssertion(`${INPUT}.${SIGNATURE}`), {
    header: { alg: "RS256" },
    claims: { iss: "joe", exp: 1300819380, "http://example.com/is_root": true },
  });
});
