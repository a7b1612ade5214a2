import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CozeError, createTokenProvider, type TokenEvent, type TokenStore } from "../../../mod.ts";
import { otherPkcs8Pem, pkcs8Pem } from "../../testing/keys.ts";
import {
  createTokenServer,
  granted,
  json,
  KID_REFUSED,
  TOKEN,
} from "../../testing/token_server.ts";

const APP = { clientId: "1127900106117", keyId: "demo-key" };
const USER = "canary-user";

/** A clock by hand, which stands a quarter of an hour before the token of the server ends. */
function createClock() {
  let time = 1_999_999_100_000;
  return {
    now: () => time,
    monotonic: () => time,
    pass: (ms: number) => time += ms,
    /** A lease is renewed by nobody here: what waits that long waits until it is told to stop. */
    sleep: (ms: number) => ms > 1000 ? new Promise<never>(() => {}) : Promise.resolve(),
  };
}

Deno.test("createTokenProvider() refuses a number of entries that is none", () => {
  for (const maxEntries of [0, -1, 1.5, NaN, Infinity, "9" as unknown as number]) {
    const make = () => createTokenProvider({ ...APP, privateKey: pkcs8Pem() }, {}, { maxEntries });
    assertEquals(assertThrows(make, CozeError).code, "usage-value");
  }
  createTokenProvider({ ...APP, privateKey: pkcs8Pem() }, {}, { maxEntries: 1 });
});

Deno.test("createTokenProvider() refuses at once what no token could be asked for with", () => {
  const app = { ...APP, privateKey: pkcs8Pem() };
  const bad: [Partial<typeof app> & { baseUrl?: string }, object, string][] = [
    [{ clientId: "" }, {}, "config-missing"],
    [{ baseUrl: "http://api.coze.cn" }, {}, "base-url-insecure"],
    [{}, { durationSeconds: 0 }, "duration-out-of-range"],
    [{}, { accountId: "../x" }, "usage-value"],
  ];
  for (const [more, request, code] of bad) {
    const make = () => createTokenProvider({ ...app, ...more }, request);
    assertEquals<string>(assertThrows(make, CozeError).code, code);
  }
});

Deno.test("createTokenProvider() tells its base URL", () => {
  const app = { ...APP, privateKey: pkcs8Pem() };
  assertEquals(createTokenProvider(app).baseUrl, "https://api.coze.cn");
  const baseUrl = "https://api.coze.com";
  assertEquals(createTokenProvider({ ...app, baseUrl }).baseUrl, baseUrl);
});

Deno.test("createTokenProvider() reads the key at once, and never writes to the caller's bytes (security 4)", async () => {
  const privateKey = new TextEncoder().encode(pkcs8Pem());
  const before = privateKey.slice();
  const server = createTokenServer();
  const { now, monotonic, sleep } = createClock();
  const options = { fetch: server, now, monotonic, sleep };
  const provider = createTokenProvider({ ...APP, privateKey }, {}, options);
  assertEquals(privateKey, before);
  privateKey.fill(0);
  assertEquals(await provider.getToken(), TOKEN);
  assertEquals(privateKey, new Uint8Array(before.length));
});

Deno.test("createTokenProvider() leaves it to getToken() to say what is wrong with the key", async () => {
  const provider = createTokenProvider({ ...APP, privateKey: "no key" });
  for (let i = 0; i < 2; i++) {
    const { code } = await assertRejects(() => provider.getToken(), CozeError);
    assert(code.startsWith("key-"), code);
  }
});

Deno.test("getToken() takes the app and the request as they were when the provider was made", async () => {
  const server = createTokenServer();
  const { now, monotonic, sleep } = createClock();
  const request = { durationSeconds: 60 };
  const app = { ...APP, privateKey: pkcs8Pem() };
  const provider = createTokenProvider(app, request, { fetch: server, now, monotonic, sleep });
  Object.assign(app, { clientId: "1", privateKey: otherPkcs8Pem() });
  request.durationSeconds = 3600;
  await provider.getToken();
  assertEquals(JSON.parse(server.received[0]!.body)["duration_seconds"], 60);
});

Deno.test("createTokenProvider() shows neither key nor token nor name (security 4)", async () => {
  const { now, monotonic, sleep } = createClock();
  const app = { ...APP, privateKey: pkcs8Pem() };
  const options = { fetch: createTokenServer(), now, monotonic, sleep };
  const provider = createTokenProvider(app, { sessionName: USER }, options);
  await provider.getToken();
  const inspect = { depth: 99, showHidden: true, getters: true };
  for (const shown of [Deno.inspect(provider, inspect), JSON.stringify(provider)]) {
    for (const secret of [TOKEN, "PRIVATE", pkcs8Pem().slice(100, 160), USER, "CryptoKey"]) {
      assert(!shown.includes(secret), shown);
    }
  }
  assertEquals(Object.keys(provider).sort(), ["baseUrl", "getToken", "invalidate", "isShared"]);
});

