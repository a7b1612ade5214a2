import { assert, assertEquals, assertRejects } from "@std/assert";
import { LEASE_MS } from "../../../lib/provider/shared_tokens.ts";
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

Deno.test("obtain() does not let waiting processes ask the store in step", async () => {
  const { processes, time, exchange, store } = fleetOf(8);
  const reads: number[] = [];
  store.before = (operation) => operation === "read" && reads.push(time.now());
  const issue = () => exchange(300);
  await time.run(Promise.all(processes.map((each) => each.obtain({ issue }))));
  // The first of each was at the same moment.
  assertEquals(new Set(reads).size, reads.length - 7);
});

Deno.test("obtain() takes over from a process that was killed, within the lease", async () => {
  const { processes, time, exchange, issued } = fleetOf(3);
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
  const { processes, time, exchange, issued } = fleetOf(2);
  const issue = () => exchange(LEASE_MS + 4_000);
  await time.run(Promise.all(processes.map((each) => each.obtain({ issue }))));
  assertEquals(issued(), 1);
});

Deno.test("obtain() waits for a lease that is renewed for 10 s at most", async () => {
  const { processes: [leader, other], time, exchange } = fleetOf(2);
  leader!.obtain({ issue: () => new Promise(() => {}) });
  await time.run(other!.obtain({ issue: () => exchange(100) }));
  assertEquals(other!.issued, 1);
  assert(time.now() >= 10_000 && time.now() <= 10_100 + POLL_MS, `${time.now()} ms`);
  leader!.kill();
});

Deno.test("obtain() gives the lease back when its exchange fails", async () => {
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
  assertEquals(store.calls.filter(({ operation }) => operation === "giveBack").length, 1);
});

for (const operation of ["read", "take", "write"] as const) {
  Deno.test(`obtain() exchanges by itself when the store fails to ${operation}`, async () => {
    const { processes, time, down, issued } = fleetOf(operation === "write" ? 1 : 4);
    down.add(operation);
    const all = await time.run(Promise.all(processes.map((each) => each.obtain())));
    assertEquals([issued(), time.now()], [all.length, 0]);
    const failure = { type: "failure", of: "store", operation, reason: "Error" };
    assertEquals<unknown>(processes[0]!.events, [failure]);
  });
}

Deno.test("obtain() leaves no lease behind when it writes no token", async () => {
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

const NOTHING = [undefined, "", "null", "[]", "{", '"czs_stored"', "{}"].concat([
  ...[1, "a b", "", "a\n"].map((accessToken) => stored({ accessToken })),
  ...["1", -1, null].map((lifeMs) => stored({ lifeMs })),
  ...[1e300, [], EPOCH].map((expiresAt) => stored({ expiresAt })),
]);

for (const value of NOTHING) {
  Deno.test(`obtain() takes ${value} in the store for nothing (security 10)`, async () => {
    const { processes: [only], store, time } = fleetOf(1);
    store.entries.set(KEY, { ...(value !== undefined && { value }), fence: 7 });
    assertEquals((await time.run(only!.obtain())).accessToken, "czs_token_1");
    assertEquals(store.entries.get(KEY)!.fence, 9);
  });
}

Deno.test("obtain() believes no store that makes a token's life longer", async () => {
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

Deno.test("obtain() waits for no other process while it has a valid token", async () => {
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

Deno.test("obtain() serves the store's token when a refusal corrects its clock", async () => {
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
