import type { TokenStore } from "../../lib/token_store.ts";

/** An entry of a store in memory. */
export interface MemoryEntry {
  value: string;
  endsAt: number;
}

/** A store in memory that tests can look into. */
export interface MemoryStore extends TokenStore {
  /** All entries, to be read and changed. */
  readonly entries: Map<string, MemoryEntry>;
  /** The operations so far, the failed ones too. */
  readonly calls: { operation: keyof TokenStore; key: string }[];
  /** Called before each operation: it can throw, or give a promise that is awaited. */
  before?: (operation: keyof TokenStore, key: string) => unknown;
}

/**
 * Creates a store in memory.
 *
 * @param now The store's clock, in milliseconds.
 */
export function createMemoryStore(now: () => number): MemoryStore {
  const entries = new Map<string, MemoryEntry>();

  async function begin(operation: keyof TokenStore, key: string): Promise<void> {
    store.calls.push({ operation, key });
    await store.before?.(operation, key);
  }

  function present(key: string): MemoryEntry | undefined {
    const entry = entries.get(key);
    return entry && entry.endsAt > now() ? entry : undefined;
  }

  const store: MemoryStore = {
    entries,
    calls: [],
    async get(key) {
      await begin("get", key);
      const entry = present(key);
      return entry && { value: entry.value, ttlMs: entry.endsAt - now() };
    },
    async set(key, value, ttlMs) {
      // The life counts from the call on, also when the operation is late.
      const endsAt = now() + ttlMs;
      await begin("set", key);
      entries.set(key, { value, endsAt });
    },
    async add(key, value, ttlMs) {
      const endsAt = now() + ttlMs;
      await begin("add", key);
      if (present(key)) return false;
      entries.set(key, { value, endsAt });
      return true;
    },
    async delete(key) {
      await begin("delete", key);
      entries.delete(key);
    },
  };
  return store;
}
