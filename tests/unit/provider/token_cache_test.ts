import { assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import type { TokenRequest } from "../../../lib/token_request.ts";
import { refusal } from "../../testing/machine.ts";
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

// A second of the life cannot be told by the header. The margin is 60 s or a tenth, and by jitter as
// little as half of that.
for (
  const [lifeSeconds, random, marginMs] of [
    [900, 0, 60_000],
    [900, 0.999999, 30_000],
    [86_399, 0, 60_000],
    [11, 0, 1_000],
    [11, 0.999999, 500],
  ] as const
) {
  Deno.test(`getToken() fetches the next token ${marginMs} ms before ${lifeSeconds} s are over`, async () => {
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

Deno.test("getToken() serves the old token on when the refresh fails, and tries again less and less apart", async () => {
  const { provider, coze, machine, ended, events, sent } = createProviderWorld();
  await provider.getToken();
  machine.pass(899_000 - 20_000);
  for (let i = 0; i < 10; i++) coze.failures.push(refusal(machine));
  assertEquals(await provider.getToken(), "czs_token_1");
  await ended(2);
  assertEquals(events.at(-1), {
    type: "failure",
    of: "exchange",
    code: "client-refused",
    served: true,
  });
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

Deno.test("getToken() rejects once the old token has ended, for all who wait, and asks anew the next time", async () => {
  const { provider, coze, machine, events } = createProviderWorld();
  await provider.getToken();
  machine.pass(900_000);
  coze.failures.push(refusal(machine));
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => provider.getToken()));
  const errors = results.map((each) => each.status === "rejected" && each.reason);
  assertEquals(new Set(errors).size, 1);
  assertEquals((errors[0] as CozeError).code, "client-refused");
  assertEquals(events.at(-1), {
    type: "failure",
    of: "exchange",
    code: "client-refused",
    served: false,
  });
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

Deno.test("getToken() lays a request over the provider's own, of which it keeps a copy", async () => {
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
  for (let i = 0; i <= 1_000; i++) await provider.getToken({ sessionName: `${i}` });
  await provider.getToken({ sessionName: "1" });
  assertEquals(coze.count, 1_001);
  await provider.getToken({ sessionName: "0" });
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
  assertEquals(coze.count, 1);
  const aborted = () => provider.getToken(undefined, { signal: impatient.signal });
  assertEquals((await assertRejects(aborted, CozeError)).code, "interrupted");
});

Deno.test("getToken() goes on with an exchange that nobody waits for any more", async () => {
  const { provider, coze, ended } = createProviderWorld();
  const signal = AbortSignal.abort();
  const impatient = new AbortController();
  const gone = provider.getToken({}, { signal: impatient.signal });
  impatient.abort();
  await assertRejects(() => gone, CozeError);
  await ended(1);
  assertEquals(await provider.getToken(), "czs_token_1");
  assertEquals(coze.count, 1);
  await assertRejects(() => provider.getToken({}, { signal }), CozeError);
});

Deno.test("getToken() refuses a request that cannot be sent, before it is kept", async () => {
  const { provider, coze } = createProviderWorld({ options: { maxEntries: 1 } });
  const token = await provider.getToken();
  const bad = () => provider.getToken({ durationSeconds: 0 });
  assertEquals((await assertRejects(bad, CozeError)).code, "duration-out-of-range");
  assertEquals((await assertRejects(bad, CozeError)).code, "duration-out-of-range");
  assertEquals(await provider.getToken(), token);
  assertEquals(coze.count, 1);
});

for (const [lifeSeconds, delayMs] of [[-5, 0], [1, 0], [5, 4_500]] as const) {
  Deno.test(`getToken() hands out no token that may have ended before it came: ${lifeSeconds} s`, async () => {
    const { provider } = createProviderWorld({ lifeSeconds, delaysMs: () => [0, delayMs] });
    const error = await assertRejects(() => provider.getToken(), CozeError);
    assertEquals([error.code, error.message], [
      "answer-invalid",
      "Cannot use the token as it may have ended before it came",
    ]);
  });
}

Deno.test("getToken() forgets no kind that exchanges, or whose token was refused a moment ago", async () => {
  const { provider, coze, machine } = createProviderWorld({ options: { maxEntries: 1 } });
  const kinds = ["a", "b"].map((sessionName) => ({ sessionName }));
  await Promise.all([...kinds, ...kinds].map((kind) => provider.getToken(kind)));
  assertEquals(coze.count, 2);
  for (let i = 0; i < 10; i++) {
    for (const kind of kinds) provider.invalidate(await provider.getToken(kind));
  }
  assertEquals(coze.count <= 5, true, `${coze.count} exchanges`);
  machine.pass(31_000);
  const { count } = coze;
  for (let i = 0; i < 9; i++) await provider.getToken({ sessionName: `${i}` });
  await provider.getToken(kinds[0]);
  assertEquals(coze.count, count + 10);
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
