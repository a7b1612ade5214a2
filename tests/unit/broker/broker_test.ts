import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { createTokenBroker, type TokenBrokerOptions } from "../../../lib/broker/mod.ts";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { createTokenProvider, type TokenProvider } from "../../../lib/token_provider.ts";
import {
  type Answered,
  type Asked,
  createBrokerRequest,
  createBrokerWorld,
  ORIGIN,
  read,
  userOf,
} from "../../testing/broker_world.ts";
import { app, callers, createProviderWorld } from "../../testing/provider_world.ts";
import { refuseAssertion } from "../../testing/machine.ts";

/** The headers of every answer. */
function assertCommon(headers: Headers, hasCors: boolean): void {
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("vary"), "Origin");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("access-control-allow-origin"), hasCors ? ORIGIN : null);
  assertEquals(headers.get("access-control-allow-credentials"), hasCors ? "true" : null);
}

Deno.test("createTokenBroker() answers token, seconds left and base URL", async () => {
  const { ask, answered } = createBrokerWorld();
  const { status, headers, json } = await ask({ as: "alice" });
  assertEquals([status, headers.get("content-type")], [200, "application/json"]);
  assertEquals(Object.keys(json), ["token", "expiresIn", "baseUrl"]);
  assertEquals(json.token, "czs_token_1");
  assertEquals(json.baseUrl, "https://api.coze.cn");
  assert(json.expiresIn >= 898 && json.expiresIn <= 900, json.expiresIn);
  assertEquals(answered, [{ status: 200, code: undefined, reason: undefined, logId: undefined }]);
});

/** Requests that a broker refuses or answers without a token. */
const REFUSED: Record<string, [Asked, number, string | undefined, boolean?]> = {
  "another origin": [{ headers: { origin: "https://evil.example" } }, 403, "origin-not-allowed"],
  "a suffix": [{ headers: { origin: `${ORIGIN}.evil.example` } }, 403, "origin-not-allowed"],
  "a prefix": [{ headers: { origin: "https://evilwww.example.com" } }, 403, "origin-not-allowed"],
  "the origin null": [{ headers: { origin: "null" } }, 403, "origin-not-allowed"],
  "another port": [{ headers: { origin: `${ORIGIN}:8443` } }, 403, "origin-not-allowed"],
  "http for https": [{ headers: { origin: "http://www.example.com" } }, 403, "origin-not-allowed"],
  "upper case": [{ headers: { origin: "https://WWW.example.com" } }, 403, "origin-not-allowed"],
  "an empty origin": [{ headers: { origin: "" } }, 403, "origin-not-allowed"],
  "two origins": [{ headers: { origin: `${ORIGIN}, ${ORIGIN}` } }, 403, "origin-not-allowed"],
  "a browser without origin": [
    { headers: { origin: null, "sec-fetch-site": "same-origin" } },
    403,
    "origin-not-allowed",
  ],
  "a preflight of another origin": [
    { method: "OPTIONS", headers: { origin: "https://evil.example" } },
    403,
    "origin-not-allowed",
  ],
  "GET": [{ method: "GET" }, 405, "method-not-allowed", true],
  "HEAD": [{ method: "HEAD" }, 405, "method-not-allowed", true],
  "PUT": [{ method: "PUT" }, 405, "method-not-allowed", true],
  "OPTIONS without origin": [
    { method: "OPTIONS", headers: { origin: null } },
    405,
    "method-not-allowed",
  ],
  "a form": [
    { headers: { "content-type": "application/x-www-form-urlencoded" } },
    415,
    "content-type-not-json",
    true,
  ],
  "text, as no-cors sends it": [
    { headers: { "content-type": "text/plain;charset=UTF-8" } },
    415,
    "content-type-not-json",
    true,
  ],
  "no type": [{ headers: { "content-type": null } }, 415, "content-type-not-json", true],
  "a type that begins alike": [
    { headers: { "content-type": "application/json-patch+json" } },
    415,
    "content-type-not-json",
    true,
  ],
  "8 KiB and a byte": [{ body: big(8193) }, 413, "body-too-large", true],
  "8 KiB and a byte, announced": [
    { body: big(8193), headers: { "content-length": "8193" } },
    413,
    "body-too-large",
    true,
  ],
  "a large body in chunks": [{ body: stream(big(8193)) }, 413, "body-too-large", true],
  "an empty body": [{ body: "" }, 400, "body-invalid", true],
  "no JSON": [{ body: "{" }, 400, "body-invalid", true],
  "a list": [{ body: "[]" }, 400, "body-invalid", true],
  "a refused token that is no text": [{ body: '{"refused":1}' }, 400, "body-invalid", true],
  "a body that breaks off": [{ body: broken() }, 400, "body-invalid", true],
  "no user": [{}, 401, "login-required", true],
  "a user with an empty id": [{ as: "" }, 401, "login-required", true],
};

