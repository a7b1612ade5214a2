/**
 * Stores for `createTokenProvider`, through which processes and machines share tokens: one exchanges,
 * the others get its token. All of them hide what they keep from whoever reads them.
 *
 * Needs what your client of the store needs, and nothing else.
 *
 * @example
 * ```ts ignore
 * import { createTokenProvider } from "https://…/mod.ts";
 * import { redisStore } from "https://…/lib/stores/mod.ts";
 * import { createClient } from "npm:redis";
 *
 * const client = createClient({ url: "redis://127.0.0.1:6379" });
 * client.on("error", console.error); // without it, it never connects again
 * await client.connect();
 * const secret = Deno.env.get("TOKEN_STORE_SECRET")!; // openssl rand -base64 32
 * const store = redisStore((args) => client.sendCommand(args), { secret });
 * const provider = createTokenProvider(app, {}, { store });
 * ```
 *
 * @module
 */

export type { Lease, StoreEntry, TokenStore } from "../provider/token_store.ts";
export type { KvAtomicLike, KvLike } from "./kv_entries.ts";
export { kvStore, type KvStoreOptions } from "./kv_store.ts";
export type { RedisCommand } from "./redis_entries.ts";
export { redisStore, type RedisStoreOptions } from "./redis_store.ts";
export { sealed } from "./sealed.ts";
