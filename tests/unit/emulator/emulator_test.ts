import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createEmulator, type EmulatorOptions } from "../../../lib/emulator/mod.ts";
import { NOW, type Overrides, setUp, TOKEN_URL } from "../../testing/emulator_client.ts";
import { otherPkcs8Pem, otherPublicPem, publicPem } from "../../testing/keys.ts";

Deno.test("createEmulator() grants another token each time, by default for 900 s", async () => {
  const { send } = setUp();
  const [{ status, json }, second] = [await send(), await send()];
  assertEquals([status, Object.keys(json)], [200, ["access_token", "expires_in"]]);
  assertMatch(json["access_token"], /^czs_emulator_[\w-]{43}$/);
  assertEquals(json["expires_in"], NOW + 900);
  assert(json["access_token"] !== second.json["access_token"]);
});

Deno.test("createEmulator() answers with JSON, its clock's date and a unique log id", async () => {
  const { send } = setUp();
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
  const response = await createEmulator()(setUp().createRequest());
  assertEquals(response.status, 401);
  assertEquals(
    await response.text(),
    '{"error":"invalid_client","error_code":"invalid_client",' +
      '"error_message":"invalid jwt: kid not been registred"}',
  );
});

Deno.test("createEmulator() takes the real clock by default", async () => {
  const before = Math.floor(Date.now() / 1000) * 1000;
  const response = await createEmulator()(new Request("http://127.0.0.1/"));
  const date = Date.parse(response.headers.get("date")!);
  assert(date >= before && date <= Date.now());
});

Deno.test("createEmulator() follows its clock from request to request", async () => {
  const { send, clock } = setUp();
  clock.seconds = NOW + 599;
  assertEquals((await send()).json["expires_in"], NOW + 599 + 900);
  clock.seconds = NOW + 600;
  assertEquals((await send()).entry?.refusedBy, "expiry");
  clock.seconds = NOW - 1;
  assertEquals((await send()).entry?.refusedBy, "issued-at");
});

Deno.test("createEmulator() sees keys that are rotated and apps that are added", async () => {
  const { send, emulator } = setUp();
  emulator.apps[0]!.keys = { k2: otherPublicPem() };
  assertEquals((await send()).entry?.refusedBy, "kid");
  assertEquals((await send({ header: { kid: "k2" } })).entry?.refusedBy, "signature");
  const rotated = { header: { kid: "k2" }, privateKey: otherPkcs8Pem() };
  assertEquals((await send(rotated)).status, 200);
  emulator.apps.push({ clientId: "2", keys: { k3: publicPem() } });
  assertEquals((await send({ header: { kid: "k3" }, claims: { iss: "2" } })).status, 200);
});

Deno.test("createEmulator() keeps apart two apps that have a key id in common", async () => {
  const { send, emulator } = setUp();
  emulator.apps.unshift({ clientId: "2", keys: { k1: otherPublicPem() } });
  assertEquals((await send()).status, 200);
  assertEquals((await send({ claims: { iss: "2" } })).entry?.refusedBy, "signature");
});

Deno.test("createEmulator() knows POST on the token paths, the API and nothing else", async () => {
  const { send } = setUp();
  const paths = ["/api/permission/oauth2/token/", "/api/permission/oauth2"];
  const others = ["/", "/v1", "/v1/bots/", "/v1/bots/7/versions", "/v1/users/me", "/v3/chats"];
  for (const path of [...paths, ...others]) {
    const { status, json } = await send({ url: `https://api.coze.cn${path}` });
    assertEquals([status, Object.keys(json)], [404, ["emulator"]], path);
  }
  const known: [url: string, allow: string][] = [
    [TOKEN_URL, "POST"],
    ["https://api.coze.cn/v3/chat", "POST"],
    ["https://api.coze.cn/v1/workspaces", "GET"],
  ];
  for (const [url, allow] of known) {
    for (const method of ["PUT", "DELETE", "OPTIONS", allow === "GET" ? "POST" : "GET"]) {
      const { status, headers, json } = await send({ url, method });
      assertEquals([status, headers.get("allow")], [405, allow], `${method} ${url}`);
      assertEquals(Object.keys(json), ["emulator"]);
    }
  }
});

Deno.test("createEmulator() throws when an app's key is not RSA", async () => {
  const spki = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
  const k1 = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
  const { emulator, createRequest } = setUp({ keys: { k1 } });
  await assertRejects(() => emulator(createRequest()), TypeError, "not RSA: ed25519");
});

async function words(options: EmulatorOptions, ...requests: Overrides[]): Promise<string[]> {
  const { send } = setUp({}, options);
  const texts: string[] = [];
  for (const overrides of requests) texts.push((await send(overrides)).json["error_message"]);
  return texts;
}

Deno.test("createEmulator() words what Coze's words are unknown for as told", async () => {
  const aud: Overrides = { claims: { aud: "x" } };
  const scope: Overrides = { body: { scope: 1 } };
  assertEquals(await words({}, aud, scope), [
    "invalid jwt (emulator: aud)",
    "invalid request (emulator: scope)",
  ]);
  assertEquals(await words({ wording: "blank" }, aud), [""]);
  const random = { wording: "random", seed: 7 } as const;
  const texts = await words(random, ...Array(9).fill(aud));
  for (const text of texts) assertMatch(text, /^[a-z]{3,8}( [a-z]{3,8}){4}$/);
  assertEquals(new Set(texts).size, 9);
  assertEquals(await words(random, aud), texts.slice(0, 1));
  const [other] = await words({ ...random, seed: 8 }, aud);
  assert(!texts.includes(other!));
});

Deno.test("createEmulator() keeps known words whatever the wording", async () => {
  for (const wording of ["documented", "blank", "random"] as const) {
    assertEquals(await words({ wording }, { header: { kid: "x" } }, { authorization: null }), [
      "invalid jwt: kid not been registred",
      "invalid jwt: empty jwt token",
    ]);
  }
});
