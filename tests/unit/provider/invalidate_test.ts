import { assertEquals } from "@std/assert";
import { refuseAssertion } from "../../testing/machine.ts";
import { createProviderWorld } from "../../testing/provider_world.ts";

Deno.test("invalidate() of one token by ten callers at once makes one exchange", async () => {
  const { provider, coze } = createProviderWorld();
  const token = await provider.getToken();
  const replay = () => {
    assertEquals(provider.invalidate(token), true);
    return provider.getToken();
  };
  const fresh = await Promise.all(Array.from({ length: 10 }, replay));
  assertEquals(new Set(fresh), new Set(["czs_token_2"]));
  // One who comes late with the old token spoils nothing.
  assertEquals(provider.invalidate(token), true);
  assertEquals(await provider.getToken(), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("invalidate() drops the token that it names, of one kind", async () => {
  const { provider, coze } = createProviderWorld();
  const alice = await provider.getToken({ sessionName: "alice" });
  const bob = await provider.getToken({ sessionName: "bob" });
  provider.invalidate(alice);
  provider.invalidate("czs_of_somebody_else");
  assertEquals(await provider.getToken({ sessionName: "bob" }), bob);
  assertEquals(await provider.getToken({ sessionName: "alice" }), "czs_token_3");
  assertEquals(coze.count, 3);
});

Deno.test("invalidate() joins a refresh that runs", async () => {
  const { provider, coze, machine } = createProviderWorld();
  const token = await provider.getToken();
  machine.pass(899_000 - 20_000);
  await provider.getToken();
  provider.invalidate(token);
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
  assertEquals(requests, 2);
  assertEquals(coze.count, 2);
  // Others are served on, and it does not grow over time either.
  assertEquals(await provider.getToken(), token);
});

Deno.test("invalidate() allows one exchange in 30 s when all fails (security 15)", async () => {
  const { provider, coze, machine } = createProviderWorld();
  for (let second = 0; second < 120; second++) {
    provider.invalidate(await provider.getToken());
    machine.pass(1_000);
  }
  assertEquals(coze.count, 1 + 4);
});

Deno.test("invalidate() leaves nothing to serve when the exchange fails", async () => {
  const { provider, coze, machine } = createProviderWorld();
  provider.invalidate(await provider.getToken());
  coze.failures.push(refuseAssertion(machine));
  assertEquals(await provider.getToken().catch((error) => error.code), "client-refused");
  assertEquals(await provider.getToken(), "czs_token_3");
});
