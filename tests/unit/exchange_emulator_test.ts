import { assert, assertEquals, assertRejects } from "@std/assert";
import { createEmulator, type EmulatorApp } from "../../lib/emulator/mod.ts";
import { type CozeApp, CozeError, exchangeJwt, type TokenRequest } from "../../mod.ts";
import { CLIENT_ID, KEY_ID, otherPkcs8Pem, pkcs8Pem, publicPem } from "../testing/keys.ts";

/** An emulator that says these words where Coze's are not known. */
function setUp(more: Partial<EmulatorApp> = {}, words?: string) {
  const grants = { accounts: ["7"], enterprises: ["volcano_7"] };
  const apps = [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() }, ...grants, ...more }];
  const emulator = createEmulator({ apps });
  const fetch = async (request: Request) => {
    const response = await emulator(request);
    if (words === undefined || response.ok) return response;
    const text = (await response.text()).replace(/[^"]*\(emulator[^"]*/, words);
    return new Response(text, response);
  };
  const app: CozeApp = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem() };
  const run = (request: TokenRequest = {}, other: Partial<CozeApp> = {}, now = Date.now) =>
    exchangeJwt({ ...app, ...other }, request, { fetch, now });
  return { emulator, run };
}

const ACCEPTED: Record<string, [request: TokenRequest, app?: Partial<CozeApp>]> = {
  "the default": [{}],
  "the longest duration": [{ durationSeconds: 86_399 }],
  "a scope": [{ scope: { permissions: ["Connector.botChat"] } }],
  "a scope of bots": [{ scope: { permissions: ["Connector.botChat"], botIds: ["1"] } }],
  "a session": [{ sessionName: "u", sessionContext: { deviceInfo: { deviceId: "d" } } }],
  "an account": [{ accountId: "7" }],
  "an enterprise": [{ enterpriseId: "volcano_7" }],
  "coze.com": [{}, { baseUrl: "https://api.coze.com/" }],
  "another port": [{}, { baseUrl: "http://127.0.0.1:8000" }],
};

for (const [what, [request, app]] of Object.entries(ACCEPTED)) {
  Deno.test(`exchangeJwt() is accepted by a strict endpoint: ${what}`, async () => {
    const { emulator, run } = setUp();
    const now = Math.floor(Date.now() / 1000) * 1000;
    const { accessToken, expiresAt, logId } = await run(request, app, () => now);
    assert(accessToken.startsWith("czs_"));
    const late = expiresAt - now - (request.durationSeconds ?? 900) * 1000;
    assert(late >= 0 && late < 60_000, `${late}`);
    assertEquals([emulator.journal.length, emulator.journal[0]?.logId], [1, logId]);
  });
}

const REFUSED: Record<
  string,
  [Partial<EmulatorApp>, code: string, TokenRequest?, Partial<CozeApp>?]
> = {
  "an unknown key id": [{}, "client-refused", {}, { keyId: "other" }],
  "another App ID": [{}, "client-refused", {}, { clientId: "1" }],
  "another key": [{}, "client-refused", {}, { privateKey: otherPkcs8Pem() }],
  "a disabled app": [{ state: "disabled" }, "app-disabled"],
  "a login that ended": [{ state: "login-required" }, "login-session-invalid"],
  "an app of another type": [{ type: "web" }, "app-type-wrong"],
  "an unbound connector": [{ type: "unbound-connector" }, "connector-not-bound"],
  "an unknown scope": [{}, "scope-rejected", { scope: { permissions: ["Bot.createBot"] } }],
  "an unknown account": [{}, "client-refused", { accountId: "8" }],
};

for (const [what, [state, code, request, app]] of Object.entries(REFUSED)) {
  Deno.test(`exchangeJwt() judges ${what} alike, however it is worded`, async () => {
    for (const words of [undefined, "", "ab ba"]) {
      const { emulator, run } = setUp(state, words);
      const error = await assertRejects(() => run(request, app), CozeError);
      assertEquals([error.code, error.server?.logId], [code, emulator.journal[0]?.logId]);
      assertEquals(emulator.journal.length, 1);
    }
  });
}

Deno.test("exchangeJwt() says how far the clock is off when it is refused", async () => {
  const { run } = setUp();
  for (const offset of [3600, -3600]) {
    const now = () => Date.now() + offset * 1000;
    const { details } = await assertRejects(() => run({}, {}, now), CozeError);
    assert(Math.abs(Number(details.clockOffsetSeconds) - offset) <= 2, Deno.inspect(details));
  }
});
