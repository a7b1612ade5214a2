import { checkedObject, invalidArgument } from "../error.ts";
import type { TokenStore } from "../token_store.ts";
import { sealed } from "./sealed.ts";

/**
 * Sends one command and gives its reply.
 *
 * @param args The command and its arguments, such as `["GET", "key"]`.
 * @returns The reply as Redis clients give it: text, bytes, number, null, or an array of them.
 */
export type RedisCommand = (args: string[]) => Promise<unknown>;

/** How a store in Redis works. */
export interface RedisStoreOptions {
  /** As for {@linkcode sealed}. */
  secret: string | Uint8Array;
  /**
   * The beginning of the keys.
   *
   * @default {"coze-jwt:"}
   */
  prefix?: string;
}

/**
 * Shares tokens through Redis 2.6.12 or later, or Valkey, with any client: `GET`, `SET`, `DEL` and
 * `TIME`, no script. It is {@linkcode sealed}, and lives are measured by the clock of Redis alone.
 *
 * @param command Sends one command.
 * @param options The secret, and the prefix of the keys.
 * @returns The store.
 * @throws {CozeError} `usage` for a wrong argument, such as a secret that is too short.
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
  const { secret, prefix = "coze-jwt:" } = checkedObject("options", options);
  // Checked now: later, the provider treats every error as a store that is down.
  if (typeof command !== "function") throw invalidArgument("command", "a function");
  if (typeof prefix !== "string") throw invalidArgument("prefix", "a text");
  return sealed(createRedisEntries(command, prefix), secret);
}

/**
 * Redis without encryption. A value is stored as `<end>:<value>`, the end by the clock of Redis: a
 * command that Redis runs late, after a pause or from a client's queue, does not make it live longer.
 */
function createRedisEntries(command: RedisCommand, prefix: string): TokenStore {
  /** The milliseconds of Redis's clock since the epoch. */
  async function redisTime(): Promise<number> {
    const reply = await command(["TIME"]);
    const [seconds = NaN, microseconds = NaN] = Array.isArray(reply)
      ? reply.map((part) => Number(textOf(part)))
      : [];
    const time = seconds * 1000 + Math.floor(microseconds / 1000);
    if (!Number.isSafeInteger(time)) throw new Error("Unexpected reply of Redis to TIME");
    return time;
  }

  async function write(key: string, value: string, ttlMs: number, flags: string[]) {
    const startedAt = performance.now();
    const now = await redisTime();
    const leftMs = Math.floor(ttlMs - (performance.now() - startedAt));
    if (leftMs < 1) return null;
    const entry = `${now + leftMs}:${value}`;
    return await command(["SET", prefix + key, entry, "PX", String(leftMs), ...flags]);
  }

  return {
    async get(key) {
      // Sent together; Redis answers in this order.
      const [entry, now] = await Promise.all([command(["GET", prefix + key]), redisTime()]);
      const [, endsAt, value] = /^(\d{1,16}):(.*)$/s.exec(textOf(entry)) ?? [];
      if (value === undefined) return undefined;
      const ttlMs = Number(endsAt) - now;
      return ttlMs > 0 ? { value, ttlMs } : undefined;
    },
    set: (key, value, ttlMs) => write(key, value, ttlMs, []),
    async add(key, value, ttlMs) {
      const reply = textOf(await write(key, value, ttlMs, ["NX"]));
      if (reply !== "OK" && reply !== "") throw new Error("Unexpected reply of Redis to SET");
      return reply === "OK";
    },
    delete: (key) => command(["DEL", prefix + key]),
  };
}

/** A reply as text; some clients give bytes. */
function textOf(reply: unknown): string {
  return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply ?? "");
}
