import { assertEquals } from "@std/assert";
import { createHmac } from "node:crypto";
import { type CheckName, DEFAULT_ORDER, type EmulatorApp } from "../../../lib/emulator/mod.ts";
import {
  APP_ID,
  at,
  type Bend,
  bots,
  createClaims,
  createPair,
  encode,
  NOW,
  scoped,
  setUp,
  sign,
} from "../../testing/emulator_client.ts";

const PAIR = createPair();
const OTHER = createPair();
const HEADER = { alg: "RS256", typ: "JWT", kid: "k1" };

function jwt(): string {
  return sign(HEADER, createClaims(), PAIR.privateKey);
}

/** An HMAC keyed with the public PEM: what a verifier that trusts `alg` takes for a signature. */
function confuse(alg: string): string {
  const signed = `${encode({ ...HEADER, alg })}.${encode(createClaims())}`;
  return `${signed}.${createHmac("sha256", PAIR.publicKey).update(signed).digest("base64url")}`;
}

/** What each check refuses, by a word for the test's name. */
const REFUSED: Record<CheckName, Record<string, Bend | (() => Bend)>> = {
  "bearer": {
    "no header": { authorization: null },
    "a form body in its place": {
      authorization: null,
      body: "assertion=x",
      contentType: "application/x-www-form-urlencoded",
    },
    "another scheme": { authorization: "Basic eDp5" },
    "a lower-case scheme": () => ({ authorization: `bearer ${jwt()}` }),
    "no blank": () => ({ authorization: `Bearer${jwt()}` }),
    "two blanks": () => ({ authorization: `Bearer  ${jwt()}` }),
    "a tab": () => ({ authorization: `Bearer\t${jwt()}` }),
    "no JWT": { authorization: "Bearer " },
    "a doubled scheme": () => ({ authorization: `Bearer Bearer ${jwt()}` }),
  },
  "jwt-form": {
    "a personal access token": { authorization: "Bearer pat_abc" },
    "two segments": () => ({ authorization: `Bearer ${jwt().replace(/\.[^.]*$/, "")}` }),
    "four segments": () => ({ authorization: `Bearer ${jwt()}.x` }),
    "padding": () => ({ authorization: `Bearer ${jwt()}==` }),
    "plain base64": () => ({ authorization: `Bearer ${jwt().replace(/..$/, "+/")}` }),
    "quotes": () => ({ authorization: `Bearer "${jwt()}"` }),
    "stray bits": () => ({ authorization: `Bearer ${jwt().slice(0, -1)}B` }),
    "a header that is no JSON": () => ({
      authorization: `Bearer ${sign("x", {}, PAIR.privateKey)}`,
    }),
    "claims that are a list": () => ({
      authorization: `Bearer ${sign(HEADER, [], PAIR.privateKey)}`,
    }),
    "claims that are null": () => ({
      authorization: `Bearer ${sign(HEADER, null, PAIR.privateKey)}`,
    }),
  },
  "alg": {
    "HS256 keyed with the public key": () => ({ authorization: `Bearer ${confuse("HS256")}` }),
    "none without signature": () => ({
      authorization: `Bearer ${encode({ ...HEADER, alg: "none" })}.${encode(createClaims())}.`,
    }),
    "RS512": { header: { alg: "RS512" } },
    "lower case": { header: { alg: "rs256" } },
    "a list": { header: { alg: ["RS256"] } },
    "none at all": { header: { alg: undefined } },
  },
  "typ": { "none": { header: { typ: undefined } }, "another": { header: { typ: "at+jwt" } } },
  "kid": {
    "none": { header: { kid: undefined } },
    "an unknown one": { header: { kid: "k9" } },
    "a number": { header: { kid: 1 } },
    "a name every object has": { header: { kid: "constructor" } },
    "__proto__": { header: JSON.parse('{"kid":"__proto__"}') },
  },
  "signature": {
    "another key's": { privateKey: OTHER.privateKey },
    "an empty one": () => ({ authorization: `Bearer ${jwt().replace(/[^.]*$/, "")}` }),
    "an HMAC that says RS256": () => ({ authorization: `Bearer ${confuse("RS256")}` }),
    "one over other claims": () => {
      const [header, , signature] = jwt().split(".");
      return { authorization: `Bearer ${header}.${encode(createClaims())}.${signature}` };
    },
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
  },
  "claims": {
    "no iat": { claims: { iat: undefined } },
    "iat as text": { claims: { iat: `${NOW}` } },
    "iat with a fraction": { claims: { iat: NOW - 0.5 } },
    "no exp": { claims: { exp: undefined } },
    "exp as text": { claims: { exp: `${NOW + 600}` } },
    "exp with a fraction": { claims: { exp: NOW + 0.5 } },
    "exp equal to iat": { claims: { exp: NOW } },
    "no jti": { claims: { jti: undefined } },
    "an empty jti": { claims: { jti: "" } },
    "a jti that is a number": { claims: { jti: 5 } },
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
    "text": { contentType: "text/plain;charset=UTF-8" },
    "a longer name": { contentType: "application/jsonx" },
  },
  "body": {
    "none": { body: null },
    "a form": { body: "grant_type=x" },
    "half a JSON": { body: '{"grant_type":' },
    "a list": { body: "[]" },
    "null": { body: "null" },
    "a number": { body: "1" },
    "bytes": { body: new Uint8Array([0xff, 0x00]) },
  },
  "grant-type": {
    "none": { body: "{}" },
    "client_credentials": { body: { grant_type: "client_credentials" } },
    "an object": { body: { grant_type: {} } },
    "one that hides in __proto__": { body: '{"__proto__":{"grant_type":"x"}}' },
  },
  "duration": Object.fromEntries(
    [0, -1, 86_400, 1.5, "900", null, true, [900], {}].map((value) => [
      JSON.stringify(value),
      { body: { duration_seconds: value } },
    ]),
  ),
  "scope": {
    "a text": { body: { scope: "Connector.botChat" } },
    "a list": { body: { scope: [] } },
    "an empty object": { body: { scope: {} } },
    "no names": scoped([]),
    "names that are a text": scoped("Connector.botChat"),
    "a name that is a number": scoped([1]),
    "an unknown name": scoped(["Connector.botChat", "Connector.createBot"]),
    "bots that are a text": scoped(["Connector.botChat"], bots("7")),
    "a bot that is a number": scoped(["Connector.botChat"], bots([7])),
    "a constraint without bots": scoped(["Connector.botChat"], { attribute_constraint: {} }),
  },
  "account": { "one that is not the app's": at("account/8"), "a bad escape": at("account/%zz") },
  "enterprise": { "one that is not the app's": at("enterprise_id/volcano_8") },
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
    const { send, emulator } = setUp(PAIR, { accounts: ["7"], enterprises: ["volcano_7"] }, {
      maxLifetimeSeconds: 3600,
    });
    emulator.apps.push({ clientId: "2", keys: { k2: OTHER.publicKey } });
    await send({ claims: { jti: "used" } });
    Object.assign(emulator.apps[0] ?? {}, APPS[name]);
    for (const [what, bend] of Object.entries(REFUSED[name])) {
      const { status, json, entry } = await send(typeof bend === "function" ? bend() : bend);
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
  const { send } = setUp(PAIR);
  const message = async (grant_type: unknown) =>
    (await send({ body: { grant_type } })).json["error_message"];
  assertEquals(await message("client_credentials"), "not supported grant type: client_credentials");
  assertEquals(await message("$&{}"), "not supported grant type: $&{}");
  assertEquals(await message(undefined), "not supported grant type: ");
  assertEquals((await message("x".repeat(1000))).length, 26 + 200);
});
