import { assert, assertEquals } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import type { ErrorCode } from "../../../lib/error.ts";
import {
  API_TOKEN,
  BOT,
  CHAT,
  clientOf,
  data,
  errorOf,
  LOG_ID,
  QUESTION,
  REFERENCE,
  refusal,
  scripted,
} from "../../testing/scripted.ts";
import { watched } from "../../testing/streams.ts";

const STREAM = { "content-type": "text/event-stream" };

/** Coze's page coze_error_codes, with 700012006 of older gateways and 4999, which is on no page. */
const NUMBERS: Partial<Record<ErrorCode, number[]>> = {
  "token-invalid": [4100, 700012006],
  "permission-missing": [4101],
  "bot-not-published": [4015],
  "conversation-busy": [4016],
  "resource-not-found": [4001, 4002, 4005, 4006, 4200],
  "request-invalid": [4000, 4003, 4004, 4007, 4010, 4021, 4104, 4300, 4315, 4999],
  "content-refused": [4014, 4102, 4105],
  "quota-exhausted": [4008, 4011, 4019, 4022],
  "rate-limited": [4009, 4020],
  "model-fault": [4012, 4013],
  "server-fault": [5000],
};

Deno.test("createBot() names the cause of each number, with status 200 as with 400", async () => {
  const message = "words of the server";
  for (const [code, numbers] of Object.entries(NUMBERS)) {
    for (const number of numbers) {
      for (const status of [200, 400]) {
        const { client } = clientOf(refusal(number, message, status));
        const error = await errorOf(() => client.createBot(BOT));
        assertEquals<string>(error.code, code, `${number}`);
        assertEquals(error.server, { status, code: String(number), message, logId: LOG_ID });
        assertEquals([error.details.permission, error.details.host], ["createBot", "api.coze.cn"]);
      }
    }
  }
});

Deno.test("publishBot() succeeds with code 0 alone", async () => {
  const rows: [answer: unknown, code: ErrorCode, number?: string][] = [
    [{ code: "4101", msg: "x" }, "permission-missing", "4101"],
    [{ "error_code": 4100 }, "token-invalid", "4100"],
    [{ "error_code": "4100", "error_message": "x" }, "token-invalid", "4100"],
    [{}, "answer-invalid"],
    [{ status: "blocked" }, "answer-invalid"],
    [{ code: true, data: { "bot_id": "1" } }, "answer-invalid"],
    [{ code: null, data: { "bot_id": "1" } }, "answer-invalid"],
  ];
  for (const [answer, code, number] of rows) {
    const { client } = clientOf(Response.json(answer));
    const error = await errorOf(() => client.publishBot("1"));
    assertEquals([error.code, error.server?.code], [code, number], JSON.stringify(answer));
  }
});

Deno.test("createCozeClient() names the permission that the call needed", async () => {
  const { client } = clientOf(...Array(6).fill(() => refusal(4101)));
  const calls: [permission: string, call: () => Promise<unknown>][] = [
    ["listWorkspace", () => Array.fromAsync(client.workspaces())],
    ["listBot", () => Array.fromAsync(client.bots(BOT.workspaceId))],
    ["publish", () => client.publishBot("1")],
    ["chat", () => Array.fromAsync(client.chat(QUESTION))],
    ["chat", () => client.ask({ ...QUESTION }, { stream: false })],
    ["cancelChat", () => client.cancelChat(REFERENCE)],
  ];
  for (const [permission, call] of calls) {
    const error = await errorOf(call);
    assertEquals([error.code, error.details.permission], ["permission-missing", permission]);
  }
});

