// How long a token is given out, whatever the clocks do.

import { assert, assertEquals } from "@std/assert";
import { refuseAssertion } from "../testing/machine.ts";
import { callers, codeOf, createProviderWorld } from "../testing/provider_world.ts";

const HOUR_MS = 3_600_000;
/** What is used of the life of a token of 900 s: the `Date` header is off by up to two seconds. */
const LIFE_MS = 898_000;

/** Runs a test with a fixed `Math.random()`. */
async function withRandom(value: number, run: () => Promise<void>): Promise<void> {
  const { random } = Math;
  Math.random = () => value;
  try {
    await run();
  } finally {
    Math.random = random;
  }
}

const MARGINS = [
  { lifeSeconds: 900, random: 0, margin: "60 s", marginMs: () => 60_000 },
  { lifeSeconds: 900, random: 0.999999, margin: "30 s", marginMs: () => 30_000 },
  { lifeSeconds: 86_399, random: 0, margin: "60 s", marginMs: () => 60_000 },
  { lifeSeconds: 12, random: 0, margin: "a tenth", marginMs: (lifeMs: number) => lifeMs / 10 },
  { lifeSeconds: 12, random: 0.999999, margin: "half", marginMs: (lifeMs: number) => lifeMs / 20 },
];

for (const { lifeSeconds, random, margin, marginMs } of MARGINS) {
  Deno.test(`getToken() refreshes ${margin} before ${lifeSeconds} s are over, ${random}`, async () => {
    await withRandom(random, async () => {
      const request = { durationSeconds: lifeSeconds };
      const { provider, coze, machine, events, joined } = createProviderWorld({
        lifeSeconds,
        request,
      });
      const { lifeMs } = await provider.getAccessToken();
      machine.pass(lifeMs - marginMs(lifeMs) - 1);
      assertEquals(await provider.getToken(), "czs_token_1");
      machine.pass(2);
      assertEquals(await provider.getToken(), "czs_token_1");
      // The exchange that runs was started by the last call.
      machine.pass(5);
      assertEquals(await joined(), "czs_token_2");
      const durations = events.flatMap((each) => each.type === "exchange" ? each.durationMs : []);
      assertEquals([durations, coze.count], [[0, 5], 2]);
    });
  });
}

for (const relative of [true, false]) {
  for (const dated of [true, false]) {
    const form = `${relative ? "relative" : "absolute"} end, ${dated ? "" : "no "}Date header`;
    Deno.test(`getToken() serves a token for its whole life: ${form}`, async () => {
      for (const hours of [-48, -1, 0, 1, 48]) {
        const skewMs = hours * HOUR_MS;
        const { provider, coze, machine } = createProviderWorld({ relative, dated, skewMs });
        const { lifeMs } = await provider.getAccessToken();
        machine.pass(lifeMs - 60_001);
        await provider.getToken();
        assertEquals(coze.count, 1);
        machine.pass(60_001);
        assertEquals(await provider.getToken(), "czs_token_2", `${hours} h`);
      }
    });
  }
}

const CLOCKS = [
  { what: "is set back", set: -HOUR_MS, sleep: 0, exchanges: 0 },
  { what: "is set forward", set: HOUR_MS, sleep: 0, exchanges: 1 },
  { what: "shows a sleep", set: 0, sleep: 1_000_000, exchanges: 1 },
  { what: "shows a short sleep", set: 0, sleep: 100_000, exchanges: 0 },
];

for (const { what, set, sleep, exchanges } of CLOCKS) {
  Deno.test(`getToken() gives valid tokens while the wall clock ${what}`, async () => {
    const { provider, coze, machine, joined } = createProviderWorld();
    const { lifeMs } = await provider.getAccessToken();
    machine.set(set);
    machine.sleep(sleep);
    const get = async () => assert(coze.accepts(await provider.getToken()));
    for (let i = 0; i < 10; i++) await get();
    assertEquals(coze.count, 1 + exchanges);
    machine.pass(lifeMs - sleep - 60_001);
    await get();
    assertEquals(coze.count, 1 + exchanges);
    machine.pass(60_001);
    await get();
    await joined();
  });
}

