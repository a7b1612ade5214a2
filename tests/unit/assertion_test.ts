import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { importSPKI, jwtVerify } from "../testing/jose.ts";
import { assertionParts, createAssertion, decodeAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";
import { importPrivateKey } from "../../lib/private_key.ts";
import type { CozeApp, TokenRequest } from "../../lib/token_request.ts";
import {
  bytesOf,
  multiPrimePem,
  pkcs1Pem,
  pkcs8Der,
  pkcs8Pem,
  publicPem,
  rsaPair,
} from "../testing/keys.ts";
import { partsOf } from "../testing/token_server.ts";

const NOW = 1_760_000_000_999;
const options = { now: () => NOW };

function app(more: Record<string, unknown> = {}): CozeApp {
  const keyId = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
  return { clientId: "1127900106117", keyId, privateKey: pkcs8Pem(), ...more };
}

Deno.test("createAssertion() writes the documented header and claims, and no others", async () => {
  const { header, claims } = partsOf(await createAssertion(app(), {}, options));
  assertEquals(header, { alg: "RS256", typ: "JWT", kid: app().keyId });
  const { jti, ...rest } = claims;
  const [iat, exp] = [1_760_000_000, 1_760_000_600];
  assertEquals(rest, { iss: "1127900106117", aud: "api.coze.cn", iat, exp });
  assertMatch(String(jti), /^[0-9a-f]{64}$/);
});

Deno.test("createAssertion() lives 600 s whatever the token's lifetime (security 3)", async () => {
  for (const durationSeconds of [1, 900, 86_399]) {
    const { claims } = partsOf(await createAssertion(app(), { durationSeconds }, options));
    assertEquals(Number(claims.exp) - Number(claims.iat), 600);
  }
});

Deno.test("createAssertion() uses the system's clock when none is given", async () => {
  const before = Math.floor(Date.now() / 1000);
  const { iat } = partsOf(await createAssertion(app())).claims;
  assert(Number(iat) >= before && Number(iat) <= Date.now() / 1000);
});

Deno.test("assertionParts() makes a fresh jti of 256 random bits each time (security 3)", () => {
  const ids = Array.from({ length: 1000 }, () => assertionParts(app(), {}, NOW).claims.jti);
  assertEquals(new Set(ids).size, ids.length);
  // Each of the 256 bits is 0 in some and 1 in others: the chance that one is not is 2 ** -990.
  const numbers = ids.map((id) => BigInt(`0x${id}`));
  const all = (1n << 256n) - 1n;
  assertEquals(numbers.reduce((a, b) => a | b), all);
  assertEquals(numbers.reduce((a, b) => a & b), 0n);
});

const CLAIMS: Record<string, [TokenRequest, claims: Record<string, unknown>]> = {
  "a session name": [{ sessionName: "user_2222" }, { session_name: "user_2222" }],
  "a device id": [
    { sessionContext: { deviceInfo: { deviceId: "1234567890" } } },
    { session_context: { device_info: { device_id: "1234567890" } } },
  ],
  "a connector": [
    { sessionContext: { connectorInfo: { connectorId: "999" } } },
    { session_context: { connector_info: { connector_id: "999" } } },
  ],
  "a connector and a device": [
    { sessionContext: { deviceInfo: { deviceId: "d" }, connectorInfo: { connectorId: "2001" } } },
    {
      session_context: {
        device_info: { device_id: "d" },
        connector_info: { connector_id: "2001" },
      },
    },
  ],
  "a custom consumer and a name": [
    { sessionName: "扣子", sessionContext: { deviceInfo: { customConsumer: "c" } } },
    { session_name: "扣子", session_context: { device_info: { custom_consumer: "c" } } },
  ],
  "no scope and no account": [
    { scope: { permissions: ["Connector.botChat"] }, accountId: "7" },
    {},
  ],
};

for (const [what, [request, expected]] of Object.entries(CLAIMS)) {
  Deno.test(`createAssertion() puts ${what} into the claims`, async () => {
    const { claims } = decodeAssertion(await createAssertion(app(), request, options));
    const { iss: _iss, aud: _aud, iat: _iat, exp: _exp, jti: _jti, ...rest } = claims;
    assertEquals(rest, expected);
  });
}

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
  assert(claims.jti !== "fixed");
});

