// The contract of djwt: these tests pass against the package and against npm/djwt.ts.

import { assertEquals, assertRejects } from "@std/assert";
import { sign } from "node:crypto";
import { bytesOf, pkcs8Pem, shortPkcs8Pem } from "../../testing/keys.ts";
import { create } from "./djwt.ts";

const HEADER = {
  alg: "RS256",
  typ: "JWT",
  kid: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
} as const;
const CLAIMS = {
  iss: "1127900106117",
  aud: "api.coze.cn",
  iat: 1_516_239_022,
  exp: 1_516_239_622,
  jti: "03a1",
  session_name: "用户-Ünï 🚀",
  session_context: { device_info: { device_id: "d/1+2", custom_consumer: undefined } },
};

function importKey(pem: string, hash = "SHA-256"): Promise<CryptoKey> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  return crypto.subtle.importKey("pkcs8", new Uint8Array(bytesOf(pem)), algorithm, false, ["sign"]);
}

/** The same JWT by other code: RS256 is deterministic. */
function reference(pem: string): string {
  const input = [HEADER, CLAIMS]
    .map((part) => btoa(unescape(encodeURIComponent(JSON.stringify(part)))))
    .join(".")
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${input}.${sign("sha256", new TextEncoder().encode(input), pem).toString("base64url")}`;
}

Deno.test("create() signs the same bytes as node:crypto", async () => {
  for (const pem of [pkcs8Pem(), shortPkcs8Pem()]) {
    assertEquals(await create(HEADER, CLAIMS, await importKey(pem)), reference(pem));
  }
});

Deno.test("create() refuses a key for another algorithm", async () => {
  const words = "The jwt's alg 'RS256' does not match the key's algorithm.";
  const hash512 = await importKey(shortPkcs8Pem(), "SHA-512");
  await assertRejects(() => create(HEADER, CLAIMS, hash512), Error, words);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.generateKey(hmac, false, ["sign"]) as CryptoKey;
  await assertRejects(() => create(HEADER, CLAIMS, secret), Error, words);
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(curve, false, ["sign"]) as CryptoKeyPair;
  await assertRejects(() => create(HEADER, CLAIMS, privateKey), Error, words);
});

Deno.test("create() rejects with a key that may not sign", async () => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 1024 };
  const { publicKey } = await crypto.subtle.generateKey(
    { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) },
    false,
    ["sign", "verify"],
  );
  await assertRejects(() => create(HEADER, CLAIMS, publicKey));
});
