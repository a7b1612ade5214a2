// The stores that need no other program. Redis: fleet/redis_contract_test.ts.

import { kvStore, sealed } from "../../lib/stores/mod.ts";
import { createMemoryStore, type MemoryEntry } from "../testing/memory_store.ts";
import { testStore } from "../testing/store_contract.ts";

const TEXTS = ["", "x", "czs_plain", "{}", "A".repeat(60), "扣子", "9".repeat(200_000)];
const END = Date.now() + 3_600_000;

testStore({
  name: "sealed() over a store in memory",
  garbage: [...TEXTS.map((value) => ({ value, endsAt: END })), { value: 7, endsAt: END }],
  start() {
    const store = createMemoryStore(Date.now);
    return Promise.resolve({
      open: (secret) => sealed(store, secret),
      raw: () => Promise.resolve([...store.entries]),
      put: (key, value) => Promise.resolve(store.entries.set(key, value as MemoryEntry)),
      close: () => {},
    });
  },
});

testStore({
  name: "kvStore()",
  garbage: [
    ...[null, 7, "x", [], new Map([["value", "x"]]), new Deno.KvU64(3n), {}],
    ...TEXTS.slice(0, -1).map((value) => ({ value, endsAt: END })),
    ...[7, null, {}, undefined].map((value) => ({ value, endsAt: END })),
    ...[NaN, -1, 0, "9", null, undefined].map((endsAt) => ({ value: "x", endsAt })),
  ],
  async start() {
    const kv = await Deno.openKv(":memory:");
    return {
      open: (secret) => kvStore(kv, { secret }),
      async raw() {
        const entries = await Array.fromAsync(kv.list({ prefix: [] }));
        return entries.map(({ key, value }) => [key.join("/"), value]);
      },
      put: (key, value) => kv.set(key.split("/"), value),
      close: () => kv.close(),
    };
  },
});
