// The official SDK and this library ask for a token in the same way. Where they differ on purpose,
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
import { exchangeJwt, type TokenRequest } from "../../mod.ts";
import {
  CLIENT_ID,
  KEY_ID,
  otherPkcs8Pem,
  pkcs1Pem,
  pkcs8Pem,
  publicPem,
} from "../testing/keys.ts";
import { serve } from "../testing/servers.ts";
import {
  bearerOf,
  createTokenServer,
  KID_REFUSED,
  partsOf,
  type Received,
} from "../testing/token_server.ts";

const SCOPE: JWTScope = {
  account_permission: { permission_list: ["Connector.botChat"] },
  attribute_constraint: { connector_bot_chat_attribute: { bot_id_list: ["7348293334293334012"] } },
};

/** Asks by the SDK. */
function askBySdk(baseURL: string, more: Partial<JWTTokenConfig> = {}): Promise<JWTToken> {
  const app = { appId: CLIENT_ID, keyid: KEY_ID, privateKey: pkcs8Pem() };
  return getJWTToken({ baseURL, aud: new URL(baseURL).host, ...app, ...more });
}

function createEndpoint() {
  return createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() }, accounts: ["7348293334"] }],
  });
}

Deno.test("createEmulator() gives the official SDK tokens", async () => {
  const emulator = createEndpoint();
  await using running = serve(emulator);
  const configs: Partial<JWTTokenConfig>[] = [
    {},
    { privateKey: pkcs1Pem() },
    { durationSeconds: 86_399 },
    { scope: SCOPE },
    { accountId: "7348293334", sessionName: "user_2222" },
  ];
  for (const config of configs) {
    const before = Math.floor(Date.now() / 1000);
    const { access_token, expires_in } = await askBySdk(running.url, config);
    const after = Math.floor(Date.now() / 1000);
    assertMatch(access_token, /^czs_/);
    const grantedAt = expires_in - (config.durationSeconds ?? 900);
    assert(before <= grantedAt && grantedAt <= after, "a moment in Unix seconds");
    assertEquals(emulator.journal.at(-1)?.status, 200);
  }
});

Deno.test("createEmulator() refuses the official SDK as Coze was seen to", async () => {
  const emulator = createEndpoint();
  await using running = serve(emulator);
  const attempt = () => askBySdk(running.url, { keyid: "other" });
  const error = await assertRejects(attempt, Error) as APIError;
  assertEquals([error.status, error.rawError], [401, KID_REFUSED]);
  // What users of the SDK see of it: nothing but the log id.
  assertEquals(error.message, `logid: ${emulator.journal[0]!.logId}`);
});

Deno.test("createEmulator() refuses the official SDK for what it got wrong", async () => {
  const emulator = createEndpoint();
  await using running = serve(emulator);
  const rows: [check: string, config: Partial<JWTTokenConfig>][] = [
    ["signature", { privateKey: otherPkcs8Pem() }],
    ["aud", { aud: "api.coze.com" }],
    ["iss", { appId: "1" }],
    ["alg", { algorithm: "RS512" }],
    ["account", { accountId: "8" }],
  ];
  for (const [check, config] of rows) {
    await assertRejects(() => askBySdk(running.url, config), Error);
    assertEquals<unknown>(emulator.journal.at(-1)?.refusedBy, check);
  }
});

/** The same question asked by both, as it came in. */
async function askBoth(
  request: TokenRequest,
  config: Partial<JWTTokenConfig>,
): Promise<[ours: Received, theirs: Received]> {
  const server = createTokenServer();
  await using running = serve(server);
  const app = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem(), baseUrl: running.url };
  const { accessToken, expiresAt } = await exchangeJwt(app, request);
  const token = await askBySdk(running.url, config);
  assertEquals([accessToken, expiresAt], [token.access_token, token.expires_in * 1000]);
  const [ours, theirs] = server.received;
  return [ours!, theirs!];
}

const scope = { permissions: ["Connector.botChat"], botIds: ["7348293334293334012"] };
const SAME: Record<string, [TokenRequest, Partial<JWTTokenConfig>]> = {
  "the defaults": [{}, {}],
  "a scope": [{ scope }, { scope: SCOPE }],
  "an account": [{ accountId: "7348293334" }, { accountId: "7348293334" }],
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
  // The SDK cannot express a scope without bots.
  const { permissions } = scope;
  const [ours, theirs] = await askBoth({ scope: { permissions } }, { scope: SCOPE });
  assertEquals(JSON.parse(ours.body).scope, { account_permission: SCOPE.account_permission });
  // An assertion is used at once: less time for a thief.
  const lifetimes = [ours, theirs].map((request) => partsOf(bearerOf(request)).claims)
    .map(({ iat, exp }) => Number(exp) - Number(iat));
  assertEquals(lifetimes, [600, 3600]);
  // The SDK introduces itself; this library does not pose as it.
  const headers = (request: Received) => [...request.headers.keys()];
  const more = headers(theirs).filter((name) => !headers(ours).includes(name));
  assertEquals(more.sort(), ["connection", "x-coze-client-user-agent"]);
  assertMatch(theirs.headers.get("user-agent")!, /^coze-js\//);
  assert(!/coze-js/i.test(ours.headers.get("user-agent") ?? ""));
});
