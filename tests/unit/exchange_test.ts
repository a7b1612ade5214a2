import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { exchangeJwt } from "../../lib/exchange.ts";
import { importPrivateKey } from "../../lib/private_key.ts";
import type { CozeApp } from "../../lib/token_request.ts";
import type { RequestOptions } from "../../lib/http.ts";
import { shortPkcs8Pem } from "../testing/keys.ts";
import {
  bearerOf,
  createTokenServer,
  granted,
  json,
  KID_REFUSED,
  partsOf,
  text,
  TOKEN,
  TOKEN_ENDS,
  type TokenReply,
} from "../testing/token_server.ts";

const NOW = 1_760_000_000_000;
const APP: CozeApp = {
  clientId: "1127900106117",
  keyId: "key-1",
  privateKey: await importPrivateKey(shortPkcs8Pem()),
};

/** A call with a scripted server and a clock that only moves when somebody sleeps. */
function setUp(script: TokenReply[], options: RequestOptions = {}) {
  const server = createTokenServer(...script);
  const slept: number[] = [];
  let time = NOW;
  const sleep = (ms: number) => {
    slept.push(ms);
    time += ms;
    return Promise.resolve();
  };
  return {
    run: () => exchangeJwt(APP, {}, { fetch: server, now: () => time, sleep, ...options }),
    slept,
    server,
    /** How many requests were sent, and how often it waited. */
    counts: () => [server.received.length, slept.length],
  };
}

const unavailable = text("<h1>503</h1>", 503);
const busy = (retryAfter: string) => json({}, 429, { "retry-after": retryAfter });

Deno.test("exchangeJwt() resolves to the token and when it ends", async () => {
  const grant = { access_token: TOKEN, expires_in: TOKEN_ENDS };
  const { run, counts } = setUp([json(grant, 200, { "x-tt-logid": "LOG1" })]);
  const expiresAt = TOKEN_ENDS * 1000;
  assertEquals(await run(), { accessToken: TOKEN, expiresAt, logId: "LOG1" });
  assertEquals(counts(), [1, 0]);
});

const RETRIED: Record<string, [TokenReply, code: string]> = {
  "a network error": ["network error", "connection-lost"],
  "429": [text("", 429), "rate-limited"],
  "500": [text("", 500), "server-fault"],
  "503 with HTML": [unavailable, "server-fault"],
  "internal_error with 200": [json({ error_code: "internal_error" }), "server-fault"],
};

for (const [what, [fault, code]] of Object.entries(RETRIED)) {
  Deno.test(`exchangeJwt() retries ${what} twice, with a new JWT (security 3)`, async () => {
    const lucky = setUp([fault, fault, granted]);
    assertEquals((await lucky.run()).accessToken, TOKEN);
    assertEquals(lucky.counts(), [3, 2]);
    const ids = lucky.server.received.map((request) => partsOf(bearerOf(request)).claims.jti);
    assertEquals(new Set(ids).size, 3);

    const unlucky = setUp([fault]);
    assertEquals((await assertRejects(unlucky.run, CozeError)).code, code);
    assertEquals(unlucky.counts(), [3, 2]);
  });
}

const FINAL: Record<string, [TokenReply, code: string]> = {
  "401 (security 15)": [json(KID_REFUSED, 401), "client-refused"],
  "401 without a body": [text("", 401), "answer-invalid"],
  "404 with HTML": [text("<html>", 404), "answer-invalid"],
  "302": [text("", 302, { location: "https://evil.example" }), "redirected"],
  "407": [text("", 407), "proxy-refused"],
  "an answer without expires_in": [json({ access_token: TOKEN }), "answer-invalid"],
  "an answer of over 64 KiB (security 8)": [text("x".repeat(64 * 1024 + 1)), "answer-invalid"],
};

for (const [what, [answer, code]] of Object.entries(FINAL)) {
  Deno.test(`exchangeJwt() asks once when it gets ${what}`, async () => {
    const { run, counts } = setUp([answer]);
    assertEquals((await assertRejects(run, CozeError)).code, code);
    assertEquals(counts(), [1, 0]);
  });
}

Deno.test("exchangeJwt() takes an answer of exactly 64 KiB (security 8)", async () => {
  const body = JSON.stringify({ access_token: TOKEN, expires_in: TOKEN_ENDS });
  const { run } = setUp([text(body.padEnd(64 * 1024))]);
  assertEquals((await run()).accessToken, TOKEN);
});

Deno.test("exchangeJwt() waits longer each time, with jitter", async () => {
  const waits = await Promise.all(Array.from({ length: 20 }, async () => {
    const { run, slept } = setUp([unavailable, unavailable, granted]);
    await run();
    return slept;
  }));
  for (const [first, second] of waits as [number, number][]) {
    assert(first >= 125 && first < 375, `${first}`);
    assert(second >= 250 && second < 750, `${second}`);
  }
  assert(new Set(waits.flat()).size > 20);
});

Deno.test("exchangeJwt() honours Retry-After in seconds and as a date", async () => {
  const date = (ms: number) => new Date(NOW + ms).toUTCString();
  const byDate = json({}, 503, { "retry-after": date(5000), date: date(2000) });
  const { run, slept } = setUp([busy("7"), byDate, granted]);
  await run();
  assertEquals(slept, [7000, 3000]);
});

