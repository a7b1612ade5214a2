import { assert, assertEquals, assertRejects } from "@std/assert";
import { LEASE_MS } from "../../../lib/provider/shared_tokens.ts";
import type { MemoryStore } from "../../testing/memory_store.ts";
import { createFleet, EPOCH, KEY, LIFE_MS } from "../../testing/fleet_world.ts";

const POLL_MS = 375;

function fleetOf(count: number, storeHasClock?: boolean) {
  const fleet = createFleet(storeHasClock);
  const processes = Array.from({ length: count }, fleet.createProcess);
  return {
    ...fleet,
    processes,
    issued: () => processes.reduce((sum, each) => sum + each.issued, 0),
  };
}

/** Takes out the operations that a store was asked for so far. */
const callsOf = ({ calls }: MemoryStore) => calls.splice(0).map(({ operation }) => operation);

/** What an entry of the store holds. */
const stored = (more: Record<string, unknown> = {}) =>
  JSON.stringify({
    accessToken: "czs_stored",
    lifeMs: LIFE_MS,
    expiresAt: EPOCH + 60_000,
    ...more,
  });

Deno.test("obtain() exchanges once for 32 cold processes", async () => {
  const { processes, time, exchange, issued } = fleetOf(32);
  const issue = () => exchange(300);
  const all = await time.run(Promise.all(processes.map((each) => each.obtain({ issue }))));
  assertEquals(new Set(all.map(({ accessToken }) => accessToken)), new Set(["czs_token_1"]));
  assertEquals(issued(), 1);
  const types = processes.map(({ events }) => events.map(({ type }) => type).join());
  assertEquals(types.sort(), ["", ...Array(31).fill("wait,hit")]);
});

Deno.test("obtain() asks the store once for a hit, three times for a miss", async () => {
  const { processes: [first, second], store, time } = fleetOf(2);
  await time.run(first!.obtain());
  assertEquals(callsOf(store), ["read", "take", "write"]);
  await time.run(second!.obtain());
  assertEquals(callsOf(store), ["read"]);
  // A refresh: the token that is there is the one that is held.
  await time.run(second!.obtain({ isWanted: () => false }));
  assertEquals(callsOf(store), ["read", "take", "write"]);
});

Deno.test("obtain() takes over from a process that was killed, within the lease", async () => {
  const { processes, time, exchange, issued } = fleetOf(8);
  const [leader, ...others] = processes;
  leader!.obtain({ issue: () => new Promise(() => {}) });
  const waiting = Promise.all(others.map((each) => each.obtain({ issue: () => exchange(300) })));
  await time.run(time.sleep(2_500, new AbortController().signal));
  leader!.kill();
  const killedAt = time.now();
  const held = await time.run(waiting);
  assertEquals(new Set(held.map(({ accessToken }) => accessToken)).size, 1);
  assertEquals(issued(), 2);
  assert(time.now() - killedAt <= LEASE_MS + 300 + 2 * POLL_MS, `${time.now() - killedAt} ms`);
});

Deno.test("obtain() renews the lease of an exchange that takes longer", async () => {
  const { processes, time, exchange, issued } = fleetOf(8);
  const issue = () => exchange(LEASE_MS + 4_000);
  await time.run(Promise.all(processes.map((each) => each.obtain({ issue }))));
  assertEquals(issued(), 1);
});

Deno.test("obtain() waits for another's lease 10 s at most, however long that is renewed", async () => {
  const { processes: [leader, other], time, exchange } = fleetOf(2);
  leader!.obtain({ issue: () => new Promise(() => {}) });
  await time.run(other!.obtain({ issue: () => exchange(100) }));
  assertEquals(other!.issued, 1);
  assert(time.now() >= 10_000 && time.now() <= 10_100 + POLL_MS, `${time.now()} ms`);
  leader!.kill();
});

Deno.test("obtain() gives the lease back when the exchange fails, and tells its own callers alone", async () => {
  const { processes: [leader, other], time, exchange, store } = fleetOf(2);
  const failing = leader!.obtain({
    async issue() {
      await exchange(300);
      throw new Error("refused");
    },
  });
  const patient = other!.obtain({ issue: () => exchange(100) });
  await time.run(Promise.allSettled([failing, patient]));
  await assertRejects(() => failing, Error, "refused");
  await patient;
  assert(time.now() <= 300 + 100 + 2 * POLL_MS, `${time.now()} ms`);
  assertEquals(callsOf(store).filter((call) => call === "giveBack").length, 1);
});

Deno.test("obtain() does not let a process that slept over its lease overwrite a newer token", async () => {
  const { processes: [slow, quick], time, exchange, store, down } = fleetOf(2);
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = slow!.obtain({
    async issue() {
      await promise;
      return await exchange();
    },
  });
  await time.run(time.sleep(1, new AbortController().signal));
  // It does not renew: nothing of it runs.
  down.add("take");
  await time.run(time.sleep(LEASE_MS, new AbortController().signal));
  down.delete("take");
  const fence = store.entries.get(KEY)!.fence;
  assertEquals(await store.take(KEY, "another", store.entries.get(KEY)!), true);
  assertEquals(await store.write(KEY, stored(), 1, { owner: "another", fence: fence + 1 }), true);
  resolve();
  assertEquals((await time.run(late)).accessToken, "czs_token_1");
  assertEquals((await time.run(quick!.obtain())).accessToken, "czs_stored");
});