/** A JSON object of this many bytes. */
function big(bytes: number): string {
  return `{"x":"${"x".repeat(bytes - 8)}"}`;
}

function stream(text: string): ReadableStream<Uint8Array> {
  return ReadableStream.from(text.match(/.{1,1000}/gs)!).pipeThrough(new TextEncoderStream());
}

function broken(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
}

for (const [what, [asked, status, code, hasCors = false]] of Object.entries(REFUSED)) {
  Deno.test(`createTokenBroker() refuses ${what} (security 22)`, async () => {
    const { ask, answered, coze, users } = createBrokerWorld();
    const answer = await ask(asked);
    assertEquals(answer.status, status);
    assertEquals(answer.json, { error: { code } });
    assertCommon(answer.headers, hasCors);
    assertEquals(answer.headers.get("allow"), status === 405 ? "POST" : null);
    assertEquals(answered.map((event) => [event.status, event.code]), [[status, code]]);
    assertEquals([coze.count, users], [0, 0]);
  });
}

Deno.test("createTokenBroker() takes 8 KiB, in chunks too, and a type with a charset", async () => {
  const { ask } = createBrokerWorld();
  const headers = { "content-type": "Application/JSON; charset=utf-8" };
  for (const body of [big(8192), stream(big(8192)), '{"sessionName":"bob","scope":{}}']) {
    assertEquals((await ask({ as: "alice", body, headers })).json.token, "czs_token_1");
  }
});

Deno.test("createTokenBroker() answers a program without origin (security 22)", async () => {
  const { ask } = createBrokerWorld({ origins: [] });
  const { status, headers } = await ask({ as: "alice", headers: { origin: null } });
  assertEquals(status, 200);
  assertCommon(headers, false);
});

Deno.test("createTokenBroker() answers a preflight without asking for the user", async () => {
  const world = createBrokerWorld();
  const headers = { "access-control-request-method": "POST", "content-type": null };
  const answer = await world.ask({ method: "OPTIONS", body: null, headers });
  assertEquals([answer.status, answer.text, world.users], [204, "", 0]);
  assertCommon(answer.headers, true);
  assertEquals(answer.headers.get("access-control-allow-methods"), "POST");
  assertEquals(answer.headers.get("access-control-allow-headers"), "authorization, content-type");
  assertEquals(answer.headers.get("access-control-max-age"), "600");
});

Deno.test("createTokenBroker() hands on the answer of user, with its own headers", async () => {
  for (const status of [400, 401, 403, 451, 503]) {
    const login: [string, string][] = [["x-login", "/login"], ["vary", "Cookie"]];
    const cookies: [string, string][] = [["set-cookie", "a=1"], ["set-cookie", "b=2"]];
    const user = () => new Response("please log in", { status, headers: [...login, ...cookies] });
    const { ask, answered } = createBrokerWorld({ user });
    const answer = await ask();
    assertEquals([answer.status, answer.text], [status, "please log in"]);
    assertEquals(answer.headers.get("x-login"), "/login");
    assertEquals(answer.headers.getSetCookie(), ["a=1", "b=2"]);
    assertCommon(answer.headers, true);
    assertEquals(answered.map((event) => event.status), [status]);
  }
});

