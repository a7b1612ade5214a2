import { assertEquals } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
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

const CREATED = () => data({ "bot_id": "7428668000000000001" });
const UNAUTHORIZED = () => Response.json({}, { status: 401 });

/** A source that gives token-1, token-2, …, and remembers what it was asked with. */
function source() {
  const asked: (string | undefined)[] = [];
  let number = 0;
  const token = (refused?: string) => {
    asked.push(refused);
    return `token-${asked.length === 1 || refused !== undefined ? ++number : number}`;
  };
  return { token, asked };
}

type Client = ReturnType<typeof createCozeClient>;
type Calls = [name: string, call: (client: Client) => Promise<unknown>, success: () => Response][];
const CALLS: Calls = [
  ["createBot", (client) => client.createBot(BOT), CREATED],
  ["publishBot", (client) => client.publishBot("1"), CREATED],
  [
    "chat",
    (client) => Array.fromAsync(client.chat(QUESTION)),
    () => events(["done", "[DONE]"]),
  ],
  [
    "bots",
    (client) => Array.fromAsync(client.bots(BOT.workspaceId)),
    () => data({ items: [], total: 0 }),
  ],
];

Deno.test("createCozeClient() sends a refused call once more with a fresh token", async () => {
  const headers = { "content-type": "text/event-stream" };
  const refusals: Record<string, () => Response> = {
    "401": UNAUTHORIZED,
    "4100": () => refusal(4100),
    "401 that says it is a stream": () => new Response("no", { status: 401, headers }),
  };
  for (const [what, refuse] of Object.entries(refusals)) {
    for (const [name, call, success] of CALLS) {
      const { token, asked } = source();
      const { fetch, sent } = scripted(refuse(), success());
      await call(createCozeClient({ token, fetch }));
      assertEquals(asked, [undefined, "token-1"], `${name}() after ${what}`);
      const bearers = sent.map(({ headers }) => headers.get("authorization"));
      assertEquals(bearers, ["Bearer token-1", "Bearer token-2"]);
      assertEquals(sent[0]!.body, sent[1]!.body);
    }
  }
});

Deno.test("createCozeClient() sends two requests a call at 401 (security 15)", async () => {
  const { fetch, sent } = scripted(...Array(9).fill(UNAUTHORIZED));
  const client = createCozeClient({ token: source().token, fetch });
  for (const expected of [2, 4, 6]) {
    const error = await errorOf(() => client.createBot(BOT));
    assertEquals([error.code, sent.length], ["token-invalid", expected]);
  }
});

Deno.test("createCozeClient() sends nothing again without another token", async () => {
  for (const token of ["czs_fixed", () => "czs_fixed"]) {
    const { fetch, sent } = scripted(UNAUTHORIZED());
    const error = await errorOf(() => createCozeClient({ token, fetch }).createBot(BOT));
    assertEquals([error.code, sent.length], ["token-invalid", 1]);
  }
});

Deno.test("createCozeClient() asks for the token before each request", async () => {
  let asked = 0;
  const token = () => {
    if (++asked > 1) throw new CozeError("client-refused", "no");
    return Promise.resolve("t");
  };
  const client = createCozeClient({ token, fetch: scripted(CREATED()).fetch });
  await client.createBot(BOT);
  assertEquals((await errorOf(() => client.createBot(BOT))).code, "client-refused");
});

Deno.test("createBot(), publishBot() and chat() are sent once (security 14)", async () => {
  const headers = { "retry-after": "0" };
  const failures: Record<string, () => Response> = {
    "a lost connection": () => {
      throw new TypeError("error sending request: connection reset");
    },
    "half an answer": () => new Response(bodyOf('{"code":41', new TypeError("cut"))),
    "503": () => new Response("", { status: 503 }),
    "429": () => new Response("", { status: 429, headers }),
    "another refusal": () => refusal(4015),
  };
  for (const [what, fails] of Object.entries(failures)) {
    const { fetch, sent } = scripted(fails, fails, fails);
    const client = createCozeClient({ token: source().token, fetch });
    for (const [, call] of CALLS.slice(0, 3)) await errorOf(() => call(client));
    const paths = ["/v1/bot/create", "/v1/bot/publish", "/v3/chat"];
    assertEquals(sent.map(({ path }) => path), paths, what);
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

Deno.test("createCozeClient() sends the token to its base URL alone (security 2)", async () => {
  const moved = new Response("", { status: 307, headers: { location: "https://evil.example/" } });
  const { fetch, sent } = scripted(moved, CREATED());
  const client = createCozeClient({ token: "t", baseUrl: "https://api.coze.com/x/?", fetch });
  assertEquals((await errorOf(() => client.createBot(BOT))).code, "redirected");
  await client.createBot(BOT);
  const urls = sent.map(({ host, path }) => host + path);
  assertEquals(urls, Array(2).fill("api.coze.com/x/v1/bot/create"));
});

Deno.test("createBot() ends at its deadline when a body, fetch or source hangs", async () => {
  const never = () => new Promise<never>(() => {});
  const { fetch } = scripted(new Response(new ReadableStream()));
  for (const options of [{ token: "t", fetch }, { token: "t", fetch: never }, { token: never }]) {
    const client = createCozeClient(options);
    assertEquals((await errorOf(() => client.createBot(BOT, { timeoutMs: 20 }))).code, "timeout");
    const signal = AbortSignal.abort();
    assertEquals((await errorOf(() => client.createBot(BOT, { signal }))).code, "interrupted");
  }
});

Deno.test("createCozeClient() refuses a token that no header can hold", async () => {
  const { fetch, sent } = scripted();
  const client = createCozeClient({ token: "czs_secret\r\nX: y", fetch });
  const error = await errorOf(() => client.createBot(BOT));
  assertEquals([error.code, sent.length], ["usage-value", 0]);
  assertEquals(Deno.inspect(error).includes("czs_secret"), false);
});
