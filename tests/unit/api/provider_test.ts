import { assert, assertEquals, assertThrows } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { createTokenProvider, type TokenProvider } from "../../../mod.ts";
import { pkcs8Pem } from "../../testing/keys.ts";
import { BOT, data, errorOf } from "../../testing/scripted.ts";

const APP = { clientId: "1127900106117", keyId: "demo-key" };
const created = () => data({ "bot_id": "7428668000000000001" });
const unauthorized = () => Response.json({}, { status: 401 });

/** A provider whose exchanges give token-1, token-2, …, and a client of it on a scripted API. */
function world(judge: (token: string) => Response | Promise<Response>, baseUrl?: string) {
  let exchanges = 0;
  const sent: { url: string; token: string }[] = [];
  const provider = createTokenProvider(
    { ...APP, privateKey: pkcs8Pem(), ...(baseUrl !== undefined && { baseUrl }) },
    {},
    {
      fetch: () =>
        Promise.resolve(Response.json({
          "access_token": `token-${++exchanges}`,
          "expires_in": Math.floor(Date.now() / 1000) + 900,
        })),
    },
  );
  const fetch = async ({ url, headers }: Request) => {
    const token = headers.get("authorization")!.replace(/^Bearer /, "");
    sent.push({ url, token });
    return await judge(token);
  };
  const client = createCozeClient({ token: provider, fetch });
  return { client, provider, sent, fetch, exchanges: () => exchanges };
}

Deno.test("createCozeClient() takes tokens and host from a provider", async () => {
  const { client, sent, exchanges } = world(created, "https://api.coze.com/x/");
  await client.createBot(BOT);
  await client.createBot(BOT);
  const url = "https://api.coze.com/x/v1/bot/create";
  assertEquals(sent, [{ url, token: "token-1" }, { url, token: "token-1" }]);
  assertEquals(exchanges(), 1);
});

Deno.test("createCozeClient() tells a provider which token was refused", async () => {
  const { client, sent } = world((token) => token === "token-1" ? unauthorized() : created());
  await client.createBot(BOT);
  await client.createBot(BOT);
  assertEquals(sent.map(({ token }) => token), ["token-1", "token-2", "token-2"]);
});

Deno.test("createCozeClient() makes 2 exchanges of 10 calls at 401 (security 15)", async () => {
  const { client, sent, exchanges } = world(unauthorized);
  for (let call = 0; call < 10; call++) {
    const { code } = await errorOf(() => client.createBot(BOT));
    assertEquals(code, "token-invalid");
  }
  assertEquals([sent.length, exchanges()], [11, 2]);
});

Deno.test("createCozeClient() with a provider: ten parallel 401 cause one exchange", async () => {
  const all = Promise.withResolvers<void>();
  let refused = 0;
  const { client, sent, exchanges } = world(async (token) => {
    if (token !== "token-1") return created();
    if (++refused === 10) all.resolve();
    await all.promise;
    return unauthorized();
  });
  await Promise.all(Array.from({ length: 10 }, () => client.createBot(BOT)));
  assertEquals([sent.length, exchanges()], [20, 2]);
});

Deno.test("createCozeClient() sends nothing again when a provider has no other token", async () => {
  const { provider: { baseUrl }, fetch, sent } = world(unauthorized);
  let asked = 0;
  const token = {
    baseUrl,
    getToken: () => Promise.resolve(`token-${++asked}`),
    invalidate: () => false,
  };
  const client = createCozeClient({ token, fetch });
  await errorOf(() => client.createBot(BOT));
  assertEquals([sent.length, asked], [1, 1]);
});

Deno.test("createCozeClient() takes no other base URL than its provider's (security 2)", () => {
  const { provider } = world(created, "https://api.coze.com/x");
  const others = ["https://api.coze.cn/x", "https://api.coze.com", "https://api.coze.com:8443/x"];
  for (const baseUrl of others) {
    const error = assertThrows(() => createCozeClient({ token: provider, baseUrl }), CozeError);
    assertEquals(error.code, "usage-value");
  }
  createCozeClient({ token: provider, baseUrl: "https://API.coze.com:443/x/?" });
});

Deno.test("createCozeClient() ends a provider's getToken() by signal and deadline", async () => {
  const signals: AbortSignal[] = [];
  const provider: Pick<TokenProvider, "baseUrl" | "getToken" | "invalidate"> = {
    baseUrl: "https://api.coze.cn",
    invalidate: () => true,
    getToken: (_request, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        signals.push(signal!);
        signal!.onabort = () => reject(new CozeError("interrupted", "The call was interrupted"));
      }),
  };
  const client = createCozeClient({ token: provider });
  const late = await errorOf(() => client.createBot(BOT, { timeoutMs: 20 }));
  assertEquals(late.code, "timeout");
  const leaving = new AbortController();
  const call = client.createBot(BOT, { signal: leaving.signal });
  leaving.abort();
  assertEquals((await errorOf(() => call)).code, "interrupted");
  assert(signals.length === 2 && signals.every(({ aborted }) => aborted));
});