/** What `user` must not give. */
const WRONG_USERS: Record<string, TokenBrokerOptions["user"]> = {
  "throws": () => {
    throw new Error("database is down");
  },
  "rejects": () => Promise.reject(new Error("database is down")),
  "throws no error": () => Promise.reject(Object.create(null)),
  "gives a Response of 200": () => new Response("ok"),
  "gives a redirect": () => new Response(null, { status: 302, headers: { location: "/login" } }),
  "gives a Response that is being read": () => {
    const response = new Response("please log in", { status: 401 });
    response.body!.getReader();
    return response;
  },
  "gives a number": () => 42 as unknown as string,
  "gives an object": () => ({ id: "alice" }) as unknown as string,
  "gives 129 characters": () => "x".repeat(129),
  "gives a control character": () => "ali\nce",
  "gives a line separator": () => "ali\u2028ce",
  "gives a bidi character": () => "ali\u202ece",
  "gives half a pair": () => "ali\ud800ce",
  "gives a blank before": () => " alice",
  "gives a blank behind": () => "alice\u00a0",
  "gives blanks": () => "   ",
};

for (const [what, user] of Object.entries(WRONG_USERS)) {
  Deno.test(`createTokenBroker() answers 500 when user ${what} (security 23)`, async () => {
    const { ask, answered, coze } = createBrokerWorld({ user });
    const answer = await ask();
    assertEquals([answer.status, answer.json], [500, { error: { code: "user-failed" } }]);
    assertCommon(answer.headers, true);
    assertEquals(coze.count, 0);
    const [{ code, reason } = {}] = answered;
    assertEquals(code, "user-failed");
    if (what !== "throws no error") {
      assertMatch(reason!, /"user" gave (?:no string|a Response)|database is down/);
    }
  });
}

Deno.test("createTokenBroker() says when user gives the same Response twice", async () => {
  const response = new Response(stream("please log in"), { status: 401 });
  const { ask } = createBrokerWorld({ user: () => response });
  assertEquals((await ask()).status, 401);
  assertEquals((await ask()).status, 500);
});

Deno.test("createTokenBroker() makes the id the session name (security 23)", async () => {
  const emulator = createEmulator();
  const provider = createTokenProvider(await emulator.createApp(), {}, { fetch: emulator });
  const broker = createTokenBroker(provider, { origins: [ORIGIN], user: userOf });
  const ids = ["a", "Alice", "x".repeat(128), "😀".repeat(128), "张三", "a b", 'a"b', "a/../b"];
  for (const id of ids) {
    const body = '{"sessionName":"mallory","user":"mallory","durationSeconds":86399}';
    const { status } = await read(await broker(createBrokerRequest({ as: id, body })));
    assertEquals(status, 200, id);
    const { claims, body: sent } = emulator.journal.at(-1)!;
    assertEquals((claims as Record<string, unknown>)["session_name"], id);
    assertEquals((sent as Record<string, unknown>)["duration_seconds"], 900);
  }
});

Deno.test("createTokenBroker() asks for what the option request says", async () => {
  const emulator = createEmulator();
  const provider = createTokenProvider(await emulator.createApp(), {}, { fetch: emulator });
  const scope = { permissions: ["Connector.botChat"], botIds: ["7"] };
  const request = { durationSeconds: 300, scope };
  const broker = createTokenBroker(provider, { origins: [ORIGIN], user: userOf, request });
  request.durationSeconds = 86_399;
  const { json } = await read(await broker(createBrokerRequest({ as: "alice" })));
  assert(json.expiresIn <= 300, json.expiresIn);
  const { scope: sent } = emulator.journal.at(-1)!.body as Record<string, unknown>;
  assertEquals(JSON.stringify(sent).includes('"bot_id_list":["7"]'), true);
});

Deno.test("createTokenBroker() gives each user another token, and keeps it (security 23)", async () => {
  const { tokenOf, coze } = createBrokerWorld();
  const [alice, bob] = [await tokenOf("alice"), await tokenOf("bob")];
  assert(alice !== bob);
  assertEquals([await tokenOf("alice"), await tokenOf("bob")], [alice, bob]);
  assertEquals(coze.count, 2);
});

Deno.test("createTokenBroker() makes one exchange for a user in ten tabs", async () => {
  const { tokenOf, coze } = createBrokerWorld();
  const tokens = await callers(10, () => tokenOf("alice"));
  assertEquals([new Set(tokens).size, coze.count], [1, 1]);
});

