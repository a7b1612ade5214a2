import { assertEquals } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
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

type Event = [name: string, data: unknown];
const CREATED: Event = ["conversation.chat.created", CHAT];
const COMPLETED = { ...CHAT, status: "completed" };
const CANCELED = { ...CHAT, status: "canceled" };
const FOLLOW_UP = { ...ANSWER, type: "follow_up", content: "还有呢？" };
const VERBOSE = { ...ANSWER, type: "verbose", content: "{}" };
const POLL = { stream: false };

function delta(content: string, type = "answer"): Event {
  return ["conversation.message.delta", { ...ANSWER, type, content }];
}

function completed(message: object): Event {
  return ["conversation.message.completed", message];
}

Deno.test("ask() returns the whole answer of a stream", async () => {
  const { client } = clientOf(events(
    CREATED,
    delta("2024"),
    completed({ ...ANSWER, "reasoning_content": "想一想" }),
    completed(FOLLOW_UP),
    completed(VERBOSE),
    ["conversation.chat.completed", COMPLETED],
    ["done", "[DONE]"],
  ));
  const { text, reasoning, followUps, chat, messages } = await client.ask(QUESTION);
  assertEquals([text, reasoning, followUps], [ANSWER.content, "想一想", ["还有呢？"]]);
  assertEquals([chat.status, messages.length], ["completed", 3]);
});

Deno.test("ask() polls by GET, at most once a second, then reads the messages", async () => {
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
  assertEquals(times, [0, 1000, 2000, 3300, 3300]);
});

