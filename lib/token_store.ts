import { invalidArgument } from "./error.ts";

/**
 * A key-value store with entries that expire, through which processes share tokens. `./stores` has
 * one for Redis and one for Deno KV.
 *
 * An operation that throws or takes more than a second counts as a store that is down; then each
 * process exchanges for itself. A key can contain names of users and a value contains a token:
 * `sealed` of `./stores` encrypts both.
 */
export interface TokenStore {
  /**
   * Reads a value.
   *
   * @returns The value, unless it has expired, and how many milliseconds it still lives by the
   *   store's own clock. Without `ttlMs` this process's clock decides.
   */
  get(key: string): Promise<{ value: string; ttlMs?: number } | undefined>;
  /**
   * Writes a value, whatever was there.
   *
   * @param ttlMs The milliseconds from this call on after which the value expires.
   */
  set(key: string, value: string, ttlMs: number): Promise<unknown>;
  /**
   * Writes a value only if the key has none: of many callers at once, one succeeds.
   *
   * @param ttlMs As for `set`.
   * @returns Whether it was written.
   */
  add(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Removes a value. */
  delete(key: string): Promise<unknown>;
}

/** Refuses what is no store. */
export function checkStore(store: TokenStore): void {
  for (const operation of ["get", "set", "add", "delete"] as const) {
    if (typeof store?.[operation] !== "function") throw invalidArgument("store", "a TokenStore");
  }
}
