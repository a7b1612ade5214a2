import { assert, assertEquals, assertRejects } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError, type ErrorCode } from "../../../lib/error.ts";
import {
  CHAT,
  data,
  events,
  LOG_ID,
  QUESTION,
  REFERENCE,
  refusal,
  scripted,
} from "../../testing/scripted.ts";

const TOKEN = "czs_Canary0123456789abcdef";
const BOT = { workspaceId: "7348293334293334012", name: "node-chat2" };

function clientOf(...answers: Parameters<typeof scripted>) {
  const { fetch, sent } = scripted(...answers);
  return { client: createCozeClient({ token: TOKEN, fetch }), sent };
}

/** Coze's page coze_error_codes, and what diagnosis makes of it. */
const NUMBERS: Record<number, ErrorCode> = {
  4000: "request-invalid",
  4001: "resource-not-found",
  4002: "resource-not-found",
  4003: "request-invalid",
  4004: "request-invalid",
  4005: "resource-not-found",
  4006: "resource-not-found",
  4007: "request-invalid",
  4008: "quota-exhausted",
  4009: "rate-limited",
  4010: "request-invalid",
  4011: "quota-exhausted",
  4012: "model-fault",
  4013: "model-fault",
  4014: "content-refused",
  4015: "bot-not-published",
  4016: "conversation-busy",
  4019: "quota-exhausted",
  4020: "rate-limited",
  4021: "request-invalid",
  4022: "quota-exhausted",
  4100: "token-invalid",
  4101: "permission-missing",
  4102: "content-refused",
  4104: "request-invalid",
  4105: "content-refused",
  4200: "resource-not-found",
  4300: "request-invalid",
  4315: "request-invalid",
  5000: "server-fault",
  700012006: "token-invalid",
  // On no page.
  4999: "request-invalid",
};

for (const [number, code] of Object.entries(NUMBERS)) {
  Deno.test(`createBot() tells ${number} by its cause, with status 200 as with 400`, async () => {
    for (const status of [200, 400]) {
      const { client } = clientOf(refusal(Number(number), "words of the server", status));
      const error = await assertRejects(() => client.createBot(BOT), CozeError);
      assertEquals(error.code, code);
      assertEquals(error.server, {
        status,
        code: number,
        message: "words of the server",
        logId: LOG_ID,
      });
      assertEquals([error.details.permission, error.details.host], ["createBot", "api.coze.cn"]);
    }
  });
}

const ENVELOPES: [answer: unknown, code: ErrorCode, number?: string][] = [
  [{ code: "4101", msg: "x" }, "permission-missing", "4101"],
  [{ "error_code": 4100 }, "token-invalid", "4100"],
  [{ "error_code": "4100", "error_message": "x" }, "token-invalid", "4100"],
  [{}, "answer-invalid"],
  [{ status: "blocked" }, "answer-invalid"],
  [{ code: true, data: { "bot_id": "1" } }, "answer-invalid"],
  [{ code: null, data: { "bot_id": "1" } }, "answer-invalid"],
];
for (const [answer, code, number] of ENVELOPES) {
  Deno.test(`publishBot() takes no success from ${JSON.stringify(answer)}`, async () => {
    const { client } = clientOf(Response.json(answer));
    const error = await assertRejects(() => client.publishBot("1"), CozeError);
    assertEquals([error.code, error.server?.code], [code, number]);
  });
}

Deno.test("createCozeClient() names the permission that the call needed", async () => {
  const answers = Array.from({ length: 6 }, () => refusal(4101));
  const { client } = clientOf(...answers);
  const calls: [permission: string, call: () => Promise<unknown>][] = [
    ["listWorkspace", () => Array.fromAsync(client.workspaces())],
    ["listBot", () => Array.fromAsync(client.bots(BOT.workspaceId))],
    ["publish", () => client.publishBot("1")],
    ["chat", () => Array.fromAsync(client.chat(QUESTION))],
    ["chat", () => client.ask({ ...QUESTION }, { stream: false })],
    ["cancelChat", () => client.cancelChat(REFERENCE)],
  ];
  for (const [permission, call] of calls) {
    const error = await assertRejects(call, CozeError);
    assertEquals([error.code, error.details.permission], ["permission-missing", permission]);
  }
});

Deno.test("createBot() knows a token of the other region by the words that were seen", async () => {
  const words = "The token you entered is incorrect. Please double-check and try again.";
  const { client } = clientOf(refusal(4101, words));
  const error = await assertRejects(() => client.createBot(BOT), CozeError);
  assertEquals(error.code, "token-other-region");
});