Deno.test("createTokenBroker() replaces a refused token by one exchange", async () => {
  const { tokenOf, coze } = createBrokerWorld();
  const first = await tokenOf("alice");
  const tokens = await callers(4, () => tokenOf("alice", first));
  assertEquals(new Set(tokens).size, 1);
  assert(tokens[0] !== first);
  assertEquals(coze.count, 2);
  // A tab that still holds the first token gets the present one.
  assertEquals(await tokenOf("alice", first), tokens[0]);
  assertEquals(coze.count, 2);
});

Deno.test("createTokenBroker() lets a user replace only their own token (security 23)", async () => {
  const { tokenOf, coze } = createBrokerWorld();
  const [alice, bob] = [await tokenOf("alice"), await tokenOf("bob")];
  assertEquals(await tokenOf("bob", alice), bob);
  assertEquals(await tokenOf("alice"), alice);
  assertEquals(coze.count, 2);
});

Deno.test("createTokenBroker() makes few exchanges for a page that refuses every token", async () => {
  const { tokenOf, coze } = createBrokerWorld();
  let token = await tokenOf("alice");
  for (let i = 0; i < 10; i++) token = await tokenOf("alice", token);
  assertEquals(coze.count, 2);
});

for (
  const { lifeSeconds, renewsAtMs } of [
    { lifeSeconds: 900, renewsAtMs: 60_000 },
    { lifeSeconds: 100, renewsAtMs: 50_000 },
    { lifeSeconds: 10, renewsAtMs: 5_000 },
  ]
) {
  Deno.test(`createTokenBroker() renews a token of ${lifeSeconds} s before a page needs it`, async () => {
    // The provider or Coze decides how long it lives, not the broker's option.
    const { tokenOf, machine } = createBrokerWorld({}, createProviderWorld({ lifeSeconds }));
    const first = await tokenOf("alice");
    // The server's clock shows whole seconds.
    machine.pass(lifeSeconds * 1000 - renewsAtMs - 2500);
    assertEquals(await tokenOf("alice"), first);
    machine.pass(2600);
    assert(await tokenOf("alice") !== first);
  });
}

Deno.test("createTokenBroker() gives the old token while Coze fails, then says so", async () => {
  const { ask, tokenOf, machine, coze, answered } = createBrokerWorld();
  const first = await tokenOf("alice");
  machine.pass(850_000);
  coze.outage = refuseAssertion(machine);
  assertEquals(await tokenOf("alice"), first);
  machine.pass(60_000);
  const answer = await ask({ as: "alice" });
  assertEquals([answer.status, answer.json], [502, { error: { code: "token-unavailable" } }]);
  assertCommon(answer.headers, true);
  const { code, reason } = answered.at(-1)!;
  assertEquals([code, reason], ["token-unavailable", "client-refused"]);
});

Deno.test("createTokenBroker() answers 503 with Retry-After when Coze limits the rate", async () => {
  const { ask, coze } = createBrokerWorld();
  coze.outage = () => new Response("", { status: 429, headers: { "retry-after": "7" } });
  const { status, json, headers } = await ask({ as: "alice" });
  assertEquals([status, json], [503, { error: { code: "busy" } }]);
  assertEquals(headers.get("retry-after"), "7");
  assertEquals(headers.get("access-control-expose-headers"), "retry-after");
});

Deno.test("createTokenBroker() survives a provider that throws anything", async () => {
  for (const error of [new TypeError("x"), "x", undefined, Object.create(null)]) {
    const provider = {
      ...createProviderWorld().provider,
      getAccessToken: () => Promise.reject(error),
    };
    const broker = createTokenBroker(provider, { origins: [ORIGIN], user: () => "alice" });
    const { status, json } = await read(await broker(createBrokerRequest()));
    assertEquals([status, json], [502, { error: { code: "token-unavailable" } }]);
  }
});

