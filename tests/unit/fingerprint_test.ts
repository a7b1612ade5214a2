import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash, type KeyObject } from "node:crypto";
import { CozeError } from "../../lib/error.ts";
import { fingerprints, fingerprintsOf, toPem, toSpki } from "../../lib/fingerprint.ts";
import { readPrivateKey } from "../../lib/private_key.ts";
import * as keys from "../testing/keys.ts";

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("base64url");

/** The candidates as node:crypto has them. */
function expected(publicKey: KeyObject) {
  const { e, kty, n } = publicKey.export({ format: "jwk" });
  return {
    jwk: sha256(JSON.stringify({ e, kty, n })),
    spki: sha256(publicKey.export({ type: "spki", format: "der" })),
    pkcs1: sha256(publicKey.export({ type: "pkcs1", format: "der" })),
    pem: sha256(publicKey.export({ type: "spki", format: "pem" })),
  };
}

const KEYS = {
  "PKCS#8": [keys.pkcs8Pem, keys.rsaPair],
  "PKCS#1": [keys.pkcs1Pem, keys.rsaPair],
  "another key": [keys.otherPkcs8Pem, keys.otherPair],
  "1024 bits": [keys.shortPkcs8Pem, keys.shortPair],
} as const;

for (const [what, [pem, pair]] of Object.entries(KEYS)) {
  Deno.test(`fingerprints() equals node:crypto's computation: ${what}`, async () => {
    const found = await fingerprints(pem());
    assertEquals(found, expected(pair().publicKey));
    for (const value of Object.values(found)) assertMatch(value, /^[A-Za-z0-9_-]{43}$/);
    assertEquals(new Set(Object.values(found)).size, 4);
  });
}

Deno.test("fingerprintsOf() reproduces the example of RFC 7638, section 3.1", async () => {
  const n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE" +
    "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q" +
    "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6" +
    "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
  const { jwk } = await fingerprintsOf({ n, e: "AQAB" });
  assertEquals(jwk, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
});

Deno.test("fingerprints() leaves the caller's bytes as they are (security 4)", async () => {
  const bytes = Buffer.from(keys.pkcs1Pem());
  await fingerprints(bytes);
  assertEquals(bytes.toString(), keys.pkcs1Pem());
});

Deno.test("fingerprints() rejects what is no private key", async () => {
  const error = await assertRejects(() => fingerprints(keys.publicPem()), CozeError);
  assertEquals(error.code, "key-is-public");
});

Deno.test("toSpki() and toPem() write what node:crypto exports", async () => {
  const { publicKey } = await readPrivateKey(keys.pkcs8Pem());
  assertEquals(toPem("PUBLIC KEY", await toSpki(publicKey)), keys.publicPem());
});

Deno.test("toPem() breaks lines after 64 characters and leaves no empty one", () => {
  for (const [length, lines] of [[1, 1], [48, 1], [49, 2], [96, 2], [97, 3]] as const) {
    const pem = toPem("X", new Uint8Array(length));
    assertEquals(pem, keys.pemOf("X", new Uint8Array(length)));
    assertEquals(pem.split("\n").length, lines + 3);
  }
});
