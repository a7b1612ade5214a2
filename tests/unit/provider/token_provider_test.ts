import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type CozeApp,
  CozeError,
  createTokenProvider,
  type TokenEvent,
  type TokenStore,
} from "../../../mod.ts";
import { otherPkcs8Pem, pkcs8Pem } from "../../testing/keys.ts";
import {
  bearerOf,
  createTokenServer,
  granted,
  json,
  KID_REFUSED,
  partsOf,
  TOKEN,
} from "../../testing/token_server.ts";

const APP = { clientId: "1127900106117", keyId: "demo-key" };
const USER = "canary-user";

/** A provider's clocks by hand; they stand a quarter of an hour before the server's token ends. */
function createClock() {
  let time = 1_999_999_100_000;
  const clocks = {
    now: () => time,
    monotonic: () => time,
    /** No lease is renewed here: a long wait ends when it is told to stop. */
    sleep: (ms: number) => ms > 1000 ? new Promise<never>(() => {}) : Promise.resolve(),
  };
  return { clocks, pass: (ms: number) => time += ms };
}

Deno.test("createTokenProvider() takes 1, 2, … as the number of entries", () => {
  const make = (maxEntries: unknown) =>
    createTokenProvider({ ...APP, privateKey: pkcs8Pem() }, {}, { maxEntries } as object);
  for (const wrong of [0, -1, 1.5, NaN, Infinity, "9"]) {
    assertEquals(assertThrows(() => make(wrong), CozeError).code, "usage-value");
  }
  make(1);
});

Deno.test("createTokenProvider() refuses at once what no token could be asked for with", () => {
  const app = { ...APP, privateKey: pkcs8Pem() };
  const bad: [Partial<CozeApp>, object, string, object?][] = [
    [{ clientId: "" }, {}, "config-missing"],
    [{ baseUrl: "http://api.coze.cn" }, {}, "base-url-insecure"],
    [{}, { durationSeconds: 0 }, "duration-out-of-range"],
    [{}, { accountId: "../x" }, "usage-value"],
    [{}, {}, "usage-value", { timeoutMs: 0 }],
  ];
  for (const [more, request, code, options] of bad) {
    const make = () => createTokenProvider({ ...app, ...more }, request, options);
    assertEquals<string>(assertThrows(make, CozeError).code, code);
  }
});

Deno.test("createTokenProvider() tells its base URL", () => {
  const app = { ...APP, privateKey: pkcs8Pem() };
  const baseUrl = "https://api.coze.com";
  assertEquals(createTokenProvider(app).baseUrl, "https://api.coze.cn");
  assertEquals(createTokenProvider({ ...app, baseUrl }).baseUrl, baseUrl);
});

Deno.test("createTokenProvider() copies the key, and never writes to it (security 4)", async () => {
  const privateKey = new TextEncoder().encode(pkcs8Pem());
  const before = privateKey.slice();
  const options = { fetch: createTokenServer(), ...createClock().clocks };
  const provider = createTokenProvider({ ...APP, privateKey }, {}, options);
  assertEquals(privateKey, before);
  privateKey.fill(0);
  assertEquals(await provider.getToken(), TOKEN);
  assertEquals(privateKey, new Uint8Array(before.length));
});

Deno.test("createTokenProvider() accepts a bad key, and getToken() rejects", async () => {
  const provider = createTokenProvider({ ...APP, privateKey: "no key" });
  for (let i = 0; i < 2; i++) {
    const { code } = await assertRejects(() => provider.getToken(), CozeError);
    assert(code.startsWith("key-"), code);
  }
});

Deno.test("getToken() uses copies of the app and the request", async () => {
  const fetch = createTokenServer();
  const request = { durationSeconds: 60 };
  const app = { ...APP, privateKey: pkcs8Pem() };
  const provider = createTokenProvider(app, request, { fetch, ...createClock().clocks });
  Object.assign(app, { clientId: "1", privateKey: otherPkcs8Pem() });
  request.durationSeconds = 3600;
  await provider.getToken();
  const [received] = fetch.received;
  assertEquals(JSON.parse(received!.body)["duration_seconds"], 60);
  assertEquals(partsOf(bearerOf(received!)).claims.iss, APP.clientId);
});

Deno.test("createTokenProvider() shows neither key nor token nor name (security 4)", async () => {
  const app = { ...APP, privateKey: pkcs8Pem() };
  const options = { fetch: createTokenServer(), ...createClock().clocks };
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
    const { clocks, pass } = createClock();
    const fetch = createTokenServer(granted, refused);
    const options = { fetch, onEvent, store: how && storeOf(how), ...clocks };
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

Deno.test("onEvent gets every event, without token, key and name (security 12)", async () => {
  const events = await everyEvent();
  const kinds = new Set(events.map((event) => {
    const { type, from, of, for: what, operation, served } = event as Record<string, unknown>;
    const words = [type, from ?? of ?? what, operation ?? served];
    return words.filter((each) => each !== undefined).join(" ");
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
  const fetch = createTokenServer(granted, json(KID_REFUSED, 401));
  let count = 0;
  const onEvent = () => {
    count++;
    throw new Error("of the log");
  };
  const app = { ...APP, privateKey: pkcs8Pem() };
  for (const store of [undefined, storeOf("down")]) {
    const options = { fetch, onEvent, store, ...createClock().clocks };
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
