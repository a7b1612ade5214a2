import { assert, assertEquals } from "@std/assert";
import {
  createTokenProvider,
  type TokenProviderOptions,
} from "../../../lib/provider/token_provider.ts";
import type { CozeApp, TokenRequest } from "../../../lib/token_request.ts";
import { createMemoryStore } from "../../testing/memory_store.ts";
import { createEndpoint, createMachine, refuseAssertion } from "../../testing/machine.ts";
import { app } from "../../testing/provider_world.ts";

/** Processes on one machine that share a store. */
function createOffice() {
  const machine = createMachine();
  const coze = createEndpoint(machine);
  const store = createMemoryStore();
  const providerOf = (
    more: Partial<CozeApp> = {},
    request?: TokenRequest,
    options?: TokenProviderOptions,
  ) =>
    createTokenProvider({ ...app(), ...more }, request, {
      now: machine.now,
      monotonic: machine.monotonic,
      fetch: coze.fetch,
      store,
      ...options,
    });
  return { machine, coze, store, providerOf };
}

Deno.test("createTokenProvider() shares tokens with other processes through a store", async () => {
  const { coze, providerOf } = createOffice();
  const [first, second] = [providerOf(), providerOf()];
  assertEquals(await first.getToken(), "czs_token_1");
  assertEquals(await second.getToken(), "czs_token_1");
  assertEquals(await first.getToken({ sessionName: "a" }), "czs_token_2");
  assertEquals(await second.getToken({ sessionName: "a" }), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("getToken() asks the store once for a hit, and three times for a miss", async () => {
  const { machine, store, providerOf } = createOffice();
  const operations = () => store.calls.splice(0).map(({ operation }) => operation);
  const [first, second] = [providerOf(), providerOf()];
  await first.getToken();
  assertEquals(operations(), ["read", "take", "write"]);
  await second.getToken();
  assertEquals(operations(), ["read"]);
  await second.getToken();
  assertEquals(operations(), []);

  const { promise: written, resolve } = Promise.withResolvers<void>();
  store.before = (operation) => operation === "write" && resolve();
  machine.pass(890_000);
  assertEquals(await first.getToken(), "czs_token_1");
  await written;
  assertEquals(operations(), ["read", "take", "write"]);
});

Deno.test("createTokenProvider() shares nothing with what would get another token", async () => {
  const { coze, store, providerOf } = createOffice();
  const others = [
    providerOf(),
    providerOf({ clientId: "2" }),
    providerOf({ keyId: "another" }),
    providerOf({ baseUrl: "https://api.coze.com" }),
    providerOf({ baseUrl: "https://api.coze.cn/path" }),
    providerOf({}, { accountId: "1" }),
    providerOf({}, { enterpriseId: "1" }),
    providerOf({}, { sessionName: "a" }),
    providerOf({}, { durationSeconds: 60 }),
  ];
  for (const provider of others) await provider.getToken();
  assertEquals(coze.count, others.length);
  assertEquals(store.entries.size, others.length);
  // The same place, written in full or with an end of its own.
  await providerOf({ baseUrl: "https://api.coze.cn" }).getToken();
  await providerOf({ baseUrl: "https://api.coze.cn/" }).getToken();
  assertEquals(coze.count, others.length);
});

Deno.test("getToken() takes no refused token from the store, but the new one", async () => {
  const { coze, providerOf } = createOffice();
  const [first, second] = [providerOf(), providerOf()];
  const token = await first.getToken();
  await second.getToken();
  first.invalidate(token);
  assertEquals(await first.getToken(), "czs_token_2");
  assertEquals(await second.getToken(), token);
  second.invalidate(token);
  assertEquals(await second.getToken(), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("getToken() takes the next token from the store when it is there", async () => {
  const { machine, coze, providerOf } = createOffice();
  let hits = 0;
  const { promise: hit, resolve } = Promise.withResolvers<void>();
  const onEvent: TokenProviderOptions["onEvent"] = (event) => {
    if (event.type === "hit" && event.from === "store" && ++hits === 2) resolve();
  };
  const [first, second] = [providerOf(), providerOf({}, {}, { onEvent })];
  const token = await first.getToken();
  await second.getToken();
  machine.pass(899_000 - 20_000);
  first.invalidate(token);
  assertEquals(await first.getToken(), "czs_token_2");
  assertEquals(await second.getToken(), token);
  await hit;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(await second.getToken(), "czs_token_2");
  assertEquals(coze.count, 2);
});

Deno.test("getToken() uses another process's token when its own clock is wrong", async () => {
  const { machine, coze, providerOf } = createOffice();
  await providerOf().getToken();
  machine.pass(400_000);
  for (const minutes of [10, -5, 48 * 60]) {
    const now = () => machine.now() + minutes * 60_000;
    // A server refuses the JWT of such a clock, and says what time it is.
    coze.failures.push(refuseAssertion(machine));
    const provider = providerOf({}, {}, { now });
    assertEquals(await provider.getToken(), "czs_token_1");
    coze.failures.length = 0;
  }
  assertEquals(await providerOf().getToken(), "czs_token_1");
  assert(coze.count <= 3);
});

Deno.test("getToken() shortens nobody's token by a clock that is 10 minutes ahead", async () => {
  const { machine, coze, providerOf } = createOffice();
  const right = providerOf();
  const ahead = providerOf({}, {}, { now: () => machine.now() + 600_000 });
  // The one with the wrong clock writes what the others read.
  assertEquals(await ahead.getToken(), "czs_token_1");
  assertEquals(await right.getToken(), "czs_token_1");
  machine.pass(899_000 - 60_001);
  assertEquals(await ahead.getToken(), "czs_token_1");
  assertEquals(await right.getToken(), "czs_token_1");
  assertEquals(await providerOf().getToken(), "czs_token_1");
  assertEquals(coze.count, 1);
  // Nor does it make anybody's longer.
  machine.pass(62_000);
  assertEquals(await providerOf().getToken(), "czs_token_2");
});

Deno.test("getToken() does not take its own token from the store for a new one", async () => {
  const { machine, coze, store, providerOf } = createOffice();
  const { promise: exchanged, resolve } = Promise.withResolvers<void>();
  const onEvent: TokenProviderOptions["onEvent"] = ({ type }) =>
    type === "exchange" && coze.count === 2 && resolve();
  const provider = providerOf({}, {}, { onEvent });
  await provider.getToken();
  machine.pass(899_000 - 20_000);
  for (const entry of store.entries.values()) {
    // As if it lived somewhat longer.
    const value = JSON.parse(entry.value!);
    entry.value = JSON.stringify({ ...value, expiresAt: value.expiresAt + 1_000 });
  }
  assertEquals(await provider.getToken(), "czs_token_1");
  await exchanged;
});

Deno.test("getToken() bears a sleep that ends at once", async () => {
  const { coze, providerOf } = createOffice();
  const options = {
    sleep: () => Promise.resolve(),
    monotonic: () => 0,
    async fetch(request: Request) {
      // A timer fires only when others give way.
      await new Promise((resolve) => setTimeout(resolve, 5));
      return await coze.fetch(request);
    },
  };
  const providers = [providerOf({}, {}, options), providerOf({}, {}, options)];
  const tokens = await Promise.all(providers.map((provider) => provider.getToken()));
  assertEquals(tokens, ["czs_token_1", "czs_token_1"]);
});
