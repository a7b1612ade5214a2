// The official SDK and this library ask the same thing in the same way. Where they differ on purpose
// the test says why.

import {
  type APIError,
  getJWTToken,
  type JWTScope,
  type JWTToken,
  type JWTTokenConfig,
} from "../testing/coze_api.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createEmulator } from "../../lib/emulator/mod.ts";
import { type CozeApp, exchangeJwt, type TokenRequest } from "../../mod.ts";
import { otherPkcs8Pem, pkcs1Pem, pkcs8Pem, publicPem } from "../testing/keys.ts";
import { serve } from "../testing/servers.ts";
import {
  bearerOf,
  createTokenServer,
  KID_REFUSED,
  partsOf,
  type Received,
} from "../testing/token_server.ts";

const CLIENT_ID = "1127900106117";
const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const SCOPE: JWTScope = {
  account_permission: { permission_list: ["Connector.botChat"] },
  attribute_constraint: { connector_bot_chat_attribute: { bot_id_list: ["7348293334293334012"] } },
};

/** Asks by the SDK. */
function askBySdk(baseURL: string, more: Partial<JWTTokenConfig> = {}): Promise<JWTToken> {
  const aud = new URL(baseURL).host;
  return getJWTToken({
    baseURL,
    appId: CLIENT_ID,
    aud,
    keyid: KEY_ID,
    privateKey: pkcs8Pem(),
    ...more,
  });
}

function createEndpoint() {
  return createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() }, accounts: ["7348293334"] }],
  });
}

const ACCEPTED: Record<string, () => Partial<JWTTokenConfig>> = {
  "the defaults": () => ({}),
  "a PKCS#1 key": () => ({ privateKey: pkcs1Pem() }),
  "a duration": () => ({ durationSeconds: 86_399 }),
  "a scope": () => ({ scope: SCOPE }),
  "an account and a session": () => ({ accountId: "7348293334", sessionName: "user_2222" }),
};

for (const [what, more] of Object.entries(ACCEPTED)) {
  Deno.test(`createEmulator() gives the official SDK a token: ${what}`, async () => {
    const emulator = createEndpoint();
    await using running = serve(emulator);
    const config = more();
    const before = Math.floor(Date.now() / 1000);
    const token = await askBySdk(running.url, config);
    assertMatch(token.access_token, /^czs_/);
    const lifetime = token.expires_in - before - (config.durationSeconds ?? 900);
    assert(lifetime >= 0 && lifetime < 60, "a moment in Unix seconds");
    assertEquals(emulator.journal.map(({ status }) => status), [200]);
  });
}

Deno.test("createEmulator() refuses the official SDK with the body Coze was seen to send", async () => {
  const emulator = createEndpoint();
  await using running = serve(emulator);
  const attempt = () => askBySdk(running.url, { keyid: "other" });
  const error = await assertRejects(attempt, Error) as APIError;
  assertEquals([error.status, error.rawError], [401, KID_REFUSED]);
  assertEquals(error.rawError, {
    error: "invalid_client",
    error_code: "invalid_client",
    error_message: "invalid jwt: kid not been registred",
  });
  // What users of the SDK see of it: nothing but the log id.
  assertEquals(error.message, `logid: ${emulator.journal[0]!.logId}`);
});

const REFUSED: Record<string, () => Partial<JWTTokenConfig>> = {
  "signature": () => ({ privateKey: otherPkcs8Pem() }),
  "aud": () => ({ aud: "api.coze.com" }),
  "iss": () => ({ appId: "1" }),
  "alg": () => ({ algorithm: "RS512" }),
  "account": () => ({ accountId: "8" }),
};

for (const [check, more] of Object.entries(REFUSED)) {
  Deno.test(`createEmulator() refuses the official SDK for its ${check}`, async () => {
    const emulator = createEndpoint();
    await using running = serve(emulator);
    await assertRejects(() => askBySdk(running.url, more()), Error);
    assertEquals(emulator.journal.map((entry) => String(entry.refusedBy)), [check]);
  });
}

