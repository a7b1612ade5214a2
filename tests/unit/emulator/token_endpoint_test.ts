import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHmac } from "node:crypto";
import { createEmulator, type EmulatorApp } from "../../../lib/emulator/mod.ts";
import {
  APP_ID,
  bots,
  createClaims,
  encode,
  NOW,
  type Overrides,
  scoped,
  setUp,
  sign,
  toEndpoint,
} from "../../testing/emulator_client.ts";
import { otherPkcs8Pem, otherPublicPem, publicPem } from "../../testing/keys.ts";

const HEADER = { alg: "RS256", typ: "JWT", kid: "k1" };

function bearer(change: (jwt: string) => string): Overrides {
  return { authorization: (jwt) => `Bearer ${change(jwt)}` };
}

/** An HMAC keyed with the public PEM: what a verifier that trusts `alg` takes for a signature. */
function confuse(alg: string): string {
  const signed = `${encode({ ...HEADER, alg })}.${encode(createClaims())}`;
  return `${signed}.${createHmac("sha256", publicPem()).update(signed).digest("base64url")}`;
}

const context = (value: unknown) => ({ claims: { session_context: value } });

/** The requests that each check refuses. */
// deno-fmt-ignore
const REFUSED: Record<string, Record<string, Overrides>> = {
  "bearer": {
    "no header": { authorization: null },
    "another scheme": { authorization: "Basic eDp5" },
    "a lower-case scheme": { authorization: (jwt) => `bearer ${jwt}` },
    "two blanks": { authorization: (jwt) => `Bearer  ${jwt}` },
    "no JWT": { authorization: "Bearer " },
    "a doubled scheme": bearer((jwt) => `Bearer ${jwt}`),
  },
  "jwt-form": {
    "a personal access token": { authorization: "Bearer pat_abc" },
    "two segments": bearer((jwt) => jwt.replace(/\.[^.]*$/, "")),
    "four segments": bearer((jwt) => `${jwt}.x`),
    "plain base64": bearer((jwt) => jwt.replace(/..$/, "+/")),
    "stray bits": bearer((jwt) => `${jwt.slice(0, -1)}B`),
    "a header that is no JSON": bearer(() => sign("x", {})),
    "claims that are a list": bearer(() => sign(HEADER, [])),
  },
  "alg": {
    "HS256 keyed with the public key": bearer(() => confuse("HS256")),
    "none": bearer(() => `${encode({ ...HEADER, alg: "none" })}.${encode(createClaims())}.`),
    "RS512": { header: { alg: "RS512" } },
    "a list": { header: { alg: ["RS256"] } },
    "no alg": { header: { alg: undefined } },
  },
  "typ": { "none": { header: { typ: undefined } }, "another": { header: { typ: "at+jwt" } } },
  "kid": {
    "none": { header: { kid: undefined } },
    "an unknown one": { header: { kid: "k9" } },
    "a name every object has": { header: { kid: "constructor" } },
    "__proto__": { header: JSON.parse('{"kid":"__proto__"}') },
  },
  "signature": {
    "another key's": { privateKey: otherPkcs8Pem() },
    "an empty one": bearer((jwt) => jwt.replace(/[^.]*$/, "")),
    "an HMAC that says RS256": bearer(() => confuse("RS256")),
    "one over other claims": bearer((jwt) => jwt.replace(/\.[^.]+/, `.${encode(createClaims())}`)),
  },
  "iss": {
    "none": { claims: { iss: undefined } },
    "an unknown one": { claims: { iss: "999" } },
    "the number": { claims: { iss: Number(APP_ID) } },
    "another app's": { claims: { iss: "2" } },
  },
  "aud": {
    "none": { claims: { aud: undefined } },
    "the other region": { claims: { aud: "api.coze.com" } },
    "a URL": { claims: { aud: "https://api.coze.cn" } },
    "a list": { claims: { aud: ["api.coze.cn"] } },
    "upper case": { claims: { aud: "API.COZE.CN" } },
    "the default port": { claims: { aud: "api.coze.cn:443" } },
  },
  "claims": {
    "no iat": { claims: { iat: undefined } },
    "iat as text": { claims: { iat: `${NOW}` } },
    "no exp": { claims: { exp: undefined } },
    "exp equal to iat": { claims: { exp: NOW } },
    "no jti": { claims: { jti: undefined } },
    "an empty jti": { claims: { jti: "" } },
    "a session name that is a number": { claims: { session_name: 7 } },
    "a session context that is a text": context("d"),
    "a device id that is a number": context({ device_info: { device_id: 7 } }),
    "a consumer that is a number": context({ device_info: { custom_consumer: 7 } }),
    "a connector id that is a number": context({ connector_info: { connector_id: 999 } }),
  },
  "issued-at": {
    "one second ahead": { claims: { iat: NOW + 1 } },
    "milliseconds": { claims: { iat: NOW * 1000, exp: NOW * 1000 + 600_000 } },
  },
  "expiry": {
    "this second": { claims: { iat: NOW - 9, exp: NOW } },
    "long ago": { claims: { iat: 5, exp: 9 } },
  },
  "jti": { "one used before": { claims: { jti: "used" } } },
  "app-state": { "a disabled app": {} },
  "login-session": { "an owner who is logged out": {} },
  "app-type": { "a web app": {} },
  "connector": { "a connector app without connector": {} },
  "content-type": {
    "none": { contentType: "" },
    "a form": { contentType: "application/x-www-form-urlencoded" },
  },
  "body": {
    "none": { body: null },
    "a form": { body: "grant_type=x" },
    "a list": { body: "[]" },
    "bytes": { body: new Uint8Array([0xff, 0x00]) },
  },
  "grant-type": {
    "none": { body: "{}" },
    "a list": { body: { grant_type: ["x"] } },
    "one that hides in __proto__": { body: '{"__proto__":{"grant_type":"x"}}' },
  },
  "duration": Object.fromEntries([0, -1, 86_400, 1.5, "900"].map((value) =>
    [JSON.stringify(value), { body: { duration_seconds: value } }])),
  "scope": {
    "a text": { body: { scope: "Connector.botChat" } },
    "an empty object": { body: { scope: {} } },
    "no names": scoped([]),
    "a name that is a number": scoped([1]),
    "an unknown name": scoped(["Connector.botChat", "Connector.createBot"]),
    "a bot that is a number": scoped(["Connector.botChat"], bots([7])),
    "a constraint without bots": scoped(["Connector.botChat"], { attribute_constraint: {} }),
  },
  "account": {
    "one that is not the app's": toEndpoint("account/8"),
    "a bad escape": toEndpoint("account/%zz"),
  },
  "enterprise": { "one that is not the app's": toEndpoint("enterprise_id/volcano_8") },
};

