import { assertEquals } from "@std/assert";
import { createTokenProvider } from "../../../mod.ts";
import { pkcs8Pem } from "../../testing/keys.ts";
import { createMemoryStore } from "../../testing/memory_store.ts";

const APP = {
  clientId: "1127900106117",
  keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
};

/** Providers of several processes with one clock and one store. */
function createFleet() {
  let time = Date.parse("2026-03-01T00:00:00Z");
  let issued = 0;
  let write = Promise.withResolvers<void>();
  const memory = createMemoryStore();
  const store = {
    ...memory,
    async write(...args: Parameters<typeof memory.write>) {
      const isWritten = await memory.write(...args);
      write.resolve();
      write = Promise.withResolvers();
      return isWritten;
    },
  };
  const fetch = () => {
    const headers = { date: new Date(time).toUTCString() };
    const body = { access_token: `czs_${++issued}`, expires_in: time / 1000 + 900 };
    return Promise.resolve(Response.json(body, { headers }));
  };
  const options = {
    store,
    fetch,
    now: () => time,
    monotonic: () => time,
    // What is renewed while an exchange hangs is none of this file's.
    sleep: () => new Promise<void>(() => {}),
  };
  return {
    provider: () => createTokenProvider({ ...APP, privateKey: pkcs8Pem() }, {}, options),
    /** What the store was asked since the last time. */
    asked: () => memory.calls.splice(0).map(({ operation }) => operation),
    /** Waits for the next write. */
    written: () => write.promise,
    pass: (ms: number) => time += ms,
  };
}

Deno.test("getToken() with an empty store reads, takes the lease and writes", async () => {
  const { provider, asked } = createFleet();
  assertEquals(await provider().getToken(), "czs_1");
  assertEquals(asked(), ["read", "take", "write"]);
});

Deno.test("getToken() with a token in the store reads once, and then never", async () => {
  const { provider, asked } = createFleet();
  await provider().getToken();
  asked();
  const second = provider();
  assertEquals(await second.getToken(), "czs_1");
  assertEquals(asked(), ["read"]);
  assertEquals(await second.getToken(), "czs_1");
  assertEquals(asked(), []);
});

Deno.test("getToken() refreshes by reading, taking the lease and writing", async () => {
  const { provider, asked, written, pass } = createFleet();
  const first = provider();
  await first.getToken();
  asked();
  pass(890_000);
  const refreshed = written();
  assertEquals(await first.getToken(), "czs_1");
  await refreshed;
  assertEquals(asked(), ["read", "take", "write"]);
});
