import { assert, assertEquals } from "@std/assert";
import { testWith } from "../../testing/needs.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Got, startFleet } from "./fleet.ts";
import { REDIS } from "./stores.ts";

const TEN_MINUTES = 600_000;

/** Checks that a process uses a token for its whole life, and not longer. */
function assertWholeLife({ error, endsAt = 0 }: Got, trueEnd: number): void {
  assertEquals(error, undefined);
  assert(endsAt <= trueEnd && endsAt > trueEnd - 60_000, `${endsAt - trueEnd} ms`);
}

testWith(
  REDIS.needs,
  "getToken() spreads no refusal of a clock that is ten minutes off, and helps that process",
  async () => {
    await using store = await REDIS.open();
    await using server = serveTokens();
    // An assertion of ten minutes is still accepted from a clock that is ten minutes behind.
    const offsetsMs = [TEN_MINUTES, -2 * TEN_MINUTES, 0, 0];
    const setup = { ...server, store: store.setup, count: 4, offsetsMs };
    await using fleet = await startFleet(setup);
    const [ahead, behind, right, other] = fleet.members;
    for (const wrong of [ahead!, behind!]) {
      assertEquals((await wrong.get()).error, "client-refused");
    }
    const got = [await right!.get(), await other!.get()];
    // The processes with the wrong clocks remember their refusal for a second.
    for (const wrong of [ahead!, behind!]) {
      let last: Got;
      do last = await wrong.get(); while (last.error === "client-refused");
      got.push(last);
    }
    const granted = server.exchanges.filter(({ isGranted }) => isGranted);
    assertEquals(granted.length, 1);
    for (const each of got) assertWholeLife(each, granted[0]!.endsAt);
  },
);

testWith(
  REDIS.needs,
  "getToken() uses each token for its whole life beside clocks that are ten minutes off",
  async () => {
    await using store = await REDIS.open();
    // Here Coze accepts every clock.
    await using server = serveTokens({ tolerance: Infinity });
    const offsetsMs = [TEN_MINUTES, -TEN_MINUTES, 0];
    const setup = { ...server, store: store.setup, count: 3, offsetsMs };
    await using fleet = await startFleet(setup);
    for (const [at, first] of fleet.members.entries()) {
      const name = `user-${at}`;
      const got = [await first.get(name), ...await fleet.all<Got>(`get ${name} 0`)];
      assertEquals(server.of(name).length, 1);
      for (const each of got) assertWholeLife(each, server.of(name)[0]!.endsAt);
    }
  },
);
