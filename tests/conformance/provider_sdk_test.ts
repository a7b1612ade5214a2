// The official SDK takes a provider's tokens: `getToken` fits where it takes a function.

import { CozeAPI } from "../testing/coze_api.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { createEmulator } from "../../lib/emulator/mod.ts";
import { createTokenProvider, type TokenRequest } from "../../mod.ts";
import { pkcs8Pem, publicPem } from "../testing/keys.ts";
import { serve } from "../testing/servers.ts";

const APP = { clientId: "1127900106117", keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4" };

/** A provider for an emulator on loopback; the names of the sessions that were asked for. */
function start() {
  const emulator = createEmulator({
    apps: [{ clientId: APP.clientId, keys: { [APP.keyId]: publicPem() } }],
  });
  const server = serve(emulator);
  const provider = createTokenProvider({
    ...APP,
    privateKey: pkcs8Pem(),
    baseUrl: server.url,
  });
  const apiOf = (request?: TokenRequest) =>
    new CozeAPI({ baseURL: provider.baseUrl, token: () => provider.getToken(request) });
  const exchanges = () =>
    emulator.journal.filter(({ path }) => path.endsWith("/token"))
      .map(({ claims }) => (claims as { session_name?: string }).session_name);
  const close = () => server[Symbol.asyncDispose]();
  return { emulator, provider, apiOf, exchanges, [Symbol.asyncDispose]: close };
}

Deno.test("getToken() gives the official SDK one token a user for many calls", async () => {
  await using running = start();
  const { apiOf, emulator, exchanges } = running;
  await Promise.all([1, 2, 3].map(() => apiOf().workspaces.list()));
  for (const sessionName of ["alice", "bob", "alice", "bob"]) {
    await apiOf({ sessionName }).workspaces.list();
  }
  assertEquals(exchanges(), [undefined, "alice", "bob"]);
  const calls = emulator.journal.filter(({ path }) => !path.endsWith("/token"));
  assertEquals(calls.map(({ status }) => status), Array(7).fill(200));
});

Deno.test("invalidate() lets the official SDK go on after a 401", async () => {
  await using running = start();
  const { provider, apiOf, emulator, exchanges } = running;
  const token = await provider.getToken();
  emulator.fail({ status: 401, body: { code: 4100, msg: "authentication is invalid" } });
  const error = await assertRejects(() => apiOf().workspaces.list()) as { status?: number };
  assertEquals([error.status, provider.invalidate(token)], [401, true]);
  await apiOf().workspaces.list();
  assertEquals(exchanges(), [undefined, undefined]);
});
