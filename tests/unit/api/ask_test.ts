import { assert, assertEquals, assertRejects } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import {
  ANSWER,
  CHAT,
  data,
  events,
  QUESTION,
  refusal,
  type Scripted,
  scripted,
} from "../../testing/scripted.ts";

const COMPLETED = { ...CHAT, status: "completed" };
const FOLLOW_UP = { ...ANSWER, type: "follow_up", content: "还有呢？" };
const VERBOSE = { ...ANSWER, type: "verbose", content: "{}" };

/** A client on a clock of its own: sleeping takes no time but moves the clock. */
function clientOf(...answers: Scripted[]) {
  const { fetch, sent } = scripted(...answers);
  let time = 0;
  const times: number[] = [];
  const client = createCozeClient({
    token: "czs_token",
    fetch: (request) => {
      times.push(time);
      return fetch(request);
    },
    now: () => time,
    sleep: (ms) => {
      time += ms;
      return Promise.resolve();
    },
  });
  return { client, sent, times, pass: (ms: number) => time += ms };
}

Deno.test("ask() gives the whole answer of a stream", async () => {
  const { client } = clientOf(events(
    ["conversation.chat.created", CHAT],
    ["conversation.message.delta", { ...ANSWER, content: "2024" }],
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
  const { text, followUps, chat } = await client.ask(QUESTION, { stream: false });
  assertEquals([text, followUps, chat.status], [ANSWER.content, ["还有呢？"], "completed"]);
  const query = `conversation_id=${CHAT.conversation_id}&chat_id=${CHAT.id}`;
  assertEquals(sent.map(({ method, path }) => `${method} ${path}`), [
    "POST /v3/chat",
    ...Array(3).fill(`GET /v3/chat/retrieve?${query}`),
    `GET /v3/chat/message/list?${query}`,
  ]);
  assertEquals((sent[0]!.body as { stream: unknown }).stream, false);
  // The second poll took 300 ms, so the third begins 1000 ms after the second began.
  assertEquals(times, [0, 1000, 2000, 3000, 3000]);
});

const FINAL: [status: string, more: object][] = [
  ["completed", {}],
  ["requires_action", { "required_action": { type: "submit_tool_outputs" } }],
  ["canceled", {}],
];
for (const [status, more] of FINAL) {
  Deno.test(`ask() ends on ${status}`, async () => {
    const { client } = clientOf(data(CHAT), data({ ...CHAT, status, ...more }), data([ANSWER]));
    const { chat, text } = await client.ask(QUESTION, { stream: false });
    assertEquals([chat.status, text], [status, status === "completed" ? ANSWER.content : ""]);
  });
}

for (const stream of [true, false]) {
  Deno.test(`ask() says why a chat failed, stream: ${stream}`, async () => {
    const lastError = { code: 5000, msg: "event interval error" };
    const failed = { ...CHAT, status: "failed", "last_error": lastError };
    const { client } = stream
      ? clientOf(events(["conversation.chat.created", CHAT], ["conversation.chat.failed", failed]))
      : clientOf(data(CHAT), data(failed));
    const error = await assertRejects(() => client.ask(QUESTION, { stream }), CozeError);
    assertEquals([error.code, error.details.chatId], ["model-fault", CHAT.id]);
    assertEquals([error.server?.code, error.server?.message], ["5000", "event interval error"]);
  });
}

Deno.test("ask() names a cause by the number of a failed chat", async () => {
  for (
    const [code, cause] of [[4011, "quota-exhausted"], [4014, "content-refused"], [
      7,
      "model-fault",
    ]]
  ) {
    const failed = { ...CHAT, status: "failed", "last_error": { code, msg: "x" } };
    const { client } = clientOf(data(CHAT), data(failed));
    const error = await assertRejects(() => client.ask(QUESTION, { stream: false }), CozeError);
    assertEquals<unknown>(error.code, cause);
  }
});

Deno.test("ask() asks on when a poll is lost, and gives up what can not get better", async () => {
  const lost = () => Promise.reject(new TypeError("connection reset"));
  const { client, sent } = clientOf(
    data(CHAT),
    lost,
    new Response("", { status: 503 }),
    refusal(4020),
    data(COMPLETED),
    data([ANSWER]),
  );
  assertEquals((await client.ask(QUESTION, { stream: false })).text, ANSWER.content);
  assertEquals(sent.length, 6);
  const other = clientOf(data(CHAT), refusal(4101));
  const attempt = () => other.client.ask(QUESTION, { stream: false });
  const error = await assertRejects(attempt, CozeError);
  assertEquals([error.code, error.details.permission], ["permission-missing", "getChat"]);
});

/** A server that answers so, and a request to cancel after that. */
function hanging(answers: Scripted[]) {
  const { fetch, sent } = scripted(...answers, data({ ...CHAT, status: "canceled" }));
  return { sent, fetch };
}

for (const stream of [true, false]) {
  Deno.test(`ask() cancels the chat when the signal aborts, stream: ${stream}`, async () => {
    const controller = new AbortController();
    /** It never ends, and nobody tells it of the signal. */
    const body = () =>
      new ReadableStream({
        start(to) {
          const [name, json] = ["conversation.chat.created", JSON.stringify(CHAT)];
          to.enqueue(new TextEncoder().encode(`event:${name}\ndata:${json}\n\n`));
          setTimeout(() => controller.abort(), 0);
        },
      });
    const headers = { "content-type": "text/event-stream" };
    const { fetch, sent } = hanging([stream ? new Response(body(), { headers }) : data(CHAT)]);
    const client = createCozeClient({
      token: "czs_token",
      fetch,
      sleep: (_ms, signal) => {
        controller.abort();
        signal.throwIfAborted();
        return Promise.resolve();
      },
    });
    const attempt = () => client.ask(QUESTION, { stream, signal: controller.signal });
    assertEquals((await assertRejects(attempt, CozeError)).code, "interrupted");
    assertEquals(sent.map(({ path }) => path), ["/v3/chat", "/v3/chat/cancel"]);
    assertEquals(sent[1]!.body, { "conversation_id": CHAT.conversation_id, "chat_id": CHAT.id });
  });
}

Deno.test("ask() has a deadline, and cancels the chat there", async () => {
  const { fetch, sent } = hanging([data(CHAT)]);
  const client = createCozeClient({
    token: "czs_token",
    fetch,
    // Waits as long as it may.
    sleep: (_ms, signal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  });
  // The time-out of a signal is the system's own.
  const attempt = () => client.ask(QUESTION, { stream: false, timeoutMs: 1 });
  assertEquals((await assertRejects(attempt, CozeError)).code, "timeout");
  assertEquals(sent.map(({ path }) => path).at(-1), "/v3/chat/cancel");
});

Deno.test("ask() tells its own error when cancelling fails too", async () => {
  const controller = new AbortController();
  const { fetch } = scripted(data(CHAT), refusal(4104));
  const sleep = () => {
    controller.abort();
    return Promise.resolve();
  };
  const client = createCozeClient({ token: "czs_token", fetch, sleep });
  const attempt = () => client.ask(QUESTION, { stream: false, signal: controller.signal });
  assertEquals((await assertRejects(attempt, CozeError)).code, "interrupted");
});

Deno.test("ask() loses nothing of what had arrived when the stream breaks", async () => {
  const { client, sent } = clientOf(events(
    ["conversation.chat.created", CHAT],
    ["conversation.message.delta", { ...ANSWER, content: "2024 年" }],
    ["conversation.message.delta", { ...ANSWER, content: " 10 月" }],
  ));
  const error = await assertRejects(() => client.ask(QUESTION), CozeError);
  assertEquals([error.code, error.details.text], ["connection-lost", "2024 年 10 月"]);
  assertEquals([error.details.chatId, error.details.events], [CHAT.id, 3]);
  // Whether the bot goes on is not known; the answer can still be fetched.
  assertEquals(sent.length, 1);
});

Deno.test("ask() takes the name of the event for the failure, and keeps what had arrived", async () => {
  const { client } = clientOf(events(
    ["conversation.chat.created", CHAT],
    ["conversation.message.delta", { ...ANSWER, content: "2024" }],
    ["conversation.chat.failed", { ...CHAT, "last_error": { code: 4014, msg: "x" } }],
  ));
  const error = await assertRejects(() => client.ask(QUESTION), CozeError);
  assertEquals([error.code, error.details.text], ["content-refused", "2024"]);
});

Deno.test("ask() joins the pieces of a message that was never completed", async () => {
  const { client } = clientOf(events(
    ["conversation.chat.in_progress", CHAT],
    ["conversation.message.delta", { ...ANSWER, content: "2024" }],
    ["conversation.message.delta", { ...ANSWER, content: " 年" }],
    ["done", "[DONE]"],
  ));
  const { text, chat } = await client.ask(QUESTION);
  assertEquals([text, chat.status], ["2024 年", "in_progress"]);
});

Deno.test("ask() cancels a chat of which only messages told the ids", async () => {
  const controller = new AbortController();
  const body = new ReadableStream({
    start(to) {
      const json = JSON.stringify({ ...ANSWER, content: "2" });
      to.enqueue(new TextEncoder().encode(`event:conversation.message.delta\ndata:${json}\n\n`));
      setTimeout(() => controller.abort(), 0);
    },
  });
  const headers = { "content-type": "text/event-stream" };
  const { fetch, sent } = hanging([new Response(body, { headers })]);
  const client = createCozeClient({ token: "czs_token", fetch });
  const attempt = () => client.ask(QUESTION, { signal: controller.signal });
  const error = await assertRejects(attempt, CozeError);
  assertEquals([error.code, error.details.text], ["interrupted", "2"]);
  assertEquals(sent.map(({ path }) => path), ["/v3/chat", "/v3/chat/cancel"]);
});

Deno.test("ask() refuses a stream that ends without a chat", async () => {
  const { client } = clientOf(events(["done", "[DONE]"]));
  const error = await assertRejects(() => client.ask(QUESTION), CozeError);
  assertEquals(error.code, "answer-invalid");
});

Deno.test("ask() never shows the token in an error", async () => {
  const { client } = clientOf(data({}));
  const error = await assertRejects(() => client.ask(QUESTION, { stream: false }), CozeError);
  assert(!Deno.inspect(error).includes("czs_token"));
});
