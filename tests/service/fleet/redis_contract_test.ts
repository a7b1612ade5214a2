// redisStore() on a real Redis, through the clients that people use, each as the README shows it.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type RedisCommand, redisStore, type TokenStore } from "../../../lib/stores/mod.ts";
import { testWith } from "../../testing/needs.ts";
import { type OpenStore, SECRET, testStore } from "../../testing/store_contract.ts";
import { Redis } from "./ioredis.ts";
import { createClient } from "./redis_client.ts";
import { startGateway } from "./redis_gateway.ts";
import { type RedisServer, startRedis } from "./redis_server.ts";

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
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`status ${response.status}`);
      }
      return (await response.json()).result;
    };
    return { command, close: stop };
  },
};

async function start(connect: (url: string) => Promise<Client>): Promise<OpenStore> {
  const redis = await startRedis();
  const admin = await createClient({ url: redis.url }).connect();
  const { command, close } = await connect(redis.url);
  // Every command is logged with its arguments.
  await admin.sendCommand(["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
  return {
    open: (secret) => redisStore(command, { secret }),
    async raw() {
      const keys = await admin.keys("*");
      return await Promise.all(keys.map(async (key) => [key, await admin.get(key)] as const)) as [
        string,
        unknown,
      ][];
    },
    put: (key, value) => admin.set(key, String(value), { expiration: { type: "EX", value: 900 } }),
    async log() {
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

const END = Date.now() + 3_600_000;
const garbage = [
  ...["", "x", "czs_plain", ":", "1:", `${END}`, `${END}:`, `${END}:x`, `-${END}:x`, "1e99:x"],
  `${END}:${"A".repeat(60)}`,
  `${"9".repeat(17)}:x`,
];

for (const [name, connect] of Object.entries(CLIENTS)) {
  testStore({
    name: `redisStore() with ${name}`,
    needs: NEEDS,
    garbage,
    start: () => start(connect),
  });
}

/** A store through a client that a test can hold up, and the client for what a test does itself. */
async function withRedis(
  check: (
    store: TokenStore,
    /** Called before each command of the store. */
    before: (hook: (name: string) => unknown) => void,
    redis: RedisServer,
    admin: (args: string[]) => Promise<unknown>,
  ) => Promise<void>,
): Promise<void> {
  const redis = await startRedis();
  const client = await createClient({ url: redis.url }).connect();
  let hook: (name: string) => unknown = () => {};
  const command: RedisCommand = async (args) => {
    await hook(args[0]!);
    return await client.sendCommand(args);
  };
  const store = redisStore(command, { secret: SECRET });
  try {
    await check(store, (next) => hook = next, redis, (args) => client.sendCommand(args));
  } finally {
    client.destroy();
    await redis.stop();
  }
}

const LATE_MS = 60;

for (const operation of ["set", "add"] as const) {
  for (const command of ["TIME", "SET"]) {
    const name = `redisStore() counts the life from ${operation}() on when ${command} is late`;
    testWith(NEEDS, name, async () => {
      await withRedis(async (store, before, redis) => {
        /** Writes while Redis hangs from one command on. */
        async function write(key: string, ttlMs: number): Promise<void> {
          before((name) => {
            if (name !== command) return;
            redis.pause();
            setTimeout(() => redis.resume(), LATE_MS);
          });
          await store[operation](key, "v", ttlMs);
          before(() => {});
        }
        await write("long", 60_000);
        assert((await store.get("long"))!.ttlMs! <= 60_000 - LATE_MS);
        // It has ended when Redis writes it, although Redis itself would keep it for a time.
        await write("short", LATE_MS / 2);
        assertEquals(await store.get("short"), undefined);
      });
    });
  }
}

testWith(
  NEEDS,
  "redisStore() throws when its key holds another type, and overwrites it",
  async () => {
    await withRedis(async (store, _before, _redis, admin) => {
      await store.set("k", "v", 900_000);
      const [key] = await admin(["KEYS", "*"]) as [string];
      const left = Number(await admin(["PTTL", key]));
      assert(left > 0 && left <= 900_000, `Redis removes it in ${left} ms`);
      await admin(["DEL", key]);
      await admin(["RPUSH", key, "x"]);
      await assertRejects(() => store.get("k"), Error, "WRONGTYPE");
      assertEquals(await store.add("k", "v", 900_000), false);
      await store.set("k", "v", 900_000);
      assertEquals((await store.get("k"))?.value, "v");
    });
  },
);