/** Where it is the app that is refused. */
const APPS: Record<string, Partial<EmulatorApp>> = {
  "app-state": { state: "disabled" },
  "login-session": { state: "login-required" },
  "app-type": { type: "web" },
  "connector": { type: "unbound-connector" },
};

/** The words that were seen or are documented. */
const WORDS: Record<string, string> = {
  "bearer": "invalid jwt: empty jwt token",
  "kid": "invalid jwt: kid not been registred",
  "app-state": `app: ${APP_ID} is currently deactivated by the owner`,
  "login-session": "login session invalid",
  "app-type": "invalid app type",
  "connector": "connector app should bind connector id",
  "grant-type": "not supported grant type: ",
  "duration": "invalid request: duration_seconds",
};

/** Status and code of a refusal, and how the emulator's own words begin. */
function refusalOf(name: string): [status: number, code: string, stem?: string] {
  if (name in APPS) return [403, "access_deny"];
  if (name === "grant-type") return [400, "unsupported_grant_type"];
  const names = Object.keys(REFUSED);
  return names.indexOf(name) <= names.indexOf("jti")
    ? [401, "invalid_client", "invalid jwt"]
    : [400, "invalid_request", "invalid request"];
}

for (const [name, requests] of Object.entries(REFUSED)) {
  Deno.test(`createEmulator() refuses by the check ${name}`, async () => {
    const { send, emulator } = setUp({ accounts: ["7"], enterprises: ["volcano_7"] });
    emulator.apps.push({ clientId: "2", keys: { k2: otherPublicPem() } });
    await send({ claims: { jti: "used" } });
    Object.assign(emulator.apps[0]!, APPS[name]);
    const [status, code, stem] = refusalOf(name);
    const error_message = WORDS[name] ?? `${stem} (emulator: ${name})`;
    for (const [what, overrides] of Object.entries(requests)) {
      const { json, entry, ...answer } = await send(overrides);
      assertEquals(entry?.refusedBy, name, what);
      assertEquals(json, { error: code, error_code: code, error_message }, what);
      assertEquals([answer.status, entry?.status, entry?.errorCode], [status, status, code], what);
    }
  });
}

Deno.test("createEmulator() quotes the grant type that it does not support", async () => {
  const { send } = setUp();
  for (const grant_type of ["client_credentials", "$&{}", "x".repeat(1000)]) {
    const { json } = await send({ body: { grant_type } });
    assertEquals(json.error_message, `not supported grant type: ${grant_type.slice(0, 200)}`);
  }
});

