import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { exchangeJwt } from "../../lib/exchange.ts";
import { importPrivateKey } from "../../lib/key/private_key.ts";
import type { CozeApp } from "../../lib/token_request.ts";
import type { RequestOptions } from "../../lib/transport.ts";
import { pkcs8Pem } from "../testing/keys.ts";
import {
  bearerOf,
  createTokenServer,
  granted,
  json,
  KID_REFUSED,
  partsOf,
  type Scripted,
  text,
  TOKEN,
  TOKEN_ENDS,
} from "../testing/token_server.ts";

const NOW = 1_760_000_000_000;

/** A call with a scripted server and a clock that only moves when somebody sleeps. */
async function setUp(script: Scripted[], options: RequestOptions = {}) {
  const server = createTokenServer(...script);
  const slept: number[] = [];
  let time = NOW;
  const app: CozeApp = {
    clientId: "1127900106117",
    keyId: "key-1",
    privateKey: await importPrivateKey(pkcs8Pem()),
  };
  const sleep = (ms: number) => {
    slept.push(ms);
    time += ms;
    return Promise.resolve();
  };
  const run = () => exchangeJwt(app, {}, { fetch: server, now: () => time, sleep, ...options });
  return { run, slept, server, app };
}

const unavailable = text("<h1>503</h1>", 503);
const busy = (retryAfter: string) => json({}, 429, { "retry-after": retryAfter });

Deno.test("exchangeJwt() resolves to the token and when it ends", async () => {
  const { run, slept, server } = await setUp([json(
    { access_token: TOKEN, expires_in: TOKEN_ENDS },
    200,
    { "x-tt-logid": "LOG1" },
  )]);
  assertEquals(await run(), {
    accessToken: TOKEN,
    expiresAt: TOKEN_ENDS * 1000,
    logId: "LOG1",
  });
  assertEquals([server.received.length, slept.length], [1, 0]);
});

Deno.test("exchangeJwt() asks once when it is refused with 401 for ever (security 15)", async () => {
  const { run, slept, server } = await setUp(Array(10).fill(json(KID_REFUSED, 401)));
  await assertRejects(run, CozeError);
  assertEquals([server.received.length, slept.length], [1, 0]);
});

Deno.test("exchangeJwt() counts a lifetime from the moment it asked", async () => {
  const { run } = await setUp([json({ access_token: TOKEN, expires_in: 900 })]);
  assertEquals((await run()).expiresAt, NOW + 900_000);
});

const RETRIED: Record<string, [Scripted, code: string]> = {
  "a network error": ["network error", "connection-lost"],
  "429": [text("", 429), "rate-limited"],
  "500": [text("", 500), "server-fault"],
  "503 with HTML": [unavailable, "server-fault"],
  "internal_error with 200": [json({ error_code: "internal_error" }), "server-fault"],
};

for (const [what, [fault, code]] of Object.entries(RETRIED)) {
  Deno.test(`exchangeJwt() tries again after ${what}, with a new JWT (security 3)`, async () => {
    const { run, slept, server } = await setUp([fault, fault, granted]);
    assertEquals((await run()).accessToken, TOKEN);
    assertEquals([server.received.length, slept.length], [3, 2]);
    const ids = server.received.map((request) => partsOf(bearerOf(request)).claims.jti);
    assertEquals(new Set(ids).size, 3);
  });

  Deno.test(`exchangeJwt() tries at most three times after ${what}`, async () => {
    const { run, slept, server } = await setUp([fault]);
    assertEquals((await assertRejects(run, CozeError)).code, code);
    assertEquals([server.received.length, slept.length], [3, 2]);
  });
}

const FINAL: Record<string, [Scripted, code: string]> = {
  "401": [json(KID_REFUSED, 401), "client-refused"],
  "401 without a body": [text("", 401), "answer-not-json"],
  "400": [json({ error_code: "invalid_request" }, 400), "client-refused"],
  "403": [json({}, 403), "client-refused"],
  "404 with HTML": [text("<html>", 404), "answer-not-json"],
  "302": [text("", 302, { location: "https://evil.example" }), "redirected"],
  "407": [text("", 407), "proxy-refused"],
  "half an answer": [text('{"access_token":'), "answer-not-json"],
  "an answer without expires_in": [json({ access_token: TOKEN }), "answer-invalid"],
  "an answer of over 64 KiB": [text("x".repeat(64 * 1024 + 1)), "answer-too-large"],
};

for (const [what, [answer, code]] of Object.entries(FINAL)) {
  Deno.test(`exchangeJwt() takes ${what} for an answer and asks once`, async () => {
    const { run, slept, server } = await setUp([answer, granted]);
    assertEquals((await assertRejects(run, CozeError)).code, code);
    assertEquals([server.received.length, slept.length], [1, 0]);
  });
}

Deno.test("exchangeJwt() takes an answer of exactly 64 KiB (security 8)", async () => {
  const body = JSON.stringify({ access_token: TOKEN, expires_in: TOKEN_ENDS });
  const { run } = await setUp([text(body.padEnd(64 * 1024))]);
  assertEquals((await run()).accessToken, TOKEN);
});

