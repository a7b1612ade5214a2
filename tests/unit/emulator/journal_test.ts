import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  APP_ID,
  createClaims,
  createPair,
  GRANT_TYPE,
  NOW,
  PLAIN,
  setUp,
  sign,
} from "../../testing/emulator_client.ts";

const PAIR = createPair();
const JWT = sign({ alg: "RS256", typ: "JWT", kid: "k1" }, createClaims(), PAIR.privateKey);
const SIGNATURE = JWT.split(".")[2] ?? "";
const JSON_TYPE = "application/json";

Deno.test("createEmulator() writes each request down with what it held and how it ended", async () => {
  const { send, emulator } = setUp(PAIR);
  const { json, headers } = await send({ claims: { jti: "j" }, body: { duration_seconds: 60 } });
  await send({ authorization: null, method: "GET" });
  await send({ authorization: "Basic x" });
  const [granted, got, refused] = emulator.journal;
  assertEquals({ ...granted }, {
    method: "POST",
    path: "/api/permission/oauth2/token",
    host: "api.coze.cn",
    contentType: JSON_TYPE,
    authorization: "bearer-jwt",
    header: { alg: "RS256", typ: "JWT", kid: "k1" },
    claims: { iss: APP_ID, aud: "api.coze.cn", iat: NOW, exp: NOW + 600, jti: "j" },
    body: { grant_type: GRANT_TYPE, duration_seconds: 60 },
    status: 200,
    errorCode: undefined,
    refusedBy: undefined,
    logId: headers.get("x-tt-logid") ?? "",
  });
  assertEquals(Object.hasOwn(got ?? {}, "body"), false);
  assertEquals([got?.method, got?.authorization, got?.status], ["GET", "none", 405]);
  assertEquals([refused?.authorization, refused?.errorCode], ["other", "invalid_client"]);
  assert(!JSON.stringify(emulator.journal).includes(json["access_token"]));
});

Deno.test("createEmulator() keeps signatures, headers and tokens out of the journal", async () => {
  const { send, emulator } = setUp(PAIR);
  const secret = "czs_emulator_abc";
  await send({ authorization: `Bearer ${JWT}` });
  await send({ authorization: `bearer ${JWT}` });
  await send({ authorization: `Basic ${btoa(secret)}` });
  await send({ authorization: null, body: { assertion: JWT, deep: [{ [JWT]: secret }] } });
  await send({ authorization: null, body: `grant_type=x&assertion=${JWT}&token=${secret}` });
  await send({ authorization: null, body: `x%20${JWT}` });
  await send({ authorization: null, body: JSON.stringify(JWT) });
  await send({ authorization: null, body: `"\\n${JWT}` });
  await send({ authorization: null, body: `Authorization: Bearer opaque-${secret}` });
  await send({ authorization: null, body: `${"x".repeat(4000)} ${JWT}` });
  await send({ authorization: null, body: JWT.replaceAll(".", "\n") });
  await send({ authorization: null, body: "y ".repeat(1998) + SIGNATURE });
  await send({ claims: { note: JWT, session_name: secret }, header: { x: JWT } });
  await send({ url: `https://api.coze.cn/${JWT}?token=${JWT}` });
  await send({ contentType: `text/plain; a=${JWT}` });
  const printed = JSON.stringify(emulator.journal);
  assertEquals(emulator.journal.length, 15);
  for (const hidden of [SIGNATURE.slice(0, 40), SIGNATURE.slice(-40), secret, btoa(secret)]) {
    assert(!printed.includes(hidden), hidden);
  }
});

Deno.test("createEmulator() keeps ids, hosts and other plain words in the journal", async () => {
  const { send } = setUp(PAIR);
  const claims = {
    iss: "98774138127368738128.app.coze",
    jti: "0123456789abcdef".repeat(4),
    session_name: "some.user_name-of-a-tester@company.example",
  };
  const header = { kid: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4" };
  const { entry } = await send({ claims, header });
  const seen = entry?.claims as typeof claims;
  assertEquals([seen.iss, seen.jti], [claims.iss, claims.jti]);
  assertEquals(seen["session_name"], claims["session_name"]);
  assertEquals((entry?.header as typeof header).kid, header.kid);
});

Deno.test("createEmulator() caps a body that is not JSON at 4 KiB", async () => {
  const { send } = setUp(PAIR);
  const { entry } = await send({ body: "a b ".repeat(10_000) });
  assertEquals(entry?.body, "a b ".repeat(1024));
});

Deno.test("createEmulator() survives hostile bodies", async () => {
  const { send } = setUp(PAIR);
  const deep = 100_000;
  const proto = await send({ body: '{"__proto__":{"polluted":1},"constructor":2}' });
  assertEquals(proto.entry?.refusedBy, "grant-type");
  assertEquals(Object.keys(proto.entry?.body as object), ["__proto__", "constructor"]);
  assertEquals(({} as { polluted?: number }).polluted, undefined);
  const list = await send({ body: "[".repeat(deep) + "]".repeat(deep) });
  assertEquals(list.entry?.refusedBy, "body");
  const nested = await send({ body: `{"scope":${'{"a":'.repeat(deep)}1${"}".repeat(deep + 1)}` });
  assertEquals(nested.entry?.refusedBy, "grant-type");
  assertMatch(JSON.stringify(nested.entry), /nested too deep/);
  for (const text of ["a", "ey", "a.", "aaaaaaaaaaaaaaaa.", "Bearer ", "pat_", "="]) {
    const { entry } = await send({ body: text.repeat(1_000_000 / text.length) });
    assertEquals(entry?.refusedBy, "body");
  }
});

Deno.test("createEmulator() answers 413 to a body over 1 MiB without reading it all", async () => {
  const { emulator, send } = setUp(PAIR);
  assertEquals((await send({ body: "x".repeat(1024 * 1024) })).entry?.refusedBy, "body");
  let chunks = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      chunks++;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
    cancel() {
      cancelled = true;
    },
  });
  const response = await emulator(new Request(PLAIN, { method: "POST", body }));
  assertEquals(response.status, 413);
  assertEquals(Object.keys(await response.json()), ["emulator"]);
  assert(chunks < 20 && cancelled);
  assertEquals(emulator.journal.at(-1)?.body, "(over 1 MiB)");
});
