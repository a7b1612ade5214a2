import { assert, assertEquals } from "@std/assert";
import { createRespClient } from "./resp_client.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Got, type Looped, startFleet } from "./fleet.ts";
import { startRedis } from "./redis_server.ts";
import { REDIS } from "./stores.ts";
import { testWith } from "../../testing/needs.ts";

const COUNT = 6;
/** How long a token lives; a second of it is lost, as the server's `Date` has whole ones. */
const LIFE_SECONDS = 5;
const USED_MS = (LIFE_SECONDS - 1) * 1000;
const PAUSE_MS = 4_000;
/** From the first exchange on: paused past the end of the first token, then a life for each. */
const AT = { pause: 2_000, restart: 9_500, flush: 13_000, end: 20_500 };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

testWith(
  REDIS.needs,
  "getToken() never fails while Redis is paused, restarted and flushed, and shares afterwards",
  async () => {
    const redis = await startRedis();
    await using server = serveTokens({ lifeSeconds: LIFE_SECONDS });
    await using fleet = await startFleet({ ...server, store: { redis: redis.port }, count: COUNT });
    try {
      await fleet.members[0]!.ask<Got>("get");
      const start = Date.now();
      const until = (ms: number) => sleep(start + ms - Date.now());
      const looping = fleet.all<Looped>(`loop 25 ${AT.end}`);
      await until(AT.pause);
      redis.pause();
      await sleep(PAUSE_MS);
      redis.resume();
      await until(AT.restart);
      await redis.restart();
      await until(AT.flush);
      const client = createRespClient(redis.port);
      await client.command(["FLUSHALL"]);
      client.close();

      const looped = await looping;
      assertEquals(looped.map(({ errors }) => errors), Array(COUNT).fill({}));
      const ends = new Map(server.exchanges.map(({ token, endsAt }) => [token, endsAt]));
      for (const { tokens } of looped) {
        for (const [token, last] of Object.entries(tokens)) {
          assert(last < ends.get(token)!, `given out ${last - ends.get(token)!} ms after its end`);
        }
      }
      const between = (from: number, to: number) =>
        server.exchanges.filter(({ at }) => at >= start + from && at < start + to).length;
      // The token ended during the pause. A process that waited for Redis would not exchange here.
      assert(between(AT.pause, AT.pause + PAUSE_MS) > 0, "no exchange while Redis was paused");
      // Afterwards they share: half of what each for itself would ask for is far too much.
      const lives = Math.ceil((AT.end - AT.restart) / (USED_MS * 0.9)) + 1;
      const shared = between(AT.restart, Infinity);
      assert(shared <= COUNT * lives / 2, `${shared} exchanges in ${lives} lives`);
    } finally {
      await redis.stop();
    }
  },
);
