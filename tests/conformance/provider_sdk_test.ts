// The official SDK takes a provider's tokens: `getToken` fits where it takes a function.

import { CozeAPI } from "../testing/coze_api.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { createEmulator } from "../../lib/emulator/mod.ts";
import { createTokenProvider } from "../../mod.ts";
import { pkcs8Pem, publicPem } from "../testing/keys.ts";
import { serve } from "../testing/servers.ts";

const CLIENT_ID = "1127900106117";
const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const WORKSPACE = "7388888888888888888";

/** A provider for an emulator on loopback; the names of the sessions that were asked for. */
function start() {
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() } }],
    workspaces: [{ id: WORKSPACE, name: "demo", type: "team", role: "admin" }],
  });
  const server = serve(emulator);
  const provider = createTokenProvider({
    clientId: CLIENT_ID,
    keyId: KEY_ID,
    privateKey: pkcs8Pem(),
    baseUrl: server.url,
  });
  const exchanges = () =>
    emulator.journal.filter(({ path }) => path.endsWith("/token"))
      .map(({ claims }) => (claims as { session_name?: string }).session_name);
  return { emulator, provider, server, exchanges };
}

Deno.test("getToken() gives the official SDK one token for many calls", async () => {
  const { provider, server, emulator, exchanges } = start();
  await using _running = server;
  const api = new CozeAPI({ baseURL: provider.baseUrl, token: () => provider.getToken() });
  const { bot_id } = await api.bots.create({ space_id: WORKSPACE, name: "node-chat2" });
  await api.bots.publish({ bot_id, connector_ids: ["1024"] });
  await Promise.all([1, 2, 3].map(() => api.workspaces.list()));
  const calls = emulator.journal.filter(({ path }) => !path.endsWith("/token"));
  assertEquals(calls.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assertEquals(exchanges(), [undefined]);
});

Deno.test("getToken() gives the official SDK a token for each user, and keeps each", async () => {
  const { provider, server, exchanges } = start();
  await using _running = server;
  const apiOf = (sessionName: string) =>
    new CozeAPI({ baseURL: provider.baseUrl, token: () => provider.getToken({ sessionName }) });
  for (const user of ["alice", "bob", "alice", "bob"]) await apiOf(user).workspaces.list();
  assertEquals(exchanges(), ["alice", "bob"]);
  const [alice, bob] = await Promise.all(
    ["alice", "bob"].map((sessionName) => provider.getToken({ sessionName })),
  );
  assertEquals(alice === bob, false);
});

Deno.test("invalidate() lets the official SDK go on after a 401", async () => {
  const { provider, server, emulator, exchanges } = start();
  await using _running = server;
  const api = new CozeAPI({ baseURL: provider.baseUrl, token: () => provider.getToken() });
  const token = await provider.getToken();
  emulator.fail({ status: 401, body: { code: 4100, msg: "authentication is invalid" } });
  const error = await assertRejects(() => api.workspaces.list()) as { status?: number };
  assertEquals([error.status, provider.invalidate(token)], [401, true]);
  await api.workspaces.list();
  assertEquals(exchanges(), [undefined, undefined]);
});
