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
  events,
  LOG_ID,
  QUESTION,
  REFERENCE,
  refusal,
  scripted,
} from "../../testing/scripted.ts";
import { bodyOf, frame, watched } from "../../testing/streams.ts";

const STREAM = { "content-type": "text/event-stream" };

/** Coze's page coze_error_codes, the numbers that were only seen, and some that nobody explains. */
const NUMBERS: Partial<Record<ErrorCode, number[]>> = {
  "token-invalid": [4100, 700012006],
  "permission-missing": [4101],
  "bot-not-published": [4015],
  "conversation-busy": [4016],
  "resource-not-found": [4001, 4002, 4005, 4006, 4200, 4314],
  // deno-fmt-ignore
  "request-invalid": [4000, 4003, 4004, 4007, 4010, 4021, 4104, 4201, 4300, 4301, 4302, 4303, 4304, 4315],
  "content-refused": [4014, 4102, 4105],
  "quota-exhausted": [4008, 4011, 4019, 4022, 4027, 4028],
  "rate-limited": [4009, 4020, 710005002, 702093018],
  "model-fault": [4012, 4013],
  "api-refused": [1, 7, -1, 400, 4017, 4099, 4103, 4999, 5001, 700012007, 999999999],
};
const ROWS = Object.entries(NUMBERS).flatMap(([code, numbers]) =>
  [...numbers, ...numbers.map(String)].map((number) => ({ code, number }))
);
const MESSAGE = "words of the server";

Deno.test("createBot() names the cause of each number, with status 200 and 400", async () => {
  for (const { code, number } of [...ROWS, { code: "server-fault", number: 5000 }]) {
    for (const status of [200, 400]) {
      const { client } = clientOf(refusal(number, MESSAGE, status));
      const error = await errorOf(() => client.createBot(BOT));
      assertEquals<string>(error.code, code, `${number}`);
      assertEquals(error.server, {
        status,
        code: String(number),
        message: MESSAGE,
        logId: LOG_ID,
      });
      assertEquals([error.details.permission, error.details.host], ["createBot", "api.coze.cn"]);
    }
  }
});

Deno.test("ask() names the cause of each number in a stream and in last_error", async () => {
  const failed = (number: unknown) => ({
    ...CHAT,
    status: "failed",
    "last_error": { code: number, msg: MESSAGE },
  });
  for (const { code, number } of [...ROWS, { code: "model-fault", number: 5000 }]) {
    const created = frame("conversation.chat.created", CHAT);
    const bare = JSON.stringify({ code: number, msg: MESSAGE });
    const answers: Record<string, Response[]> = {
      "an error event": [events(["error", { code: number, msg: MESSAGE }])],
      "bare JSON": [new Response(bodyOf(created + bare), { headers: STREAM })],
      "a failed chat": [events(["conversation.chat.failed", failed(number)])],
      "polling": [data(CHAT), data(failed(number))],
    };
    for (const [what, responses] of Object.entries(answers)) {
      const { client } = clientOf(...responses);
      const error = await errorOf(() => client.ask(QUESTION, { stream: what !== "polling" }));
      assertEquals<string>(error.code, code, `${number} in ${what}`);
      const { code: text, message } = error.server!;
      assertEquals([text, message], [String(number), MESSAGE], what);
      assert(error.message.includes(MESSAGE));
    }
  }
});

Deno.test("createBot() judges 4101 by its words", async () => {
  const rows: Record<string, ErrorCode> = {
    "The token you entered is incorrect. Please double-check and try again.": "token-invalid",
    "THE TOKEN YOU ENTERED IS INCORRECT": "token-invalid",
    "Your token does not have permission to access space_id=1 createBot.": "permission-missing",
    "Please verify whether the resource ID or token is correct": "permission-missing",
  };
  for (const [words, code] of Object.entries(rows)) {
    for (const status of [200, 401, 403]) {
      const { client } = clientOf(refusal(4101, words, status));
      const error = await errorOf(() => client.createBot(BOT));
      assertEquals([error.code, error.server?.message], [code, words]);
    }
  }
});

Deno.test("createBot() judges a response by status and form", async () => {
  const moved = { location: "https://x/" };
  const rows: [code: ErrorCode, what: string, answer: Response][] = [
    ["answer-invalid", "HTML", new Response("<html>", { status: 200 })],
    ["answer-invalid", "404 without a body", new Response("", { status: 404 })],
    ["redirected", "302", new Response("", { status: 302, headers: moved })],
    ["proxy-refused", "407", new Response("", { status: 407 })],
    ["token-invalid", "401", Response.json({}, { status: 401 })],
    ["token-invalid", "401 with an unknown number", refusal(4999, "x", 401)],
    ["api-refused", "400", Response.json({ error: "x" }, { status: 400 })],
    ["api-refused", "403 with code 0", Response.json({ code: 0 }, { status: 403 })],
    ["api-refused", "404 with a text as code", refusal("not_found", "x", 404)],
    ["api-refused", "422", Response.json({}, { status: 422 })],
    ["rate-limited", "429, whatever the body", refusal(4101, "x", 429)],
    ["server-fault", "503, whatever the body", refusal(4000, "x", 503)],
    ["answer-invalid", "over 8 MiB", new Response("x".repeat(8 * 1024 * 1024 + 1))],
  ];
  for (const [code, what, answer] of rows) {
    const { client } = clientOf(answer);
    assertEquals((await errorOf(() => client.createBot(BOT))).code, code, what);
  }
});

