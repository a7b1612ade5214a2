import { assertEquals } from "@std/assert";
import { serveTokens } from "./exchange_server.ts";
import { type Got, startFleet } from "./fleet.ts";
import { testWith } from "../../testing/needs.ts";
import { type Kind, KV, REDIS } from "./stores.ts";

/** A fleet, of which three processes each get a token of one name at once. */
async function startThrees({ open }: Kind) {
  const store = await open();
  const slow = Promise.withResolvers<void>();
  const thaw = Promise.withResolvers<void>();
  const of = (name: string) => server.exchanges.filter((exchange) => exchange.name === name);
  const server = serveTokens({
    before: ({ name }) => {
      if (name === "slow") return slow.promise;
      if (of(name).length > 1) return undefined;
      return name === "killed" ? server.hang() : thaw.promise;
    },
  });
  const fleet = await startFleet({ ...server, store: store.setup, count: 9 });
  return {
    of,
    thaw: thaw.resolve,
    goOn: slow.resolve,
    /** Starts the three, and resolves when one of them is within its exchange. */
    async three(name: string, from: number) {
      const members = fleet.members.slice(from, from + 3);
      const got = members.map(({ ask }) => ask<Got>(`get ${name}`).catch(() => undefined));
      const ended = Promise.all(got).then(() => {
        throw new Error(`all of ${name} have an answer without an exchange`);
      });
      ended.catch(() => {});
      while (of(name).length === 0) {
        await Promise.race([server.asked(server.exchanges.length + 1), ended]);
      }
      const at = members.findIndex(({ worker }) => worker === of(name)[0]!.worker);
      const others = Promise.all(got.toSpliced(at, 1));
      return { leader: members[at]!, led: got[at]!, others, other: members[(at + 1) % 3]! };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

for (const kind of [REDIS, KV]) {
  const name =
    `getToken() outlives a leader that is killed or frozen, and waits for a slow one (${kind.name})`;
  testWith(kind.needs, name, async () => {
    await using threes = await startThrees(kind);
    const { of, three, thaw, goOn } = threes;
    const begun = [three("slow", 0), three("killed", 3), three("frozen", 6)] as const;
    const [slow, killed, frozen] = await Promise.all(begun);
    await killed.leader.kill();
    frozen.leader.freeze();

    // The waiting processes get the token of the second exchange, made after the lease ended.
    for (const { name, others } of [{ name: "killed", ...killed }, { name: "frozen", ...frozen }]) {
      const tokens = (await others).map((got) => got?.token);
      const { token } = of(name)[1]!;
      assertEquals(tokens, [token, token], name);
    }

    // A leader that wakes after its lease ended does not publish its token.
    thaw();
    frozen.leader.thaw();
    assertEquals((await frozen.led)?.token, of("frozen")[0]!.token);

    // By now a lease has ended twice: the slow leader has kept its own.
    goOn();
    const tokens = [await slow.led, ...await slow.others].map((got) => got?.token);
    assertEquals(tokens, Array(3).fill(of("slow")[0]!.token));
    assertEquals((await slow.other.ask<Got>("get frozen")).token, of("frozen")[1]!.token);
    const counts = ["slow", "killed", "frozen"].map((name) => of(name).length);
    assertEquals(counts, [1, 2, 2]);
  });
}
