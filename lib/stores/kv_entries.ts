import type { TokenStore } from "../provider/token_store.ts";

/** What of a database of Deno KV is used; a handle of it fits, and so does one of `@deno/kv`. */
export interface KvLike {
  /** Reads what stands under a key. */
  get(key: string[]): Promise<{ value: unknown; versionstamp: string | null }>;
  /** Begins a transaction. */
  atomic(): KvAtomicLike;
}

/** What of a transaction of Deno KV is used. */
export interface KvAtomicLike {
  /** Makes it fail unless a key is still at this version. */
  check(check: { key: string[]; versionstamp: string | null }): KvAtomicLike;
  /** Sets what stands under a key. */
  set(key: string[], value: unknown, options: { expireIn: number }): KvAtomicLike;
  /** Ends it. */
  commit(): Promise<{ ok: boolean; versionstamp?: string }>;
}

/** What stands in KV, which has no clock that could be asked. */
interface KvEntry {
  value?: string;
  /** How long the value lived when it was written. */
  lifeMs: number;
  owner?: string;
  fence: number;
}

/** An entry as it was read or written last. */
interface Known {
  entry: KvEntry;
  versionstamp: string | null;
}

/** What an entry becomes; `undefined` when the condition does not hold. */
type Change = (entry: KvEntry) => KvEntry | undefined;

/** How long an entry stays at least, so that no fence is forgotten while somebody watches it. */
const KEEP_MS = 60_000;
/** No token lives longer. */
const MAX_KEEP_MS = 86_400_000;
/** Whoever asks waits no longer than two seconds. */
const RETRY_MS = 1_800;
const ATTEMPTS = 40;
const MAX_DELAY_MS = 90;
const MAX_KNOWN = 1_000;
/** Beyond that a number is nobody's count, and adding to it may change nothing. */
const MAX_COUNT = 1e15;

/**
 * Keeps entries in Deno KV as they are. A `read` is one `get`; a change is one `commit` on what was
 * read or written last, and reads anew when that has changed since.
 *
 * @param kv The database.
 * @param prefix The first part of the keys.
 * @param sleep Waits between two attempts.
 * @returns The store; it hides nothing.
 */
export function createKvEntries(
  kv: KvLike,
  prefix: string,
  sleep: (ms: number) => Promise<void>,
): TokenStore {
  const known = new Map<string, Known>();

  /** Tries again while somebody else is at it. */
  async function retry<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    const start = performance.now();
    for (let count = 1;; count++) {
      const isLast = count === ATTEMPTS || performance.now() - start > RETRY_MS;
      try {
        const result = await attempt();
        if (result !== undefined) return result;
        if (isLast) throw new Error("Cannot change an entry of KV as others keep changing it");
      } catch (error) {
        if (isLast || !isLocked(error)) throw error;
      }
      await sleep(Math.random() * Math.min(5 * 2 ** count, MAX_DELAY_MS));
    }
  }

  async function load(key: string): Promise<Known> {
    const { value, versionstamp } = await kv.get([prefix, key]);
    return { entry: parseKvEntry(value), versionstamp };
  }

  function remember(key: string, last: Known): void {
    // Any of them may be forgotten: it is read anew then.
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, last);
  }

  function change(key: string, to: Change): Promise<boolean> {
    const path = [prefix, key];
    return retry(async () => {
      let last = known.get(key);
      // What the condition is against may be old; what it is for, the commit checks.
      if (!last || !to(last.entry)) last = await load(key);
      known.delete(key);
      const { versionstamp } = last;
      const entry = to(last.entry);
      if (!entry) return false;
      // A change gives the value its whole life again: that no clock is asked is worth more than
      // that it goes at once. Whether it is valid, the value says.
      const expireIn = Math.ceil(Math.min(Math.max(entry.lifeMs, KEEP_MS), MAX_KEEP_MS));
      const check = { key: path, versionstamp };
      const done = await kv.atomic().check(check).set(path, entry, { expireIn }).commit();
      if (!done.ok) return undefined;
      if (entry.owner !== undefined && done.versionstamp !== undefined) {
        remember(key, { entry, versionstamp: done.versionstamp });
      }
      return true;
    });
  }

  return {
    async read(key) {
      const last = await retry(() => load(key));
      remember(key, last);
      const { lifeMs: _, ...entry } = last.entry;
      return entry.fence === 0 && Object.keys(entry).length === 1 ? undefined : entry;
    },
    write: (key, value, lifeMs, lease) =>
      change(key, ({ owner, fence }) => {
        if (owner !== lease.owner && (owner !== undefined || fence > lease.fence)) return undefined;
        return { value, lifeMs: Math.ceil(lifeMs), fence: Math.max(fence, lease.fence) + 1 };
      }),
    take: (key, owner, seen) =>
      change(key, (entry) => {
        if (entry.fence !== seen.fence || entry.owner !== seen.owner) return undefined;
        return { ...entry, owner, fence: entry.fence + 1 };
      }),
    async giveBack(key, lease) {
      await change(key, ({ owner, ...entry }) => {
        if (owner !== lease.owner || entry.fence !== lease.fence) return undefined;
        return { ...entry, fence: entry.fence + 1 };
      });
    },
  };
}

/**
 * Parses what stands in KV, where others may write too.
 *
 * @param stored Anything.
 * @returns The entry; what is odd in it is not there, and its fence is 0.
 */
export function parseKvEntry(stored: unknown): KvEntry {
  const isObject = typeof stored === "object" && stored !== null;
  const { value, lifeMs, owner, fence } = (isObject ? stored : {}) as Record<string, unknown>;
  return {
    ...(typeof value === "string" && { value }),
    lifeMs: isCount(lifeMs) ? lifeMs : 0,
    ...(typeof owner === "string" && { owner }),
    fence: isCount(fence) ? fence : 0,
  };
}

function isCount(number: unknown): number is number {
  return Number.isInteger(number) && number as number >= 0 && number as number <= MAX_COUNT;
}

/** What SQLite says when another process writes for too long. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes("database is locked");
}
