import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { exchangeJwt } from "../../../mod.ts";
import { createEmulator } from "../../../lib/emulator/mod.ts";

Deno.test("createApp() registers an app whose key gets a token", async () => {
  const emulator = createEmulator();
  const app = await emulator.createApp();
  assertMatch(app.keyId, /^[\w-]{43}$/);
  const { accessToken } = await exchangeJwt(app, {}, { fetch: emulator });
  assertMatch(accessToken, /^czs_/);
  assertEquals(app.privateKey.extractable, false);
});

Deno.test("createApp() gives each app the next free App ID, whichever key is ready first", async () => {
  const emulator = createEmulator({ apps: [{ clientId: "1127900106118", keys: {} }] });
  const apps = await Promise.all([emulator.createApp(), emulator.createApp()]);
  assertEquals(apps.map(({ clientId }) => clientId), ["1127900106117", "1127900106119"]);
});

Deno.test("createApp() takes what differs from a normal app", async () => {
  const emulator = createEmulator();
  const app = await emulator.createApp({ clientId: "7", state: "disabled" });
  assertEquals(app.clientId, "7");
  await assertRejects(() => exchangeJwt(app, {}, { fetch: emulator }), Error, "7 is currently");
});
