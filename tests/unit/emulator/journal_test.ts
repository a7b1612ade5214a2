import { assert, assertEquals, assertMatch } from "@std/assert";
import { HOST, setUpApi, SPACE } from "../../testing/api_client.ts";
import {
  APP_ID,
  createClaims,
  GRANT_TYPE,
  NOW,
  type Overrides,
  setUp,
  sign,
  TOKEN_URL,
} from "../../testing/emulator_client.ts";

Deno.test("createEmulator() writes down each request and its answer", async () => {
  const { send, emulator } = setUp();
  const { json, headers } = await send({ claims: { jti: "j" }, body: { duration_seconds: 60 } });
  await send({ authorization: null, method: "GET" });
  await send({ authorization: "Basic x" });
  const [granted, got, refused] = emulator.journal;
  assertEquals({ ...granted }, {
    method: "POST",
    path: "/api/permission/oauth2/token",
    host: "api.coze.cn",
    contentType: "application/json",
    authorization: "bearer-jwt",
    header: { alg: "RS256", typ: "JWT", kid: "k1" },
    claims: { iss: APP_ID, aud: "api.coze.cn", iat: NOW, exp: NOW + 600, jti: "j" },
    body: { grant_type: GRANT_TYPE, duration_seconds: 60 },
    status: 200,
    errorCode: undefined,
    refusedBy: undefined,
    logId: headers.get("x-tt-logid")!,
  });
  assertEquals(Object.hasOwn(got ?? {}, "body"), false);
  assertEquals([got?.method, got?.authorization, got?.status], ["GET", "none", 405]);
  assertEquals([refused?.authorization, refused?.errorCode], ["other", "invalid_client"]);
  assert(!JSON.stringify(emulator.journal).includes(json["access_token"]));
});

Deno.test("createEmulator() writes down query, body and reason of API requests", async () => {
  const { emulator, call } = await setUpApi();
  const body = { space_id: SPACE, name: "" };
  const { headers } = await call("POST", "/v1/bot/create?a=1&b=%E4%BD%A0", body);
  assertEquals({ ...emulator.journal.at(-1) }, {
    method: "POST",
    path: "/v1/bot/create",
    query: { a: "1", b: "你" },
    host: "api.coze.cn",
    contentType: "application/json",
    authorization: "other",
    body,
    status: 200,
    errorCode: "4000",
    refusedBy: undefined,
    reason: "name has 0 characters",
    logId: headers.get("x-tt-logid")!,
  });
  const { entry } = await call("GET", "/v1/workspaces");
  assertEquals([entry?.status, entry?.errorCode, entry?.reason], [200, undefined, undefined]);
  assertEquals(["query" in entry!, "body" in entry!], [false, false]);
});

Deno.test("createEmulator() keeps signatures, headers and tokens out of the journal", async () => {
  const { send, emulator } = setUp();
  const jwt = sign({ alg: "RS256", typ: "JWT", kid: "k1" }, createClaims());
  const signature = jwt.split(".")[2]!;
  const secret = "czs_emulator_abc";
  const url = `https://api.coze.cn/${jwt}?token=${jwt}`;
  const requests: Overrides[] = [
    { authorization: `Bearer ${jwt}` },
    { authorization: `bearer ${jwt}` },
    { authorization: `Basic ${btoa(secret)}` },
    { body: { assertion: jwt, deep: [{ [jwt]: secret }] } },
    { body: `grant_type=x&assertion=${jwt}&token=${secret}` },
    { body: `x%20${jwt}` },
    { body: JSON.stringify(jwt) },
    { body: `"\\n${jwt}` },
    { body: `Authorization: Bearer opaque-${secret}` },
    { body: `${"x".repeat(4000)} ${jwt}` },
    { body: jwt.replaceAll(".", "\n") },
    { body: "y ".repeat(1998) + signature },
    { claims: { note: jwt, session_name: secret }, header: { x: jwt } },
    { url },
    { contentType: `text/plain; a=${jwt}` },
  ];
  for (const overrides of requests) await send(overrides);
  const printed = JSON.stringify(emulator.journal);
  assertEquals(emulator.journal.length, requests.length);
  for (const hidden of [signature.slice(0, 40), signature.slice(-40), secret, btoa(secret)]) {
    assert(!printed.includes(hidden), hidden);
  }
});

Deno.test("createEmulator() keeps tokens of the API out of the journal", async () => {
  const { emulator, call, addBot, ask, stream, token } = await setUpApi();
  const bot = await addBot({ prompt_info: { prompt: token } });
  await ask(bot, `my token is ${token}`);
  await stream(bot, token);
  await call("GET", `/v1/workspaces?a=${token}&${token}=b&c=%20${token}&d=Bearer%20${token}`);
  await emulator(new Request(`${HOST}/v1/bots/${token}`, { headers: { authorization: token } }));
  await call("GET", `/v1/workspaces`, undefined, `${token} ${token}`);
  assertEquals(emulator.journal.length, 8);
  assert(!JSON.stringify(emulator.journal).includes(token.slice(13)));
});

Deno.test("createEmulator() keeps ids, hosts and other plain words in the journal", async () => {
  const claims = {
    iss: "98774138127368738128.app.coze",
    jti: "0123456789abcdef".repeat(4),
    session_name: "some.user_name-of-a-tester@company.example",
  };
  const header = { kid: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4" };
  const { entry } = await setUp().send({ claims, header });
  const seen = { ...entry?.claims as object, ...entry?.header as object };
  assertEquals(seen, { ...seen, ...claims, ...header });
});

Deno.test("createEmulator() caps a body that is not JSON at 4 KiB", async () => {
  const { entry } = await setUp().send({ body: "a b ".repeat(10_000) });
  assertEquals(entry?.body, "a b ".repeat(1024));
});

Deno.test("createEmulator() survives hostile bodies", async () => {
  const { send } = setUp();
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
  // What looks for secrets goes over each of them once.
  for (const text of ["a", "ey", "a.", "aaaaaaaaaaaaaaaa.", "Bearer ", "pat_", "="]) {
    const { entry } = await send({ body: text.repeat(1_000_000 / text.length) });
    assertEquals(entry?.refusedBy, "body");
  }
});

Deno.test("createEmulator() answers 413 to a body over 1 MiB without reading it all", async () => {
  const { emulator, send } = setUp();
  assertEquals((await send({ body: "x".repeat(1024 * 1024) })).entry?.refusedBy, "body");
  for (const url of [TOKEN_URL, `${HOST}/v3/chat`]) {
    const seen = { chunks: 0, cancelled: false };
    const body = new ReadableStream<Uint8Array>({
      pull: (to) => void (seen.chunks++, to.enqueue(new Uint8Array(64 * 1024))),
      cancel: () => void (seen.cancelled = true),
    });
    const response = await emulator(new Request(url, { method: "POST", body }));
    assertEquals([response.status, Object.keys(await response.json())], [413, ["emulator"]]);
    assert(seen.chunks < 20 && seen.cancelled);
    assertEquals(emulator.journal.at(-1)?.body, "(over 1 MiB)");
  }
});
