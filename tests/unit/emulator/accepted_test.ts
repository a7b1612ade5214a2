import { assertEquals } from "@std/assert";
import { createJtiMemory } from "../../../lib/emulator/jti_memory.ts";
import {
  APP_ID,
  at,
  type Bend,
  bots,
  createPair,
  NOW,
  scoped,
  setUp,
} from "../../testing/emulator_client.ts";

const PAIR = createPair();
const OTHER = createPair();

const PASSED: Record<string, Bend> = {
  "iat now and exp one second later": { claims: { exp: NOW + 1 } },
  "a lifetime of years": { claims: { exp: NOW + 1e8 } },
  "an unknown claim": { claims: { sub: "x", session_name: "u", session_context: {} } },
  "a content type with charset": { contentType: "Application/JSON; charset=utf-8" },
  "the shortest duration": { body: { duration_seconds: 1 } },
  "the longest duration": { body: { duration_seconds: 86_399 } },
  "a scope that is null": { body: { scope: null } },
  "a scope": scoped(["Connector.botChat"]),
  "a scope with bots": scoped(["Connector.botChat"], bots(["7"])),
  "members that the SDKs add": { body: { client_id: APP_ID, account_id: 7 } },
  "hostile members": {
    body: '{"__proto__":{"scope":1},"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer"}',
  },
  "the account path": at("account/7"),
  "the enterprise path": at("enterprise_id/volcano%5F7"),
};

for (const [what, bend] of Object.entries(PASSED)) {
  Deno.test(`createEmulator() accepts ${what}`, async () => {
    const { send } = setUp(PAIR, { accounts: ["7"], enterprises: ["volcano_7"] });
    const { status, entry } = await send(bend);
    assertEquals([status, entry?.refusedBy], [200, undefined]);
  });
}

Deno.test("createEmulator() accepts a bound connector app and the scopes it was given", async () => {
  const { send } = setUp(PAIR, { type: "connector", scopes: ["Connector.disconnectBot"] });
  assertEquals((await send(scoped(["Connector.disconnectBot"]))).status, 200);
  assertEquals((await send(scoped(["Connector.botChat"]))).entry?.refusedBy, "scope");
});

Deno.test("createEmulator() bears the clock tolerance it was given", async () => {
  const { send } = setUp(PAIR, {}, { clockToleranceSeconds: 30 });
  assertEquals((await send({ claims: { iat: NOW + 30 } })).status, 200);
  assertEquals((await send({ claims: { iat: NOW + 31 } })).entry?.refusedBy, "issued-at");
  assertEquals((await send({ claims: { iat: 5, exp: NOW - 29 } })).status, 200);
  assertEquals((await send({ claims: { iat: 5, exp: NOW - 30 } })).entry?.refusedBy, "expiry");
});

Deno.test("createEmulator() burns a jti once, by app, and not when an earlier check refused", async () => {
  const { send, emulator } = setUp(PAIR);
  emulator.apps.push({ clientId: "2", keys: { k2: OTHER.publicKey } });
  const claims = { jti: "once" };
  assertEquals(
    (await send({ claims, privateKey: OTHER.privateKey })).entry?.refusedBy,
    "signature",
  );
  assertEquals((await send({ claims, body: "{" })).entry?.refusedBy, "body");
  assertEquals((await send({ claims })).entry?.refusedBy, "jti");
  const second = { header: { kid: "k2" }, privateKey: OTHER.privateKey };
  assertEquals((await send({ ...second, claims: { jti: "once", iss: "2" } })).status, 200);
});

Deno.test("createEmulator() forgets a jti only when its JWT has long expired", () => {
  const burn = createJtiMemory();
  for (let i = 0; i < 5000; i++) assertEquals(burn("1", `j${i}`, NOW, NOW), true);
  assertEquals(burn("1", "j0", NOW, NOW + 86_400), false);
  for (let i = 0; i < 9000; i++) burn("1", `k${i}`, NOW + 1e6, NOW + 86_401);
  assertEquals(burn("1", "j0", NOW, NOW + 86_401), true);
});