/** Runs a test in which a timer of a second takes 25 ms. */
async function hurried(test: () => Promise<void>): Promise<void> {
  const real = globalThis.setTimeout;
  globalThis.setTimeout =
    ((callback: () => void, ms = 0) => real(callback, ms / 40)) as typeof real;
  try {
    await test();
  } finally {
    globalThis.setTimeout = real;
  }
}

Deno.test("createTokenBroker() answers 504 when Coze hangs; the exchange goes on", () =>
  hurried(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const world = createProviderWorld();
    const { ask, coze, answered } = createBrokerWorld({}, world);
    const token = { access_token: "czs_late", expires_in: world.machine.truth() / 1000 + 900 };
    coze.failures.push(async () => {
      await promise;
      return Response.json(token);
    });
    const answer = await ask({ as: "alice" });
    assertEquals([answer.status, answer.json], [504, { error: { code: "timeout" } }]);
    assertEquals([answered[0]?.code, answered[0]?.reason], ["timeout", "timeout"]);
    resolve();
    assertEquals((await ask({ as: "alice" })).json.token, "czs_late");
    assertEquals(coze.count, 1);
  }));

Deno.test("createTokenBroker() gives a valid token when Coze hangs", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const { tokenOf, machine, coze } = createBrokerWorld();
  const first = await tokenOf("alice");
  machine.pass(860_000);
  coze.failures.push(() => promise);
  await hurried(async () => assertEquals(await tokenOf("alice"), first));
  assertEquals(coze.count, 2);
  resolve(refuseAssertion(machine)());
  // The exchange ends.
  await new Promise((resolve) => setTimeout(resolve, 0));
});

const never = () => new Promise<never>(() => {});
const HANGS: Record<string, () => Promise<Answered>> = {
  "the provider ignores the signal": async () => {
    const provider = { ...createProviderWorld().provider, getAccessToken: never };
    const broker = createTokenBroker(provider, { origins: [ORIGIN], user: () => "alice" });
    return await read(await broker(createBrokerRequest()));
  },
  "user hangs": () => createBrokerWorld({ user: never }).ask(),
  "the body does not end": () =>
    createBrokerWorld().ask({ as: "alice", body: new ReadableStream() }),
};

for (const [what, ask] of Object.entries(HANGS)) {
  Deno.test(`createTokenBroker() answers 504 when ${what}`, () =>
    hurried(async () => {
      const { status, json, headers } = await ask();
      assertEquals([status, json], [504, { error: { code: "timeout" } }]);
      assertCommon(headers, true);
    }));
}

Deno.test("createTokenBroker() limits a user to 20 tokens a minute, or perMinute (security 23)", async () => {
  for (const perMinute of [undefined, 3]) {
    const { ask, coze, answered } = createBrokerWorld({ perMinute });
    for (let i = 0; i < (perMinute ?? 20); i++) {
      assertEquals((await ask({ as: "alice" })).status, 200);
    }
    const { status, json, headers } = await ask({ as: "alice" });
    assertEquals([status, json], [429, { error: { code: "too-many-requests" } }]);
    assertCommon(headers, true);
    assertMatch(headers.get("retry-after")!, /^(?:60|5\d)$/);
    assertEquals(answered.at(-1)!.status, 429);
    assertEquals((await ask({ as: "bob" })).status, 200);
    assertEquals(coze.count, 2);
  }
});

Deno.test("createTokenBroker() works when onEvent throws", async () => {
  const throws = () => {
    throw new Error("no");
  };
  const rejects = () => Promise.reject(new Error("no")) as unknown as void;
  for (const onEvent of [throws, rejects]) {
    const { ask } = createBrokerWorld({ onEvent });
    assertEquals((await ask({ as: "alice" })).status, 200);
  }
});