Deno.test("publishBot() succeeds with code 0 only", async () => {
  const rows: [answer: unknown, code: ErrorCode, number?: string][] = [
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
  const { client } = clientOf(Response.json({ code: "0", data: { version: "2" } }));
  assertEquals((await client.publishBot("1")).version, "2");
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

Deno.test("createBot() refuses a stream in place of JSON, and cancels it", async () => {
  const { body, seen } = watched(Array(9).fill("event:done\n\n"));
  const { client } = clientOf(new Response(body, { headers: STREAM }));
  assertEquals((await errorOf(() => client.createBot(BOT))).code, "answer-invalid");
  assertEquals(seen, { pulls: 0, cancelled: true });
});

Deno.test("chat() judges a response that is no stream of events", async () => {
  const words = `The bot_id ${CHAT.bot_id} has not been published to the channel Agent As API.`;
  const body = '{"code":4200,"msg":"x"}';
  const rows: [code: ErrorCode, words: string | undefined, answer: Response][] = [
    ["bot-not-published", words, refusal(4015, words)],
    ["answer-invalid", undefined, Response.json({ code: 0, data: CHAT })],
    // The type of a stream, but no success.
    ["resource-not-found", "x", new Response(body, { status: 404, headers: STREAM })],
    ["connection-lost", undefined, new Response(null, { headers: STREAM })],
  ];
  for (const [code, message, answer] of rows) {
    const { client } = clientOf(answer);
    const error = await errorOf(() => Array.fromAsync(client.chat(QUESTION)));
    assertEquals([error.code, error.server?.message], [code, message]);
  }
});

Deno.test("createCozeClient() gives the log id of a response that it cannot use", async () => {
  const headers = { ...STREAM, "x-tt-logid": LOG_ID };
  const wrong = frame("conversation.chat.created", { id: [] });
  const { client } = clientOf(data({}), data([]), new Response(wrong, { headers }), data(CHAT));
  const chat = () => Array.fromAsync(client.chat(QUESTION));
  const workspaces = () => Array.fromAsync(client.workspaces());
  for (const call of [() => client.createBot(BOT), workspaces, chat, chat]) {
    const error = await errorOf(call);
    assertEquals([error.code, error.server?.logId], ["answer-invalid", LOG_ID]);
  }
});

Deno.test("createBot() gives the server's Retry-After", async () => {
  const headers = { "retry-after": "7" };
  const { client } = clientOf(new Response("{}", { status: 429, headers }));
  assertEquals((await errorOf(() => client.createBot(BOT))).details.retryAfterSeconds, 7);
});

Deno.test("createCozeClient() shows no token that a server repeats (security 12)", async () => {
  // A token is masked by its value; it needs no prefix that is known.
  for (const token of [API_TOKEN, "canary.of/another+form=0123456789", "0123456789ab"]) {
    const hex = (character: string) => character.charCodeAt(0).toString(16);
    const echoes = [
      token,
      [...token].map((character) => `%${hex(character)}`).join(""),
      token.replace(/^./, (character) => `%${hex(character).toUpperCase()}`),
      encodeURIComponent(token),
      [...token].map((character) => `\\u00${hex(character)}`).join(""),
      token.replace(/^./, (character) => `\\u00${hex(character)}`),
    ];
    for (const echo of echoes) {
      const words = `bad token ${echo}!`;
      const failed = { ...CHAT, status: "failed", "last_error": { code: echo, msg: words } };
      const headers = { "x-tt-logid": echo };
      const streamed = (body: BodyInit) =>
        new Response(body, { headers: { ...STREAM, ...headers } });
      const detail = { logid: echo };
      const created: [string, unknown] = ["conversation.chat.created", CHAT];
      const responses: Record<string, Response> = {
        "msg": refusal(4000, words),
        "code": refusal(echo),
        // The JSON text has the escapes, not the value.
        "JSON escapes": new Response(`{"code":4000,"msg":"${echo}"}`),
        "HTML": new Response(`<pre>${echo}</pre>`),
        "a plain text": new Response(words, { status: 503 }),
        "content-type": new Response("x", { headers: { "content-type": echo } }),
        "a log id": Response.json({ code: 4000 }, { headers }),
        "detail.logid": Response.json({ code: 4000, detail }),
        "a redirect": new Response("", { status: 302, headers: { location: `/${echo}` } }),
        "an error event": events(["error", { code: echo, msg: words, detail }]),
        "text in an error event": streamed(frame("error", words)),
        "a stream that breaks": streamed(bodyOf(new TypeError(words))),
        "last_error": events(["conversation.chat.failed", failed]),
        "a failed event": events(created, ["conversation.chat.failed", { code: 7, msg: words }]),
      };
      for (const [where, response] of Object.entries(responses)) {
        const { fetch } = scripted(response);
        const client = createCozeClient({ token, fetch });
        const error = await errorOf(() => client.ask(QUESTION));
        const shown = Deno.inspect(error, { depth: 9, strAbbreviateSize: 1e6 });
        for (const secret of [token, echo]) {
          assert(!shown.toLowerCase().includes(secret.toLowerCase()), `${where}: ${error.message}`);
        }
        assert(!Deno.inspect(client, { depth: 9, showHidden: true }).includes(token));
      }
    }
  }
});
