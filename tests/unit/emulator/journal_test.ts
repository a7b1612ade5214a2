import { assert, assertEquals, assertMatch } from "@std/assert";
import { createEmulator } from "../../../lib/emulator/mod.ts";
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
import { pkcs8Pem } from "../../testing/keys.ts";

Deno.test("createEmulator() writes down each request and its answer", async () => {
  const { emulator, call } = await setUpApi({}, {}, {
    claims: { jti: "j" },
    body: { duration_seconds: 60 },
  });
  const body = { space_id: SPACE, name: "" };
  const { headers } = await call("POST", "/v1/bot/create?a=1&b=%E4%BD%A0", body);
  await call("GET", "/v1/workspaces");
  const [granted, refused, listed] = JSON.parse(JSON.stringify(emulator.journal));
  assertEquals(granted, {
    method: "POST",
    path: "/api/permission/oauth2/token",
    host: "api.coze.cn",
    header: { alg: "RS256", typ: "JWT", kid: "k1" },
    claims: { iss: APP_ID, aud: "api.coze.cn", iat: NOW, exp: NOW + 600, jti: "j" },
    body: { grant_type: GRANT_TYPE, duration_seconds: 60 },
    status: 200,
    logId: granted.logId,
  });
  assertEquals(refused, {
    method: "POST",
    path: "/v1/bot/create",
    query: { a: "1", b: "你" },
    host: "api.coze.cn",
    body,
    status: 200,
    errorCode: "4000",
    reason: "name has 0 characters",
    logId: headers.get("x-tt-logid"),
  });
  assertEquals(headers.get("date"), "Thu, 09 Oct 2025 08:53:20 GMT");
  assertEquals(Object.keys(listed), ["method", "path", "host", "status", "logId"]);
  const ids = [granted, refused, listed].map(({ logId }) => logId);
  for (const id of ids) assertMatch(id, /^20251009085320[0-9A-F]{20}$/);
  assertEquals(new Set(ids).size, 3);
});

Deno.test("createEmulator() keeps signatures, headers and tokens out of the journal", async () => {
  const { send, emulator, token, call, addBot, ask } = await setUpApi();
  const jwt = sign({ alg: "RS256", typ: "JWT", kid: "k1" }, createClaims());
  const signature = jwt.split(".")[2]!;
  const requests: Overrides[] = [
    { authorization: `Bearer ${jwt}` },
    { authorization: `bearer ${jwt}` },
    { authorization: `Basic ${btoa(token)}` },
    { body: { key: pkcs8Pem(), other: ["sat_abcdefgh", "cztei_abcdefgh"] } },
    { body: `key=${pkcs8Pem()}` },
    { body: { assertion: jwt, deep: [{ [jwt]: token }] } },
    { body: `grant_type=x&assertion=${jwt}&token=${token}` },
    { body: `x%20${jwt}` },
    { body: JSON.stringify(jwt) },
    { body: `"\\n${jwt}` },
    { body: `Authorization: Bearer opaque-text` },
    { body: `${"x".repeat(4000)} ${jwt}` },
    { body: jwt.replaceAll(".", "\n") },
    { body: "y ".repeat(1998) + signature },
    { claims: { note: jwt, session_name: token }, header: { x: jwt } },
    { url: `${HOST}/${jwt}?token=${jwt}` },
    { url: `${HOST}/v1/bots/${token}`, method: "GET" },
    { contentType: `text/plain; a=${jwt}` },
  ];
  for (const overrides of requests) await send(overrides);
  const bot = await addBot({ prompt_info: { prompt: token } });
  await ask(bot, `my token is ${token}`);
  await call("GET", `/v1/workspaces?a=${token}&${token}=b&c=%20${token}&d=Bearer%20${token}`);
  await call("GET", `/v1/workspaces`, undefined, `${token} ${token}`);
  const printed = JSON.stringify(emulator.journal);
  assertEquals(emulator.journal.length, 1 + requests.length + 5);
  for (const secret of [signature.slice(0, 40), signature.slice(-40), token.slice(13)]) {
    assert(!printed.includes(secret), secret);
  }
  const pemLine = pkcs8Pem().split("\n")[5]!;
  for (const secret of [btoa(token), "opaque", pemLine, "abcdefgh"]) {
    assert(!printed.includes(secret), secret);
  }
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

Deno.test("createEmulator() survives hostile bodies", async () => {
  const { send } = setUp();
  const deep = 100_000;
  const { entry } = await send({ body: '{"__proto__":{"polluted":1},"constructor":2}' });
  assertEquals(Object.keys(entry?.body as object), ["__proto__", "constructor"]);
  assertEquals(({} as { polluted?: number }).polluted, undefined);
  const list = "[".repeat(deep) + "]".repeat(deep);
  const nested = `{"a":${list}}`;
  const jwt = await send({ authorization: `Bearer ${sign(nested, nested)}` });
  assertMatch(JSON.stringify(jwt.entry?.claims), /"\(nested too deep\)"/);
  const rows: [refusedBy: string, body: string][] = [
    ["body", list],
    ["grant-type", `{"grant_type":${list}}`],
    ["grant-type", `{"scope":${'{"a":'.repeat(deep)}1${"}".repeat(deep + 1)}`],
    // What looks for secrets goes over each of them once.
    ...["a", "ey", "a.", "aaaaaaaaaaaaaaaa.", "Bearer ", "pat_", "="]
      .map((text) => ["body", text.repeat(1_000_000 / text.length)] as [string, string]),
  ];
  for (const [refusedBy, body] of rows) {
    const { entry } = await send({ body });
    assertEquals(entry?.refusedBy, refusedBy, body.slice(0, 20));
    assert(JSON.stringify(entry).length < 10_000, "what is not JSON is cut at 4 KiB");
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

Deno.test("createEmulator() answers faults in order, one each, whatever is called", async () => {
  const emulator = createEmulator({ faults: [{ status: 503 }] });
  emulator.fail(
    { status: 302, headers: { location: "https://www.coze.cn/" } },
    { status: 200, headers: { "Content-Type": "text/html", "x-tt-logid": "L1" }, body: "<html>" },
    { status: 200, body: '{"access_token":"czs_' },
    { status: 200, body: { access_token: 5 } },
  );
  const answers: unknown[] = [];
  for (const url of [TOKEN_URL, TOKEN_URL, `${HOST}/v3/chat`, HOST, TOKEN_URL, TOKEN_URL]) {
    const response = await emulator(new Request(url, { method: "POST" }));
    const { status, headers } = response;
    const text = status === 401 ? "" : await response.text();
    const fields = ["content-type", "location"].map((name) => headers.get(name));
    answers.push([status, ...fields, headers.get("x-tt-logid") === "L1", text]);
  }
  const json = "application/json";
  assertEquals(answers, [
    [503, json, null, false, ""],
    [302, json, "https://www.coze.cn/", false, ""],
    [200, "text/html", null, true, "<html>"],
    [200, json, null, false, '{"access_token":"czs_'],
    [200, json, null, false, '{"access_token":5}'],
    [401, json, null, false, ""],
  ]);
  const refused = emulator.journal.map(({ refusedBy }) => refusedBy);
  assertEquals(refused, [...Array(5).fill("fault"), "bearer"]);
});
