import { assert, assertEquals } from "@std/assert";
import { testWith } from "../../testing/needs.ts";
import { freePort } from "../../testing/servers.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Got, startFleet } from "./fleet.ts";
import { KV, NPM_CLIENTS, REDIS } from "./stores.ts";

/** Requested by a quarter of the processes, all at once: enough to find a database of KV locked. */
const NAMES = Array.from({ length: 20 }, (_, at) => `user-${at}`);
const ROWS = [
  { kind: REDIS, count: 32 },
  { kind: KV, count: 32 },
  ...NPM_CLIENTS.map((kind) => ({ kind, count: 8 })),
];

for (const { kind: { name, needs, open }, count } of ROWS) {
  testWith(
    needs,
    `getToken() of ${count} cold processes makes one exchange a name (${name})`,
    async () => {
      await using store = await open();
      await using server = serveTokens();
      await using fleet = await startFleet({ ...server, store: store.setup, count });
      const got = await fleet.all<Got>("get - 0");
      assertEquals(got.map(({ token }) => token), Array(count).fill(server.exchanges[0]!.token));
      assertEquals(server.exchanges.length, 1);

      const some = fleet.members.slice(0, count / 4);
      const all = await Promise.all(some.map(({ ask }) => ask<Got[]>(`names ${NAMES.length}`)));
      assertEquals(all.flat().flatMap(({ error }) => error ?? []), []);
      assertEquals(server.exchanges.slice(1).map(({ name }) => name).sort(), NAMES.toSorted());
      assertEquals(new Set(all.map((got) => got.map(({ token }) => token).join())).size, 1);
    },
  );
}

testWith(
  REDIS.needs,
  "getToken() of 30 processes with a refused key makes few exchanges",
  async () => {
    await using store = await REDIS.open();
    // It accepts no time at all.
    await using server = serveTokens({ tolerance: -1e9 });
    await using fleet = await startFleet({ ...server, store: store.setup, count: 30 });
    const got = await fleet.all<Got>("get - 0");
    assertEquals(new Set(got.map(({ error }) => error)), new Set(["client-refused"]));
    // The refusal is remembered for a second. On a busy machine, a process can be later.
    assert(server.exchanges.length <= 5, `${server.exchanges.length} exchanges`);
  },
);

Deno.test("getToken() without the store makes one exchange in each process (Redis)", async () => {
  await using server = serveTokens();
  await using fleet = await startFleet({ ...server, store: { redis: freePort() }, count: 4 });
  for (const _ of ["cold", "cached"]) {
    const got = await fleet.all<Got>("get - 0");
    assertEquals(got.map(({ error }) => error), Array(4).fill(undefined));
  }
  assertEquals(server.exchanges.map(({ worker }) => worker).sort(), ["0", "1", "2", "3"]);
});
