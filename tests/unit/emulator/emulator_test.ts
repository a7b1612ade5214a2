import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { createClaims, createPair, NOW, setUp, sign } from "../../testing/emulator_client.ts";

const PAIR = createPair();

Deno.test("createEmulator() grants a token that lives 900 seconds by default", async () => {
  const { send } = setUp(PAIR);
  const { status, json } = await send();
  assertEquals(status, 200);
  assertEquals(Object.keys(json), ["access_token", "expires_in"]);
  assertMatch(json["access_token"], /^czs_emulator_[\w-]{43}$/);
  assertEquals(json["expires_in"], NOW + 900);
});

Deno.test("createEmulator() grants another token each time", async () => {
  const { send } = setUp(PAIR);
  const [first, second] = [await send(), await send()];
  assertNotEquals(first.json["access_token"], second.json["access_token"]);
});

Deno.test("createEmulator() answers with JSON, its clock's date and a unique log id", async () => {
  const { send } = setUp(PAIR);
  const ids = new Set<string>();
  for (const authorization of [undefined, null, "Basic x"]) {
    const { headers, entry } = await send({ authorization });
    assertEquals(headers.get("content-type"), "application/json");
    assertEquals(headers.get("date"), "Thu, 09 Oct 2025 08:53:20 GMT");
    const logId = headers.get("x-tt-logid") ?? "";
    assertMatch(logId, /^20251009085320[0-9A-F]{20}$/);
    assertEquals(entry?.logId, logId);
    ids.add(logId);
  }
  assertEquals(ids.size, 3);
});

Deno.test("createEmulator() answers the fields of the 401 seen for an unknown kid", async () => {
  const emulator = createEmulator();
  const jwt = sign({ alg: "RS256", typ: "JWT", kid: "k1" }, createClaims(), PAIR.privateKey);
  const headers = { authorization: `Bearer ${jwt}`, "content-type": "application/json" };
  const url = "https://api.coze.cn/api/permission/oauth2/token";
  const response = await emulator(new Request(url, { method: "POST", headers, body: "{}" }));
  assertEquals(response.status, 401);
  assertEquals(
    await response.text(),
    '{"error":"invalid_client","error_code":"invalid_client",' +
      '"error_message":"invalid jwt: kid not been registred"}',
  );
});

Deno.test("createEmulator() takes the real clock by default", async () => {
  const emulator = createEmulator();
  const response = await emulator(new Request("http://127.0.0.1/"));
  const age = Date.now() - Date.parse(response.headers.get("date") ?? "");
  assert(age >= 0 && age < 60_000);
});

Deno.test("createEmulator() follows its clock from request to request", async () => {
  const { send, clock } = setUp(PAIR);
  clock.seconds = NOW + 599;
  assertEquals((await send()).json["expires_in"], NOW + 599 + 900);
  clock.seconds = NOW + 600;
  assertEquals((await send()).entry?.refusedBy, "expiry");
  clock.seconds = NOW - 1;
  assertEquals((await send()).entry?.refusedBy, "issued-at");
});

Deno.test("createEmulator() wants the port in aud when the host has one", async () => {
  const { send } = setUp(PAIR);
  const url = "http://127.0.0.1:4318/api/permission/oauth2/token";
  assertEquals((await send({ url, claims: { aud: "127.0.0.1:4318" } })).status, 200);
  assertEquals((await send({ url, claims: { aud: "127.0.0.1" } })).entry?.refusedBy, "aud");
  assertEquals((await send({ claims: { aud: "api.coze.cn:443" } })).entry?.refusedBy, "aud");
});

Deno.test("createEmulator() sees keys that are rotated and apps that are added", async () => {
  const other = createPair();
  const { send, emulator } = setUp(PAIR);
  const [app] = emulator.apps;
  assert(app);
  app.keys = { k2: other.publicKey };
  assertEquals((await send()).entry?.refusedBy, "kid");
  assertEquals((await send({ header: { kid: "k2" } })).entry?.refusedBy, "signature");
  const rotated = { header: { kid: "k2" }, privateKey: other.privateKey };
  assertEquals((await send(rotated)).status, 200);
  emulator.apps.push({ clientId: "2", keys: { k3: PAIR.publicKey } });
  assertEquals((await send({ header: { kid: "k3" }, claims: { iss: "2" } })).status, 200);
});

Deno.test("createEmulator() keeps apart two apps that have a key id in common", async () => {
  const { send, emulator } = setUp(PAIR);
  emulator.apps.unshift({ clientId: "2", keys: { k1: createPair().publicKey } });
  assertEquals((await send()).status, 200);
  assertEquals((await send({ claims: { iss: "2" } })).entry?.refusedBy, "signature");
});

Deno.test("createEmulator() knows POST on the three token paths, the API and nothing else", async () => {
  const { send } = setUp(PAIR);
  const base = "https://api.coze.cn";
  const paths = ["/api/permission/oauth2/token/", "/api/permission/oauth2"];
  const others = ["/", "/v1", "/v1/bots/", "/v1/bots/7/versions", "/v1/users/me", "/v3/chats"];
  for (const path of [...paths, ...others]) {
    const { status, json } = await send({ url: base + path });
    assertEquals(status, 404, path);
    assertEquals(Object.keys(json), ["emulator"]);
  }
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
    const { status, headers, json } = await send({ method });
    assertEquals([status, headers.get("allow")], [405, "POST"], method);
    assertEquals(Object.keys(json), ["emulator"]);
  }
});

Deno.test("createEmulator() is a handler of Deno.serve in form", () => {
  const handler: Deno.ServeHandler = createEmulator();
  assertEquals(typeof handler, "function");
});

Deno.test("createEmulator() says so when an app's key is not RSA", async () => {
  const spki = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
  const k1 = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
  const { emulator, createRequest } = setUp(PAIR, { keys: { k1 } });
  const problem: unknown = await emulator(createRequest()).catch((error: unknown) => error);
  assert(problem instanceof TypeError);
  assertMatch(problem.message, /not RSA: ed25519/);
});
