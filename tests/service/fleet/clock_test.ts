import { assert, assertEquals } from "@std/assert";
import { serveTokens } from "./exchange_server.ts";
import { type Got, type Looped, startFleet } from "./fleet.ts";
import { KV, REDIS } from "./stores.ts";

const TEN_MINUTES = 600_000;
/** What may be late on a machine that is busy. */
const GRACE_MS = 500;

/**
 * How many seconds a token lives, and for how many a fleet is watched. One second of the life is
 * lost, as the server's `Date` has whole ones. Where the store has no clock, a node that is ahead
 * knows the end to a second, and has to be given the next token before that: the right ones need
 * tokens that they refresh well over a second before the end.
 */
const TRIALS = [
  { kind: REDIS, lifeSeconds: 12, loopSeconds: 15 },
  { kind: KV, lifeSeconds: 30, loopSeconds: 32 },
].filter(({ kind }) => !kind.ignore);

/** Lets a fleet use its tokens for some time. */
async function run(
  { kind, lifeSeconds, loopSeconds }: typeof TRIALS[number],
  offsetsMs: number[] = [],
) {
  await using store = await kind.open();
  await using server = serveTokens({ lifeSeconds });
  const setup = { ...server, store: store.setup, count: 4, offsetsMs };
  await using fleet = await startFleet(setup);
  // A node whose clock is refused has nothing to serve before somebody else has.
  assertEquals((await fleet.members[0]!.ask<Got>("get")).error, undefined);
  const looped = await fleet.all<Looped>(`loop 25 ${loopSeconds * 1000}`);
  return { looped, granted: server.granted(), exchanges: server.exchanges };
}

async function judge(trial: typeof TRIALS[number]): Promise<void> {
  const [right, wrong] = await Promise.all([
    run(trial),
    run(trial, [0, 0, TEN_MINUTES, -TEN_MINUTES]),
  ]);
  const { kind: { name }, lifeSeconds } = trial;
  for (const { looped } of [right, wrong]) {
    assertEquals(looped.map(({ errors }) => errors), [{}, {}, {}, {}], name);
  }
  assertEquals(wrong.granted.length, right.granted.length, name);

  // What the right ones were given, they use but for the part that a refresh leaves.
  const usedMs = (lifeSeconds - 1) * 900 - GRACE_MS;
  for (const { token, at, endsAt } of wrong.granted) {
    for (const { tokens } of wrong.looped.slice(0, 2)) {
      const last = tokens[token] ?? 0;
      if (token !== wrong.granted.at(-1)!.token) {
        assert(last > at + usedMs, `${name}: used for ${last - at} ms`);
      }
      assert(last < endsAt, `${name}: used for ${last - endsAt} ms too long`);
    }
  }
}

const kinds = TRIALS.map(({ kind }) => kind.name).join(", ");
Deno.test(`getToken() beside clocks that are ten minutes off is as with right ones (${kinds})`, async () => {
  await Promise.all(TRIALS.map(judge));
});
