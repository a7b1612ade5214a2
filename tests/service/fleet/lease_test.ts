import { assert, assertEquals } from "@std/assert";
import { LEASE_MS } from "../../../lib/provider/shared_tokens.ts";
import { serveTokens } from "./exchange_server.ts";
import { type Got, startFleet } from "./fleet.ts";
import { type Kind, KV, REDIS } from "./stores.ts";

/** Longer than a lease, and shorter than anybody waits. */
const SLOW_MS = 7_000;
/** What may pass after the end of a lease: a poll, an exchange, and a machine that is busy. */
const GRACE_MS = 1_500;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A fleet, of which three processes each get a token of one name at once. */
async function startThrees({ open }: Kind) {
  const store = await open();
  const thaw = Promise.withResolvers<void>();
  const of = (name: string) => server.exchanges.filter((exchange) => exchange.name === name);
  const server = serveTokens({
    before: ({ name }) => {
      if (name === "slow") return sleep(SLOW_MS);
      if (of(name).length > 1) return undefined;
      return name === "killed" ? server.hang() : thaw.promise;
    },
  });
  const fleet = await startFleet({ ...server, store: store.setup, count: 9 });
  return {
    of,
    thaw: thaw.resolve,
    /** Starts the three, and resolves when one of them is within its exchange. */
    async three(name: string, from: number) {
      const members = fleet.members.slice(from, from + 3);
      const got = members.map(({ ask }) => ask<Got>(`get ${name}`).catch(() => undefined));
      while (of(name).length === 0) await server.asked(server.exchanges.length + 1);
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

async function judge(kind: Kind): Promise<void> {
  await using threes = await startThrees(kind);
  const { of, three, thaw } = threes;
  const begun = [three("slow", 0), three("killed", 3), three("frozen", 6)] as const;
  const [slow, killed, frozen] = await Promise.all(begun);
  await killed.leader.kill();
  frozen.leader.freeze();
  const start = Date.now();

  /** The others have the token of the second exchange, in time. */
  async function served(name: string, others: Promise<(Got | undefined)[]>): Promise<string> {
    const tokens = (await others).map((got) => got?.token);
    const tookMs = Date.now() - start;
    const { token } = of(name)[1]!;
    assertEquals(tokens, [token, token], `${kind.name}, ${name}`);
    assert(tookMs < LEASE_MS + GRACE_MS, `${kind.name}, ${name}: after ${tookMs} ms`);
    return token;
  }
  const [, second] = await Promise.all([
    served("killed", killed.others),
    served("frozen", frozen.others),
  ]);

  // Whoever comes too late keeps its token to itself.
  thaw();
  frozen.leader.thaw();
  assertEquals((await frozen.led)?.token, of("frozen")[0]!.token, kind.name);

  const tokens = [await slow.led, ...await slow.others].map((got) => got?.token);
  assertEquals(tokens, Array(3).fill(of("slow")[0]!.token), kind.name);
  assertEquals((await slow.other.ask<Got>("get frozen")).token, second, kind.name);
  const counts = ["slow", "killed", "frozen"].map((name) => of(name).length);
  assertEquals(counts, [1, 2, 2], kind.name);
}

const kinds = [REDIS, KV].filter(({ ignore }) => !ignore);
const names = kinds.map(({ name }) => name).join(", ");
Deno.test(`getToken() outlives a leader that is killed or frozen, and waits for a slow one (${names})`, async () => {
  await Promise.all(kinds.map(judge));
});