Deno.test("exchangeJwt() waits longer each time, with jitter", async () => {
  const waits = await Promise.all(Array.from({ length: 50 }, async () => {
    const { run, slept } = await setUp([unavailable, unavailable, granted]);
    await run();
    return slept;
  }));
  for (const [first, second] of waits as [number, number][]) {
    assert(first >= 125 && first < 375, `${first}`);
    assert(second >= 250 && second < 750, `${second}`);
  }
  assert(new Set(waits.flat()).size > 50);
});

Deno.test("exchangeJwt() honours Retry-After in seconds and as a date", async () => {
  const date = (ms: number) => new Date(NOW + ms).toUTCString();
  const byDate = json({}, 503, { "retry-after": date(5000), date: date(2000) });
  const { run, slept } = await setUp([busy("7"), byDate, granted]);
  await run();
  assertEquals(slept, [7000, 3000]);
});

Deno.test("exchangeJwt() does not wait past the deadline: the error it knows is worth more", async () => {
  const { run, slept, server } = await setUp([busy("16")], { timeoutMs: 15_000 });
  const error = await assertRejects(run, CozeError);
  assertEquals([error.code, error.details.retryAfterSeconds], ["rate-limited", 16]);
  assertEquals([server.received.length, slept.length], [1, 0]);
});

Deno.test("exchangeJwt() has one deadline for all attempts together (security 9)", async () => {
  const { run, slept, server } = await setUp([busy("8"), busy("8"), granted]);
  assertEquals((await assertRejects(run, CozeError)).code, "rate-limited");
  assertEquals([server.received.length, slept], [2, [8000]]);
});

Deno.test("exchangeJwt() signs each JWT at the time it is sent (security 3)", async () => {
  const { run, server } = await setUp([busy("5"), busy("5"), granted]);
  await run();
  const times = server.received.map((request) => partsOf(bearerOf(request)).claims.iat);
  assertEquals(times, [0, 5, 10].map((seconds) => NOW / 1000 + seconds));
});

Deno.test("exchangeJwt() sends nothing when it is interrupted before", async () => {
  const { run, server } = await setUp([], { signal: AbortSignal.abort() });
  assertEquals((await assertRejects(run, CozeError)).code, "interrupted");
  assertEquals(server.received.length, 0);
});

Deno.test("exchangeJwt() ends when it is interrupted while it waits", async () => {
  const controller = new AbortController();
  const sleep = (_ms: number, signal: AbortSignal) => {
    controller.abort(new Error("czs_secret_reason"));
    assertEquals(signal.aborted, true);
    return Promise.resolve();
  };
  const { run, server } = await setUp([unavailable], { signal: controller.signal, sleep });
  const error = await assertRejects(run, CozeError);
  assertEquals([error.code, error.message], ["interrupted", "The call was interrupted"]);
  assertEquals(server.received.length, 1);
});

Deno.test("exchangeJwt() ends its own wait at once when it is interrupted", async () => {
  const controller = new AbortController();
  const script = [() => {
    queueMicrotask(() => setTimeout(() => controller.abort(), 0));
    return new Response("", { status: 429, headers: { "retry-after": "14" } });
  }];
  const { run } = await setUp(script, { signal: controller.signal, sleep: undefined });
  const start = performance.now();
  assertEquals((await assertRejects(run, CozeError)).code, "interrupted");
  assert(performance.now() - start < 7000, "the 14 s were not waited for");
});

Deno.test("exchangeJwt() does not begin to wait when it is interrupted already", async () => {
  const controller = new AbortController();
  const script = [() => {
    controller.abort();
    return new Response(null, { status: 429, headers: { "retry-after": "14" } });
  }];
  const { run } = await setUp(script, { signal: controller.signal, sleep: undefined });
  const start = performance.now();
  assertEquals((await assertRejects(run, CozeError)).code, "interrupted");
  assert(performance.now() - start < 7000, "the 14 s were not waited for");
});

Deno.test("exchangeJwt() reports a sleep that rejects when it is interrupted as such", async () => {
  const controller = new AbortController();
  const sleep = (_ms: number, signal: AbortSignal) => {
    controller.abort();
    return Promise.reject(signal.reason);
  };
  const { run } = await setUp([unavailable], { signal: controller.signal, sleep });
  assertEquals((await assertRejects(run, CozeError)).code, "interrupted");
});

Deno.test("exchangeJwt() checks everything before it sends anything", async () => {
  const { app, server } = await setUp([]);
  const attempts: [Partial<CozeApp>, object, object, string][] = [
    [{ clientId: "" }, {}, {}, "config-missing"],
    [{ baseUrl: "http://api.coze.cn" }, {}, {}, "base-url-insecure"],
    [{ privateKey: "keys/private_key.pem" }, {}, {}, "key-is-a-path"],
    [{}, { durationSeconds: 86_400 }, {}, "duration-out-of-range"],
    [{}, { accountId: "../x" }, {}, "usage-value"],
    ...[0, -1, NaN, 2 ** 31, Infinity].map((timeoutMs) =>
      [{}, {}, { timeoutMs }, "usage-value"] as [object, object, object, string]
    ),
  ];
  for (const [more, request, options, code] of attempts) {
    const run = () => exchangeJwt({ ...app, ...more }, request, { fetch: server, ...options });
    assertEquals((await assertRejects(run, CozeError)).code, code);
  }
  assertEquals(server.received.length, 0);
});
