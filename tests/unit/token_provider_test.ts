import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type CozeApp,
  CozeError,
  createTokenProvider,
  type TokenEvent,
  type TokenRequest,
} from "../../mod.ts";
import { pkcs8Pem, shortPkcs8Pem } from "../testing/keys.ts";
import { refuseAssertion } from "../testing/machine.ts";
import { app, callers, codeOf, createProviderWorld } from "../testing/provider_world.ts";
import { bearerOf, createTokenServer, partsOf, TOKEN } from "../testing/token_server.ts";

const USER = "canary-user";

Deno.test("createTokenProvider() refuses at once what no token could be requested with", () => {
  const rows: [Partial<CozeApp>, unknown, unknown, string][] = [
    [{ clientId: "" }, {}, {}, "config-missing"],
    [{ baseUrl: "http://api.coze.cn" }, {}, {}, "base-url-insecure"],
    [{}, { durationSeconds: 0 }, {}, "duration-out-of-range"],
    [{}, { accountId: "../x" }, {}, "usage"],
    [{}, "alice", {}, "usage"],
    [{}, {}, { timeoutMs: 0 }, "usage"],
    [{}, {}, { store: {} }, "usage"],
    [{}, {}, { store: 5 }, "usage"],
    [{}, {}, { fetch: 5 }, "usage"],
    [{}, {}, { monotonic: 5 }, "usage"],
    [{}, {}, { onEvent: 5 }, "usage"],
    [{}, {}, null, "usage"],
    [{}, null, {}, "usage"],
    ...[0, -1, 1.5, NaN, Infinity, "9"].map((maxEntries) =>
      [{}, {}, { maxEntries }, "usage"] as [object, object, object, string]
    ),
  ];
  for (const [more, request, options, code] of rows) {
    const create = () =>
      createTokenProvider({ ...app(), ...more }, request as TokenRequest, options as object);
    assertEquals<string>(assertThrows(create, CozeError).code, code);
  }
});

Deno.test("createTokenProvider() has its base URL", () => {
  assertEquals(createTokenProvider(app()).baseUrl, "https://api.coze.cn");
  const baseUrl = "https://api.coze.com";
  assertEquals(createTokenProvider({ ...app(), baseUrl }).baseUrl, baseUrl);
});

Deno.test("createTokenProvider() copies app, key and request, and writes to none (security 4)", async () => {
  const fetch = createTokenServer();
  const privateKey = new TextEncoder().encode(pkcs8Pem());
  const before = privateKey.slice();
  const own = { ...app(), privateKey: privateKey as string | Uint8Array };
  const request: TokenRequest = { durationSeconds: 60, scope: { permissions: ["a"] } };
  const provider = createTokenProvider(own, request, { fetch });
  assertEquals(privateKey, before);
  privateKey.fill(0);
  Object.assign(own, { clientId: "1", privateKey: "no key" });
  request.durationSeconds = 3600;
  request.scope!.permissions.push("b");
  assertEquals(await provider.getToken(), TOKEN);
  const body = JSON.parse(fetch.received[0]!.body);
  assertEquals(body["duration_seconds"], 60);
  assertEquals(body["scope"], { "account_permission": { "permission_list": ["a"] } });
  assertEquals(partsOf(bearerOf(fetch.received[0]!)).claims.iss, app().clientId);
});

Deno.test("createTokenProvider() shows neither key nor token nor name (security 4)", async () => {
  const provider = createTokenProvider(app(), { sessionName: USER }, {
    fetch: createTokenServer(),
  });
  await provider.getToken();
  const inspect = { depth: 99, showHidden: true, getters: true };
  for (const shown of [Deno.inspect(provider, inspect), JSON.stringify(provider)]) {
    for (const secret of [TOKEN, "PRIVATE", shortPkcs8Pem().slice(100, 160), USER, "CryptoKey"]) {
      assert(!shown.includes(secret), shown);
    }
  }
  const members = ["baseUrl", "getAccessToken", "getToken", "invalidate"];
  assertEquals(Object.keys(provider).sort(), members);
});

