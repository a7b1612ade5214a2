import type { StoreEntry, TokenStore } from "../../lib/provider/token_store.ts";

/** What a store in memory holds under one key. */
type MemoryEntry = Omit<StoreEntry, "now">;

/** A store that does what the interface says and nothing else, for tests to look into. */
interface MemoryStore extends TokenStore {
  /** All entries, to be read and changed. */
  readonly entries: Map<string, MemoryEntry>;
  /** The operations so far, the failed ones too. */
  readonly calls: { operation: keyof TokenStore; key: string }[];
  /** Called before each operation; it throws, rejects or waits for what a store may do. */
  before?: (operation: keyof TokenStore, key: string) => unknown;
}

/**
 * Makes a store in memory.
 *
 * @param now The store's clock in milliseconds; without it the store has none.
 * @returns The empty store.
 */
export function createMemoryStore(now?: () => number): MemoryStore {
  const entries = new Map<string, MemoryEntry>();

  async function begin(operation: keyof TokenStore, key: string): Promise<void> {
    store.calls.push({ operation, key });
    await store.before?.(operation, key);
  }

  // Between this and the change nothing may be waited for: an operation is atomic.
  const entryOf = (key: string): MemoryEntry => entries.get(key) ?? { fence: 0 };

  const store: MemoryStore = {
    entries,
    calls: [],
    async read(key) {
      await begin("read", key);
      if (!now && !entries.has(key)) return undefined;
      return { ...entryOf(key), ...(now && { now: now() }) };
    },
    async write(key, value, _lifeMs, lease) {
      await begin("write", key);
      const { owner, fence } = entryOf(key);
      const isFree = owner === undefined && fence <= lease.fence;
      if (owner !== lease.owner && !isFree) return false;
      entries.set(key, { value, fence: Math.max(fence, lease.fence) + 1 });
      return true;
    },
    async take(key, owner, seen) {
      await begin("take", key);
      const entry = entryOf(key);
      if (!(entry.fence === seen.fence && entry.owner === seen.owner)) return false;
      entries.set(key, { ...entry, owner, fence: entry.fence + 1 });
      return true;
    },
    async giveBack(key, lease) {
      await begin("giveBack", key);
      const { owner, ...entry } = entryOf(key);
      if (!(owner === lease.owner && entry.fence === lease.fence)) return;
      entries.set(key, { ...entry, fence: entry.fence + 1 });
    },
  };
  return store;
}
