import { assertEquals, assertRejects } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { CHAT, data, events, QUESTION, refusal, scripted } from "../../testing/scripted.ts";

const BOT = { workspaceId: "7348293334293334012", name: "node-chat2" };
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

/** A page that says it is a stream. */
const ODD_UNAUTHORIZED = () =>
  new Response("no", { status: 401, headers: { "content-type": "text/event-stream" } });
const REFUSALS = {
  "401": UNAUTHORIZED,
  "4100": () => refusal(4100),
  "401 as a stream": ODD_UNAUTHORIZED,
};
for (const [what, no] of Object.entries(REFUSALS)) {
  for (const call of ["createBot", "publishBot", "chat", "bots"] as const) {
    Deno.test(`${call}() is sent once more with a fresh token after ${what}, the same otherwise`, async () => {
      const { token, asked } = source();
      const answers = {
        createBot: CREATED(),
        publishBot: CREATED(),
        chat: events(["done", "[DONE]"]),
        bots: data({ items: [], total: 0 }),
      };
      const { fetch, sent } = scripted(no(), answers[call]);
      const client = createCozeClient({ token, fetch });
      if (call === "createBot") await client.createBot(BOT);
      if (call === "publishBot") await client.publishBot("1");
      if (call === "chat") await Array.fromAsync(client.chat(QUESTION));
      if (call === "bots") await Array.fromAsync(client.bots(BOT.workspaceId));
      assertEquals(asked, [undefined, "token-1"]);
      assertEquals(sent.map(({ headers }) => headers.get("authorization")), [
        "Bearer token-1",
        "Bearer token-2",
      ]);
      assertEquals(sent[0]!.body, sent[1]!.body);
    });
  }
}

Deno.test("createCozeClient() answers 401 for ever with two requests a call (security 15)", async () => {
  const { token } = source();
  const { fetch, sent } = scripted(...Array(9).fill(UNAUTHORIZED));
  const client = createCozeClient({ token, fetch });
  for (const expected of [2, 4, 6]) {
    const error = await assertRejects(() => client.createBot(BOT), CozeError);
    assertEquals([error.code, sent.length], ["token-invalid", expected]);
  }
});

Deno.test("createCozeClient() sends nothing again for want of another token", async () => {
  for (const token of ["czs_fixed", () => "czs_fixed"]) {
    const { fetch, sent } = scripted(UNAUTHORIZED());
    const client = createCozeClient({ token, fetch });
    const error = await assertRejects(() => client.createBot(BOT), CozeError);
    assertEquals([error.code, sent.length], ["token-invalid", 1]);
  }
});

Deno.test("createCozeClient() asks for the token before each request, and passes its error on", async () => {
  let asked = 0;
  const token = () => {
    if (++asked > 1) throw new CozeError("client-refused", "no");
    return Promise.resolve("t");
  };
  const { fetch } = scripted(CREATED());
  const client = createCozeClient({ token, fetch });
  await client.createBot(BOT);
  assertEquals(
    (await assertRejects(() => client.createBot(BOT), CozeError)).code,
    "client-refused",
  );
});

const LOST: [what: string, fails: () => Response][] = [
  ["a connection that is lost", () => {
    throw new TypeError("error sending request: connection reset");
  }],
  ["half an answer", () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"code":41'));
        controller.error(new TypeError("cut"));
      },
    });
    return new Response(body);
  }],
  ["503", () => new Response("", { status: 503 })],
  ["429", () => new Response("", { status: 429, headers: { "retry-after": "0" } })],
  ["another refusal", () => refusal(4015)],
];
for (const [what, fails] of LOST) {
  Deno.test(`createBot(), publishBot() and chat() are sent once after ${what} (security 14)`, async () => {
    const { token } = source();
    const { fetch, sent } = scripted(fails, fails, fails);
    const client = createCozeClient({ token, fetch });
    await assertRejects(() => client.createBot(BOT), CozeError);
    await assertRejects(() => client.publishBot("1"), CozeError);
    await assertRejects(() => Array.fromAsync(client.chat(QUESTION)), CozeError);
    assertEquals(sent.map(({ path }) => path), ["/v1/bot/create", "/v1/bot/publish", "/v3/chat"]);
  });
}

Deno.test("chat() is sent once when the stream breaks, and when it says 4100 (security 14)", async () => {
  const { token } = source();
  const broken = events(["conversation.chat.created", CHAT]);
  const late = events(["conversation.chat.created", CHAT], ["error", { code: 4100, msg: "x" }]);
  const { fetch, sent } = scripted(broken, late);
  const client = createCozeClient({ token, fetch });
  for (const code of ["connection-lost", "token-invalid"]) {
    const error = await assertRejects(() => Array.fromAsync(client.chat(QUESTION)), CozeError);
    assertEquals<string>(error.code, code);
    assertEquals(error.details.chatId, CHAT.id);
  }
  assertEquals(sent.length, 2);
});

Deno.test("createCozeClient() sends the token to the host of the base URL alone (security 2)", async () => {
  const moved = new Response("", { status: 307, headers: { location: "https://evil.example/" } });
  const { fetch, sent } = scripted(moved, CREATED());
  const client = createCozeClient({ token: "t", baseUrl: "https://api.coze.com/x/?", fetch })!;
  assertEquals((await assertRejects(() => client.createBot(BOT), CozeError)).code, "redirected");
  await client.createBot(BOT);
  assertEquals(sent.map(({ host, path }) => host + path), [
    "api.coze.com/x/v1/bot/create",
    "api.coze.com/x/v1/bot/create",
  ]);
});

/** A body that never comes, and knows nothing of signals. */
const SILENT = () => new Response(new ReadableStream(), { status: 200 });

Deno.test("createBot() ends at its deadline when an injected fetch or the token hangs", async () => {
  const never = () => new Promise<never>(() => {});
  const { fetch } = scripted(SILENT, never);
  const clients = [
    createCozeClient({ token: "t", fetch }),
    createCozeClient({ token: "t", fetch }),
    createCozeClient({ token: never, fetch }),
  ];
  for (const client of clients) {
    const attempt = () => client.createBot(BOT, { timeoutMs: 20 });
    assertEquals((await assertRejects(attempt, CozeError)).code, "timeout");
    const aborted = () => client.createBot(BOT, { signal: AbortSignal.abort() });
    assertEquals((await assertRejects(aborted, CozeError)).code, "interrupted");
  }
});

Deno.test("createCozeClient() refuses a token that no header can hold, without showing it", async () => {
  const { fetch, sent } = scripted();
  const client = createCozeClient({ token: "czs_secret\r\nX: y", fetch });
  const error = await assertRejects(() => client.createBot(BOT), CozeError);
  assertEquals([error.code, sent.length], ["usage-value", 0]);
  assertEquals(Deno.inspect(error).includes("czs_secret"), false);
});
