import { assert, assertEquals } from "@std/assert";
import { testWith } from "../../testing/needs.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Fleet, type Got, startFleet } from "./fleet.ts";
import { createRespClient } from "./resp_client.ts";
import { KV, REDIS } from "./stores.ts";

type Server = ReturnType<typeof serveTokens>;

/** Lets three processes get one token at once; resolves when one of them is in its exchange. */
async function startThree(fleet: Fleet, server: Server, name: string, from: number) {
  const members = fleet.members.slice(from, from + 3);
  const got = members.map((member) => member.get(name).catch(() => undefined));
  while (server.of(name).length === 0) await server.asked(server.exchanges.length + 1);
  const at = members.findIndex(({ worker }) => worker === server.of(name)[0]!.worker);
  return { leader: members[at]!, led: got[at]!, others: Promise.all(got.toSpliced(at, 1)) };
}

/** Checks that no token is used past its end. */
function assertLives(server: Server, got: Got | undefined): void {
  const exchange = server.exchanges.find(({ token }) => token === got?.token);
  assert(exchange && got!.endsAt! <= exchange.endsAt, JSON.stringify([got, exchange]));
}

for (const kind of [REDIS, KV]) {
  const claim = "getToken() goes on when the process that exchanges is killed or stopped";
  testWith(kind.needs, `${claim} (${kind.name})`, async () => {
    const thaw = Promise.withResolvers<void>();
    await using store = await kind.open();
    await using server = serveTokens({
      before({ name }) {
        if (server.of(name).length > 1) return;
        return name === "killed" ? server.hang() : thaw.promise;
      },
    });
    await using fleet = await startFleet({ ...server, store: store.setup, count: 6 });
    const [killed, stopped] = await Promise.all([
      startThree(fleet, server, "killed", 0),
      startThree(fleet, server, "stopped", 3),
    ]);
    await killed.leader.kill();
    stopped.leader.freeze();

    // The waiting processes get the token of the second exchange, when the lock has expired.
    for (const [name, { others }] of Object.entries({ killed, stopped })) {
      for (const got of await others) {
        assertEquals(got?.token, server.of(name)[1]!.token, name);
        assertLives(server, got);
      }
    }

    // The store is emptied, and the stopped process publishes its old token late: no harm is done.
    if ("redis" in store.setup) {
      const client = createRespClient(store.setup.redis);
      await client.command(["FLUSHALL"]);
      client.close();
    }
    thaw.resolve();
    stopped.leader.thaw();
    const led = await stopped.led;
    assertEquals(led?.token, server.of("stopped")[0]!.token);
    assertLives(server, led);
    await fleet.replace(fleet.members.indexOf(killed.leader));
    const later = await Promise.all(fleet.members.map((member) => member.get("stopped")));
    for (const got of later) assertLives(server, got);
    assertEquals([server.of("killed").length, server.of("stopped").length], [2, 2]);
  });
}
