// How long failures are remembered.

import { assert, assertEquals } from "@std/assert";
import { refuseAssertion } from "../testing/machine.ts";
import { callers, codeOf, createProviderWorld } from "../testing/provider_world.ts";

const CALLS = 200;

const refuse = (status: number, body: object, headers?: HeadersInit) => () =>
  Response.json(body, { status, headers });
const words = (message: string) => ({ error_code: "invalid_client", error_message: message });
const wait = (seconds: number) => ({ "Retry-After": `${seconds}` });
const DISABLED = "app is deactivated by the owner";
const ENDED = { access_token: "czs_a", expires_in: 1_735_689_600 };
const loseConnection = () => Promise.reject(new TypeError("error sending request"));

const OLD_DATE = { date: "Wed, 01 Jan 2025 00:00:00 GMT" };

/**
 * What fails, its code, the requests for 200 calls at one moment, the most requests for one call in
 * each of 200 seconds, and the milliseconds after which it is surely tried again.
 */
const FAILURES: readonly [
  string,
  () => Response | Promise<Response>,
  string,
  number,
  number,
  number,
][] = [
  ["429, Retry-After: 3600", refuse(429, {}, wait(3600)), "rate-limited", 1, 1, 3_600_000],
  ["429", refuse(429, {}), "rate-limited", 3, 12, 60_000],
  ["503, Retry-After: 120", refuse(503, {}, wait(120)), "server-fault", 1, 2, 120_000],
  ["503", refuse(503, {}), "server-fault", 3, 12, 60_000],
  ["a refused key", refuse(401, words("kid")), "client-refused", 1, 12, 60_000],
  ["a disabled app", refuse(400, words(DISABLED)), "app-disabled", 1, 12, 60_000],
  ["a wrong clock", refuse(401, words("iat"), OLD_DATE), "client-refused", 1, 12, 60_000],
  ["a page of a proxy", () => new Response("<html>"), "answer-invalid", 1, 12, 60_000],
  ["an ended token", refuse(200, ENDED, OLD_DATE), "answer-invalid", 1, 12, 60_000],
  // A network can be back soon.
  ["a lost connection", loseConnection, "connection-lost", 3, 45, 5_000],
];

for (const [what, respond, code, atOnce, spread, overMs] of FAILURES) {
  Deno.test(`getToken() remembers ${what}, and recovers`, async () => {
    const { provider, coze, machine } = createProviderWorld();
    coze.outage = respond;
    const codes = await callers(CALLS, () => codeOf(provider.getToken()));
    for (let i = 0; i < CALLS; i++) codes.push(await codeOf(provider.getToken()));
    assertEquals(new Set(codes), new Set([code]));
    assertEquals(coze.count, atOnce);

    for (let second = 0; second < CALLS; second++) {
      machine.pass(1_000);
      assertEquals(await codeOf(provider.getToken()), code);
    }
    assert(coze.count <= spread, `${coze.count} requests`);
    assert(spread <= 12 || coze.count > CALLS / 6, `${coze.count} requests`);

    coze.outage = undefined;
    machine.pass(overMs);
    const { accessToken } = await provider.getAccessToken();
    assert(coze.accepts(accessToken));
    // After a success the doubling starts again.
    provider.invalidate(accessToken);
    coze.outage = refuseAssertion(machine);
    assertEquals(await codeOf(provider.getToken()), "client-refused");
    coze.outage = undefined;
    machine.pass(1_001);
    assertEquals(await codeOf(provider.getToken()), undefined);
  });
}

Deno.test("getToken() remembers a failure of one kind of token alone", async () => {
  const { provider, coze, machine } = createProviderWorld();
  coze.failures.push(refuseAssertion(machine));
  assertEquals(await codeOf(provider.getToken({ sessionName: "a" })), "client-refused");
  assertEquals(await codeOf(provider.getToken()), undefined);
  assertEquals(await codeOf(provider.getToken({ sessionName: "b" })), undefined);
});

Deno.test("getToken() counts the sleep of the machine as time of Retry-After", async () => {
  const { provider, coze, machine } = createProviderWorld();
  coze.failures.push(refuse(429, {}, wait(3600)));
  assertEquals(await codeOf(provider.getToken()), "rate-limited");
  machine.sleep(3_600_000);
  assertEquals(await codeOf(provider.getToken()), undefined);
});

Deno.test("getToken() waits no longer than a day for Retry-After", async () => {
  const { provider, coze, machine } = createProviderWorld();
  coze.failures.push(refuse(429, {}, wait(999_999_999)));
  assertEquals(await codeOf(provider.getToken()), "rate-limited");
  machine.pass(86_400_000);
  assertEquals(await codeOf(provider.getToken()), undefined);
});

Deno.test("getToken() makes one attempt after a failure, and three after a success", async () => {
  const { provider, coze, machine } = createProviderWorld();
  coze.outage = refuse(503, {});
  for (const count of [3, 4, 5]) {
    assertEquals(await codeOf(provider.getToken()), "server-fault");
    assertEquals(coze.count, count);
    machine.pass(4_000);
  }
  coze.outage = undefined;
  provider.invalidate(await provider.getToken());
  coze.failures.push(refuse(503, {}), refuse(503, {}));
  assertEquals(await provider.getToken(), "czs_token_9");
});

Deno.test("getToken() remembers no error that no network and no server caused", async () => {
  const bug = new TypeError("x is not a function");
  const denied = Object.assign(new Error("Requires net access"), { name: "NotCapable" });
  for (const [error, code] of [[bug, `${bug}`], [denied, "sandbox-net"]] as const) {
    let calls = 0;
    const fetch = () => {
      calls++;
      return Promise.reject(error);
    };
    const { provider } = createProviderWorld({ options: { fetch } });
    for (let i = 0; i < 5; i++) assertEquals(await codeOf(provider.getToken()), code);
    assertEquals(calls, 5);
  }
});

Deno.test("getToken() serves a valid token while the refresh fails, with few requests", async () => {
  const { provider, coze, machine, joined, events } = createProviderWorld();
  await provider.getToken();
  machine.pass(898_000 - 30_000);
  coze.outage = refuseAssertion(machine);
  for (let tick = 0; tick < 290; tick++) {
    assertEquals(await provider.getToken(), "czs_token_1");
    assertEquals(await joined(), "czs_token_1");
    machine.pass(100);
  }
  const failure = {
    type: "failure",
    of: "exchange",
    code: "client-refused",
    logId: undefined,
    served: true,
  };
  assertEquals<unknown>(events.filter(({ type }) => type === "failure"), Array(5).fill(failure));
  coze.outage = undefined;
  machine.pass(900);
  // It is tried again after 16 s.
  assertEquals(await joined(), "czs_token_1");
  machine.pass(2_000);
  assertEquals(await provider.getToken(), "czs_token_7");
});
