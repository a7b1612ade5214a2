import { assert, assertEquals } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import type { ErrorCode } from "../../../lib/error.ts";
import {
  ANSWER,
  API_TOKEN,
  CHAT,
  clientOf,
  data,
  errorOf,
  events,
  QUESTION,
  refusal,
  scripted,
} from "../../testing/scripted.ts";
import { frame } from "../../testing/streams.ts";

const CREATED: [name: string, data: unknown] = ["conversation.chat.created", CHAT];
const COMPLETED = { ...CHAT, status: "completed" };
const FOLLOW_UP = { ...ANSWER, type: "follow_up", content: "还有呢？" };
const VERBOSE = { ...ANSWER, type: "verbose", content: "{}" };
const POLL = { stream: false };

function delta(content: string): [name: string, data: unknown] {
  return ["conversation.message.delta", { ...ANSWER, content }];
}

Deno.test("ask() returns the whole answer of a stream", async () => {
  const { client } = clientOf(events(
    CREATED,
    delta("2024"),
    ["conversation.message.completed", { ...ANSWER, "reasoning_content": "想一想" }],
    ["conversation.message.completed", FOLLOW_UP],
    ["conversation.message.completed", VERBOSE],
    ["conversation.chat.completed", COMPLETED],
    ["done", "[DONE]"],
  ));
  const { text, reasoning, followUps, chat, messages } = await client.ask(QUESTION);
  assertEquals([text, reasoning, followUps], [ANSWER.content, "想一想", ["还有呢？"]]);
  assertEquals([chat.status, messages.length], ["completed", 3]);
});

Deno.test("ask() polls by GET, once a second at most, then reads the messages", async () => {
  const { client, sent, times, pass } = clientOf(
    data(CHAT),
    data(CHAT),
    () => {
      pass(300);
      return data({ ...CHAT, status: "created" });
    },
    data(COMPLETED),
    data([VERBOSE, ANSWER, FOLLOW_UP]),
  );
  const { text, followUps, chat } = await client.ask(QUESTION, POLL);
  assertEquals([text, followUps, chat.status], [ANSWER.content, ["还有呢？"], "completed"]);
  const query = `conversation_id=${CHAT.conversation_id}&chat_id=${CHAT.id}`;
  assertEquals(sent.map(({ method, path }) => `${method} ${path}`), [
    "POST /v3/chat",
    ...Array(3).fill(`GET /v3/chat/retrieve?${query}`),
    `GET /v3/chat/message/list?${query}`,
  ]);
  assertEquals((sent[0]!.body as typeof POLL).stream, false);
  // The second poll took 300 ms, so the third begins 1000 ms after the second began.
  assertEquals(times, [0, 1000, 2000, 3000, 3000]);
});

Deno.test("ask() stops polling when the chat has ended or waits for somebody", async () => {
  const action = { "required_action": { type: "submit_tool_outputs" } };
  const final: [status: string, more: object, text: string][] = [
    ["completed", {}, ANSWER.content],
    ["requires_action", action, ""],
    ["canceled", {}, ""],
  ];
  for (const [status, more, expected] of final) {
    const { client } = clientOf(data(CHAT), data({ ...CHAT, status, ...more }), data([ANSWER]));
    const { chat, text } = await client.ask(QUESTION, POLL);
    assertEquals([chat.status, text], [status, expected]);
  }
});

Deno.test("ask() says why a chat failed, by the number that Coze gives", async () => {
  const causes: [number: number, code: ErrorCode][] = [
    [5000, "model-fault"],
    [7, "model-fault"],
    [4011, "quota-exhausted"],
    [4014, "content-refused"],
  ];
  for (const [number, code] of causes) {
    for (const stream of [true, false]) {
      const failed = { ...CHAT, status: "failed", "last_error": { code: number, msg: "x" } };
      const { client } = stream
        ? clientOf(events(CREATED, ["conversation.chat.failed", failed]))
        : clientOf(data(CHAT), data(failed));
      const error = await errorOf(() => client.ask(QUESTION, { stream }));
      assertEquals([error.code, error.details.chatId], [code, CHAT.id]);
      assertEquals([error.server?.code, error.server?.message], [String(number), "x"]);
    }
  }
});

