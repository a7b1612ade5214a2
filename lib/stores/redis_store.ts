import type { TokenStore } from "../provider/token_store.ts";
import { invalid } from "../token_request.ts";
import { createRedisEntries, type RedisCommand } from "./redis_entries.ts";
import { sealed } from "./sealed.ts";

/** How a store in Redis works. */
export interface RedisStoreOptions {
  /** As for {@linkcode sealed}. */
  secret: string | Uint8Array;
  /**
   * What the keys begin with.
   *
   * @default {"coze-jwt:"}
   */
  prefix?: string;
}

/**
 * Shares tokens through Redis 5 or later, or Valkey, with any client: each operation is one `EVAL`
 * with one key, so that a cluster and a REST gateway do as well. It is {@linkcode sealed}, and lives
 * are measured by the clock of Redis.
 *
 * @param command Sends one command.
 * @param options The secret, and where the keys are.
 * @returns The store.
 * @throws {CozeError} `usage-value` when the secret is too short.
 *
 * @example
 * ```ts ignore
 * const client = createClient({ url: "rediss://…" });
 * client.on("error", console.error); // without it, it never connects again
 * await client.connect();
 * const store = redisStore((args) => client.sendCommand(args), { secret });
 * const provider = createTokenProvider(app, {}, { store });
 * ```
 */
export function redisStore(command: RedisCommand, options: RedisStoreOptions): TokenStore {
  const { secret, prefix = "coze-jwt:" } = options;
  // All that a store throws later counts as a store that is down, which nobody would notice.
  if (typeof command !== "function") throw invalid("command", "(args) => Promise");
  if (typeof prefix !== "string") throw invalid("prefix", "string");
  return sealed(createRedisEntries(command, prefix), secret);
}
