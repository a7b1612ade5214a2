import { assert, assertEquals, assertMatch } from "@std/assert";
import { verify } from "node:crypto";
import { exchangeJwt } from "../../../lib/exchange.ts";
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
Deno.test("exchangeJwt() sends the documented request", async () => {
  const server = createTokenServer();
  await using running = serve(server);
  const token = await exchangeJwt(await appAt(running.url), {
    accountId: "7348293334",
    durationSeconds: 86_399,
    scope: { permissions: ["Connector.botChat"], botIds: ["7348293334293334012"] },
  });
  assertEquals(token, { accessToken: TOKEN, expiresAt: TOKEN_ENDS * 1000, logId: undefined });
  assertEquals(server.received.length, 1);
  const { method, url, headers, body } = server.received[0]!;
  const path = "/api/permission/oauth2/account/7348293334/token";
  assertEquals([method, url], ["POST", running.url + path]);
  assertEquals(headers.get("content-type"), "application/json");
  assertMatch(headers.get("authorization")!, /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  assertEquals(JSON.parse(body), {
    grant_type: GRANT,
    duration_seconds: 86_399,
    scope: {
      account_permission: { permission_list: ["Connector.botChat"] },
      attribute_constraint: {
        connector_bot_chat_attribute: { bot_id_list: ["7348293334293334012"] },
      },
    },
  });
});

Deno.test("exchangeJwt() signs a JWT for the host it calls (security 2)", async () => {
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