Deno.test("getToken() gives no token past its end while Date headers are up to 2 s old", async () => {
  for (const dateLagMs of [0, 300, 1_000]) {
    for (const startMs of [0, 749]) {
      // The server grants less than was requested, so that only its words tell the life.
      const world = createProviderWorld({ dateLagMs, lifeSeconds: 600 });
      const { provider, coze, machine, joined } = world;
      machine.pass(startMs);
      await provider.getToken();
      machine.pass(597_000);
      for (let i = 0; i < 40; i++) {
        assert(coze.accepts(await provider.getToken()), `${dateLagMs} ms, ${i}`);
        machine.pass(100);
      }
      await joined();
    }
  }
});

for (const [lifeSeconds, delayMs] of [[-5, 0], [2, 0], [5, 4_500]] as const) {
  Deno.test(`getToken() rejects a token that may have ended: ${lifeSeconds} s`, async () => {
    const { provider } = createProviderWorld({ lifeSeconds, delaysMs: () => [0, delayMs] });
    assertEquals(await codeOf(provider.getToken()), "answer-invalid");
  });
}

Deno.test("getAccessToken() gives the end and the life, which no wrong clock changes", async () => {
  for (const skewMs of [-48 * HOUR_MS, 0, 48 * HOUR_MS]) {
    const { provider, machine } = createProviderWorld({ skewMs });
    const endsAt = (Math.floor(machine.truth() / 1000) + 900) * 1000;
    const { lifeMs, ...token } = await provider.getAccessToken();
    assertEquals(token, { accessToken: "czs_token_1", expiresAt: endsAt, logId: undefined });
    // The exchange took some real time.
    assert(lifeMs <= LIFE_MS && lifeMs > LIFE_MS - 60_000, `${lifeMs} ms`);
    machine.pass(1_000);
    assertEquals(Math.round((await provider.getAccessToken()).lifeMs - lifeMs), -1_000);
  }
});

/** A world whose provider holds a token with 100 s of 898 left. */
async function nearTheEnd() {
  const world = createProviderWorld();
  const { lifeMs } = await world.provider.getAccessToken();
  world.machine.pass(lifeMs - 100_000);
  return world;
}

Deno.test("getAccessToken() exchanges when the token lives shorter than minLifeMs", async () => {
  const { provider, coze } = await nearTheEnd();
  const get = async (minLifeMs?: number) => {
    return (await provider.getAccessToken({}, { minLifeMs })).accessToken;
  };
  for (const minLifeMs of [undefined, 0, 1, 99_999]) {
    assertEquals(await get(minLifeMs), "czs_token_1");
  }
  assertEquals(await get(100_001), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("getAccessToken() gives the valid token when no longer one is to be had", async () => {
  const { provider, coze, machine } = await nearTheEnd();
  const answer = Promise.withResolvers<Response>();
  coze.failures.push(() => answer.promise);
  const controller = new AbortController();
  const options = { minLifeMs: 200_000, signal: controller.signal };
  const waiting = provider.getAccessToken({}, options);
  const patient = provider.getAccessToken({}, { minLifeMs: 200_000 });
  controller.abort();
  assertEquals((await waiting).accessToken, "czs_token_1");
  answer.resolve(refuseAssertion(machine)());
  assertEquals((await patient).accessToken, "czs_token_1");
});

Deno.test("getAccessToken() causes no storm when no token can live that long", async () => {
  for (const minLifeMs of [LIFE_MS, 86_400_000, Infinity]) {
    const { provider, coze, machine } = createProviderWorld();
    await callers(100, () => provider.getAccessToken({}, { minLifeMs }));
    for (let i = 0; i < 100; i++) await provider.getAccessToken({}, { minLifeMs });
    assertEquals(coze.count, 1);
    // A token is used for a tenth of its life.
    for (let i = 0; i < 100; i++) {
      machine.pass(LIFE_MS / 100);
      await provider.getAccessToken({}, { minLifeMs });
    }
    assert(coze.count <= 11, `${coze.count} exchanges`);
  }
});

Deno.test("getAccessToken() refuses a minLifeMs that is no number of 0 or more", async () => {
  const { provider, coze } = createProviderWorld();
  for (const minLifeMs of [NaN, -1, "5", null, {}] as unknown as number[]) {
    assertEquals(await codeOf(provider.getAccessToken({}, { minLifeMs })), "usage");
  }
  assertEquals(coze.count, 0);
});
