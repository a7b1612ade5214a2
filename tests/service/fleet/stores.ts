// The stores that a fleet is tried with, each fresh, and gone at the end.

import type { StoreSetup } from "./fleet.ts";
import type { Need } from "../../testing/needs.ts";
import { startRedis } from "./redis_server.ts";

/** A store, and what the machine needs for it. */
export interface Kind {
  name: string;
  needs: readonly Need[];
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
export const REDIS: Kind = { name: "Redis", needs: ["redis-server"], open: redis() };

/** Redis by the client that people use. */
export const NPM_REDIS: Kind = { name: "npm:redis", needs: ["redis-server"], open: redis("npm") };

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
