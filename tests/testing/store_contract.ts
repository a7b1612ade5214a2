// What must hold for every store: the same tests for each of them.

import { assert, assertEquals } from "@std/assert";
import type { TokenStore } from "../../lib/token_store.ts";
import { type Need, testWith } from "./needs.ts";
import { TOKEN } from "./token_server.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";

/** An empty store, and access to what stands in it. */
export interface OpenStore {
  /** Gives a store over the same entries, as another process would open it. */
  open: (secret: string) => TokenStore;
  /** The entries as they are stored. */
  raw: () => Promise<[key: string, value: unknown][]>;
  /** Writes an entry as it is stored, for at least a minute. */
  put: (key: string, value: unknown) => Promise<unknown>;
  /** What an administrator sees besides the entries, such as a log or a file. */
  log?: () => Promise<string>;
  close: () => unknown;
}

/** A kind of store. */
interface StoreKind {
  name: string;
  /** What the machine needs for it. */
  needs?: readonly Need[];
  start: () => Promise<OpenStore>;
  /** Values that this store does not write. */
  garbage: readonly unknown[];
}

const KEY = JSON.stringify(["https://api.coze.cn/token", "1127900106117", {
  sessionName: "爱丽丝",
}]);
const LIFE_MS = 900_000.5;

/** Repeats a check until it gives true; the store's clock decides when. */
async function until(check: () => Promise<boolean>): Promise<void> {
  while (!await check()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The value of a key, whatever its life. */
const valueOf = async (store: TokenStore, key = KEY) => (await store.get(key))?.value;

const RULES: Readonly<Record<string, (store: TokenStore, all: OpenStore) => Promise<void>>> = {
  async "get() gives what set() wrote last, and the life that is left"(store) {
    assertEquals(await store.get(KEY), undefined);
    await store.set(KEY, "old", LIFE_MS);
    await store.set(KEY, TOKEN, LIFE_MS);
    const { value, ttlMs } = (await store.get(KEY))!;
    assertEquals(value, TOKEN);
    assert(ttlMs! > LIFE_MS - 60_000 && ttlMs! <= LIFE_MS, `${ttlMs} ms`);
  },
  async "delete() removes a value"(store) {
    await store.delete(KEY);
    await store.set(KEY, TOKEN, LIFE_MS);
    await store.delete(KEY);
    assertEquals(await store.get(KEY), undefined);
  },
  async "values expire"(store) {
    await store.set(KEY, TOKEN, 40);
    assert(await store.add("lock", "{}", 40));
    await until(async () => await store.get(KEY) === undefined);
    await until(() => store.add("lock", "next", LIFE_MS));
    assertEquals(await valueOf(store, "lock"), "next");
  },
  async "add() succeeds for one of 32 callers at once"(store, all) {
    for (let round = 0; round < 3; round++) {
      const callers = Array.from({ length: 32 }, () => all.open(SECRET));
      const added = await Promise.all(callers.map((own, at) => own.add(KEY, `${at}`, LIFE_MS)));
      assertEquals(added.filter(Boolean).length, 1);
      assertEquals(await valueOf(store), `${added.indexOf(true)}`);
      assert(!await store.add(KEY, "late", LIFE_MS));
      await store.set(KEY, TOKEN, LIFE_MS);
      assert(!await store.add(KEY, "late", LIFE_MS));
      assertEquals(await valueOf(store), TOKEN);
      await store.delete(KEY);
    }
  },
  async "each key has its own value, whatever the texts are"(store) {
    const keys = ["", "a", "A", "a\0b", "爱丽丝", "x".repeat(5000), "*", "{a}b"];
    for (const key of keys) await store.set(key, `${key}\n1:值`, LIFE_MS);
    for (const key of keys) assertEquals(await valueOf(store, key), `${key}\n1:值`);
    await store.set("", "", LIFE_MS);
    assertEquals(await valueOf(store, ""), "");
  },
  async "a process with another secret gets nothing"(store, all) {
    await store.set(KEY, TOKEN, LIFE_MS);
    assertEquals(await all.open(`${SECRET}!`).get(KEY), undefined);
    assertEquals(await valueOf(store), TOKEN);
  },
  async "a value that was moved to another key counts as missing"(store, all) {
    await store.set(KEY, TOKEN, LIFE_MS);
    await store.set("other", "czs_other", LIFE_MS);
    const [[a, first], [b, second]] = await all.raw() as [[string, unknown], [string, unknown]];
    await all.put(a, second);
    await all.put(b, first);
    assertEquals([await store.get(KEY), await store.get("other")], [undefined, undefined]);
  },
  async "stores neither tokens nor names nor the secret in plain text"(store, all) {
    await store.set(KEY, TOKEN, LIFE_MS);
    await store.add(`${KEY} lock`, TOKEN, LIFE_MS);
    const entries = await all.raw();
    const raw = Deno.inspect(entries, { depth: 9, strAbbreviateSize: Infinity });
    const log = await all.log?.() ?? "";
    assertEquals(entries.length, 2);
    assert(all.log === undefined || log.includes(entries[0]![0]), "the log shows what is stored");
    const names = ["爱丽丝", "1127900106117", "sessionName", "coze.cn"];
    for (const hidden of [TOKEN.slice(4), SECRET, ...names]) {
      const bytes = new TextEncoder().encode(hidden);
      for (const form of [hidden, bytes.toHex(), bytes.toBase64().slice(0, -4)]) {
        assert(!(raw + log).includes(form), form);
      }
    }
  },
};

/**
 * Registers the tests of one kind of store.
 *
 * @param kind The kind.
 */
export function testStore({ name, needs = [], start, garbage }: StoreKind): void {
  function test(rule: string, check: (store: TokenStore, all: OpenStore) => Promise<void>): void {
    testWith(needs, `${name}: ${rule}`, async () => {
      const all = await start();
      try {
        await check(all.open(SECRET), all);
      } finally {
        await all.close();
      }
    });
  }

  for (const [rule, check] of Object.entries(RULES)) test(rule, check);

  test("a value that it did not write counts as missing", async (store, all) => {
    await store.set(KEY, TOKEN, LIFE_MS);
    const [[key]] = await all.raw() as [[string, unknown]];
    for (const value of garbage) {
      const name = Deno.inspect(value);
      await all.put(key, value);
      assertEquals(await store.get(KEY), undefined, name);
      await store.set(KEY, TOKEN, LIFE_MS);
      assertEquals(await valueOf(store), TOKEN, name);
    }
  });
}
