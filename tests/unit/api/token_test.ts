import { assert, assertEquals, assertThrows } from "@std/assert";
import { type CozeClient, createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { createTokenProvider, type TokenProvider } from "../../../mod.ts";
import { pkcs8Pem } from "../../testing/keys.ts";
import {
  BOT,
  CHAT,
  data,
  errorOf,
  events,
  QUESTION,
  refusal,
  scripted,
} from "../../testing/scripted.ts";
import { bodyOf } from "../../testing/streams.ts";

const APP = { clientId: "1127900106117", keyId: "demo-key" };
const CREATED = () => data({ "bot_id": "7428668000000000001" });
const UNAUTHORIZED = () => Response.json({}, { status: 401 });
const INCORRECT = "The token you entered is incorrect. Please double-check and try again.";

/** A function that gives token-1, token-2, … and remembers what it was called with. */
function source() {
  const asked: (string | undefined)[] = [];
  let number = 1;
  const token = (refused?: string) => {
    asked.push(refused);
    return `token-${refused === undefined ? number : ++number}`;
  };
  return { token, asked };
}

/** A provider whose exchanges give token-1, token-2, … */
function provided(baseUrl?: string) {
  let exchanges = 0;
  const fetch = () =>
    Promise.resolve(Response.json({
      "access_token": `token-${++exchanges}`,
      "expires_in": Math.floor(Date.now() / 1000) + 900,
    }));
  const provider = createTokenProvider({ ...APP, privateKey: pkcs8Pem(), baseUrl }, {}, { fetch });
  return { provider, exchanges: () => exchanges };
}

type Call = [name: string, call: (client: CozeClient) => Promise<unknown>, success: () => Response];
const CALLS: Call[] = [
  ["createBot", (client) => client.createBot(BOT), CREATED],
  ["publishBot", (client) => client.publishBot("1"), CREATED],
  ["chat", (client) => Array.fromAsync(client.chat(QUESTION)), () => events(["done", "[DONE]"])],
  [
    "bots",
    (client) => Array.fromAsync(client.bots(BOT.workspaceId)),
    () => data({ items: [], total: 0 }),
  ],
];

function bearersOf(sent: { headers: Headers }[]): string[] {
  return sent.map(({ headers }) => headers.get("authorization")!.replace("Bearer ", ""));
}

Deno.test("createCozeClient() sends a call once more after token-invalid (security 14)", async () => {
  const headers = { "content-type": "text/event-stream" };
  const refusals: Record<string, () => Response> = {
    "401": UNAUTHORIZED,
    "4100": () => refusal(4100),
    "700012006": () => refusal(700012006),
    "4101 incorrect, status 200": () => refusal(4101, INCORRECT),
    "4101 incorrect, status 401": () => refusal("4101", INCORRECT, 401),
    "401 with the type of a stream": () => new Response("no", { status: 401, headers }),
  };
  for (const [what, refuse] of Object.entries(refusals)) {
    for (const [name, call, success] of CALLS) {
      const { token, asked } = source();
      for (const each of [token, provided().provider]) {
        const { fetch, sent } = scripted(refuse(), success());
        await call(createCozeClient({ token: each, fetch }));
        assertEquals(bearersOf(sent), ["token-1", "token-2"], `${name}() after ${what}`);
        assertEquals(sent[0]!.body, sent[1]!.body);
      }
      assertEquals(asked, [undefined, "token-1"]);
    }
  }
});

Deno.test("createBot(), publishBot() and chat() are sent once (security 14)", async () => {
  const headers = { "retry-after": "0" };
  const failures: Record<string, () => Response> = {
    "a lost connection": () => {
      throw new TypeError("error sending request: connection reset");
    },
    "half an answer": () => new Response(bodyOf('{"code":41', new TypeError("cut"))),
    "503 with a token's number": () => refusal(4100, "x", 503),
    "429 with a token's number": () =>
      Response.json({ code: 4101, msg: INCORRECT }, { status: 429, headers }),
    "4101 for a permission": () => refusal(4101),
    "4101 for a permission, status 401": () => refusal(4101, "no permission", 401),
    "another refusal": () => refusal(4015),
  };
  for (const [what, fails] of Object.entries(failures)) {
    for (const token of [source().token, provided().provider]) {
      const { fetch, sent } = scripted(fails, fails, fails);
      const client = createCozeClient({ token, fetch });
      for (const [, call] of CALLS.slice(0, 3)) await errorOf(() => call(client));
      const paths = ["/v1/bot/create", "/v1/bot/publish", "/v3/chat"];
      assertEquals(sent.map(({ path }) => path), paths, what);
    }
  }
});

Deno.test("chat() is sent once when its stream breaks or says 4100 (security 14)", async () => {
  const broken = events(["conversation.chat.created", CHAT]);
  const late = events(["conversation.chat.created", CHAT], ["error", { code: 4100, msg: "x" }]);
  const { fetch, sent } = scripted(broken, late);
  const client = createCozeClient({ token: source().token, fetch });
  for (const code of ["connection-lost", "token-invalid"]) {
    const error = await errorOf(() => Array.fromAsync(client.chat(QUESTION)));
    assertEquals([error.code, error.details.chatId], [code, CHAT.id]);
  }
  assertEquals(sent.length, 2);
});

Deno.test("createCozeClient() sends at most two requests a call at 401 (security 15)", async () => {
  const { fetch, sent } = scripted(...Array(9).fill(UNAUTHORIZED));
  const client = createCozeClient({ token: source().token, fetch });
  for (const expected of [2, 4, 6]) {
    const error = await errorOf(() => client.createBot(BOT));
    assertEquals([error.code, sent.length], ["token-invalid", expected]);
  }
});

Deno.test("createCozeClient() makes 2 exchanges for 10 calls at 401 (security 15)", async () => {
  const { provider, exchanges } = provided();
  const { fetch, sent } = scripted(...Array(11).fill(UNAUTHORIZED));
  const client = createCozeClient({ token: provider, fetch });
  for (let call = 0; call < 10; call++) {
    assertEquals((await errorOf(() => client.createBot(BOT))).code, "token-invalid");
  }
  assertEquals([sent.length, exchanges()], [11, 2]);
});

Deno.test("createCozeClient() makes one exchange for ten parallel 401", async () => {
  const { provider, exchanges } = provided();
  const all = Promise.withResolvers<void>();
  let refused = 0;
  const fetch = async ({ headers }: Request) => {
    if (!headers.get("authorization")!.endsWith("token-1")) return CREATED();
    if (++refused === 10) all.resolve();
    await all.promise;
    return UNAUTHORIZED();
  };
  const client = createCozeClient({ token: provider, fetch });
  await Promise.all(Array.from({ length: 10 }, () => client.createBot(BOT)));
  assertEquals([refused, exchanges()], [10, 2]);
});

Deno.test("createCozeClient() sends nothing again without another token", async () => {
  let asked = 0;
  const provider = {
    baseUrl: "https://api.coze.cn",
    getToken: () => Promise.resolve(`token-${++asked}`),
    invalidate: () => false,
  };
  for (const token of ["czs_fixed", () => "czs_fixed", provider]) {
    const { fetch, sent } = scripted(UNAUTHORIZED());
    const error = await errorOf(() => createCozeClient({ token, fetch }).createBot(BOT));
    assertEquals([error.code, sent.length], ["token-invalid", 1]);
  }
  assertEquals(asked, 1);
});

Deno.test("createCozeClient() asks its source for a token before each request", async () => {
  const { token, asked } = source();
  const client = createCozeClient({ token, fetch: scripted(CREATED(), CREATED()).fetch });
  await client.createBot(BOT);
  await client.createBot(BOT);
  assertEquals(asked, [undefined, undefined]);
});

Deno.test("createCozeClient() passes on the error of a token function", async () => {
  for (const thrown of [new CozeError("client-refused", "no"), new TypeError("x"), "text"]) {
    const { fetch } = scripted(UNAUTHORIZED());
    const token = (refused?: string) => {
      if (refused === undefined) return "t";
      throw thrown;
    };
    const caught = await createCozeClient({ token, fetch }).createBot(BOT).catch((error) => error);
    assert(caught === thrown);
  }
});

Deno.test("createCozeClient() sends the token to one base URL only (security 2, 7)", async () => {
  const { provider, exchanges } = provided("https://api.coze.com/x/");
  for (
    const options of [{ token: "t", baseUrl: "https://api.coze.com/x/?" }, { token: provider }]
  ) {
    const headers = { location: "https://evil.example/" };
    const { fetch, sent } = scripted(new Response("", { status: 307, headers }), CREATED());
    const client = createCozeClient({ ...options, fetch });
    assertEquals((await errorOf(() => client.createBot(BOT))).code, "redirected");
    await client.createBot(BOT);
    const urls = sent.map(({ host, path }) => host + path);
    assertEquals(urls, Array(2).fill("api.coze.com/x/v1/bot/create"));
  }
  assertEquals(exchanges(), 1);
  const others = ["https://api.coze.cn/x", "https://api.coze.com", "https://api.coze.com:8443/x"];
  for (const baseUrl of others) {
    const error = assertThrows(() => createCozeClient({ token: provider, baseUrl }), CozeError);
    assertEquals(error.code, "usage");
  }
  createCozeClient({ token: provider, baseUrl: "https://API.coze.com:443/x/?" });
});

Deno.test("createCozeClient() ends a provider's getToken() by signal and deadline", async () => {
  const signals: AbortSignal[] = [];
  const provider: Pick<TokenProvider, "baseUrl" | "getToken" | "invalidate"> = {
    baseUrl: "https://api.coze.cn",
    invalidate: () => true,
    getToken: (_request, { signal } = {}) => {
      signals.push(signal!);
      return new Promise(() => {});
    },
  };
  const client = createCozeClient({ token: provider });
  const late = await errorOf(() => client.createBot(BOT, { timeoutMs: 20 }));
  assertEquals([late.code, late.details.timeoutMs], ["timeout", 20]);
  const controller = new AbortController();
  const call = client.createBot(BOT, { signal: controller.signal });
  controller.abort();
  assertEquals((await errorOf(() => call)).code, "interrupted");
  assert(signals.length === 2 && signals.every(({ aborted }) => aborted));
});
