// The stores that a fleet is tried with, each fresh, and gone at the end.

import type { StoreSetup } from "./fleet.ts";
import { available, startRedis } from "./redis_server.ts";

/** Whether there is a Redis here. */
export const hasRedis = available();

/** A store, and whether it can be had here. */
export interface Kind {
  name: string;
  ignore: boolean;
  open(): Promise<{ setup: StoreSetup } & AsyncDisposable>;
}

function redis(client?: "npm"): Kind["open"] {
  return async () => {
    const server = await startRedis();
    const setup = { redis: server.port, ...(client && { client }) };
    return { setup, [Symbol.asyncDispose]: () => server.stop() };
  };
}

/** Redis by a small client. */
export const REDIS: Kind = { name: "Redis", ignore: !hasRedis, open: redis() };

/** Redis by the client that people use. */
export const NPM_REDIS: Kind = { name: "npm:redis", ignore: !hasRedis, open: redis("npm") };

/** Deno KV in a file. */
export const KV: Kind = {
  name: "KV",
  ignore: false,
  async open() {
    const folder = await Deno.makeTempDir();
    return {
      setup: { kv: `${folder}/tokens.db` },
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
};
