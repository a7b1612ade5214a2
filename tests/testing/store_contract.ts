// What must hold for every store: the same tests for each of them.

import { assert, assertEquals } from "@std/assert";
import type { StoreEntry, TokenStore } from "../../lib/provider/token_store.ts";
import { type Need, testWith } from "./needs.ts";
import { TOKEN } from "./token_server.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";

/** A store with nothing in it, and what tests do to it behind its back. */
export interface OpenStore {
  /** Gives what works on the same entries, as another process would open it. */
  open: (secret: string) => TokenStore;
  /** Removes all entries. */
  flush: () => Promise<void>;
  /** Changes fields of all entries. */
  poison: (fields: Record<string, unknown>) => Promise<void>;
  /** Everything that is stored, as text. */
  dump: () => Promise<string>;
  close: () => Promise<void>;
}

/** A kind of store. */
interface StoreKind {
  name: string;
  /** Whether it tells what time it is. */
  hasClock: boolean;
  /** Whether it trusts no field of what it reads. */
  looksAtFields: boolean;
  /** What the machine needs for it. */
  needs?: readonly Need[];
  start: () => Promise<OpenStore>;
}

const KEY = JSON.stringify(["https://api.coze.cn/token", "1127900106117", {
  sessionName: "爱丽丝",
}]);
const LIFE_MS = 900_000.5;
/** Values that no store writes. */
const INVALID = [Number.NaN, -1, 1.5, 1e308, Number.POSITIVE_INFINITY, "x", "", "-0x1"];

/** What counts of an entry. */
function leaseOf(entry: StoreEntry | undefined) {
  const { value, owner, fence } = entry ?? { fence: 0 };
  return { value, owner, fence };
}

/** What an entry is, whatever time it is; an empty one is none. */
function withoutClock(store: TokenStore): TokenStore {
  return {
    ...store,
    async read(key) {
      const { now: _, ...entry } = await store.read(key) ?? { fence: 0 };
      return entry.fence === 0 && Object.keys(entry).length === 1 ? undefined : entry;
    },
  };
}

/**
 * Registers the tests of one kind of store.
 *
 * @param kind The kind.
 */
