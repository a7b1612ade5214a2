/**
 * Stores for `createTokenProvider`: processes and machines share tokens through them. One process
 * exchanges, the others get its token. Everything in a store is encrypted.
 *
 * Needs only the permissions of your Redis or KV client.
 *
 * @example
 * ```ts ignore
 * import { createTokenProvider } from "@coze-jwt/coze-jwt";
 * import { redisStore } from "@coze-jwt/coze-jwt/stores";
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

export type { TokenStore } from "../token_store.ts";
export { type KvAtomicLike, type KvLike, kvStore, type KvStoreOptions } from "./kv_store.ts";
export { type RedisCommand, redisStore, type RedisStoreOptions } from "./redis_store.ts";
export { sealed } from "./sealed.ts";