Deno.test("ask() polls on after a lost poll, and ends at a refusal", async () => {
  const { client, sent } = clientOf(
    data(CHAT),
    () => Promise.reject(new TypeError("connection reset")),
    new Response("", { status: 503 }),
    refusal(4020),
    data(COMPLETED),
    data([ANSWER]),
  );
  assertEquals((await client.ask(QUESTION, POLL)).text, ANSWER.content);
  assertEquals(sent.length, 6);
  const other = clientOf(data(CHAT), refusal(4101));
  const error = await errorOf(() => other.client.ask(QUESTION, POLL));
  assertEquals([error.code, error.details.permission], ["permission-missing", "getChat"]);
});

/** A stream of one event; who asks it for more aborts, and waits for ever. */
function endless(controller: AbortController, name: string, json: unknown): Response {
  let isSent = false;
  const body = new ReadableStream({
    pull(to) {
      if (isSent) return controller.abort();
      isSent = true;
      to.enqueue(new TextEncoder().encode(frame(name, json)));
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

Deno.test("ask() cancels the chat when the signal aborts", async () => {
  const first: [what: string, answer: (controller: AbortController) => Response, text?: string][] =
    [
      ["polling", () => data(CHAT)],
      ["a stream", (to) => endless(to, ...CREATED)],
      ["a stream whose messages alone name the chat", (to) => endless(to, ...delta("2")), "2"],
    ];
  for (const [what, answer, text] of first) {
    const controller = new AbortController();
    const { signal } = controller;
    const { fetch, sent } = scripted(answer(controller), data({ ...CHAT, status: "canceled" }));
    const sleep = () => {
      controller.abort();
      return Promise.reject(signal.reason);
    };
    const client = createCozeClient({ token: API_TOKEN, fetch, sleep });
    const error = await errorOf(() => client.ask(QUESTION, { stream: what !== "polling", signal }));
    assertEquals([error.code, error.details.text], ["interrupted", text], what);
    assertEquals(sent.map(({ path }) => path), ["/v3/chat", "/v3/chat/cancel"], what);
    const names = { "conversation_id": CHAT.conversation_id, "chat_id": CHAT.id };
    assertEquals(sent[1]!.body, names, what);
  }
});

Deno.test("ask() has a deadline, and cancels the chat there", async () => {
  const { fetch, sent } = scripted(data(CHAT), data({ ...CHAT, status: "canceled" }));
  // Waits as long as it may.
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const client = createCozeClient({ token: API_TOKEN, fetch, sleep });
  const error = await errorOf(() => client.ask(QUESTION, { ...POLL, timeoutMs: 1 }));
  assertEquals([error.code, sent.at(-1)!.path], ["timeout", "/v3/chat/cancel"]);
});

Deno.test("ask() throws its own error when cancelling fails too", async () => {
  const controller = new AbortController();
  const { fetch } = scripted(data(CHAT), refusal(4104));
  const sleep = () => Promise.resolve(controller.abort());
  const client = createCozeClient({ token: API_TOKEN, fetch, sleep });
  const error = await errorOf(() => client.ask(QUESTION, { ...POLL, signal: controller.signal }));
  assertEquals(error.code, "interrupted");
});

Deno.test("ask() keeps the text that arrived before a stream broke or failed", async () => {
  // Whether the bot goes on is not known, so the chat is not canceled.
  const broken = clientOf(events(CREATED, delta("2024 年"), delta(" 10 月")));
  const lost = await errorOf(() => broken.client.ask(QUESTION));
  assertEquals([lost.code, lost.details.text], ["connection-lost", "2024 年 10 月"]);
  assertEquals([lost.details.chatId, lost.details.events, broken.sent.length], [CHAT.id, 3, 1]);
  // The name of the event says that it failed, not the status in it.
  const failed = { ...CHAT, "last_error": { code: 4014, msg: "x" } };
  const { client } = clientOf(events(CREATED, delta("2024"), ["conversation.chat.failed", failed]));
  const error = await errorOf(() => client.ask(QUESTION));
  assertEquals([error.code, error.details.text], ["content-refused", "2024"]);
});

Deno.test("ask() joins the pieces of a message that was never completed", async () => {
  const done: [string, unknown] = ["done", "[DONE]"];
  const { client } = clientOf(events(CREATED, delta("2024"), delta(" 年"), done));
  const { text, chat } = await client.ask(QUESTION);
  assertEquals([text, chat.status], ["2024 年", "in_progress"]);
});

Deno.test("ask() refuses an answer without a chat", async () => {
  const { client } = clientOf(events(["done", "[DONE]"]), data({}));
  for (const stream of [true, false]) {
    const error = await errorOf(() => client.ask(QUESTION, { stream }));
    assertEquals(error.code, "answer-invalid");
    assert(!Deno.inspect(error).includes(API_TOKEN));
  }
});