Deno.test("ask() stops polling when the chat has ended or waits for the user", async () => {
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

Deno.test("ask() polls on after a fault that can pass, and ends at a refusal", async () => {
  const { client, sent } = clientOf(
    data(CHAT),
    () => Promise.reject(new TypeError("error sending request: connection reset")),
    new Response("", { status: 503 }),
    refusal(4020),
    data(COMPLETED),
    data([ANSWER]),
  );
  assertEquals((await client.ask(QUESTION, POLL)).text, ANSWER.content);
  assertEquals(sent.length, 6);
  for (const [number, code] of [[4101, "permission-missing"], [7, "api-refused"]] as const) {
    const other = clientOf(data(CHAT), refusal(number));
    const error = await errorOf(() => other.client.ask(QUESTION, POLL));
    assertEquals([error.code, error.details.permission], [code, "getChat"]);
  }
});

/** A stream of one event; the next read aborts the controller and waits for ever. */
function endless(controller: AbortController, [name, json]: Event): Response {
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

Deno.test("ask() cancels the chat when the signal aborts, and throws its own error", async () => {
  type First = [what: string, answer: (controller: AbortController) => Response, text?: string];
  const first: First[] = [
    ["polling", () => data(CHAT)],
    ["a stream", (to) => endless(to, CREATED)],
    ["a stream without a chat, whose messages name it", (to) => endless(to, delta("2")), "2"],
  ];
  for (const [what, answer, text] of first) {
    for (const cancelled of [data(CANCELED), refusal(4104), new Response("", { status: 503 })]) {
      const controller = new AbortController();
      const { signal } = controller;
      const { fetch, sent } = scripted(answer(controller), cancelled);
      const sleep = () => {
        controller.abort();
        return Promise.reject(signal.reason);
      };
      const client = createCozeClient({ token: API_TOKEN, fetch, sleep });
      const error = await errorOf(() =>
        client.ask(QUESTION, { stream: what !== "polling", signal })
      );
      assertEquals([error.code, error.details.text], ["interrupted", text], what);
      assertEquals(sent.map(({ path }) => path), ["/v3/chat", "/v3/chat/cancel"], what);
      const ids = { "conversation_id": CHAT.conversation_id, "chat_id": CHAT.id };
      assertEquals(sent[1]!.body, ids, what);
    }
  }
});

Deno.test("ask() cancels a chat that it cannot read", async () => {
  const unreadable = { ...ANSWER, id: undefined };
  for (
    const [chat, stream] of [
      [[events(CREATED, completed(unreadable))], true],
      [[data(CHAT), data({ ...CHAT, status: 5 })], false],
    ] as const
  ) {
    const { client, sent } = clientOf(...chat, data(CANCELED));
    const error = await errorOf(() => client.ask(QUESTION, { stream }));
    assertEquals([error.code, sent.at(-1)?.path], ["answer-invalid", "/v3/chat/cancel"]);
  }
});

Deno.test("ask() ends at its deadline while nothing has to be waited for", async () => {
  const sleep = () => Promise.resolve();
  // The body reaches its size limit only long after the deadline.
  const comments = new Uint8Array([0x3a, 0x0a]);
  const pull = (to: ReadableStreamDefaultController) => to.enqueue(comments);
  const rows: [stream: boolean, answer: () => Response][] = [
    [false, () => data(CHAT)],
    [true, () => {
      const headers = { "content-type": "text/event-stream" };
      return new Response(new ReadableStream({ pull }), { headers });
    }],
  ];
  for (const [stream, answer] of rows) {
    const fetch = () => Promise.resolve(answer());
    const client = createCozeClient({ token: API_TOKEN, fetch, sleep });
    const error = await errorOf(() => client.ask(QUESTION, { stream, timeoutMs: 20 }));
    assertEquals(error.code, "timeout");
  }
});

Deno.test("ask() cancels the chat at its own deadline", async () => {
  const { fetch, sent } = scripted(data(CHAT), data(CANCELED));
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const client = createCozeClient({ token: API_TOKEN, fetch, sleep });
  const error = await errorOf(() => client.ask(QUESTION, { ...POLL, timeoutMs: 300 }));
  assertEquals([error.code, error.details.timeoutMs], ["timeout", 300]);
  assertEquals(sent.at(-1)!.path, "/v3/chat/cancel");
});

Deno.test("ask() keeps the text that had arrived", async () => {
  // The name of the event says that it failed, not the status in it.
  const failed: Event = ["conversation.chat.failed", { ...CHAT, "last_error": { code: 4014 } }];
  const rows: [list: Event[], code: string, text: string | undefined][] = [
    [[CREATED, delta("2024 年"), delta(" 10 月")], "connection-lost", "2024 年 10 月"],
    [[CREATED, delta("a"), completed(ANSWER)], "connection-lost", ANSWER.content],
    [
      [CREATED, delta("a"), completed(ANSWER), delta("其"), delta("次")],
      "connection-lost",
      `${ANSWER.content}\n其次`,
    ],
    [[CREATED, delta("2024"), ["error", { code: 4028 }]], "quota-exhausted", "2024"],
    [[CREATED, delta("2024"), failed], "content-refused", "2024"],
    [[CREATED, delta("{}", "verbose"), failed], "content-refused", undefined],
  ];
  for (const [list, code, text] of rows) {
    const { client, sent } = clientOf(events(...list));
    const error = await errorOf(() => client.ask(QUESTION));
    assertEquals([error.code, error.details.text, error.details.chatId], [code, text, CHAT.id]);
    // Only an interruption and a timeout leave a chat running for certain.
    assertEquals(sent.length, 1);
  }
});

Deno.test("ask() joins the pieces of a message that was never completed", async () => {
  const done: Event = ["done", "[DONE]"];
  for (const more of [[], [completed({ ...ANSWER, content: "" })]]) {
    const { client } = clientOf(events(CREATED, delta("2024"), delta(" 年"), ...more, done));
    const { text, chat } = await client.ask(QUESTION);
    assertEquals([text, chat.status], ["2024 年", "in_progress"]);
  }
});

Deno.test("ask() refuses an answer without a chat", async () => {
  const { client } = clientOf(events(["done", "[DONE]"]), data({}));
  for (const stream of [true, false]) {
    const error = await errorOf(() => client.ask(QUESTION, { stream }));
    assertEquals(error.code, "answer-invalid");
  }
});