for (const operation of ["read", "take", "write"] as const) {
  Deno.test(`obtain() exchanges by itself when the store fails to ${operation}`, async () => {
    const { processes, time, down, issued } = fleetOf(4);
    down.add(operation);
    const isWanted = () => operation !== "write";
    const all = await time.run(
      Promise.all(
        processes.slice(0, operation === "write" ? 1 : 4).map((each) => each.obtain({ isWanted })),
      ),
    );
    assertEquals(all.length, issued());
    assertEquals(processes[0]!.events, [{
      type: "failure",
      of: "store",
      operation,
      reason: "Error",
    }]);
  });
}

Deno.test("obtain() leaves no lease behind when its token cannot be written, or need not be", async () => {
  const { processes: [first, second], time, down, issued } = fleetOf(2);
  down.add("write");
  await time.run(first!.obtain());
  assertEquals(time.now(), 0);
  down.delete("write");
  const dead = { accessToken: "czs_dead", lifeMs: 0, endsAt: 0 };
  await time.run(second!.obtain({ issue: () => Promise.resolve(dead) }));
  await time.run(first!.obtain());
  assertEquals([time.now(), issued()], [0, 3]);
});

Deno.test("obtain() survives a store that is flushed while it exchanges", async () => {
  const { processes: [first, second, third], time, exchange, store, issued } = fleetOf(3);
  const issue = () => exchange(1_000);
  const begun = first!.obtain({ issue });
  await time.run(time.sleep(500, new AbortController().signal));
  store.entries.clear();
  const begunAfter = second!.obtain({ issue });
  await time.run(Promise.all([begun, begunAfter]));
  assertEquals(issued(), 2);
  await time.run(third!.obtain());
  assertEquals(issued(), 2);
});

for (
  const value of [
    undefined,
    "",
    "null",
    "[]",
    "{",
    '"czs_stored"',
    "{}",
    stored({ accessToken: 1 }),
    stored({ accessToken: "a b" }),
    stored({ accessToken: "" }),
    stored({ accessToken: "a\n" }),
    stored({ lifeMs: "1" }),
    stored({ lifeMs: -1 }),
    stored({ lifeMs: null }),
    stored({ expiresAt: 1e300 }),
    stored({ expiresAt: [] }),
    stored({ expiresAt: EPOCH }),
  ]
) {
  Deno.test(`obtain() takes ${value} in the store for nothing (security 10)`, async () => {
    const { processes: [only], store, time } = fleetOf(1);
    store.entries.set(KEY, { ...(value !== undefined && { value }), fence: 7 });
    assertEquals((await time.run(only!.obtain())).accessToken, "czs_token_1");
    assertEquals(store.entries.get(KEY)!.fence, 9);
  });
}

Deno.test("obtain() believes no store that a token lives longer than it was issued for", async () => {
  for (const storeHasClock of [true, false]) {
    const { processes: [only], store, time } = fleetOf(1, storeHasClock);
    const value = stored({ expiresAt: EPOCH * 2, storeEndsAt: 1e12 });
    store.entries.set(KEY, { value, fence: 1 });
    assertEquals((await time.run(only!.obtain())).endsAt, time.now() + LIFE_MS);
  }
});

Deno.test("obtain() goes by the store's clock where it has one", async () => {
  const { processes: [only], store, time } = fleetOf(1, true);
  for (const hours of [-48, 48]) {
    only!.cozeAheadMs = hours * 3_600_000;
    store.entries.set(KEY, { value: stored({ storeEndsAt: time.now() + 5_000 }), fence: 1 });
    assertEquals((await time.run(only!.obtain())).endsAt, time.now() + 5_000);
  }
});

Deno.test("obtain() makes no life longer by a write that is late", async () => {
  const { processes: [first, second], store, time } = fleetOf(2, true);
  store.before = (operation) =>
    operation === "write" && time.sleep(1_500, new AbortController().signal);
  const { endsAt } = await time.run(first!.obtain());
  assertEquals(time.now(), 1_500);
  assertEquals((await time.run(second!.obtain())).endsAt, endsAt);
});

Deno.test("obtain() waits for no other process while a token is served, but keeps an eye on it", async () => {
  const { processes: [leader, other], time } = fleetOf(2);
  const pass = (ms: number) => time.run(time.sleep(ms, new AbortController().signal));
  leader!.obtain({ issue: () => new Promise(() => {}) });
  await pass(1);
  const current = { accessToken: "czs_served", lifeMs: LIFE_MS, endsAt: 60_000 };
  const wish = { current: () => current, isWanted: () => false };
  assertEquals(await time.run(other!.obtain(wish)), current);
  leader!.kill();
  await pass(LEASE_MS - 1);
  assertEquals(await time.run(other!.obtain(wish)), current);
  assertEquals([time.now(), other!.issued], [LEASE_MS, 0]);
  // What was seen the first time counts: the other has long been dead.
  await pass(1);
  await time.run(other!.obtain(wish));
  assertEquals([time.now(), other!.issued], [LEASE_MS + 1, 1]);
});

Deno.test("obtain() serves the store's token when the refusal shows that this clock was wrong", async () => {
  const { processes: [only], store, time } = fleetOf(1);
  store.entries.set(KEY, { value: stored(), fence: 1 });
  only!.cozeAheadMs = 600_000;
  const held = await time.run(only!.obtain({
    issue() {
      only!.cozeAheadMs = 0;
      return Promise.reject(new Error("refused"));
    },
  }));
  assertEquals(held, { accessToken: "czs_stored", lifeMs: LIFE_MS, endsAt: time.now() + 60_000 });
  assertEquals(store.entries.get(KEY)!.owner, undefined);
});
