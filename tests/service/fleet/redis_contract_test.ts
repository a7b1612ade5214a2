// redisStore() on a real Redis, through the clients that people use, each as the README shows it.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type RedisCommand, redisStore } from "../../../lib/stores/mod.ts";
import { type OpenStore, SECRET, testStore } from "../../testing/store_contract.ts";
import { Redis } from "./ioredis.ts";
import { createClient } from "./redis_client.ts";
import { startGateway } from "./redis_gateway.ts";
import { testWith } from "../../testing/needs.ts";
import { startRedis } from "./redis_server.ts";

const NEEDS = ["redis-server"] as const;

/** A client of one make. */
interface Client {
  command: RedisCommand;
  close: () => unknown;
}

const CLIENTS: Readonly<Record<string, (url: string) => Promise<Client>>> = {
  async "npm:redis"(url) {
    const client = await createClient({ url }).connect();
    return { command: (args) => client.sendCommand(args), close: () => client.destroy() };
  },
  "npm:ioredis"(redisUrl) {
    const client = new Redis(redisUrl);
    const command: RedisCommand = ([name, ...args]) => client.call(name!, ...args);
    return Promise.resolve({ command, close: () => client.quit() });
  },
  async "a REST gateway"(redisUrl) {
    const { url, token, stop } = await startGateway(redisUrl);
    const command: RedisCommand = async (args) => {
      const headers = { "Authorization": `Bearer ${token}` };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(args) });
      return (await response.json()).result;
    };
    return { command, close: stop };
  },
};

async function start(connect: (url: string) => Promise<Client>): Promise<OpenStore> {
  const redis = await startRedis();
  const admin = await createClient({ url: redis.url }).connect();
  const { command, close } = await connect(redis.url);
  // What is slower than nothing is logged: every command with all its arguments.
  await admin.sendCommand(["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
  return {
    open: (secret) => redisStore(command, { secret }),
    flush: async () => void await admin.sendCommand(["FLUSHALL"]),
    async poison(fields) {
      const pairs = Object.entries(fields).flatMap(([name, value]) => [name, String(value)]);
      for (const key of await admin.keys("*")) await admin.sendCommand(["HSET", key, ...pairs]);
    },
    async dump() {
      const log = JSON.stringify(await admin.sendCommand(["SLOWLOG", "GET", "-1"]));
      await admin.sendCommand(["CONFIG", "SET", "rdbcompression", "no"]);
      await admin.sendCommand(["SAVE"]);
      const { dir } = await admin.configGet("dir");
      return log + new TextDecoder().decode(await Deno.readFile(`${dir}/dump.rdb`));
    },
    async close() {
      await close();
      admin.destroy();
      await redis.stop();
    },
  };
}

for (const [name, connect] of Object.entries(CLIENTS)) {
  const kind = { hasClock: true, looksAtFields: true, needs: NEEDS };
  testStore({ name: `redisStore() with ${name}`, ...kind, start: () => start(connect) });
}

/** A store through a client of which the test sees each command, and the keys behind it. */
async function withKeys(
  check: (all: {
    store: ReturnType<typeof redisStore>;
    /** The commands of the store so far. */
    sent: string[][];
    /** Sends a command past the store; `KEY` stands for the one key there is. */
    admin: (...args: string[]) => Promise<unknown>;
  }) => Promise<void>,
): Promise<void> {
  const redis = await startRedis();
  const client = await createClient({ url: redis.url }).connect();
  const sent: string[][] = [];
  const command: RedisCommand = (args) => {
    sent.push(args);
    return client.sendCommand(args);
  };
  try {
    await check({
      store: redisStore(command, { secret: SECRET }),
      sent,
      async admin(...args) {
        const [key = ""] = await client.keys("coze-jwt:*");
        return await client.sendCommand(args.map((each) => each === "KEY" ? key : each));
      },
    });
  } finally {
    client.destroy();
    await redis.stop();
  }
}

testWith(
  NEEDS,
  "redisStore() sends one EVAL with one key for each operation",
  () =>
    withKeys(async ({ store, sent }) => {
      await store.read("k");
      await store.take("k", "a", { fence: 0 });
      await store.take("k", "a", { owner: "a", fence: 1 });
      await store.giveBack("k", { owner: "a", fence: 2 });
      await store.write("k", "v", 1000, { owner: "a", fence: 3 });
      assertEquals(sent.map(([name, , count]) => [name, count]), Array(5).fill(["EVAL", "1"]));
      assertEquals(new Set(sent.map(([, , , key]) => key)).size, 1);
    }),
);

testWith(
  NEEDS,
  "redisStore() keeps an entry for the value's life, for a minute at least, never less",
  () =>
    withKeys(async ({ store, admin }) => {
      const assertLives = async (ms: number) => {
        const left = Number(await admin("PTTL", "KEY"));
        assert(left <= ms && left > ms - 20_000, `${left} of ${ms}`);
      };
      assert(await store.take("k", "a", { fence: 0 }));
      await assertLives(60_000);
      assert(await store.write("k", "v", 900_000, { owner: "a", fence: 1 }));
      await assertLives(900_000);
      assert(await store.take("k", "a", { fence: 2 }));
      await assertLives(900_000);
      await store.giveBack("k", { owner: "a", fence: 3 });
      await assertLives(900_000);
      await admin("PEXPIRE", "KEY", "30000");
      assert(await store.take("k", "a", { fence: 4 }));
      await assertLives(60_000);
      await admin("PERSIST", "KEY");
      await store.giveBack("k", { owner: "a", fence: 5 });
      await assertLives(60_000);
      assert(await store.write("k", "v", 1, { owner: "a", fence: 6 }));
      await assertLives(60_000);
    }),
);

testWith(
  NEEDS,
  "redisStore() throws when its key holds something else",
  () =>
    withKeys(async ({ store, admin }) => {
      await store.take("k", "a", { fence: 0 });
      await admin("SET", "KEY", "poison");
      await assertRejects(() => store.read("k"), Error, "WRONGTYPE");
      await assertRejects(() => store.take("k", "a", { fence: 0 }), Error, "WRONGTYPE");
      assertEquals(await admin("GET", "KEY"), "poison");
    }),
);