Deno.test("getToken() rejects each call with a damaged key, and sends nothing", async () => {
  const { providerOf, coze } = createProviderWorld();
  const provider = providerOf({}, {}, { privateKey: "no key" });
  for (let i = 0; i < 2; i++) assertEquals(await codeOf(provider.getToken()), "key-damaged");
  assertEquals(coze.count, 0);
});

Deno.test("getToken() exchanges once for 10,000 cold callers", async () => {
  const { provider, coze, count } = createProviderWorld();
  assertEquals(new Set(await callers(10_000, () => provider.getToken())), new Set(["czs_token_1"]));
  assertEquals([coze.count, count("wait")], [1, 9_999]);
});

const KINDS: readonly (TokenRequest | undefined)[] = [
  undefined,
  { durationSeconds: 901 },
  { sessionName: "a" },
  { sessionName: "b" },
  { sessionContext: { deviceInfo: { deviceId: "a" } } },
  { sessionContext: { deviceInfo: { customConsumer: "a" } } },
  { sessionContext: { connectorInfo: { connectorId: "999" } } },
  { sessionContext: { connectorInfo: { connectorId: "2001" } } },
  { accountId: "1" },
  { enterpriseId: "1" },
  { scope: { permissions: ["Connector.botChat"] } },
  { scope: { permissions: ["Connector.botChat"], botIds: ["1"] } },
  { scope: { permissions: ["Connector.botChat"], botIds: ["2"] } },
];

Deno.test("getToken() exchanges once for each kind of request: for all that is sent", async () => {
  const { provider, coze } = createProviderWorld();
  const get = () => Promise.all([...KINDS, ...KINDS].map((kind) => provider.getToken(kind)));
  const first = await get();
  assertEquals(new Set(first).size, KINDS.length);
  assertEquals(await get(), first);
  // A member that is absent or `undefined` and the default value make no difference.
  assertEquals(await provider.getToken({ durationSeconds: 900, sessionName: undefined }), first[0]);
  assertEquals(coze.count, KINDS.length);
});

Deno.test("getToken() lays its request over the provider's", async () => {
  const fetch = createTokenServer();
  const defaults = { durationSeconds: 60, sessionName: USER };
  const provider = createTokenProvider(app(), defaults, { fetch });
  await provider.getToken({ sessionName: "alice", durationSeconds: undefined });
  assertEquals(JSON.parse(fetch.received[0]!.body)["duration_seconds"], 60);
  assertEquals(partsOf(bearerOf(fetch.received[0]!)).claims["session_name"], "alice");
});

Deno.test("getToken() refuses an invalid request each time, before anything is sent", async () => {
  const { provider, coze } = createProviderWorld({ options: { maxEntries: 1 } });
  const token = await provider.getToken();
  const sessionNames = ["", 5, 5n, null, {}, () => "x", Symbol(), "a\nb", "x".repeat(257)];
  const rows: [unknown, string][] = [
    ...sessionNames.map((sessionName) => [{ sessionName }, "usage"] as [object, string]),
    [{ durationSeconds: 0 }, "duration-out-of-range"],
    [{ sessionContext: { connectorInfo: {} } }, "usage"],
    [{ accountId: "1", enterpriseId: "1" }, "usage"],
    ["alice", "usage"],
    [["alice"], "usage"],
    ...["", null, NaN, 0].map((request) => [request, "usage"] as [unknown, string]),
    [{ sessionContext: "x" }, "usage"],
    [{ scope: null }, "usage"],
    [{ accountId: null }, "usage"],
    [{ durationSeconds: 5n }, "duration-out-of-range"],
  ];
  for (const [request, code] of [...rows, ...rows]) {
    const name = Deno.inspect(request);
    assertEquals(await codeOf(provider.getToken(request as TokenRequest)), code, name);
  }
  assertEquals(await provider.getToken(), token);
  assertEquals(coze.count, 1);
  await provider.getToken({ sessionName: "名".repeat(256) });
});