for (const seconds of [15, 16]) {
  Deno.test(`exchangeJwt() does not wait ${seconds} s when 15 s are left`, async () => {
    const { run, counts } = setUp([busy(`${seconds}`)], { timeoutMs: 15_000 });
    const { code, details } = await assertRejects(run, CozeError);
    assertEquals([code, details.retryAfterSeconds], ["rate-limited", seconds]);
    assertEquals(counts(), [1, 0]);
  });
}

Deno.test("exchangeJwt() has one deadline for all attempts together (security 9)", async () => {
  const { run, slept, server } = setUp([busy("8"), busy("8"), granted]);
  assertEquals((await assertRejects(run, CozeError)).code, "rate-limited");
  assertEquals([server.received.length, slept], [2, [8000]]);
});

Deno.test("exchangeJwt() signs each JWT at the time it is sent (security 3)", async () => {
  const { run, server } = setUp([busy("5"), busy("5"), granted]);
  await run();
  const times = server.received.map((request) => partsOf(bearerOf(request)).claims.iat);
  assertEquals(times, [0, 5, 10].map((seconds) => NOW / 1000 + seconds));
});

Deno.test("exchangeJwt() sends nothing when it is interrupted before", async () => {
  const { run, server } = setUp([], { signal: AbortSignal.abort() });
  assertEquals((await assertRejects(run, CozeError)).code, "interrupted");
  assertEquals(server.received.length, 0);
});

for (const end of ["resolves", "rejects"]) {
  Deno.test(`exchangeJwt() ends when it is interrupted in a wait that ${end}`, async () => {
    const controller = new AbortController();
    const sleep = (_ms: number, signal: AbortSignal) => {
      controller.abort(new Error("czs_secret_reason"));
      assert(signal.aborted);
      return end === "resolves" ? Promise.resolve() : Promise.reject(signal.reason);
    };
    const { run, server } = setUp([unavailable], { signal: controller.signal, sleep });
    const { code, message } = await assertRejects(run, CozeError);
    assertEquals([code, message], ["interrupted", "The call was interrupted"]);
    assertEquals(server.received.length, 1);
  });
}

Deno.test("exchangeJwt() checks everything before it sends anything", async () => {
  const server = createTokenServer();
  const attempts: [Partial<CozeApp>, object, RequestOptions, string][] = [
    [{ clientId: "" }, {}, {}, "config-missing"],
    [{ baseUrl: "http://api.coze.cn" }, {}, {}, "base-url-insecure"],
    [{ privateKey: "keys/private_key.pem" }, {}, {}, "key-is-a-path"],
    [{}, { durationSeconds: 86_400 }, {}, "duration-out-of-range"],
    [{}, { accountId: "../x" }, {}, "usage"],
    [{}, {}, { timeoutMs: 0 }, "usage"],
  ];
  for (const [more, request, options, code] of attempts) {
    const run = () => exchangeJwt({ ...APP, ...more }, request, { fetch: server, ...options });
    assertEquals((await assertRejects(run, CozeError)).code, code);
  }
  assertEquals(server.received.length, 0);
});

Deno.test("exchangeJwt() sends what it was called with, whatever changes later (security 2)", async () => {
  const app: CozeApp = { ...APP, baseUrl: "https://api.coze.cn" };
  const request = { sessionName: "alice", accountId: "7" };
  const server = createTokenServer(unavailable, granted);
  const running = exchangeJwt(app, request, { fetch: server, sleep: () => Promise.resolve() });
  app.baseUrl = "https://evil.example";
  Object.assign(request, { sessionName: "mallory", accountId: "8" });
  await running;
  assertEquals(server.received.length, 2);
  for (const received of server.received) {
    const { claims } = partsOf(bearerOf(received));
    assertEquals([claims.aud, claims.session_name], ["api.coze.cn", "alice"]);
    assertEquals(received.url, "https://api.coze.cn/api/permission/oauth2/account/7/token");
  }
});

const LATER = [
  ["0", 0],
  ["35.5", undefined],
  ["1.5", undefined],
  ["-5", undefined],
  ["Retry 5", undefined],
] as const;

for (const [value, seconds] of LATER) {
  Deno.test(`exchangeJwt() reads Retry-After: ${value} as ${seconds} s`, async () => {
    const { run } = setUp([busy(value)]);
    const { details } = await assertRejects(run, CozeError);
    assertEquals(details.retryAfterSeconds, seconds);
  });
}

Deno.test("exchangeJwt() ends at its deadline when a body sends empty chunks for ever", async () => {
  const pull = (to: ReadableStreamDefaultController) => to.enqueue(new Uint8Array(0));
  const fetch = () => Promise.resolve(new Response(new ReadableStream({ pull })));
  const run = () => exchangeJwt(APP, {}, { fetch, timeoutMs: 20 });
  assertEquals((await assertRejects(run, CozeError)).code, "timeout");
});

Deno.test("exchangeJwt() ends at its deadline and its signal while a sleep never ends", async () => {
  const fetch = () => Promise.resolve(new Response("", { status: 500 }));
  const sleep = () => new Promise<never>(() => {});
  for (
    const [code, options] of [
      ["timeout", { timeoutMs: 500, now: () => 0 }],
      ["interrupted", { signal: AbortSignal.timeout(5) }],
    ] as const
  ) {
    const run = () => exchangeJwt(APP, {}, { fetch, sleep, ...options });
    assertEquals((await assertRejects(run, CozeError)).code, code);
  }
});

Deno.test("exchangeJwt() accepts a token beside an error code of 0", async () => {
  const { run } = setUp([json({ access_token: TOKEN, expires_in: TOKEN_ENDS, error_code: "0" })]);
  assertEquals((await run()).accessToken, TOKEN);
});
