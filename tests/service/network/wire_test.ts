import { assert, assertEquals, assertMatch } from "@std/assert";
import { verify } from "node:crypto";
import { exchangeJwt } from "../../../lib/exchange.ts";
import type { TokenRequest } from "../../../lib/token_request.ts";
import { rsaPair } from "../../testing/keys.ts";
import {
  bearerOf,
  createTokenServer,
  partsOf,
  TOKEN,
  TOKEN_ENDS,
} from "../../testing/token_server.ts";
import { appAt, listen, serve, write } from "../../testing/servers.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const permissions = ["Connector.botChat"];
const permission_list = permissions;

const REQUESTS: Record<string, [TokenRequest, path: string, body: unknown]> = {
  "the default": [
    {},
    "/api/permission/oauth2/token",
    { grant_type: GRANT, duration_seconds: 900 },
  ],
  "an account and a duration": [
    { accountId: "7348293334", durationSeconds: 86_399 },
    "/api/permission/oauth2/account/7348293334/token",
    { grant_type: GRANT, duration_seconds: 86_399 },
  ],
  "an enterprise and a session": [
    { enterpriseId: "volcano_210195", sessionName: "u" },
    "/api/permission/oauth2/enterprise_id/volcano_210195/token",
    { grant_type: GRANT, duration_seconds: 900 },
  ],
  "a scope of bots": [
    { scope: { permissions, botIds: ["7348293334293334012"] } },
    "/api/permission/oauth2/token",
    {
      grant_type: GRANT,
      duration_seconds: 900,
      scope: {
        account_permission: { permission_list },
        attribute_constraint: {
          connector_bot_chat_attribute: { bot_id_list: ["7348293334293334012"] },
        },
      },
    },
  ],
};

for (const [what, [request, path, body]] of Object.entries(REQUESTS)) {
  Deno.test(`exchangeJwt() sends the documented request: ${what}`, async () => {
    const server = createTokenServer();
    await using running = serve(server);
    const token = await exchangeJwt(await appAt(running.url), request);
    assertEquals(token, { accessToken: TOKEN, expiresAt: TOKEN_ENDS * 1000 });
    assertEquals(server.received.length, 1);
    const [received] = server.received;
    assertEquals([received!.method, received!.url], ["POST", running.url + path]);
    assertEquals(received!.headers.get("content-type"), "application/json");
    assertEquals(JSON.parse(received!.body), body);
    assertMatch(received!.headers.get("authorization")!, /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  });
}

Deno.test("exchangeJwt() sends a JWT for the host it calls, signed by the key (security 2)", async () => {
  const server = createTokenServer();
  await using running = serve(server);
  await exchangeJwt(await appAt(running.url, "/coze/"), { sessionName: "u" });
  const [received] = server.received;
  assertEquals(received!.url, `${running.url}/coze/api/permission/oauth2/token`);
  const { header, claims, signed, signature } = partsOf(bearerOf(received!));
  assertEquals(header, { alg: "RS256", typ: "JWT", kid: "key-1" });
  const { iat, exp, jti, ...rest } = claims;
  assertEquals(rest, {
    iss: "1127900106117",
    aud: `127.0.0.1:${running.port}`,
    session_name: "u",
  });
  assertEquals(received!.headers.get("host"), rest.aud as string);
  assertEquals(Number(exp) - Number(iat), 600);
  assertMatch(String(jti), /^[0-9a-f]{64}$/);
  const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
  const { publicKey } = rsaPair();
  assert(verify("RSA-SHA256", new TextEncoder().encode(signed), publicKey, bytes));
});

Deno.test("exchangeJwt() writes these bytes and no others", async () => {
  let request = "";
  const body = JSON.stringify({ access_token: TOKEN, expires_in: 900 });
  await using server = listen(async (connection, text) => {
    request = text;
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
    await write(connection, head + body);
  });
  await exchangeJwt(await appAt(server.url));
  const [head, sent] = request.split("\r\n\r\n") as [string, string];
  const [line, ...headers] = head.split("\r\n");
  assertEquals(line, "POST /api/permission/oauth2/token HTTP/1.1");
  assertEquals(sent, `{"grant_type":"${GRANT}","duration_seconds":900}`);
  const named = headers.map((header) => header.split(": ") as [string, string]);
  assertEquals(named.map(([name]) => name.toLowerCase()).sort(), [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "user-agent",
  ]);
  const { host, ["content-length"]: length } = Object.fromEntries(named);
  assertEquals([host, length], [`127.0.0.1:${server.port}`, `${sent.length}`]);
});
