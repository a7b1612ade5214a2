// Providers of several processes that share a store.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import type { TokenStore } from "../../lib/token_store.ts";
import { refuseAssertion } from "../testing/machine.ts";
import { callers, codeOf, createProviderWorld } from "../testing/provider_world.ts";

/** Waits until the store holds no lock: then the last token is published. */
async function published({ store }: ReturnType<typeof createProviderWorld>): Promise<void> {
  const isLocked = () => [...store.entries.keys()].some((key) => key.startsWith("lock"));
  while (isLocked()) await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("getToken() shares each kind of token through the store", async () => {
  const world = createProviderWorld();
  const [first, second] = [world.sharing(), world.sharing()];
  for (const [name, token] of [[undefined, "czs_token_1"], ["alice", "czs_token_2"]]) {
    assertEquals(await first.getToken({ sessionName: name }), token);
    await published(world);
    assertEquals(await second.getToken({ sessionName: name }), token);
  }
  assertEquals(world.coze.count, 2);
});

Deno.test("getToken() shares no token with a process that would get another one", async () => {
  const { coze, sharing } = createProviderWorld();
  const connectorInfo = { connectorId: "999" };
  const others = [
    sharing(),
    sharing({}, {}, { clientId: "2" }),
    sharing({}, {}, { keyId: "another" }),
    sharing({}, {}, { baseUrl: "https://api.coze.com" }),
    sharing({}, {}, { baseUrl: "https://api.coze.cn/path" }),
    sharing({}, { accountId: "1" }),
    sharing({}, { enterpriseId: "1" }),
    sharing({}, { sessionName: "a" }),
    sharing({}, { sessionContext: { connectorInfo } }),
    sharing({}, { durationSeconds: 60 }),
  ];
  for (const provider of others) await provider.getToken();
  assertEquals(coze.count, others.length);
  // The same URL in other forms.
  for (const baseUrl of ["https://api.coze.cn", "https://api.coze.cn/"]) {
    assertEquals(await sharing({}, {}, { baseUrl }).getToken(), "czs_token_1");
  }
});

Deno.test("getToken() takes no refused token from the store, but the one that replaced it", async () => {
  const world = createProviderWorld();
  const [first, second] = [world.sharing(), world.sharing()];
  const token = await first.getToken();
  await published(world);
  await second.getToken();
  first.invalidate(token);
  assertEquals(await first.getToken(), "czs_token_2");
  await published(world);
  assertEquals(await second.getToken(), token);
  second.invalidate(token);
  assertEquals(await second.getToken(), "czs_token_2");
  assertEquals(world.coze.count, 2);
});

Deno.test("getToken() takes the next token from the store, and not its own again", async () => {
  const world = createProviderWorld();
  const { coze, machine, joined, sharing } = world;
  const [first, second] = [sharing(), sharing()];
  const { lifeMs } = await first.getAccessToken();
  await published(world);
  await second.getToken();
  machine.pass(lifeMs - 20_000);
  assertEquals(await joined(first), "czs_token_2");
  await published(world);
  assertEquals(await second.getToken(), "czs_token_1");
  assertEquals(await joined(second), "czs_token_2");
  assertEquals(coze.count, 2);
  // By the store's clock its own token seems to live longer, because this machine's was set.
  machine.set(lifeMs - 20_000);
  assertEquals(await second.getToken(), "czs_token_2");
  assertEquals(await joined(second), "czs_token_3");
});

Deno.test("getToken() waits for no other process while it holds a valid token", async () => {
  const world = createProviderWorld();
  const { coze, machine, store, sharing, count } = world;
  const provider = sharing();
  const { lifeMs } = await provider.getAccessToken();
  await published(world);
  machine.pass(lifeMs - 20_000);
  const [key] = store.entries.keys();
  const lock = key!.replace("token", "lock");
  store.entries.set(lock, { value: "{}", endsAt: machine.truth() + 5_000 });
  const before = machine.truth();
  for (let i = 0; i < 10; i++) {
    assertEquals(await provider.getToken(), "czs_token_1");
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals([count("wait"), machine.truth() - before, coze.count], [0, 0, 1]);
  // A caller that wants a longer life joins, and waits for the lock to expire.
  const short = provider.getToken();
  const long = provider.getAccessToken({}, { minLifeMs: 60_000 });
  assertEquals([await short, (await long).accessToken], ["czs_token_1", "czs_token_2"]);
  assert(machine.truth() - before >= 5_000);
});

const OFFSETS_MS = [-48 * 3_600_000, -600_000, 600_000, 48 * 3_600_000];

for (const offsetMs of OFFSETS_MS) {
  Deno.test(`getToken() shares while a clock is off by ${offsetMs} ms`, async () => {
    const world = createProviderWorld();
    const { coze, machine, sharing } = world;
    const right = sharing();
    const wrong = sharing({ now: () => machine.now() + offsetMs });
    // The process with the wrong clock writes what the others read.
    const { lifeMs } = await wrong.getAccessToken();
    await published(world);
    machine.pass(400_000);
    for (const provider of [right, sharing({ now: () => machine.now() + offsetMs })]) {
      const { lifeMs: rest } = await provider.getAccessToken();
      // The exchange took some real time.
      assert(rest <= lifeMs - 400_000 && rest > lifeMs - 460_000, `${rest} ms`);
    }
    machine.pass(lifeMs - 400_000 - 61_000);
    assertEquals(await sharing().getToken(), "czs_token_1");
    assertEquals(coze.count, 1);
    machine.pass(61_001);
    assertEquals(await sharing().getToken(), "czs_token_2");
  });
}

Deno.test("getToken() shares a refusal, for as long as it is remembered", async () => {
  const world = createProviderWorld();
  const { coze, machine, sharing } = world;
  const holder = sharing();
  const token = await holder.getToken({ durationSeconds: 800 });
  coze.outage = refuseAssertion(machine);
  const first = await assertRejects(() => sharing().getToken(), CozeError);
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const other of await callers(30, () => assertRejects(() => sharing().getToken()))) {
    const { code, message, server } = other as CozeError;
    assertEquals([code, message], ["client-refused", first.message]);
    assertEquals(JSON.stringify(server), JSON.stringify(first.server));
  }
  assertEquals(coze.count, 2);
  assertEquals(await holder.getToken({ durationSeconds: 800 }), token);
  // A process that comes later remembers whole seconds.
  const late = sharing();
  machine.pass(900);
  assertEquals(await codeOf(late.getToken()), "client-refused");
  coze.outage = undefined;
  machine.pass(1_001);
  assertEquals(await late.getToken(), "czs_token_3");
});

const OPERATIONS: readonly (keyof TokenStore)[] = ["get", "set", "add", "delete"];

Deno.test("getToken() exchanges although an operation of the store hangs", async () => {
  await Promise.all(OPERATIONS.map(async (hanging) => {
    const { store, sharing, coze } = createProviderWorld();
    store.before = (operation) => operation === hanging ? new Promise<never>(() => {}) : undefined;
    const provider = sharing();
    assertEquals(await provider.getToken(), "czs_token_1");
    // In hand, it needs nothing of the store.
    store.before = () => new Promise<never>(() => {});
    const calls = store.calls.length;
    assertEquals(await provider.getToken(), "czs_token_1");
    assertEquals([store.calls.length - calls, coze.count], [0, 1]);
  }));
});

Deno.test("getToken() gives a new token out before the store has done anything with it", async () => {
  const { store, sharing } = createProviderWorld();
  const order: string[] = [];
  const write = Promise.withResolvers<void>();
  store.before = (operation) => {
    if (operation === "set") return write.promise.then(() => order.push("set"));
  };
  await sharing().getToken().then(() => order.push("token"));
  write.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(order, ["token", "set"]);
});

Deno.test("getToken() waits for other processes no longer than timeoutMs", async () => {
  const { store, sharing, machine, coze } = createProviderWorld();
  store.add = () => Promise.resolve(false);
  const before = machine.truth();
  assertEquals(await sharing({ timeoutMs: 2_000 }).getToken(), "czs_token_1");
  const waitedMs = machine.truth() - before;
  assert(waitedMs >= 2_000 && waitedMs < 2_500, `${waitedMs} ms`);
  assertEquals(coze.count, 1);
});

Deno.test("getToken() accepts a sleep that does not wait, and clocks that stand", async () => {
  const { sharing, coze } = createProviderWorld();
  const options = { sleep: () => Promise.resolve(), monotonic: () => 0 };
  const providers = [sharing(options), sharing(options)];
  for (const provider of providers) assertEquals(await codeOf(provider.getToken()), undefined);
  await Promise.all(providers.map((provider) => provider.getToken({ sessionName: "a" })));
  assert(coze.count >= 2 && coze.count <= 3);
});

/** Results that no store may give. */
const GARBAGE: [operation: "get" | "add", result: unknown][] = [
  ...["x", 5, { value: 5 }, []].map((result) => ["get", result] as ["get", unknown]),
  ...[undefined, null, 1, "OK"].map((result) => ["add", result] as ["add", unknown]),
];

for (const [operation, result] of GARBAGE) {
  Deno.test(`getToken() exchanges at once when ${operation} gives ${Deno.inspect(result)}`, async () => {
    const { store, sharing, events, coze } = createProviderWorld();
    store[operation] = () => Promise.resolve(result as never);
    assertEquals(await sharing().getToken(), "czs_token_1");
    assertEquals(coze.count, 1);
    const failure = { type: "failure", of: "store", operation, reason: "TypeError" } as const;
    assert(events.some((event) => Deno.inspect(event) === Deno.inspect(failure)));
  });
}

Deno.test("getToken() shows a shared refusal without control characters (security 11)", async () => {
  const { store, sharing } = createProviderWorld();
  const add = store.add.bind(store);
  // An attacker without the secret can do this to a store that is not sealed.
  store.add = async (key, _value, ttlMs) => {
    const server = { status: 401, message: "\x1b[31mx", nested: {} };
    const refusal = {
      code: "client-refused",
      message: "\x1b]52;c;eA==\x07no",
      server,
      ttlMs: 9e15,
    };
    await add(key, JSON.stringify({ ...refusal, details: { list: [], "\x1b[31m": 1 } }), ttlMs);
    return false;
  };
  const error = await assertRejects(() => sharing().getToken(), CozeError);
  assertEquals([error.code, error.message], ["client-refused", "no"]);
  assertEquals(error.server, { status: 401, message: "x" });
  assertEquals(Object.keys(error.details), ["retryAfterSeconds"]);
});
