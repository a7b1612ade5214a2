import { assertEquals, assertThrows } from "@std/assert";
import { createHmac } from "node:crypto";
import {
  type CheckName,
  createEmulator,
  DEFAULT_ORDER,
  type EmulatorApp,
} from "../../../lib/emulator/mod.ts";
import { createJtiMemory } from "../../../lib/emulator/token_endpoint.ts";
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

/** What each check refuses. */
const REFUSED: Record<CheckName, Record<string, Overrides>> = {
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
    "none without signature": bearer(() =>
      `${encode({ ...HEADER, alg: "none" })}.${encode(createClaims())}.`
    ),
    "RS512": { header: { alg: "RS512" } },
    "a list": { header: { alg: ["RS256"] } },
    "none at all": { header: { alg: undefined } },
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
  },
  "issued-at": {
    "one second ahead": { claims: { iat: NOW + 1 } },
    "milliseconds": { claims: { iat: NOW * 1000, exp: NOW * 1000 + 600_000 } },
  },
  "expiry": {
    "this second": { claims: { iat: NOW - 9, exp: NOW } },
    "long ago": { claims: { iat: 5, exp: 9 } },
  },
  "lifetime": { "one second too many": { claims: { exp: NOW + 3601 } } },
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
    "client_credentials": { body: { grant_type: "client_credentials" } },
    "one that hides in __proto__": { body: '{"__proto__":{"grant_type":"x"}}' },
  },
  "duration": Object.fromEntries(
    [0, -1, 86_400, 1.5, "900", null].map((value) => [
      JSON.stringify(value),
      { body: { duration_seconds: value } },
    ]),
  ),
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
const APPS: Partial<Record<CheckName, Partial<EmulatorApp>>> = {
  "app-state": { state: "disabled", name: "node $& chat" },
  "login-session": { state: "login-required" },
  "app-type": { type: "web" },
  "connector": { type: "unbound-connector" },
};
const STATUS: Record<string, number> = {
  invalid_client: 401,
  access_deny: 403,
  invalid_request: 400,
  unsupported_grant_type: 400,
};
/** The words that are seen or documented; the others are the emulator's. */
const WORDS: Partial<Record<CheckName, string>> = {
  "bearer": "invalid jwt: empty jwt token",
  "kid": "invalid jwt: kid not been registred",
  "app-state": "app: node $& chat is currently deactivated by the owner",
  "login-session": "login session invalid",
  "app-type": "invalid app type",
  "connector": "connector app should bind connector id",
  "duration": "invalid request: duration_seconds",
};

function codeOf(index: number): string {
  if (index <= DEFAULT_ORDER.indexOf("jti")) return "invalid_client";
  if (index <= DEFAULT_ORDER.indexOf("connector")) return "access_deny";
  return DEFAULT_ORDER[index] === "grant-type" ? "unsupported_grant_type" : "invalid_request";
}

for (const [index, name] of DEFAULT_ORDER.entries()) {
  Deno.test(`createEmulator() refuses by the check ${name}`, async () => {
    const { send, emulator } = setUp({ accounts: ["7"], enterprises: ["volcano_7"] }, {
      maxLifetimeSeconds: 3600,
    });
    emulator.apps.push({ clientId: "2", keys: { k2: otherPublicPem() } });
    await send({ claims: { jti: "used" } });
    Object.assign(emulator.apps[0]!, APPS[name]);
    for (const [what, overrides] of Object.entries(REFUSED[name])) {
      const { status, json, entry } = await send(overrides);
      assertEquals(entry?.refusedBy, name, what);
      const code = codeOf(index);
      assertEquals([status, entry?.status], [STATUS[code], STATUS[code]], what);
      assertEquals([json.error, json["error_code"], entry?.errorCode], [code, code, code], what);
      if (name === "grant-type") continue;
      const stem = code === "invalid_client" ? "invalid jwt" : "invalid request";
      assertEquals(json["error_message"], WORDS[name] ?? `${stem} (emulator: ${name})`, what);
    }
  });
}

Deno.test("createEmulator() quotes the grant type that it does not support", async () => {
  const { send } = setUp();
  for (const grant_type of ["client_credentials", "$&{}", "x".repeat(200), undefined]) {
    const { json } = await send({ body: { grant_type } });
    assertEquals(json["error_message"], `not supported grant type: ${grant_type ?? ""}`);
  }
  const { json } = await send({ body: { grant_type: "x".repeat(1000) } });
  assertEquals(json["error_message"].length, 26 + 200);
});

const PASSED: Record<string, Overrides> = {
  "iat now and exp one second later": { claims: { exp: NOW + 1 } },
  "a lifetime of years": { claims: { exp: NOW + 1e8 } },
  "an unknown claim": { claims: { sub: "x", session_name: "u", session_context: {} } },
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
  "the enterprise path": toEndpoint("enterprise_id/volcano%5F7"),
  "a host with a port": {
    url: "http://127.0.0.1:4318/api/permission/oauth2/token",
    claims: { aud: "127.0.0.1:4318" },
  },
};