/** The same question asked by both, as it came in. */
async function askBoth(
  request: TokenRequest,
  config: Partial<JWTTokenConfig>,
  more: Partial<CozeApp> = {},
): Promise<[ours: Received, theirs: Received]> {
  const server = createTokenServer();
  await using running = serve(server);
  const app = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem(), baseUrl: running.url };
  const { accessToken, expiresAt } = await exchangeJwt({ ...app, ...more }, request);
  const token = await askBySdk(running.url, config);
  assertEquals([accessToken, expiresAt], [token.access_token, token.expires_in * 1000]);
  const [ours, theirs] = server.received;
  return [ours!, theirs!];
}

const scope = { permissions: ["Connector.botChat"], botIds: ["7348293334293334012"] };
const SAME: Record<string, [TokenRequest, Partial<JWTTokenConfig>]> = {
  "the defaults": [{}, {}],
  "a duration": [{ durationSeconds: 86_399 }, { durationSeconds: 86_399 }],
  "a scope": [{ scope }, { scope: SCOPE }],
  "an account": [{ accountId: "7348293334" }, { accountId: "7348293334" }],
  "a session": [{ sessionName: "user_2222" }, { sessionName: "user_2222" }],
  "all together": [
    { durationSeconds: 1, scope, accountId: "7", sessionName: "扣子" },
    { durationSeconds: 1, scope: SCOPE, accountId: "7", sessionName: "扣子" },
  ],
};

for (const [what, [request, config]] of Object.entries(SAME)) {
  Deno.test(`exchangeJwt() asks what the official SDK asks: ${what}`, async () => {
    const [ours, theirs] = await askBoth(request, config);
    assertEquals([ours.method, ours.url], [theirs.method, theirs.url]);
    assertEquals(ours.body, theirs.body, "the same members in the same order");
    assertEquals(ours.headers.get("content-type"), theirs.headers.get("content-type"));
    for (const { headers } of [ours, theirs]) {
      assertMatch(headers.get("authorization")!, /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    }

    const [mine, other] = [partsOf(bearerOf(ours)), partsOf(bearerOf(theirs))];
    assertEquals(mine.header, other.header);
    assertEquals(Object.keys(mine.claims).sort(), Object.keys(other.claims).sort());
    for (const claim of ["iss", "aud", "session_name"]) {
      assertEquals(mine.claims[claim], other.claims[claim], claim);
    }
    // Both are 32 random bytes in hex.
    for (const { claims } of [mine, other]) assertMatch(String(claims.jti), /^[0-9a-f]{64}$/);
  });
}

Deno.test("exchangeJwt() differs from the official SDK where it says so", async () => {
  const [ours, theirs] = await askBoth({}, {});
  const lifetime = ({ claims }: ReturnType<typeof partsOf>) =>
    Number(claims.exp) - Number(claims.iat);
  // An assertion is used at once: less time for a thief.
  assertEquals(lifetime(partsOf(bearerOf(ours))), 600);
  assertEquals(lifetime(partsOf(bearerOf(theirs))), 3600);
  // The SDK introduces itself; this library does not pose as it.
  const headers = (request: Received) => [...request.headers.keys()];
  const more = headers(theirs).filter((name) => !headers(ours).includes(name));
  assertEquals(more.sort(), ["connection", "x-coze-client-user-agent"]);
  assertMatch(theirs.headers.get("user-agent")!, /^coze-js\//);
  assert(!/coze-js/i.test(ours.headers.get("user-agent") ?? ""));
});

Deno.test("exchangeJwt() leaves out a scope without bots, which the SDK cannot express", async () => {
  const [ours] = await askBoth({ scope: { permissions: scope.permissions } }, { scope: SCOPE });
  assertEquals(JSON.parse(ours.body).scope, { account_permission: SCOPE.account_permission });
});