const PASSED: Record<string, Overrides> = {
  "iat now and exp one second later": { claims: { exp: NOW + 1 } },
  "a lifetime of years": { claims: { exp: NOW + 1e8 } },
  "an unknown claim": { claims: { sub: "x", session_name: "u", session_context: {} } },
  "all session claims": context({
    device_info: { device_id: "d", custom_consumer: "c" },
    connector_info: { connector_id: "999" },
  }),
  "a content type with charset": { contentType: "Application/JSON; charset=utf-8" },
  "the shortest duration": { body: { duration_seconds: 1 } },
  "the longest duration": { body: { duration_seconds: 86_399 } },
  "a scope that is null": { body: { scope: null } },
  "a scope with bots": scoped(["Connector.botChat"], bots(["7"])),
  "members that the SDKs add": { body: { client_id: APP_ID, account_id: 7 } },
  "hostile members": {
    body: '{"__proto__":{"scope":1},"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer"}',
  },
  "the account path": toEndpoint("account/7"),
  "the enterprise path": toEndpoint("enterprise_id/volcano_7"),
  "a host with a port": {
    url: "http://127.0.0.1:4318/api/permission/oauth2/token",
    claims: { aud: "127.0.0.1:4318" },
  },
  "a host without its port, as the Java SDK sends it": {
    url: "http://127.0.0.1:4318/api/permission/oauth2/token",
    claims: { aud: "127.0.0.1" },
  },
};

Deno.test("createEmulator() issues another token for each request as documented", async () => {
  const { send } = setUp({ accounts: ["7"], enterprises: ["volcano_7"] });
  const tokens = new Set<string>();
  for (const [what, overrides] of Object.entries(PASSED)) {
    const { status, json, entry } = await send(overrides);
    assertEquals([status, entry?.refusedBy], [200, undefined], what);
    assertEquals(Object.keys(json), ["access_token", "expires_in"]);
    assertMatch(json.access_token, /^czs_emulator_[\w-]{43}$/);
    const { duration_seconds = 900 } = entry?.body as { duration_seconds?: number };
    assertEquals(json.expires_in, NOW + duration_seconds);
    tokens.add(json.access_token);
  }
  assertEquals(tokens.size, Object.keys(PASSED).length);
});

Deno.test("createEmulator() lets an app use a jti once, after the checks before it", async () => {
  const { send, emulator } = setUp();
  emulator.apps.push({ clientId: "2", keys: { k2: otherPublicPem() } });
  emulator.fail({ status: 503 });
  const claims = { jti: "once" };
  const privateKey = otherPkcs8Pem();
  const steps: [overrides: Overrides, refusedBy: string | undefined][] = [
    [{ claims }, "fault"],
    [{ claims, privateKey }, "signature"],
    [{ claims, body: "{" }, "body"],
    [{ claims }, "jti"],
    [{ header: { kid: "k2" }, privateKey, claims: { ...claims, iss: "2" } }, undefined],
  ];
  for (const [overrides, refusedBy] of steps) {
    assertEquals((await send(overrides)).entry?.refusedBy, refusedBy);
  }
});

Deno.test("createEmulator() sees apps and keys as they are now, and whose they are", async () => {
  const { send, emulator, clock } = setUp();
  const [privateKey, k2] = [otherPkcs8Pem(), otherPublicPem()];
  const header = { kid: "k2" };
  emulator.apps[0]!.keys = { k2 };
  assertEquals((await send()).entry?.refusedBy, "kid");
  assertEquals((await send({ header })).entry?.refusedBy, "signature");
  assertEquals((await send({ header, privateKey })).status, 200);
  emulator.apps.unshift({ clientId: "2", keys: { k2: publicPem() } });
  assertEquals((await send({ header, privateKey })).status, 200, "each has its own k2");
  assertEquals((await send({ header, claims: { iss: "2" } })).status, 200);
  clock.seconds = NOW + 599;
  assertEquals((await send({ header, privateKey })).json.expires_in, NOW + 599 + 900);
  clock.seconds = NOW + 600;
  assertEquals((await send({ header, privateKey })).entry?.refusedBy, "expiry");
  clock.seconds = NOW - 1;
  assertEquals((await send({ header, privateKey })).entry?.refusedBy, "issued-at");
});

Deno.test("createEmulator() takes the real clock by default", async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const response = await createEmulator()(new Request("http://127.0.0.1/"));
  const date = Date.parse(response.headers.get("date")!);
  assert(date >= before && date <= Date.now());
});
