import { assert, assertEquals } from "@std/assert";
import { serveTokens } from "./exchange_server.ts";
import { type Got, type Looped, startFleet } from "./fleet.ts";
import { testWith } from "../../testing/needs.ts";
import { KV, REDIS } from "./stores.ts";

const TEN_MINUTES = 600_000;

/**
 * How many seconds a token lives, and for how many a fleet is watched. One second of the life is
 * lost, because the server's `Date` has whole seconds. KV has no clock of its own: there a node that
 * is ahead knows the end to a second only, and needs the next token before that.
 */
const TRIALS = [
  { kind: REDIS, lifeSeconds: 12, loopSeconds: 15 },
  { kind: KV, lifeSeconds: 30, loopSeconds: 32 },
];

/** Lets a fleet use its tokens for some time. */
async function run(
  { kind, lifeSeconds, loopSeconds }: typeof TRIALS[number],
  offsetsMs: number[] = [],
) {
  await using store = await kind.open();
  await using server = serveTokens({ lifeSeconds });
  const setup = { ...server, store: store.setup, count: 4, offsetsMs };
  await using fleet = await startFleet(setup);
  // A process whose clock Coze refuses can only use a token that another one published.
  assertEquals((await fleet.members[0]!.ask<Got>("get")).error, undefined);
  const looped = await fleet.all<Looped>(`loop 25 ${loopSeconds * 1000}`);
  return { looped, granted: server.granted() };
}

for (const trial of TRIALS) {
  const { kind: { name, needs }, lifeSeconds } = trial;
  testWith(needs, `getToken() beside clocks that are ten minutes off (${name})`, async () => {
    const { looped, granted } = await run(trial, [0, 0, TEN_MINUTES, -TEN_MINUTES]);
    assertEquals(looped.map(({ errors }) => errors), [{}, {}, {}, {}]);
    // A node that shortens everybody's life asks for a token with each of its hundreds of calls.
    assert(granted.length <= 2 * Math.ceil(trial.loopSeconds / lifeSeconds), `${granted.length}`);
    for (const { token, endsAt } of granted) {
      for (const { tokens } of looped) {
        const late = (tokens[token] ?? 0) - endsAt;
        assert(late < 0, `a token was given out ${late} ms after its end`);
      }
    }
  });
}
