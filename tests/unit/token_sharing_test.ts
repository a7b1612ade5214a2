import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import type { TokenStore } from "../../lib/token_store.ts";
import { createFleet, EPOCH, KEY, LIFE_MS } from "../testing/fleet_world.ts";

const LOCK_MS = 5_000;
/** The longest pause between two looks at the store. */
const POLL_MS = 375;

function fleetOf(count: number) {
  const fleet = createFleet();
  const processes = Array.from({ length: count }, fleet.createProcess);
  return {
    ...fleet,
    processes,
    issued: () => processes.reduce((sum, each) => sum + each.issued, 0),
  };
}

const never = () => new Promise<never>(() => {});
const refusal = (details = {}) =>
  new CozeError("client-refused", "no", details, { status: 401, message: "kid" });

Deno.test("obtain() exchanges once for 32 cold processes", async () => {
  const { processes, time, exchangeIn, issued } = fleetOf(32);
  const exchange = () => exchangeIn(300);
  const all = await time.run(Promise.all(processes.map((each) => each.obtain({ exchange }))));
  assertEquals(new Set(all.map((token) => token?.accessToken)), new Set(["czs_token_1"]));
  assertEquals(issued(), 1);
  const types = processes.map(({ events }) => events.map(({ type }) => type).join());
  assertEquals(types.sort(), ["", ...Array(31).fill("wait,hit")]);
});

Deno.test("obtain() does not let waiting processes ask the store in step", async () => {
  const { processes, time, exchangeIn, store } = fleetOf(8);
  const adds: number[] = [];
  store.before = (operation) => operation === "add" && adds.push(time.now());
  const exchange = () => exchangeIn(300);
  await time.run(Promise.all(processes.map((each) => each.obtain({ exchange }))));
  // All began at the same moment.
  assertEquals(new Set(adds).size, adds.length - 7);
});

Deno.test("obtain() takes over from a process that was killed, when its lock expires", async () => {
  const { processes: [leader, ...others], time, sleep, exchangeIn, issued } = fleetOf(3);
  leader!.obtain({ exchange: never });
  await time.run(sleep(1));
  const waiting = Promise.all(
    others.map((each) => each.obtain({ exchange: () => exchangeIn(300) })),
  );
  await time.run(sleep(2_500));
  leader!.kill();
  const tokens = await time.run(waiting);
  assertEquals(new Set(tokens.map((token) => token?.accessToken)).size, 1);
  assertEquals(issued(), 2);
  assert(time.now() <= LOCK_MS + 300 + 2 * POLL_MS, `${time.now()} ms`);
});

Deno.test("obtain() lets few processes exchange while Coze is slow", async () => {
  const { processes, time, exchangeIn, issued } = fleetOf(8);
  const exchange = () => exchangeIn(LOCK_MS + 2_000);
  await time.run(Promise.all(processes.map((each) => each.obtain({ exchange }))));
  assertEquals(issued(), 2);
});

Deno.test("obtain() waits 10 s at most for the locks of others", async () => {
  for (const slowMs of [0, 800]) {
    const { processes: [only], time, sleep, store } = fleetOf(1);
    store.entries.set(`lock ${KEY}`, { value: "{}", endsAt: Infinity });
    store.before = (operation) => operation !== "delete" && slowMs > 0 ? sleep(slowMs) : undefined;
    await time.run(only!.obtain());
    assertEquals(only!.issued, 1);
    assert(time.now() >= 10_000 && time.now() < 14_000, `${time.now()} ms`);
    await time.run(sleep(1_000));
  }
});

Deno.test("obtain() exchanges at once after a failure that is not shared", async () => {
  const offset = { clockOffsetSeconds: -601 };
  const lost = new CozeError("connection-lost", "lost");
  for (const error of [lost, new Error("bug"), refusal(offset)]) {
    const { processes: [leader, other], time, exchangeIn } = fleetOf(2);
    const backoffMs = () => 60_000;
    const exchange = () => exchangeIn(300).then(() => Promise.reject(error));
    const failing = assertRejects(() => leader!.obtain({ exchange, backoffMs }));
    const patient = other!.obtain({ exchange: () => exchangeIn(100) });
    assertEquals(await time.run(failing), error);
    await time.run(patient);
    assert(time.now() <= 400 + 2 * POLL_MS, `${time.now()} ms`);
  }
});

