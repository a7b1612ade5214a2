import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { importSPKI, jwtVerify } from "../testing/jose.ts";
import { assertionParts, createAssertion, decodeAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";
import { importPrivateKey } from "../../lib/key/private_key.ts";
import type { CozeApp, TokenRequest } from "../../lib/token_request.ts";
import {
  bytesOf,
  multiPrimePem,
  pkcs1Pem,
  pkcs8Der,
  pkcs8Pem,
  publicPem,
} from "../testing/keys.ts";
import { partsOf } from "../testing/token_server.ts";

const NOW = 1_760_000_000_999;
const options = { now: () => NOW };

function app(more: Record<string, unknown> = {}): CozeApp {
  const keyId = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
  return { clientId: "1127900106117", keyId, privateKey: pkcs8Pem(), ...more };
}

Deno.test("createAssertion() writes the documented header and claims and nothing else", async () => {
  const { header, claims } = partsOf(await createAssertion(app(), {}, options));
  assertEquals(header, { alg: "RS256", typ: "JWT", kid: app().keyId });
  const { jti, ...rest } = claims;
  assertEquals(rest, {
    iss: "1127900106117",
    aud: "api.coze.cn",
    iat: 1_760_000_000,
    exp: 1_760_000_600,
  });
  assertMatch(String(jti), /^[0-9a-f]{64}$/);
});

Deno.test("createAssertion() lives 600 s whatever the token's lifetime (security 3)", async () => {
  for (const durationSeconds of [1, 900, 86_399]) {
    const { claims } = partsOf(await createAssertion(app(), { durationSeconds }, options));
    assertEquals(Number(claims.exp) - Number(claims.iat), 600);
  }
});

Deno.test("createAssertion() takes the time of now when no clock is given", async () => {
  const before = Math.floor(Date.now() / 1000);
  const { iat } = partsOf(await createAssertion(app())).claims;
  assert(Number(iat) >= before && Number(iat) <= Date.now() / 1000);
});

Deno.test("assertionParts() makes a fresh jti of 256 random bits each time (security 3)", () => {
  const ids = Array.from({ length: 5000 }, () => assertionParts(app(), {}, options.now).claims.jti);
  assertEquals(new Set(ids).size, ids.length);
  const ones = ids.map((id) => [...BigInt(`0x${id}`).toString(2)].filter((bit) => bit === "1"));
  const mean = ones.reduce((sum, bits) => sum + bits.length, 0) / ids.length;
  assert(Math.abs(mean - 128) < 2, `${mean} of 256 bits set on average`);
});

const AUDIENCES: Record<string, string> = {
  "https://api.coze.cn": "api.coze.cn",
  "https://api.coze.com/": "api.coze.com",
  "https://gateway.example:8443/coze/": "gateway.example:8443",
  "https://gateway.example:443": "gateway.example",
  "http://127.0.0.1:8000": "127.0.0.1:8000",
  "http://[::1]:8000": "[::1]:8000",
};

for (const [baseUrl, aud] of Object.entries(AUDIENCES)) {
  Deno.test(`createAssertion() is meant for ${aud} at ${baseUrl} (security 2)`, async () => {
    const jwt = await createAssertion(app({ baseUrl }), {}, options);
    assertEquals(partsOf(jwt).claims.aud, aud);
  });
}

const SESSIONS: Record<string, [TokenRequest, Record<string, unknown>]> = {
  "a session name": [{ sessionName: "user_2222" }, { session_name: "user_2222" }],
  "a device id": [
    { sessionContext: { deviceInfo: { deviceId: "1234567890" } } },
    { session_context: { device_info: { device_id: "1234567890" } } },
  ],
  "a custom consumer and a name": [
    { sessionName: "扣子", sessionContext: { deviceInfo: { customConsumer: "c" } } },
    { session_name: "扣子", session_context: { device_info: { custom_consumer: "c" } } },
  ],
};

for (const [what, [request, expected]] of Object.entries(SESSIONS)) {
  Deno.test(`createAssertion() puts ${what} into the claims`, async () => {
    const { claims } = decodeAssertion(await createAssertion(app(), request, options));
    const { iss: _iss, aud: _aud, iat: _iat, exp: _exp, jti: _jti, ...rest } = claims;
    assertEquals(rest, expected);
  });
}

Deno.test("createAssertion() keeps scope and ids out of the claims", async () => {
  const request = { scope: { permissions: ["Connector.botChat"] }, accountId: "7" };
  const { claims } = partsOf(await createAssertion(app(), request, options));
  assertEquals(Object.keys(claims).sort(), ["aud", "exp", "iat", "iss", "jti"]);
});

Deno.test("createAssertion() signs RS256 whatever else it is given (security 1)", async () => {
  const more = {
    alg: "none",
    algorithm: "HS256",
    aud: "evil.example",
    exp: 1,
    expiresIn: 1e9,
    jti: "fixed",
    header: { alg: "none", typ: "x", kid: "x", jku: "https://evil.example" },
    claims: { aud: "evil.example" },
    typ: "at+jwt",
  };
  const jwt = await createAssertion(app(more), more as TokenRequest, { ...options, ...more });
  const { header, claims } = partsOf(jwt);
  assertEquals(header, { alg: "RS256", typ: "JWT", kid: app().keyId });
  assertEquals([claims.aud, claims.exp], ["api.coze.cn", 1_760_000_600]);
  assertNotEquals(claims.jti, "fixed");
  await jwtVerify(jwt, await importSPKI(publicPem(), "RS256"), { currentDate: new Date(NOW) });
});

Deno.test("createAssertion() is verified by jose, from every form of the key", async () => {
  const key = await importSPKI(publicPem(), "RS256");
  const bytes = new TextEncoder().encode(pkcs8Pem());
  for (const privateKey of [pkcs8Pem(), pkcs1Pem(), bytes, await importPrivateKey(pkcs8Pem())]) {
    const jwt = await createAssertion(app({ privateKey }), {}, options);
    const { payload, protectedHeader } = await jwtVerify(jwt, key, {
      algorithms: ["RS256"],
      audience: "api.coze.cn",
      issuer: "1127900106117",
      typ: "JWT",
      currentDate: new Date(NOW),
      requiredClaims: ["jti", "iat", "exp"],
    });
    assertEquals([protectedHeader.kid, payload.iat], [app().keyId, 1_760_000_000]);
  }
});

const MISSING = { clientId: "client-id-malformed", keyId: "key-id-malformed" };

for (const [member, malformed] of Object.entries(MISSING)) {
  Deno.test(`createAssertion() signs nothing without a usable ${member}`, async () => {
    const cases = [["", "config-missing"], [undefined, "config-missing"], [7, malformed]] as const;
    for (const [value, code] of [...cases, ["a\nb", malformed], ["a\x9fb", malformed]]) {
      const attempt = () => createAssertion(app({ [String(member)]: value }));
      assertEquals((await assertRejects(attempt, CozeError)).code, code);
    }
  });
}

async function webKey(name: string, more: object, usages: string[], half = "privateKey") {
  const pair = await webcrypto.subtle.generateKey(
    { name, ...more } as never,
    true,
    usages as never,
  );
  return half in pair ? (pair as unknown as Record<string, CryptoKey>)[half]! : pair;
}
const rsa = { modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };

const WRONG: Record<string, [make: () => unknown, code: string, kind?: string]> = {
  "an RSA-PSS key": [
    () => webKey("RSA-PSS", rsa, ["sign"]),
    "key-is-rsa-pss",
    "RSA-PSS with SHA-256",
  ],
  "an RS512 key": [
    () => webKey("RSASSA-PKCS1-v1_5", { ...rsa, hash: "SHA-512" }, ["sign"]),
    "key-not-rsa",
    "RSASSA-PKCS1-v1_5 with SHA-512",
  ],
  "an RSA-OAEP key": [
    () => webKey("RSA-OAEP", rsa, ["decrypt"]),
    "key-not-rsa",
    "RSA-OAEP with SHA-256",
  ],
  "an EC key": [() => webKey("ECDSA", { namedCurve: "P-256" }, ["sign"]), "key-not-rsa", "ECDSA"],
  "an HMAC key": [
    () => webKey("HMAC", { hash: "SHA-256" }, ["sign"]),
    "key-not-rsa",
    "HMAC with SHA-256",
  ],
  "an AES key": [() => webKey("AES-GCM", { length: 128 }, ["encrypt"]), "key-not-rsa", "AES-GCM"],
  "the public half": [
    () => webKey("RSASSA-PKCS1-v1_5", rsa, ["sign", "verify"], "publicKey"),
    "key-is-public",
  ],
  "a key object of node:crypto": [
    () => generateKeyPairSync("ed25519").privateKey,
    "config-missing",
  ],
  "a JWK": [() => ({ kty: "RSA" }), "config-missing"],
  "no key": [() => undefined, "config-missing"],
};

for (const [what, [make, code, kind]] of Object.entries(WRONG)) {
  Deno.test(`createAssertion() refuses ${what}`, async () => {
    const privateKey = await make();
    const error = await assertRejects(() => createAssertion(app({ privateKey })), CozeError);
    assertEquals(error.code, code);
    if (kind !== undefined) assertEquals(error.details, { kind });
  });
}

Deno.test("createAssertion() says key-damaged of a key that imports and cannot sign", async () => {
  const der = pkcs8Der(bytesOf(multiPrimePem()));
  const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const privateKey = await crypto.subtle.importKey("pkcs8", new Uint8Array(der), rs256, false, [
    "sign",
  ]);
  const error = await assertRejects(() => createAssertion(app({ privateKey })), CozeError);
  assertEquals([error.code, error.details.reason], ["key-damaged", "sign"]);
});