Deno.test("createEmulator() accepts what the documents allow", async () => {
  const { send } = setUp({ accounts: ["7"], enterprises: ["volcano_7"] });
  for (const [what, overrides] of Object.entries(PASSED)) {
    const { status, entry } = await send(overrides);
    assertEquals([status, entry?.refusedBy], [200, undefined], what);
  }
});

Deno.test("createEmulator() accepts a bound connector app and its scopes", async () => {
  const { send } = setUp({ type: "connector", scopes: ["Connector.disconnectBot"] });
  assertEquals((await send(scoped(["Connector.disconnectBot"]))).status, 200);
  assertEquals((await send(scoped(["Connector.botChat"]))).entry?.refusedBy, "scope");
});

Deno.test("createEmulator() accepts times within clockToleranceSeconds", async () => {
  const { send } = setUp({}, { clockToleranceSeconds: 30 });
  assertEquals((await send({ claims: { iat: NOW + 30 } })).status, 200);
  assertEquals((await send({ claims: { iat: NOW + 31 } })).entry?.refusedBy, "issued-at");
  assertEquals((await send({ claims: { iat: 5, exp: NOW - 29 } })).status, 200);
  assertEquals((await send({ claims: { iat: 5, exp: NOW - 30 } })).entry?.refusedBy, "expiry");
});

Deno.test("createEmulator() burns a jti once an app, after the checks before it", async () => {
  const { send, emulator } = setUp();
  emulator.apps.push({ clientId: "2", keys: { k2: otherPublicPem() } });
  const claims = { jti: "once" };
  const steps: [overrides: Overrides, refusedBy: CheckName | undefined][] = [
    [{ claims, privateKey: otherPkcs8Pem() }, "signature"],
    [{ claims, body: "{" }, "body"],
    [{ claims }, "jti"],
    [
      { header: { kid: "k2" }, privateKey: otherPkcs8Pem(), claims: { ...claims, iss: "2" } },
      undefined,
    ],
  ];
  for (const [overrides, refusedBy] of steps) {
    assertEquals((await send(overrides)).entry?.refusedBy, refusedBy);
  }
});

Deno.test("createJtiMemory() forgets a jti only when its JWT has long expired", () => {
  const burn = createJtiMemory();
  const fill = (name: string, now: number) => {
    for (let i = 0; i < 9000; i++) assertEquals(burn("1", `${name}${i}`, NOW + 1e6, now), true);
  };
  burn("1", "used", NOW, NOW);
  fill("a", NOW + 86_400);
  assertEquals(burn("1", "used", NOW, NOW + 86_400), false);
  fill("b", NOW + 86_401);
  assertEquals(burn("1", "used", NOW, NOW + 86_401), true);
});

async function refusal(
  order: CheckName[],
  overrides: Overrides,
): Promise<CheckName | "fault" | undefined> {
  return (await setUp({}, { order }).send(overrides)).entry?.refusedBy;
}

Deno.test("createEmulator() runs the checks of order first and the others after them", async () => {
  /** A request that many checks refuse. */
  const wrong: Overrides = {
    header: { typ: "x" },
    claims: { aud: "api.coze.com", iat: NOW + 60, exp: NOW + 120, iss: "999" },
    privateKey: otherPkcs8Pem(),
    contentType: "text/plain",
    body: { grant_type: "x", duration_seconds: 0, scope: 1 },
  };
  const names = "typ signature iss aud issued-at content-type grant-type duration scope";
  for (const name of names.split(" ") as CheckName[]) {
    assertEquals(await refusal([name], wrong), name);
  }
  assertEquals(await refusal(["kid", "jti", "scope"], wrong), "scope");
  assertEquals(await refusal([], wrong), "typ");
  assertEquals(await refusal(DEFAULT_ORDER.toReversed(), wrong), "scope");
  assertEquals(await refusal(DEFAULT_ORDER.toReversed(), {}), undefined);
});

Deno.test("createEmulator() lets a check pass what it cannot evaluate", async () => {
  for (const name of DEFAULT_ORDER) {
    assertEquals(await refusal([name], { authorization: null }), "bearer", name);
    assertEquals(await refusal([name], { authorization: "Bearer x.y.z" }), "jwt-form", name);
    assertEquals(await refusal([name], { header: { kid: "k9" } }), "kid", name);
  }
});

Deno.test("createEmulator() verifies RS256 even before it checks alg", async () => {
  const none = `${encode({ ...HEADER, alg: "none" })}.${encode({ iss: APP_ID })}.`;
  assertEquals(await refusal(["signature"], bearer(() => none)), "signature");
});

Deno.test("createEmulator() throws on a name in order that is unknown or stands twice", () => {
  assertThrows(() => createEmulator({ order: ["sig" as CheckName] }), RangeError, "'sig'");
  assertThrows(() => createEmulator({ order: ["kid", "kid"] }), RangeError, "twice");
});
