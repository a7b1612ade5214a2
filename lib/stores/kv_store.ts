import type { TokenStore } from "../provider/token_store.ts";
import { invalid } from "../token_request.ts";
import { createKvEntries, type KvLike } from "./kv_entries.ts";
import { sealed } from "./sealed.ts";

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
  /**
   * Waits that many milliseconds between two attempts, when several write at once.
   *
   * @default {setTimeout}
   */
  sleep?: (ms: number) => Promise<void>;
}

/**
 * Shares tokens through Deno KV: a file on one machine, or a server that several reach. It is
 * {@linkcode sealed}. KV tells no time, so that the clocks of the processes decide how long a token
 * lives.
 *
 * A local file is opened with `--unstable-kv` and read and write permission for it. While many write
 * to one file, an operation is tried again for up to 1.8 s.
 *
 * @param kv The database.
 * @param options The secret, and where the keys are.
 * @returns The store.
 * @throws {CozeError} `usage-value` when the secret is too short.
 *
 * @example
 * ```ts ignore
 * const store = kvStore(await Deno.openKv("./data/tokens.kv"), { secret });
 * const provider = createTokenProvider(app, {}, { store });
 * ```
 */
export function kvStore(kv: KvLike, options: KvStoreOptions): TokenStore {
  const { secret, prefix = "coze-jwt", sleep = wait } = options;
  // All that a store throws later counts as a store that is down, which nobody would notice.
  if (typeof kv?.atomic !== "function") throw invalid("kv", "Deno KV, opened");
  if (typeof prefix !== "string") throw invalid("prefix", "string");
  return sealed(createKvEntries(kv, prefix, sleep), secret);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
