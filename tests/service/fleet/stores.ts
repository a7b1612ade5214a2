// The stores that a fleet is tested with. Each is new, and removed at the end.

import type { StoreSetup } from "./fleet.ts";
import type { Need } from "../../testing/needs.ts";
import { startRedis } from "./redis_server.ts";

/** A store, and what the machine needs for it. */
export interface Kind {
  name: string;
  needs: readonly Need[];
  open(): Promise<{ setup: StoreSetup } & AsyncDisposable>;
}

function redis(client?: "redis" | "ioredis"): Kind["open"] {
  return async () => {
    const server = await startRedis();
    const setup = { redis: server.port, ...(client && { client }) };
    return { setup, [Symbol.asyncDispose]: () => server.stop() };
  };
}

/** Redis by a small client. */
export const REDIS: Kind = { name: "Redis", needs: ["redis-server"], open: redis() };

/** Redis by the clients that people use. */
export const NPM_CLIENTS: readonly Kind[] = (["redis", "ioredis"] as const).map((client) => ({
  name: `npm:${client}`,
  needs: ["redis-server"],
  open: redis(client),
}));

/** Deno KV in a file. */
export const KV: Kind = {
  name: "KV",
  needs: [],
  async open() {
    const folder = await Deno.makeTempDir();
    return {
      setup: { kv: `${folder}/tokens.db` },
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
};