Deno.test("getToken() evicts the least recently used kind", async () => {
  const { provider, coze } = createProviderWorld({ options: { maxEntries: 2 } });
  const exchanges = async (...names: string[]) => {
    const before = coze.count;
    for (const sessionName of names) await provider.getToken({ sessionName });
    await provider.getToken();
    return coze.count - before;
  };
  assertEquals(await exchanges("a", "b"), 3);
  assertEquals(await exchanges("a", "c"), 1);
  assertEquals(await exchanges("a", "c"), 0);
  assertEquals(await exchanges("b"), 1);
});

Deno.test("getToken() keeps 1,000 kinds besides the default one", async () => {
  const { provider, coze } = createProviderWorld();
  const get = (index: number) => provider.getToken({ sessionName: `${index}` });
  await provider.getToken();
  await callers(1_000, get);
  await get(1_000);
  await Promise.all([get(1), provider.getToken()]);
  assertEquals(coze.count, 1_002);
  await get(0);
  assertEquals(coze.count, 1_003);
});

Deno.test("getToken() evicts no kind that exchanges, or was refused a moment ago", async () => {
  const { provider, coze, machine } = createProviderWorld({ options: { maxEntries: 1 } });
  const kinds = ["a", "b"].map((sessionName) => ({ sessionName }));
  await Promise.all([...kinds, ...kinds].map((kind) => provider.getToken(kind)));
  assertEquals(coze.count, 2);
  for (let i = 0; i < 10; i++) {
    for (const kind of kinds) provider.invalidate(await provider.getToken(kind));
  }
  assert(coze.count <= 5, `${coze.count} exchanges`);
  machine.pass(31_000);
  const { count } = coze;
  for (let i = 0; i < 9; i++) await provider.getToken({ sessionName: `${i}` });
  await provider.getToken(kinds[0]);
  assertEquals(coze.count, count + 10);
});

Deno.test("getToken() keeps twice maxEntries at most, whatever the kinds do", async () => {
  for (const isFailing of [false, true]) {
    const { provider, coze, machine } = createProviderWorld({ options: { maxEntries: 100 } });
    if (isFailing) coze.outage = refuseAssertion(machine);
    const get = (index: number) => codeOf(provider.getToken({ sessionName: `${index}` }));
    await callers(1_000, get);
    assertEquals(coze.count, 1_000);
    await callers(200, (index) => get(999 - index));
    const isKept = isFailing ? 200 : 100;
    assertEquals(coze.count, 1_000 + 200 - isKept, `isFailing: ${isFailing}`);
  }
});

Deno.test("getToken() ends the wait of the caller that aborts, and not the exchange", async () => {
  const { provider, coze } = createProviderWorld();
  const impatient = new AbortController();
  const gone = provider.getToken(undefined, { signal: impatient.signal });
  const patient = provider.getToken(undefined, { signal: new AbortController().signal });
  impatient.abort(new Error("the caller's own reason"));
  assertEquals(await codeOf(gone), "interrupted");
  assertEquals(await patient, "czs_token_1");
  assertEquals(await codeOf(provider.getToken({}, { signal: impatient.signal })), "interrupted");

  // An exchange that no caller waits for goes on as well.
  const named = { sessionName: "alice" };
  const alone = new AbortController();
  const left = provider.getToken(named, { signal: alone.signal });
  alone.abort();
  assertEquals(await codeOf(left), "interrupted");
  assertEquals(await provider.getToken(named), "czs_token_2");
  assertEquals(coze.count, 2);
  const wrong = new AbortController() as unknown as AbortSignal;
  assertEquals(await codeOf(provider.getToken({}, { signal: wrong })), "usage");
});