Deno.test("obtain() gives a refusal to all who wait, and to all who come while it lasts", async () => {
  const { processes, store, time, sleep, exchangeIn, issued } = fleetOf(30);
  const error = refusal({ clockOffsetSeconds: 60 });
  const obtain = (each: typeof processes[number]) =>
    assertRejects(() =>
      each.obtain({
        exchange: () => exchangeIn(300).then(() => Promise.reject(error)),
        backoffMs: () => 7_999.5,
      }), CozeError);
  const [first, ...others] = await time.run(Promise.all(processes.map(obtain)));
  assertEquals(first, error);
  assert(time.now() <= 300 + 2 * POLL_MS, `${time.now()} ms`);
  await time.run(sleep(4_000));
  const late = await time.run(obtain(processes[0]!));
  assertEquals(issued(), 1);
  for (const other of [...others, late]) {
    // The seconds that are left.
    const retryAfterSeconds = other === late ? 4 : 8;
    assertEquals(
      { ...other, message: other!.message },
      { ...error, message: error.message, details: { ...error.details, retryAfterSeconds } },
    );
  }
  // A store whose clock differs does not make it longer.
  const lock = store.entries.get(`lock ${KEY}`)!;
  lock.endsAt += 1e9;
  assertEquals((await time.run(obtain(processes[1]!))).details.retryAfterSeconds, 8);
  lock.endsAt -= 1e9;
  await time.run(sleep(5_000));
  assertEquals((await time.run(processes[0]!.obtain()))?.accessToken, "czs_token_2");
});

Deno.test("obtain() looks again when it gets the lock: the token may be there", async () => {
  const { processes: [first, second], time, sleep, store, issued } = fleetOf(2);
  let isFirst = true;
  store.before = async (operation) => {
    if (operation !== "add" || !isFirst) return;
    isFirst = false;
    // Between the look at the token and the lock, another process exchanges.
    await first!.obtain();
    await sleep(1);
  };
  assertEquals((await time.run(second!.obtain()))?.accessToken, "czs_token_1");
  assertEquals(issued(), 1);
  await time.run(sleep(1));
  assertEquals([...store.entries.keys()], [`token ${KEY}`]);
});

const DOWN: readonly (keyof TokenStore)[] = ["get", "set", "add", "delete"];

for (const operation of DOWN) {
  Deno.test(`obtain() exchanges although the store fails to ${operation}`, async () => {
    for (const fail of [() => Promise.reject(refusal()), () => assert(false)]) {
      const { processes: [only], time, sleep, store } = fleetOf(1);
      store.before = (each) => each === operation ? fail() : undefined;
      assertEquals((await time.run(only!.obtain()))?.accessToken, "czs_token_1");
      await time.run(sleep(1));
      assertEquals([only!.issued, time.now()], [1, 1]);
      const { type, operation: failed, reason } = only!.events[0] as Record<string, unknown>;
      assertEquals([type, failed], ["failure", operation]);
      assert(/^(?:CozeError|AssertionError)$/.test(String(reason)), String(reason));
    }
  });
}

/** A token as the store holds it. */
const stored = (more: Record<string, unknown> = {}) =>
  JSON.stringify({
    accessToken: "czs_stored",
    lifeMs: LIFE_MS,
    expiresAt: EPOCH + 60_000,
    ...more,
  });

const NO_TOKENS = [
  ...["", "null", "[]", "{", '"czs_stored"', "{}", "扣子"],
  ...[1, "a b", "", "a\n", null].map((accessToken) => stored({ accessToken })),
  ...["1", -1, 0, null, 1e300].map((lifeMs) => stored({ lifeMs })),
  ...["1", -1, 0, null, 1e300, []].map((expiresAt) => stored({ expiresAt })),
];

