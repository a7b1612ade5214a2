import { assertEquals } from "@std/assert";
import { refuseAssertion } from "../testing/machine.ts";
import { callers, codeOf, createProviderWorld } from "../testing/provider_world.ts";

Deno.test("invalidate() of one token by ten callers at once causes one exchange", async () => {
  const { provider, coze } = createProviderWorld();
  const token = await provider.getToken();
  const fresh = await callers(10, () => {
    assertEquals(provider.invalidate(token), true);
    return provider.getToken();
  });
  assertEquals(new Set(fresh), new Set(["czs_token_2"]));
  // A late report about the old token changes nothing.
  assertEquals(provider.invalidate(token), true);
  assertEquals(await provider.getToken(), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("invalidate() drops the token that it names, of one kind", async () => {
  const { provider, coze } = createProviderWorld();
  const alice = await provider.getToken({ sessionName: "alice" });
  const bob = await provider.getToken({ sessionName: "bob" });
  provider.invalidate(alice);
  provider.invalidate("czs_unknown");
  assertEquals(await provider.getToken({ sessionName: "bob" }), bob);
  assertEquals(await provider.getToken({ sessionName: "alice" }), "czs_token_3");
  assertEquals(coze.count, 3);
});

Deno.test("invalidate() joins a refresh that runs", async () => {
  const { provider, coze, machine } = createProviderWorld();
  const { accessToken, lifeMs } = await provider.getAccessToken();
  machine.pass(lifeMs - 20_000);
  await provider.getToken();
  provider.invalidate(accessToken);
  assertEquals(await provider.getToken(), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("invalidate() ends a loop of 401s after one exchange (security 15)", async () => {
  const { provider, coze } = createProviderWorld();
  let requests = 0;
  let token = await provider.getToken();
  do {
    requests++;
    if (!provider.invalidate(token)) break;
    token = await provider.getToken();
  } while (requests < 1_000);
  assertEquals([requests, coze.count], [2, 2]);
  // The token is still served.
  assertEquals(await provider.getToken(), token);
});

Deno.test("invalidate() allows one exchange in 30 s when every token is refused (security 15)", async () => {
  const { provider, coze, machine } = createProviderWorld();
  for (let second = 0; second < 120; second++) {
    provider.invalidate(await provider.getToken());
    machine.pass(1_000);
  }
  assertEquals(coze.count, 1 + 4);
});

Deno.test("invalidate() ignores what is no token", async () => {
  const { provider } = createProviderWorld();
  for (const value of [undefined, null, 5, {}]) provider.invalidate(value as never);
  assertEquals(provider.invalidate(await provider.getToken()), true);
});

Deno.test("invalidate() counts the 30 s also while the machine sleeps", async () => {
  const { provider, coze, machine } = createProviderWorld();
  provider.invalidate(await provider.getToken());
  const token = await provider.getToken();
  machine.sleep(30_000);
  assertEquals(provider.invalidate(token), true);
  await provider.getToken();
  assertEquals(coze.count, 3);
});

Deno.test("invalidate() leaves no token to serve when the exchange fails", async () => {
  const { provider, coze, machine } = createProviderWorld();
  provider.invalidate(await provider.getToken());
  coze.failures.push(refuseAssertion(machine));
  assertEquals(await codeOf(provider.getToken()), "client-refused");
  machine.pass(1_001);
  assertEquals(await provider.getToken(), "czs_token_3");
});

Deno.test("invalidate() keeps the token while no other can be had", async () => {
  const { provider, coze, machine, joined } = createProviderWorld();
  const token = await provider.getToken();
  machine.pass(200_000);
  coze.failures.push(refuseAssertion(machine));
  assertEquals(await joined(), token);
  // The failure is remembered for a second.
  assertEquals(provider.invalidate(token), false);
  assertEquals(await provider.getToken(), token);
  machine.pass(1_001);
  assertEquals(provider.invalidate(token), true);
  assertEquals(await provider.getToken(), "czs_token_3");
});