/** The events of providers to which everything happens that can happen. */
async function everyEvent(onEvent: (event: TokenEvent) => void): Promise<string[]> {
  const world = createProviderWorld({ lifeSeconds: 100 });
  const { coze, machine, store, sharing, providerOf, joined } = world;
  const request = { sessionName: USER, durationSeconds: 100 };
  const refused = () =>
    Response.json({ error_code: "invalid_client", error_message: "invalid jwt" }, {
      status: 401,
      headers: { "x-tt-logid": "20241210152726467C48D89D6DB2AAAA" },
    });
  const secrets: string[] = [];
  const alone = providerOf({ onEvent }, request);
  secrets.push(...await callers(2, () => alone.getToken()), await alone.getToken());
  // The token is nearly over and the next exchange is refused: served at first, then not.
  coze.failures.push(refused, refused);
  machine.pass(97_500);
  await joined(alone);
  machine.pass(2_000);
  assertEquals(await codeOf(alone.getToken()), "client-refused");

  const first = sharing({ onEvent }, request);
  secrets.push(await first.getToken());
  await sharing({ onEvent }, request).getToken();
  // Another process holds the lock, until it expires.
  const [key] = [...store.entries.keys()].filter((key) => key.startsWith("token"));
  store.entries.delete(key!);
  const lock = key!.replace("token", "lock");
  store.entries.set(lock, { value: "{}", endsAt: machine.truth() + 300 });
  secrets.push(await sharing({ onEvent }, request).getToken());
  store.before = () => Promise.reject(new TypeError(`down ${secrets}`));
  secrets.push(await sharing({ onEvent }, request).getToken());
  return secrets;
}

Deno.test("onEvent gets every event, without token, key and name (security 12)", async () => {
  const events: TokenEvent[] = [];
  const secrets = await everyEvent((event) => events.push(event));
  const kinds = new Set(events.map((event) => {
    const { type, from, of, for: what, served } = event as Record<string, unknown>;
    const words = [type, from ?? of ?? what, served];
    return words.filter((each) => each !== undefined).join(" ");
  }));
  assertEquals([...kinds].sort(), [
    "exchange",
    "failure exchange false",
    "failure exchange true",
    "failure store",
    "hit memory",
    "hit store",
    "wait exchange",
    "wait lock",
  ]);
  const text = Deno.inspect(events, { depth: 99, showHidden: true, iterableLimit: 1e4 });
  const key = shortPkcs8Pem().slice(100, 160);
  for (const secret of [...secrets, USER, "PRIVATE", key, "eyJ", app().clientId]) {
    assert(!text.includes(secret), secret);
  }
  const members = new Set(events.flatMap((event) => Object.keys(event)));
  assertEquals([...members].sort(), [
    ...["code", "durationMs", "for", "from", "lifeMs", "logId"],
    ...["of", "operation", "reason", "served", "type"],
  ]);
});

Deno.test("onEvent that throws or rejects changes nothing", async () => {
  for (const fail of [() => Promise.reject(new Error("log")), () => assert(false)]) {
    assertEquals((await everyEvent(fail)).length, 6);
  }
});

Deno.test("getToken() rejects with the same error for all who wait", async () => {
  const { provider, coze, machine, events } = createProviderWorld();
  await provider.getToken();
  machine.pass(900_000);
  coze.failures.push(refuseAssertion(machine));
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => provider.getToken()));
  const errors = results.map((each) => each.status === "rejected" && each.reason);
  assertEquals(new Set(errors).size, 1);
  assertEquals((errors[0] as CozeError).code, "client-refused");
  const failure = {
    type: "failure",
    of: "exchange",
    code: "client-refused",
    logId: undefined,
    served: false,
  };
  assertEquals<unknown>(events.at(-1), failure);
});

Deno.test("getToken() reads its request once, members of a class included", async () => {
  class Alice {
    get sessionName() {
      return "alice";
    }
  }
  const { provider, coze } = createProviderWorld();
  const token = await provider.getToken(new Alice());
  assertEquals(await provider.getToken({ sessionName: "alice" }), token);
  assert(await provider.getToken() !== token);
  assertEquals(coze.count, 2);
});
