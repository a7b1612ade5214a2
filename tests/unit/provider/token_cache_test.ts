import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import type { TokenRequest } from "../../../lib/token_request.ts";
import { refuseAssertion } from "../../testing/machine.ts";
import { createProviderWorld } from "../../testing/provider_world.ts";

const callers = (n: number, call: () => Promise<string>) =>
  Promise.all(Array.from({ length: n }, call));

Deno.test("getToken() exchanges once for 10,000 cold callers", async () => {
  const { provider, coze, count } = createProviderWorld();
  assertEquals(new Set(await callers(10_000, () => provider.getToken())), new Set(["czs_token_1"]));
  assertEquals(coze.count, 1);
  assertEquals(count("wait"), 9_999);
});

/** Runs a test with a chance that is none. */
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
  [900, 0, 60_000],
  [900, 0.999999, 30_000],
  [86_399, 0, 60_000],
  [11, 0, 1_000],
  [11, 0.999999, 500],
] as const;

// The `Date` header leaves a second of the life unknown. The margin is 60 s or a tenth, and jitter
// halves it at most.
for (const [lifeSeconds, random, marginMs] of MARGINS) {
  Deno.test(`getToken() refreshes ${marginMs} ms before ${lifeSeconds} s are over`, async () => {
    await withRandom(random, async () => {
      const { provider, coze, machine, ended, sent } = createProviderWorld({
        lifeSeconds,
        request: { durationSeconds: lifeSeconds },
      });
      await provider.getToken();
      machine.pass(lifeSeconds * 1000 - 1000 - marginMs - 2);
      assertEquals(await provider.getToken(), "czs_token_1");
      await sent();
      assertEquals(coze.count, 1);
      machine.pass(4);
      assertEquals(await provider.getToken(), "czs_token_1");
      await ended(2);
      assertEquals(await provider.getToken(), "czs_token_2");
      assertEquals(coze.count, 2);
    });
  });
}

Deno.test("getToken() serves the old token while the refresh fails, and retries", async () => {
  const { provider, coze, machine, ended, events, sent } = createProviderWorld();
  await provider.getToken();
  machine.pass(899_000 - 20_000);
  for (let i = 0; i < 10; i++) coze.failures.push(refuseAssertion(machine));
  assertEquals(await provider.getToken(), "czs_token_1");
  await ended(2);
  const failure = { type: "failure", of: "exchange", code: "client-refused", served: true };
  assertEquals<unknown>(events.at(-1), failure);
  // A quarter of what is left.
  machine.pass(4_990);
  await callers(100, () => provider.getToken());
  await sent();
  assertEquals(coze.count, 2);
  machine.pass(11);
  assertEquals(await provider.getToken(), "czs_token_1");
  await ended(3);
  // But not more often than once a second.
  machine.pass(13_000);
  assertEquals(await provider.getToken(), "czs_token_1");
  await ended(4);
  machine.pass(990);
  await provider.getToken();
  await sent();
  assertEquals(coze.count, 4);
  coze.failures.length = 0;
  machine.pass(20);
  assertEquals(await provider.getToken(), "czs_token_1");
  await ended(5);
  assertEquals(await provider.getToken(), "czs_token_5");
});

Deno.test("getToken() rejects for all who wait once the old token has ended", async () => {
  const { provider, coze, machine, events } = createProviderWorld();
  await provider.getToken();
  machine.pass(900_000);
  coze.failures.push(refuseAssertion(machine));
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => provider.getToken()));
  const errors = results.map((each) => each.status === "rejected" && each.reason);
  assertEquals(new Set(errors).size, 1);
  assertEquals((errors[0] as CozeError).code, "client-refused");
  const failure = { type: "failure", of: "exchange", code: "client-refused", served: false };
  assertEquals<unknown>(events.at(-1), failure);
  assertEquals(await provider.getToken(), "czs_token_3");
  assertEquals(coze.count, 3);
});

Deno.test("getToken() keeps one token for each kind of request", async () => {
  const { provider, coze } = createProviderWorld();
  const kinds: (TokenRequest | undefined)[] = [
    undefined,
    { durationSeconds: 901 },
    { sessionName: "a" },
    { sessionName: "b" },
    { sessionContext: { deviceInfo: { deviceId: "a" } } },
    { sessionContext: { deviceInfo: { customConsumer: "a" } } },
    { accountId: "1" },
    { enterpriseId: "1" },
    { scope: { permissions: ["Connector.botChat"] } },
    { scope: { permissions: ["Connector.botChat"], botIds: ["1"] } },
    { scope: { permissions: ["Connector.botChat"], botIds: ["2"] } },
  ];
  const first = await Promise.all(kinds.map((kind) => provider.getToken(kind)));
  assertEquals(new Set(first).size, kinds.length);
  assertEquals(await Promise.all(kinds.map((kind) => provider.getToken(kind))), first);
  // What is left out or undefined, and the default said aloud, make no difference.
  assertEquals(await provider.getToken({ durationSeconds: 900, sessionName: undefined }), first[0]);
  assertEquals(coze.count, kinds.length);
});

Deno.test("getToken() merges a request into a copy of the provider's own", async () => {
  const request: TokenRequest = { durationSeconds: 60, scope: { permissions: ["a"] } };
  const { provider, coze } = createProviderWorld({ request });
  request.scope!.permissions.push("b");
  request.durationSeconds = 1;
  await provider.getToken({ sessionName: "a" });
  assertEquals(coze.bodies[0]!["duration_seconds"], 60);
  assertEquals(coze.bodies[0]!["scope"], { "account_permission": { "permission_list": ["a"] } });
});