Deno.test("obtain() counts what is no token as missing (security 10)", async () => {
  for (const value of NO_TOKENS) {
    const { processes: [only], store, time, sleep } = fleetOf(1);
    store.entries.set(`token ${KEY}`, { value, endsAt: Infinity });
    assertEquals((await time.run(only!.obtain()))?.accessToken, "czs_token_1", value);
    await time.run(sleep(1));
  }
});

const NO_REFUSALS = [
  "",
  "null",
  "{}",
  "[]",
  '{"code":1}',
  '{"code":"a","message":"b"}',
  "{",
  '{"code":"\\u001b[31ma","message":"b","server":{"status":401},"ttlMs":9000}',
  '{"code":"a","message":"b","server":{"status":"401"},"ttlMs":9000}',
  '{"code":"a","message":"b","server":{"status":401},"ttlMs":"9000"}',
];

Deno.test("obtain() counts what is no refusal as a lock (security 10)", async () => {
  for (const value of NO_REFUSALS) {
    const { processes: [only], store, time, sleep } = fleetOf(1);
    store.entries.set(`lock ${KEY}`, { value, endsAt: 1_000 });
    assertEquals((await time.run(only!.obtain()))?.accessToken, "czs_token_1", value);
    assert(time.now() >= 1_000);
    await time.run(sleep(1));
  }
});

Deno.test("obtain() gives a stored token the life that the store's clock leaves it", async () => {
  const rows: [endsAt: number, hasClock: boolean, expected: number][] = [
    [5_000, true, 5_000],
    // A store cannot make the life longer than it was.
    [1e12, true, LIFE_MS],
    [Infinity, true, LIFE_MS],
    // Without the store's clock, this machine's decides.
    [1e12, false, 60_000],
  ];
  for (const [endsAt, hasClock, expected] of rows) {
    const { processes: [only], store, time } = fleetOf(1);
    store.entries.set(`token ${KEY}`, { value: stored(), endsAt });
    const { get } = store;
    if (!hasClock) store.get = async (key) => ({ value: (await get(key))!.value });
    const token = await time.run(only!.obtain());
    assertEquals([token?.remainingMs(), token?.issuedLifeMs], [expected, LIFE_MS]);
  }
});

Deno.test("obtain() makes no life longer by a store that is slow to read or to write", async () => {
  const { processes: [first, second], store, time, sleep } = fleetOf(2);
  store.before = (operation) => operation === "set" ? sleep(700) : undefined;
  const end = time.now() + (await time.run(first!.obtain()))!.remainingMs();
  await time.run(sleep(1_000));
  store.before = (operation) => operation === "get" ? sleep(700) : undefined;
  const shared = (await time.run(second!.obtain()))!;
  const longerMs = time.now() + shared.remainingMs() - end;
  assert(longerMs <= 0, `${longerMs} ms longer`);
  // A slow read may have got the answer at its beginning.
  assertEquals(shared.remainingMs(), LIFE_MS - 1_000 - 2 * 700);
});

Deno.test("obtain() publishes what is left of the life when the exchange ended long ago", async () => {
  const { processes: [stopped, other], store, time, sleep } = fleetOf(2);
  const go = Promise.withResolvers<void>();
  // The process is stopped between its exchange and the store.
  store.before = (operation) => operation === "set" ? go.promise : undefined;
  await time.run(stopped!.obtain());
  await time.run(sleep(10_000));
  store.before = undefined;
  store.entries.clear();
  assertEquals((await time.run(other!.obtain()))?.accessToken, "czs_token_2");
  go.resolve();
  await time.run(sleep(1));
  const late = await time.run(other!.obtain());
  assertEquals(late?.accessToken, "czs_token_1");
  assertEquals(late?.remainingMs(), LIFE_MS - 10_001);
});