Deno.test("createBot() refuses answers by status and form", async () => {
  const elsewhere = "The token you entered is incorrect. Please double-check and try again.";
  const moved = { location: "https://x/" };
  const rows: [code: ErrorCode, what: string, answer: Response][] = [
    ["answer-not-json", "HTML", new Response("<html>", { status: 200 })],
    ["answer-not-json", "404 and nothing", new Response("", { status: 404 })],
    ["redirected", "302", new Response("", { status: 302, headers: moved })],
    ["proxy-refused", "407", new Response("", { status: 407 })],
    ["token-invalid", "401", Response.json({}, { status: 401 })],
    ["token-other-region", "4101 with the words that were seen", refusal(4101, elsewhere)],
    ["request-invalid", "403 with code 0", Response.json({ code: 0 }, { status: 403 })],
    ["request-invalid", "400", Response.json({ error: "x" }, { status: 400 })],
    ["rate-limited", "429, whatever the body", refusal(4101, "x", 429)],
    ["server-fault", "503, whatever the body", refusal(4000, "x", 503)],
    ["answer-too-large", "over 8 MiB", new Response("x".repeat(8 * 1024 * 1024 + 1))],
  ];
  for (const [code, what, answer] of rows) {
    const { client } = clientOf(answer);
    assertEquals((await errorOf(() => client.createBot(BOT))).code, code, what);
  }
});

Deno.test("createBot() refuses a stream in place of JSON, and cancels it", async () => {
  const { body, seen } = watched(Array(9).fill("event:done\n\n"));
  const { client } = clientOf(new Response(body, { headers: STREAM }));
  assertEquals((await errorOf(() => client.createBot(BOT))).code, "answer-invalid");
  assertEquals(seen, { pulls: 0, cancelled: true });
});

Deno.test("chat() judges an answer that is no stream of events", async () => {
  const words = `The bot_id ${CHAT.bot_id} has not been published to the channel Agent As API.`;
  const body = '{"code":4200,"msg":"x"}';
  const rows: [code: ErrorCode, words: string | undefined, answer: Response][] = [
    ["bot-not-published", words, refusal(4015, words)],
    ["answer-invalid", undefined, Response.json({ code: 0, data: CHAT })],
    // The type of a stream, but no success.
    ["resource-not-found", "x", new Response(body, { status: 404, headers: STREAM })],
  ];
  for (const [code, message, answer] of rows) {
    const { client } = clientOf(answer);
    const error = await errorOf(() => Array.fromAsync(client.chat(QUESTION)));
    assertEquals([error.code, error.server?.message], [code, message]);
  }
});

Deno.test("createCozeClient() gives the log id of an answer that it cannot use", async () => {
  const headers = { ...STREAM, "x-tt-logid": LOG_ID };
  const odd = 'event:conversation.chat.created\ndata:{"id":[]}\n\n';
  const { client } = clientOf(data({}), data([]), new Response(odd, { headers }));
  const calls = [
    () => client.createBot(BOT),
    () => Array.fromAsync(client.workspaces()),
    () => Array.fromAsync(client.chat(QUESTION)),
  ];
  for (const call of calls) {
    const error = await errorOf(call);
    assertEquals([error.code, error.server?.logId], ["answer-invalid", LOG_ID]);
  }
});

Deno.test("createBot() says how long to wait when the server does", async () => {
  const headers = { "retry-after": "7" };
  const { client } = clientOf(new Response("{}", { status: 429, headers }));
  assertEquals((await errorOf(() => client.createBot(BOT))).details.retryAfterSeconds, 7);
});

Deno.test("createCozeClient() shows no token that a server repeats (security 12)", async () => {
  for (const token of [API_TOKEN, "canary.of/another+form=0123456789"]) {
    const words = `bad token ${token}`;
    const { fetch } = scripted(
      refusal(4000, words),
      new Response(`<pre>${token}</pre>`),
      refusal(4000, words),
    );
    const client = createCozeClient({ token, fetch });
    const calls = [
      () => client.createBot(BOT),
      () => client.publishBot("1"),
      () => Array.fromAsync(client.chat(QUESTION)),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      assert(!Deno.inspect(error, { depth: 9 }).includes(token), error.message);
    }
    assert(!Deno.inspect(client, { depth: 9, showHidden: true }).includes(token));
  }
});