/** A store that holds nothing, lets a number of others go first, or is down. */
function storeOf(how: "empty" | "taken" | "holding" | "down"): TokenStore {
  let takenFor = 2;
  const down = () => Promise.reject(new Error(`${TOKEN} ${USER} down`));
  if (how === "down") return { read: down, write: down, take: down, giveBack: down };
  const value = JSON.stringify({ accessToken: TOKEN, expiresAt: 2e12, lifeMs: 9e5 });
  return {
    read: () => {
      if (how === "holding") return Promise.resolve({ value, fence: 1 });
      const isTaken = how === "taken" && takenFor-- > 0;
      return Promise.resolve(isTaken ? { owner: USER, fence: 1 } : undefined);
    },
    write: () => Promise.resolve(true),
    take: () => Promise.resolve(true),
    giveBack: () => Promise.resolve(),
  };
}

/** Every event of a provider whose life has all that can happen in it. */
async function everyEvent(): Promise<TokenEvent[]> {
  const events: TokenEvent[] = [];
  let failed = Promise.withResolvers<void>();
  const onEvent = (event: TokenEvent) => {
    events.push(event);
    if (event.type === "failure" && event.of === "exchange") failed.resolve();
  };
  const app = { ...APP, privateKey: pkcs8Pem() };
  const headers = { "x-tt-logid": "20241210152726467C48D89D6DB2AAAA" };
  const refused = json(KID_REFUSED, 401, headers);
  for (const how of [undefined, "empty", "taken", "holding", "down"] as const) {
    failed = Promise.withResolvers();
    const { now, monotonic, sleep, pass } = createClock();
    const fetch = createTokenServer(granted, refused);
    const store = how && storeOf(how);
    const options = { fetch, now, monotonic, sleep, onEvent, ...(store && { store }) };
    const provider = createTokenProvider(app, { sessionName: USER }, options);
    await Promise.all([provider.getToken(), provider.getToken()]);
    await provider.getToken();
    // Its time is nearly over, and the next exchange is refused: first nobody sees it, then all do.
    pass(898_000);
    await provider.getToken();
    if (how !== "holding") await failed.promise;
    pass(2_000);
    await provider.getToken().catch(() => {});
  }
  return events;
}

Deno.test("onEvent gets every kind of event, and none holds token, key or name (security 12)", async () => {
  const events = await everyEvent();
  const kinds = new Set(events.map((event) => {
    const { type, from, of, for: what, operation, served } = event as unknown as Record<
      string,
      string
    >;
    return [type, from ?? of ?? what, operation ?? served].filter((each) => each !== undefined)
      .join(" ");
  }));
  assertEquals([...kinds].sort(), [
    "exchange",
    "failure exchange false",
    "failure exchange true",
    "failure store read",
    "hit memory",
    "hit store",
    "wait exchange",
    "wait lease",
  ]);
  const text = Deno.inspect(events, { depth: 99, showHidden: true, iterableLimit: 1e4 });
  for (const secret of [TOKEN, USER, "PRIVATE", pkcs8Pem().slice(100, 160), "eyJ", "demo-key"]) {
    assert(!text.includes(secret), secret);
  }
  const members = new Set(events.flatMap((event) => Object.keys(event)));
  assertEquals([...members].sort(), [
    ...["code", "durationMs", "for", "from", "lifeMs", "logId"],
    ...["of", "operation", "reason", "served", "type"],
  ]);
});

Deno.test("onEvent that throws changes nothing", async () => {
  const { now, monotonic, sleep } = createClock();
  const fetch = createTokenServer(granted, json(KID_REFUSED, 401));
  let count = 0;
  const onEvent = () => {
    count++;
    throw new Error("of the log");
  };
  const app = { ...APP, privateKey: pkcs8Pem() };
  for (const store of [undefined, storeOf("down")]) {
    const options = { fetch, now, monotonic, sleep, onEvent, ...(store && { store }) };
    const provider = createTokenProvider(app, {}, options);
    if (!store) {
      const waiting = [provider.getToken(), provider.getToken()];
      assertEquals(await Promise.all(waiting), [TOKEN, TOKEN]);
      assertEquals(await provider.getToken(), TOKEN);
      provider.invalidate(TOKEN);
    }
    const { code } = await assertRejects(() => provider.getToken(), CozeError);
    assertEquals(code, "client-refused");
  }
  assert(count > 5, String(count));
});
