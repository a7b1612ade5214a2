import { assertEquals, assertThrows } from "@std/assert";
import { type CheckName, createEmulator, DEFAULT_ORDER } from "../../../lib/emulator/mod.ts";
import { type Bend, createPair, encode, NOW, setUp } from "../../testing/emulator_client.ts";

const PAIR = createPair();
const OTHER = createPair();

/** A request that many checks could refuse. */
const WRONG: Bend = {
  header: { typ: "x" },
  claims: { aud: "api.coze.com", iat: NOW + 60, exp: NOW + 120, iss: "999" },
  privateKey: OTHER.privateKey,
  contentType: "text/plain",
  body: { grant_type: "x", duration_seconds: 0, scope: 1 },
};

async function refusal(order: CheckName[], bend: Bend): Promise<CheckName | "fault" | undefined> {
  return (await setUp(PAIR, {}, { order }).send(bend)).entry?.refusedBy;
}

Deno.test("createEmulator() runs the checks of order first and the others after them", async () => {
  const names: CheckName[] = [
    ...["typ", "signature", "iss", "aud", "issued-at", "content-type"] as const,
    ...["grant-type", "duration", "scope"] as const,
  ];
  for (const name of names) assertEquals(await refusal([name], WRONG), name);
  assertEquals(await refusal(["kid", "jti", "scope"], WRONG), "scope");
  assertEquals(await refusal([], WRONG), "typ");
});

Deno.test("createEmulator() takes a whole permutation as order", async () => {
  assertEquals(await refusal(DEFAULT_ORDER.toReversed(), WRONG), "scope");
  assertEquals(await refusal(DEFAULT_ORDER.toReversed(), {}), undefined);
});

Deno.test("createEmulator() lets a check pass what it cannot evaluate", async () => {
  for (const name of DEFAULT_ORDER) {
    const bare: Bend = { authorization: null };
    const body: CheckName[] = ["content-type", "body", "grant-type", "duration", "scope"];
    assertEquals(await refusal([name], bare), "bearer", name);
    assertEquals(await refusal([name], { authorization: "Bearer x.y.z" }), "jwt-form", name);
    assertEquals(await refusal([name], { header: { kid: "k9" } }), "kid", name);
    if (!body.includes(name)) assertEquals(await refusal([name], { body: "[" }), "body", name);
  }
});

Deno.test("createEmulator() verifies RS256 even when the signature is checked before alg", async () => {
  const header = encode({ alg: "none", typ: "JWT", kid: "k1" });
  const authorization = `Bearer ${header}.${encode({ iss: "1127900106117" })}.`;
  assertEquals(await refusal(["signature"], { authorization }), "signature");
});

Deno.test("createEmulator() burns the jti of a later refusal when jti is checked first", async () => {
  const { send } = setUp(PAIR, {}, { order: ["jti"] });
  const claims = { jti: "once" };
  assertEquals(
    (await send({ claims, privateKey: OTHER.privateKey })).entry?.refusedBy,
    "signature",
  );
  assertEquals((await send({ claims })).entry?.refusedBy, "jti");
});

Deno.test("createEmulator() throws on a name in order that is unknown or stands twice", () => {
  assertThrows(() => createEmulator({ order: ["sig" as CheckName] }), RangeError, "'sig'");
  assertThrows(() => createEmulator({ order: ["kid", "kid"] }), RangeError, "twice");
});
