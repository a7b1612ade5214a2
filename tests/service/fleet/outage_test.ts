import { assert, assertEquals } from "@std/assert";
import { testWith } from "../../testing/needs.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Got, type Member, startFleet } from "./fleet.ts";
import { type RedisServer, startRedis } from "./redis_server.ts";
import { createRespClient } from "./resp_client.ts";
import { REDIS } from "./stores.ts";

/** Sends commands to Redis. */
async function send(redis: RedisServer, ...commands: string[]): Promise<void> {
  const client = createRespClient(redis.port);
  for (const command of commands) await client.command(command.split(" "));
  client.close();
}

/** Gives every key another type. */
async function spoil(redis: RedisServer): Promise<void> {
  const client = createRespClient(redis.port);
  for (const key of await client.command(["KEYS", "*"]) as string[]) {
    await client.command(["DEL", key]);
    await client.command(["RPUSH", key, "x"]);
  }
  client.close();
}

interface Outage {
  what: string;
  begin: (redis: RedisServer) => unknown;
  end: (redis: RedisServer) => unknown;
}

const OUTAGES: readonly Outage[] = [
  { what: "hangs", begin: (redis) => redis.pause(), end: (redis) => redis.resume() },
  { what: "is killed", begin: (redis) => redis.kill(), end: (redis) => redis.restart() },
  { what: "is emptied", begin: (redis) => send(redis, "FLUSHALL"), end: () => {} },
  {
    what: "is a read-only replica",
    begin: (redis) => send(redis, "REPLICAOF 127.0.0.1 1"),
    end: (redis) => send(redis, "REPLICAOF NO ONE"),
  },
  {
    what: "is full",
    begin: (redis) =>
      send(redis, "CONFIG SET maxmemory-policy noeviction", "CONFIG SET maxmemory 1"),
    end: (redis) => send(redis, "CONFIG SET maxmemory 0"),
  },
  { what: "holds other types", begin: spoil, end: () => {} },
];

/** Sets the clock of a process to 20 s before the end of its token of 900 s. */
const nearTheEnd = ({ ask }: Member) => ask("clock 878000");

for (const { what, begin, end } of OUTAGES) {
  testWith(
    REDIS.needs,
    `getToken() does not fail while Redis ${what}, and shares afterwards`,
    async () => {
      const redis = await startRedis();
      try {
        await using server = serveTokens({ tolerance: Infinity });
        const store = { redis: redis.port };
        await using fleet = await startFleet({ ...server, store, count: 2 });
        const [first, second] = fleet.members as [Member, Member];
        const { token } = await first.get();
        assertEquals((await second.get()).token, token);

        await begin(redis);
        // A token in hand needs nothing of the store.
        for (let i = 0; i < 3; i++) {
          const got = await first.get();
          assertEquals([got.token, got.events], [token, ["hit memory"]]);
        }
        // Near its end it is given out at once, and a longer one comes in the background.
        await nearTheEnd(first);
        const served = await first.get();
        assertEquals([served.token, served.events[0]], [token, "hit memory"]);
        const fresh = await first.get("-", 60_000);
        assert(fresh.error === undefined && fresh.token !== token, JSON.stringify(fresh));
        const cold = await Promise.all([first.get("cold"), second.get("cold")]);
        assertEquals(cold.map(({ error }) => error), [undefined, undefined]);
        assert(server.of("cold").length <= 2);

        await end(redis);
        const shared: Got[] = [await first.get("shared"), await second.get("shared")];
        assertEquals(
          shared.map(({ token }) => token),
          Array(2).fill(server.of("shared")[0]!.token),
        );
        assertEquals(server.of("shared").length, 1);
      } finally {
        await redis.stop();
      }
    },
  );
}