Deno.test("createTokenBroker() shows no secret and no word of Coze (security 24)", async () => {
  const canary = "czs_canary0123456789";
  const jwts: string[] = [];
  const answers = [
    () => Response.json({ access_token: canary, expires_in: Date.now() / 1000 + 900 }),
    () =>
      Response.json({ error_code: "invalid_client", error_message: `unicorn ${canary}` }, {
        status: 401,
      }),
    () => new Response(`unicorn ${canary}`, { status: 500 }),
    () => Response.json({ error_code: "access_deny", error_message: "unicorn" }, { status: 403 }),
  ];
  const { privateKey } = app();
  for (const answer of answers) {
    for (const error of [undefined, new Error(`unlucky: Bearer ${canary}`)]) {
      const events: unknown[] = [];
      const provider = createTokenProvider(app(), {}, {
        sleep: () => Promise.resolve(),
        fetch(request) {
          jwts.push(request.headers.get("authorization")!.slice(7));
          return Promise.resolve(answer());
        },
      });
      const user = () => error ? Promise.reject(error) : "alice-in-wonderland";
      const broker = createTokenBroker(provider, {
        origins: [ORIGIN],
        user,
        onEvent: (e) => events.push(e),
      });
      const { status, text, headers } = await read(await broker(createBrokerRequest()));
      const seen = JSON.stringify([[...headers], events]) + (status === 200 ? "" : text);
      const secrets = [
        canary,
        "unicorn",
        "PRIVATE",
        privateKey.slice(60, 90),
        "alice-in-",
        ...jwts,
      ];
      for (const secret of secrets) assert(!seen.includes(secret), seen);
    }
  }
  assert(jwts.length >= 4);
});

/** Options that are refused when the broker is made. */
const WRONG_OPTIONS: Record<string, Partial<Record<keyof TokenBrokerOptions, unknown>>> = {
  "no origins": { origins: undefined },
  "a text of origins": { origins: ORIGIN },
  "any origin": { origins: ["*"] },
  "a pattern": { origins: ["https://*.example.com"] },
  "a path": { origins: [`${ORIGIN}/app`] },
  "a slash at the end": { origins: [`${ORIGIN}/`] },
  "http": { origins: ["http://www.example.com"] },
  "http of the local network": { origins: ["http://192.168.1.2:3000"] },
  "null": { origins: ["null"] },
  "another scheme": { origins: ["capacitor://localhost"] },
  "a default port": { origins: [`${ORIGIN}:443`] },
  "a user name": { origins: ["https://me@www.example.com"] },
  "upper case": { origins: ["https://WWW.example.com"] },
  "a number": { origins: [7] },
  "a hole": { origins: Array(1) },
  "no user": { user: undefined },
  "a text for a user": { user: "alice" },
  "perMinute 0": { perMinute: 0 },
  "perMinute 1.5": { perMinute: 1.5 },
  "perMinute for ever": { perMinute: Infinity },
  "perMinute as a text": { perMinute: "20" },
  "onEvent that is no function": { onEvent: {} },
  "a session name": { request: { sessionName: "alice" } },
  "a lifetime of 0": { request: { durationSeconds: 0 } },
  "a scope without permissions": { request: { scope: {} } },
  "a request that is no object": { request: 7 },
};

for (const [what, wrong] of Object.entries(WRONG_OPTIONS)) {
  Deno.test(`createTokenBroker() refuses the option ${what}`, () => {
    const { provider } = createProviderWorld();
    const options = { origins: [ORIGIN], user: userOf, ...wrong } as TokenBrokerOptions;
    const error = assertThrows(() => createTokenBroker(provider, options), CozeError);
    assertEquals(error.code, what.startsWith("a lifetime") ? "duration-out-of-range" : "usage");
    const name = what.startsWith("a lifetime") ? "lives" : Object.keys(wrong)[0]!;
    if (!what.startsWith("a scope")) assertStringIncludes(error.message, name);
    if (what === "a slash at the end") assertStringIncludes(error.message, 'no "/" at the end');
  });
}

Deno.test("createTokenBroker() takes origins of https, and of http on this machine", () => {
  const { provider } = createProviderWorld();
  const local = ["http://localhost", "http://127.0.0.1:5173", "http://[::1]:3000"];
  const origins = [ORIGIN, `${ORIGIN}:8443`, "https://xn--fsqu00a.example", ...local];
  createTokenBroker(provider, { origins, user: userOf });
});

Deno.test("createTokenBroker() refuses a provider that is none", () => {
  const options = { origins: [ORIGIN], user: userOf };
  for (const provider of [undefined, {}, "token"]) {
    assertThrows(() => createTokenBroker(provider as TokenProvider, options), CozeError);
  }
});