Deno.test("getToken() forgets the kind that was not asked for the longest", async () => {
  const { provider, coze } = createProviderWorld({ options: { maxEntries: 2 } });
  await provider.getToken({ sessionName: "a" });
  await provider.getToken({ sessionName: "b" });
  await provider.getToken({ sessionName: "a" });
  await provider.getToken({ sessionName: "c" });
  assertEquals(coze.count, 3);
  await provider.getToken({ sessionName: "a" });
  assertEquals(coze.count, 3);
  await provider.getToken({ sessionName: "b" });
  assertEquals(coze.count, 4);
});

Deno.test("getToken() keeps 1,000 kinds", async () => {
  const { provider, coze } = createProviderWorld();
  const ask = (number: number) => provider.getToken({ sessionName: `${number}` });
  await Promise.all(Array.from({ length: 1_000 }, (_, number) => ask(number)));
  await ask(1_000);
  await ask(1);
  assertEquals(coze.count, 1_001);
  await ask(0);
  assertEquals(coze.count, 1_002);
});

Deno.test("getToken() lets a caller go who aborts, and no one else", async () => {
  const { provider, coze } = createProviderWorld();
  const impatient = new AbortController();
  const gone = provider.getToken(undefined, { signal: impatient.signal });
  const patient = provider.getToken(undefined, { signal: new AbortController().signal });
  impatient.abort();
  assertEquals((await assertRejects(() => gone, CozeError)).code, "interrupted");
  assertEquals(await patient, "czs_token_1");
  const aborted = () => provider.getToken(undefined, { signal: impatient.signal });
  assertEquals((await assertRejects(aborted, CozeError)).code, "interrupted");
  assertEquals(coze.count, 1);
});

Deno.test("getToken() goes on with an exchange that nobody waits for any more", async () => {
  const { provider, coze, ended } = createProviderWorld();
  const impatient = new AbortController();
  const gone = provider.getToken({}, { signal: impatient.signal });
  impatient.abort();
  await assertRejects(() => gone, CozeError);
  await ended(1);
  assertEquals(await provider.getToken(), "czs_token_1");
  assertEquals(coze.count, 1);
});

Deno.test("getToken() refuses a request that cannot be sent, before it is kept", async () => {
  const { provider, coze } = createProviderWorld({ options: { maxEntries: 1 } });
  const token = await provider.getToken();
  const bad = () => provider.getToken({ durationSeconds: 0 });
  for (let i = 0; i < 2; i++) {
    assertEquals((await assertRejects(bad, CozeError)).code, "duration-out-of-range");
  }
  assertEquals(await provider.getToken(), token);
  assertEquals(coze.count, 1);
});

for (const [lifeSeconds, delayMs] of [[-5, 0], [1, 0], [5, 4_500]] as const) {
  Deno.test(`getToken() gives no token that may have ended: ${lifeSeconds} s`, async () => {
    const { provider } = createProviderWorld({ lifeSeconds, delaysMs: () => [0, delayMs] });
    const { code, message } = await assertRejects(() => provider.getToken(), CozeError);
    const words = "Cannot use the token as it may have ended before it came";
    assertEquals([code, message], ["answer-invalid", words]);
  });
}

Deno.test("getToken() evicts no kind that exchanges or was refused a moment ago", async () => {
  const { provider, coze, machine } = createProviderWorld({ options: { maxEntries: 1 } });
  const kinds = ["a", "b"].map((sessionName) => ({ sessionName }));
  await Promise.all([...kinds, ...kinds].map((kind) => provider.getToken(kind)));
  assertEquals(coze.count, 2);
  for (let i = 0; i < 10; i++) {
    for (const kind of kinds) provider.invalidate(await provider.getToken(kind));
  }
  assert(coze.count <= 5, `${coze.count} exchanges`);
  machine.pass(31_000);
  const { count } = coze;
  for (let i = 0; i < 9; i++) await provider.getToken({ sessionName: `${i}` });
  await provider.getToken(kinds[0]);
  assertEquals(coze.count, count + 10);
});

Deno.test("getToken() keeps twice maxEntries at most, even while all exchange", async () => {
  const { provider, coze } = createProviderWorld({ options: { maxEntries: 1 } });
  const ask = (sessionName: string) => provider.getToken({ sessionName });
  // The third kind takes the place of the first, which has to begin again.
  await Promise.all(["a", "b", "c", "a"].map(ask));
  assertEquals(coze.count, 4);
});

for (const relative of [true, false]) {
  for (const dated of [true, false]) {
    for (const skewMs of [-48, -1, 0, 1, 48].map((hours) => hours * 3_600_000)) {
      const how = `${relative ? "relative" : "absolute"}, ${dated ? "" : "un"}dated, ${skewMs} ms`;
      Deno.test(`getToken() serves a token for its whole life: ${how}`, async () => {
        const { provider, coze, machine } = createProviderWorld({ relative, dated, skewMs });
        await provider.getToken();
        machine.pass(899_000 - 60_001);
        await provider.getToken();
        assertEquals(coze.count, 1);
        machine.pass(62_000);
        assertEquals(await provider.getToken(), "czs_token_2");
      });
    }
  }
}
