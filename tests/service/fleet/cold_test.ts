import { assertEquals } from "@std/assert";
import { freePort } from "../../testing/servers.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Got, startFleet } from "./fleet.ts";
import { testWith } from "../../testing/needs.ts";
import { KV, NPM_REDIS, REDIS } from "./stores.ts";

/** Asked for by a quarter of them, all at once: enough to find a database of KV locked. */
const NAMES = Array.from({ length: 20 }, (_, at) => `user-${at}`);

for (const [{ name, needs, open }, count] of [[REDIS, 32], [KV, 32], [NPM_REDIS, 8]] as const) {
  testWith(
    needs,
    `getToken() of ${count} cold processes makes one exchange a name (${name})`,
    async () => {
      await using store = await open();
      await using server = serveTokens();
      await using fleet = await startFleet({ ...server, store: store.setup, count });
      const got = await fleet.all<Got>("get");
      assertEquals(got.map(({ token }) => token), Array(count).fill(server.exchanges[0]!.token));
      assertEquals(server.exchanges.length, 1);

      const some = fleet.members.slice(0, count / 4);
      const all = await Promise.all(some.map(({ ask }) => ask<Got[]>(`names ${NAMES.length}`)));
      assertEquals(all.flat().flatMap(({ error }) => error ?? []), []);
      const exchanged = server.exchanges.slice(1).map((exchange) => exchange.name);
      assertEquals(exchanged.sort(), NAMES.toSorted());
      assertEquals(new Set(all.map((got) => got.map(({ token }) => token).join())).size, 1);
    },
  );
}

Deno.test("getToken() without the store makes one exchange in each process (Redis)", async () => {
  await using server = serveTokens();
  await using fleet = await startFleet({ ...server, store: { redis: freePort() }, count: 4 });
  for (const _ of ["cold", "cached"]) {
    const got = await fleet.all<Got>("get");
    assertEquals(got.map(({ error }) => error), Array(4).fill(undefined));
  }
  assertEquals(server.exchanges.map(({ worker }) => worker).sort(), ["0", "1", "2", "3"]);
});