Deno.test("createAssertion() is verified by jose, from every form of the key", async () => {
  const key = await importSPKI(publicPem(), "RS256");
  const bytes = new TextEncoder().encode(pkcs8Pem());
  for (const privateKey of [pkcs8Pem(), pkcs1Pem(), bytes, await importPrivateKey(pkcs8Pem())]) {
    const jwt = await createAssertion(app({ privateKey }), {}, options);
    await jwtVerify(jwt, key, {
      algorithms: ["RS256"],
      audience: "api.coze.cn",
      issuer: "1127900106117",
      typ: "JWT",
      currentDate: new Date(NOW),
      requiredClaims: ["jti", "iat", "exp"],
    });
  }
});

for (
  const [member, malformed] of [["clientId", "client-id-malformed"], ["keyId", "key-id-malformed"]]
) {
  Deno.test(`createAssertion() signs nothing without a usable ${member}`, async () => {
    const cases = [["", "config-missing"], [undefined, "config-missing"], [7, malformed]] as const;
    const texts = ["a\nb", "a\x9fb", `MIIEvAIBADANBgkqhkiG${"a".repeat(1600)}`];
    for (const [value, code] of [...cases, ...texts.map((text) => [text, malformed])]) {
      const attempt = () => createAssertion(app({ [member!]: value }));
      assertEquals((await assertRejects(attempt, CozeError)).code, code);
    }
  });
}

const { subtle } = crypto;
const PKCS1_V15 = "RSASSA-PKCS1-v1_5";

/** The tests' RSA key, imported for another use. */
function rsaKey(name: string, hash: string, usage: KeyUsage, format: "pkcs8" | "spki" = "pkcs8") {
  const bytes = new Uint8Array(bytesOf(format === "spki" ? publicPem() : pkcs8Pem()));
  return subtle.importKey(format, bytes, { name, hash }, false, [usage]);
}

const ecKey = async () =>
  (await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])).privateKey;
const hmacKey = () => subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
const aesKey = () => subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);

const pss = () => rsaKey("RSA-PSS", "SHA-256", "sign");
const rs512 = () => rsaKey(PKCS1_V15, "SHA-512", "sign");
const oaep = () => rsaKey("RSA-OAEP", "SHA-256", "decrypt");
const publicHalf = () => rsaKey(PKCS1_V15, "SHA-256", "verify", "spki");

const UNUSABLE: Record<string, [make: () => unknown, code: string, kind?: string]> = {
  "an RSA-PSS key": [pss, "key-not-rsa", "RSA-PSS with SHA-256"],
  "an RS512 key": [rs512, "key-not-rsa", `${PKCS1_V15} with SHA-512`],
  "an RSA-OAEP key": [oaep, "key-not-rsa", "RSA-OAEP with SHA-256"],
  "an EC key": [ecKey, "key-not-rsa", "ECDSA"],
  "an HMAC key": [hmacKey, "key-not-rsa", "HMAC with SHA-256"],
  "an AES key": [aesKey, "key-not-rsa", "AES-GCM"],
  "the public half": [publicHalf, "key-is-public"],
  "a key object of node:crypto": [() => rsaPair().privateKey, "usage"],
  "a JWK": [() => ({ kty: "RSA" }), "usage"],
  "no key": [() => undefined, "config-missing"],
};

for (const [what, [make, code, kind]] of Object.entries(UNUSABLE)) {
  Deno.test(`createAssertion() refuses ${what}`, async () => {
    const privateKey = await make();
    const error = await assertRejects(() => createAssertion(app({ privateKey })), CozeError);
    assertEquals(error.code, code);
    if (kind !== undefined) assertEquals(error.details, { kind });
  });
}

Deno.test("createAssertion() says key-damaged of a key that imports and cannot sign", async () => {
  const der = new Uint8Array(pkcs8Der(bytesOf(multiPrimePem())));
  const rs256 = { name: PKCS1_V15, hash: "SHA-256" };
  const privateKey = await subtle.importKey("pkcs8", der, rs256, false, ["sign"]);
  const error = await assertRejects(() => createAssertion(app({ privateKey })), CozeError);
  assertEquals([error.code, error.details.reason], ["key-damaged", "sign"]);
});