export function testStore(
  { name, hasClock, looksAtFields, needs = [], start }: StoreKind,
): void {
  function test(what: string, check: (store: TokenStore, all: OpenStore) => Promise<void>): void {
    const fn = async () => {
      const all = await start();
      try {
        const open = (secret: string) => withoutClock(all.open(secret));
        await check(open(SECRET), { ...all, open });
      } finally {
        await all.close();
      }
    };
    testWith(needs, `${name} ${what}`, fn);
  }

  test("read() gives nothing where nothing is", async (store) => {
    assertEquals(await store.read(KEY), undefined);
  });

  test("take() takes what is as it was seen, and leaves the value", async (store) => {
    assert(await store.take(KEY, "a", { fence: 0 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: undefined, owner: "a", fence: 1 });
    assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 1 }));
    assert(await store.take(KEY, "b", { fence: 2 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: "b", fence: 3 });
    assert(await store.take(KEY, "b", { owner: "b", fence: 3 }));
    assert(await store.take(KEY, "c", { owner: "b", fence: 4 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: "c", fence: 5 });
  });

  test("take() refuses what is not as it was seen", async (store) => {
    assert(!await store.take(KEY, "a", { fence: 1 }));
    assert(!await store.take(KEY, "a", { owner: "b", fence: 0 }));
    assertEquals(await store.read(KEY), undefined);
    assert(await store.take(KEY, "a", { fence: 0 }));
    for (const owner of [undefined, "b", "", "A"]) {
      assert(!await store.take(KEY, "c", { ...(owner !== undefined && { owner }), fence: 1 }));
    }
    for (const fence of [0, 2, 11]) assert(!await store.take(KEY, "c", { owner: "a", fence }));
    assertEquals(leaseOf(await store.read(KEY)), { value: undefined, owner: "a", fence: 1 });
  });

  test(
    "take() gives the lease to one of 50 concurrent callers, new or taken over",
    async (store, all) => {
      const crowd = Array.from(
        { length: 50 },
        (_, i) => ({ owner: `${i}`, own: all.open(SECRET) }),
      );
      let seen: { owner?: string; fence: number } = { fence: 0 };
      for (let round = 1; round <= 3; round++) {
        const answers = await Promise.all(
          crowd.map(({ owner, own }) => own.take(KEY, owner, seen)),
        );
        assertEquals(answers.filter(Boolean).length, 1);
        seen = { owner: `${answers.indexOf(true)}`, fence: round };
        assertEquals(await store.read(KEY), seen);
      }
    },
  );

  test("write() writes and ends the lease, however often it was renewed", async (store) => {
    assert(await store.take(KEY, "a", { fence: 0 }));
    assert(await store.take(KEY, "a", { owner: "a", fence: 1 }));
    // The answer to the renewal was lost.
    assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 1 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: undefined, fence: 3 });
  });

  test("write() is refused after the lease was taken over", async (store) => {
    assert(await store.take(KEY, "a", { fence: 0 }));
    assert(await store.take(KEY, "b", { owner: "a", fence: 1 }));
    assert(!await store.write(KEY, "stale", LIFE_MS, { owner: "a", fence: 1 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: undefined, owner: "b", fence: 2 });
    assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "b", fence: 2 }));
    assert(!await store.write(KEY, "stale", LIFE_MS, { owner: "a", fence: 1 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: undefined, fence: 3 });
  });

  test("write() is taken after the store forgot all, and its fence goes on", async (store, all) => {
    assert(await store.take(KEY, "a", { fence: 0 }));
    await all.flush();
    assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 1 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: undefined, fence: 2 });
    await all.flush();
    assert(await store.take(KEY, "b", { fence: 0 }));
    // Another process holds the lease; its fence started again at 1.
    assert(!await store.write(KEY, "other", LIFE_MS, { owner: "a", fence: 7 }));
    assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "b", fence: 1 }));
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: undefined, fence: 2 });
  });

  test("giveBack() gives back what is held as given, and nothing else", async (store, all) => {
    await store.giveBack(KEY, { owner: "a", fence: 0 });
    assertEquals(await store.read(KEY), undefined);
    assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 0 }));
    assert(await store.take(KEY, "a", { fence: 1 }));
    await store.giveBack(KEY, { owner: "a", fence: 1 });
    await store.giveBack(KEY, { owner: "b", fence: 2 });
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: "a", fence: 2 });
    await store.giveBack(KEY, { owner: "a", fence: 2 });
    assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: undefined, fence: 3 });
    await all.flush();
    await store.giveBack(KEY, { owner: "a", fence: 2 });
    assertEquals(await store.read(KEY), undefined);
  });

  if (hasClock) {
    const clock = `${name} read() tells what the store's clock shows, with an entry and without`;
    testWith(needs, clock, async () => {
      const all = await start();
      const store = all.open(SECRET);
      const times = [(await store.read(KEY))!.now!];
      await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 0 });
      times.push((await store.read(KEY))!.now!);
      await all.close();
      assert(Math.abs(times[0]! - Date.now()) < 60_000, `${times}`);
      assert(times[1]! >= times[0]! && times[1]! - times[0]! < 60_000, `${times}`);
    });
  }

  test("read() gives each key its own, whatever the key and the value are", async (store) => {
    const keys = ["", "a", "A", "a\0b", "爱丽丝", "x".repeat(5000), "*", "{a}b"];
    for (const key of keys) await store.write(key, `${key} 值`, LIFE_MS, { owner: "a", fence: 0 });
    for (const key of keys) assertEquals((await store.read(key))!.value, `${key} 值`);
  });

  test("read() returns no value to a process with another secret", async (store, all) => {
    await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 0 });
    assertEquals(await all.open(`${SECRET}!`).read(KEY), undefined);
    assertEquals((await all.open(SECRET).read(KEY))!.value, TOKEN);
  });

  test("stores neither tokens nor names in plain text", async (store, all) => {
    await store.write(KEY, TOKEN, LIFE_MS, { owner: "owner-1", fence: 0 });
    await store.take(KEY, "owner-1", { fence: 1 });
    const dump = await all.dump();
    assert(dump.includes("owner-1"), "the dump shows what is there");
    for (const hidden of [TOKEN.slice(4), "爱丽丝", "1127900106117", "sessionName", "coze.cn"]) {
      const bytes = new TextEncoder().encode(hidden);
      for (const form of [hidden, bytes.toHex(), bytes.toBase64().slice(0, -4)]) {
        assert(!dump.includes(form), form);
      }
    }
    assert(!dump.includes(SECRET), "the secret");
  });

  if (looksAtFields) {
    test("treats an entry with invalid fields as missing", async (store, all) => {
      for (const invalid of INVALID) {
        await all.flush();
        await store.write(KEY, TOKEN, LIFE_MS, { owner: "a", fence: 0 });
        await all.poison({ value: invalid, fence: invalid, lifeMs: invalid });
        assertEquals(leaseOf(await store.read(KEY)).value, undefined, `${invalid}`);
        assertEquals(leaseOf(await store.read(KEY)).fence, 0, `${invalid}`);
        assert(await store.take(KEY, "b", { fence: 0 }), `${invalid}`);
        assert(await store.write(KEY, TOKEN, LIFE_MS, { owner: "b", fence: 1 }), `${invalid}`);
        assertEquals(leaseOf(await store.read(KEY)), { value: TOKEN, owner: undefined, fence: 2 });
      }
    });
  }
}
