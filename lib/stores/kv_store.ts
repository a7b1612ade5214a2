import { checkedObject, invalidArgument } from "../error.ts";
import { wait } from "../clock.ts";
import { isObject } from "../json.ts";
import type { TokenStore } from "../token_store.ts";
import { sealed } from "./sealed.ts";

/** The part of Deno KV that is used. A handle of it fits, and so does one of `@deno/kv`. */
export interface KvLike {
  /** Reads the value of a key. */
  get(key: string[]): Promise<{ value: unknown; versionstamp: string | null }>;
  /** Sets the value of a key. */
  set(key: string[], value: unknown, options: { expireIn: number }): Promise<unknown>;
  /** Removes a key. */
  delete(key: string[]): Promise<unknown>;
  /** Begins a transaction. */
  atomic(): KvAtomicLike;
}

/** The part of a transaction of Deno KV that is used. */
export interface KvAtomicLike {
  /** Makes it fail unless a key still has this version. */
  check(check: { key: string[]; versionstamp: string | null }): KvAtomicLike;
  /** Sets the value of a key. */
  set(key: string[], value: unknown, options: { expireIn: number }): KvAtomicLike;
  /** Commits; `ok` is false if a check failed. */
  commit(): Promise<{ ok: boolean }>;
}

/** How a store in Deno KV works. */
export interface KvStoreOptions {
  /** As for {@linkcode sealed}. */
  secret: string | Uint8Array;
  /**
   * The first part of the keys.
   *
   * @default {"coze-jwt"}
   */
  prefix?: string;
}

/** How long an operation is retried while other processes write. */
const RETRY_MS = 900;
const MAX_DELAY_MS = 90;

/**
 * Shares tokens through Deno KV: a file on one machine, or a server that several machines reach. It
 * is {@linkcode sealed}. KV has no clock that can be read, so the clocks of the processes decide how
 * long a token lives: keep them right.
 *
 * A local file is opened with `--unstable-kv` and read and write permission for it.
 *
 * @param kv The database.
 * @param options The secret, and the prefix of the keys.
 * @returns The store.
 * @throws {CozeError} `usage` for a wrong argument, such as a secret that is too short.
 *
 * @example
 * ```ts ignore
 * const store = kvStore(await Deno.openKv("./data/tokens.kv"), { secret });
 * const provider = createTokenProvider(app, {}, { store });
 * ```
 */
export function kvStore(kv: KvLike, options: KvStoreOptions): TokenStore {
  const { secret, prefix = "coze-jwt" } = checkedObject("options", options);
  // Checked now: later, the provider treats every error as a store that is down.
  for (const operation of ["get", "set", "delete", "atomic"] as const) {
    if (typeof kv?.[operation] !== "function") throw invalidArgument("kv", "an open Deno KV");
  }
  if (typeof prefix !== "string") throw invalidArgument("prefix", "a text");
  return sealed(createKvEntries(kv, prefix), secret);
}

/** Deno KV without encryption. An entry holds its end, because KV removes expired ones late. */
function createKvEntries(kv: KvLike, prefix: string): TokenStore {
  /** Retries while another process writes to the same file. */
  async function retry<T>(action: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    for (let attempt = 1;; attempt++) {
      try {
        return await action();
      } catch (error) {
        const isLocked = error instanceof Error && error.message.includes("database is locked");
        if (!isLocked || performance.now() - startedAt > RETRY_MS) throw error;
      }
      await wait(Math.random() * Math.min(5 * 2 ** attempt, MAX_DELAY_MS));
    }
  }

  async function read(key: string) {
    const { value: entry, versionstamp } = await kv.get([prefix, key]);
    const { value, endsAt } = isObject(entry) ? entry : {};
    const ttlMs = typeof endsAt === "number" ? endsAt - Date.now() : 0;
    const isValid = typeof value === "string" && ttlMs > 0;
    return { versionstamp, entry: isValid ? { value, ttlMs } : undefined };
  }

  /** Computed before the retries, so that they do not make the value live longer. */
  function entryOf(value: string, ttlMs: number) {
    return [{ value, endsAt: Date.now() + ttlMs }, { expireIn: Math.ceil(ttlMs) }] as const;
  }

  return {
    get: (key) => retry(async () => (await read(key)).entry),
    set(key, value, ttlMs) {
      const entry = entryOf(value, ttlMs);
      return retry(() => kv.set([prefix, key], ...entry));
    },
    add(key, value, ttlMs) {
      const path = [prefix, key];
      const entry = entryOf(value, ttlMs);
      return retry(async () => {
        const { versionstamp, entry: present } = await read(key);
        if (present) return false;
        const check = { key: path, versionstamp };
        return (await kv.atomic().check(check).set(path, ...entry).commit()).ok;
      });
    },
    delete: (key) => retry(() => kv.delete([prefix, key])),
  };
}
