import { kvStore } from "../../lib/stores/kv_store.ts";
import { sealed } from "../../lib/stores/sealed.ts";
import { type OpenStore, testStore } from "../testing/store_contract.ts";
import { createMemoryStore } from "../testing/memory_store.ts";

function startMemory(now?: () => number): Promise<OpenStore> {
  const store = createMemoryStore(now);
  return Promise.resolve({
    open: (secret) => sealed(store, secret),
    poison: () => Promise.reject(new Error("This store trusts what it holds")),
    flush: () => Promise.resolve(store.entries.clear()),
    dump: () => Promise.resolve(Deno.inspect([...store.entries], { strAbbreviateSize: Infinity })),
    close: () => Promise.resolve(),
  });
}

testStore({
  name: "sealed() in memory",
  hasClock: false,
  looksAtFields: false,
  start: () => startMemory(),
});
testStore({
  name: "sealed() with a clock",
  hasClock: true,
  looksAtFields: false,
  start: () => startMemory(Date.now),
});

testStore({
  name: "kvStore()",
  hasClock: false,
  looksAtFields: true,
  async start() {
    const kv = await Deno.openKv(":memory:");
    const all = () => Array.fromAsync(kv.list<Record<string, unknown>>({ prefix: [] }));
    return {
      open: (secret) => kvStore(kv, { secret, sleep: () => Promise.resolve() }),
      async flush() {
        for (const { key } of await all()) await kv.delete(key);
      },
      async poison(fields) {
        for (const { key, value } of await all()) await kv.set(key, { ...value, ...fields });
      },
      dump: async () => Deno.inspect(await all(), { depth: 9, strAbbreviateSize: Infinity }),
      close: () => Promise.resolve(kv.close()),
    };
  },
});