const STATUSES: [answer: () => Response, code: ErrorCode][] = [
  [() => new Response("<html>", { status: 200 }), "answer-not-json"],
  [() => new Response("", { status: 404 }), "answer-not-json"],
  [() => new Response("", { status: 302, headers: { location: "https://x/" } }), "redirected"],
  [() => new Response("", { status: 407 }), "proxy-refused"],
  [() => Response.json({}, { status: 401 }), "token-invalid"],
  [() => Response.json({ code: 0 }, { status: 403 }), "request-invalid"],
  [() => refusal(4101, "x", 429), "rate-limited"],
  [() => refusal(4000, "x", 503), "server-fault"],
  [() => Response.json({ error: "x", "error_message": "y" }, { status: 400 }), "request-invalid"],
  [() => new Response("x".repeat(8 * 1024 * 1024 + 1)), "answer-too-large"],
  // Events where JSON was asked for.
  [() => events(["done", "[DONE]"]), "answer-invalid"],
];
for (const [answer, code] of STATUSES) {
  const { status, headers } = answer();
  const what = `${status} ${headers.get("content-type")}`;
  Deno.test(`createBot() refuses the answer ${what}: ${code}`, async () => {
    const { client } = clientOf(answer());
    const error = await assertRejects(() => client.createBot(BOT), CozeError);
    assertEquals(error.code, code);
  });
}

Deno.test("chat() understands JSON where a stream was asked for", async () => {
  const words = `The bot_id ${CHAT.bot_id} has not been published to the channel Agent As API.`;
  const { client } = clientOf(refusal(4015, words), Response.json({ code: 0, data: CHAT }));
  const error = await assertRejects(() => Array.fromAsync(client.chat(QUESTION)), CozeError);
  assertEquals([error.code, error.server?.message], ["bot-not-published", words]);
  const other = await assertRejects(() => Array.fromAsync(client.chat(QUESTION)), CozeError);
  assertEquals(other.code, "answer-invalid");
});

Deno.test("chat() takes a page with the type of a stream for what it is when it is no success", async () => {
  const headers = { "content-type": "text/event-stream" };
  const { client } = clientOf(new Response('{"code":4200,"msg":"x"}', { status: 404, headers }));
  const error = await assertRejects(() => Array.fromAsync(client.chat(QUESTION)), CozeError);
  assertEquals(error.code, "resource-not-found");
});

Deno.test("createCozeClient() tells the log id of an answer that it cannot use", async () => {
  const headers = { "content-type": "text/event-stream", "x-tt-logid": LOG_ID };
  const odd = 'event:conversation.chat.created\ndata:{"id":[]}\n\n';
  const { client } = clientOf(data({}), data([]), new Response(odd, { headers }));
  for (
    const call of [
      () => client.createBot(BOT),
      () => Array.fromAsync(client.workspaces()),
      () => Array.fromAsync(client.chat(QUESTION)),
    ]
  ) {
    const error = await assertRejects(async () => await call(), CozeError);
    assertEquals([error.code, error.server?.logId], ["answer-invalid", LOG_ID]);
  }
});

Deno.test("createBot() says how long to wait when the server does", async () => {
  const headers = { "retry-after": "7" };
  const { client } = clientOf(new Response("{}", { status: 429, headers }));
  const error = await assertRejects(() => client.createBot(BOT), CozeError);
  assertEquals(error.details.retryAfterSeconds, 7);
});

Deno.test("createCozeClient() shows no token that a server repeats (security 12)", async () => {
  for (const odd of [TOKEN, "canary.of/another+form=0123456789"]) {
    const { fetch } = scripted(
      refusal(4000, `bad token ${odd}`),
      new Response(`<pre>${odd}</pre>`),
      refusal(4000, `bad token ${odd}`),
    );
    const client = createCozeClient({ token: odd, fetch });
    for (
      const call of [
        () => client.createBot(BOT),
        () => client.publishBot("1"),
        () => Array.fromAsync(client.chat(QUESTION)),
      ]
    ) {
      const error = await assertRejects(async () => await call(), CozeError);
      assert(!Deno.inspect(error, { depth: 9 }).includes(odd), error.message);
    }
    assert(!Deno.inspect(client, { depth: 9, showHidden: true }).includes(odd));
  }
});
