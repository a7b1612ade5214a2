import { assert, assertEquals, assertRejects } from "@std/assert";
import { readChatEvents } from "../../../lib/api/event_stream.ts";
import { CozeError } from "../../../lib/error.ts";
import { BARE_JSON, TEXT } from "../../testing/stream_samples.ts";
import { bodyOf, chatJson, frame, messageJson, outcomeOf, watched } from "../../testing/streams.ts";

const IDS = { chatId: "7382159487131697202", conversationId: "7381473525342978089" };
const CREATED = frame("conversation.chat.created", chatJson());
const DELTA = frame("conversation.message.delta", messageJson());

Deno.test("readChatEvents() judges an error event by its number", async () => {
  const { body, seen } = watched([CREATED, frame("error", { code: 5000, msg: "busy" }), DELTA]);
  const { events, error } = await outcomeOf(body, { status: 200, logId: "LOG1" });
  assertEquals(events.length, 1);
  assertEquals(error, {
    code: "model-fault",
    message: "Coze reports an error in the stream: 5000 busy",
    details: { events: 1, ...IDS },
    server: { status: 200, code: "5000", message: "busy", logId: "LOG1" },
  });
  assertEquals(seen, { pulls: 2, cancelled: true });
});

const NUMBERS: readonly [code: unknown, expected: string, said: string | undefined][] = [
  [4100, "token-invalid", "4100"],
  ["4101", "permission-missing", "4101"],
  [700012006, "token-invalid", "700012006"],
  [4013, "model-fault", "4013"],
  // On no page.
  [4999, "model-fault", "4999"],
  [undefined, "server-fault", undefined],
  [0, "server-fault", undefined],
  [{}, "server-fault", undefined],
];
for (const [code, expected, said] of NUMBERS) {
  Deno.test(`readChatEvents() calls an error ${JSON.stringify(code)} ${expected}`, async () => {
    const { error } = await outcomeOf(bodyOf(frame("error", { code, msg: "x" })));
    assertEquals(error?.code, expected);
    assertEquals(error?.server, { status: 200, ...(said && { code: said }), message: "x" });
  });
}

Deno.test("readChatEvents() reads errors without data that it knows", async () => {
  const empty = await outcomeOf(bodyOf("event:error\ndata:{}"));
  assertEquals(empty.error, {
    code: "server-fault",
    message: "Coze reports an error in the stream",
    details: { events: 0 },
    server: { status: 200 },
  });
  const words = await outcomeOf(bodyOf(frame("error", "gone \x1b[2Jaway")));
  assertEquals(words.error?.server, { status: 200, message: "gone away" });
});

for (const [name, text] of [["", BARE_JSON], [" and a newline", `${BARE_JSON}\n`]]) {
  Deno.test(`readChatEvents() judges bare JSON${name}, first and behind events`, async () => {
    const server = {
      status: 200,
      code: "4000",
      message: "Request parameter error",
      logId: "20241210152726467C48D89D6DB2",
    };
    const first = await outcomeOf(bodyOf(text!));
    assertEquals(first.error?.code, "request-invalid");
    assertEquals(first.error?.server, server);
    for (const events of [CREATED + DELTA, (CREATED + DELTA).replaceAll("\n", "\r")]) {
      for (const body of [bodyOf(events + text), bodyOf(events, text!)]) {
        const later = await outcomeOf(body, { logId: "LOG1" });
        assertEquals(later.events.length, 2);
        assertEquals(later.error?.server, { ...server, logId: "LOG1" });
      }
    }
  });
}

Deno.test("readChatEvents() quotes what Coze reports at most 300 sanitised characters (security 21)", async () => {
  const data = { code: "\x1b[31m9", msg: `${"扣".repeat(500)}\x1b`, detail: { logid: "\u202eL" } };
  const { error } = await outcomeOf(bodyOf(frame("error", data)));
  assertEquals(error?.server, {
    status: 200,
    code: "9",
    message: `${"扣".repeat(299)}…`,
    logId: "L",
  });
});

for (
  const [what, body, details] of [
    ["at once", bodyOf(), { events: 0 }],
    ["within an event", bodyOf(CREATED, DELTA.slice(0, 60)), { events: 1, ...IDS }],
    ["behind a delta", bodyOf(CREATED, DELTA), { events: 2, ...IDS }],
    ["within an event without a name that is known", bodyOf("event:x\ndata:{"), { events: 0 }],
    ["by an error", bodyOf(CREATED, new TypeError("reset by \x1b[1mpeer")), {
      events: 1,
      ...IDS,
      reason: "reset by peer",
    }],
  ] as const
) {
  Deno.test(`readChatEvents() tells of a connection that is lost ${what}`, async () => {
    const { events, error } = await outcomeOf(body);
    assertEquals([events.length, error?.code], [details.events, "connection-lost"]);
    assertEquals(error?.details, details);
  });
}

Deno.test("readChatEvents() lets errors of the body through that are not its own", async () => {
  const errors = [
    new CozeError("timeout", "x"),
    new DOMException("x", "AbortError"),
    new DOMException("x", "TimeoutError"),
  ];
  for (const thrown of errors) {
    const got = await assertRejects(() => Array.fromAsync(readChatEvents(bodyOf(CREATED, thrown))));
    assert(got === thrown);
    const last = frame("conversation.chat.completed", chatJson());
    const late = await assertRejects(() => Array.fromAsync(readChatEvents(bodyOf(last, thrown))));
    assert(late === thrown);
  }
});

const INVALID: readonly [name: string, data: unknown, member: string][] = [
  ["conversation.message.delta", "{", "data"],
  ["conversation.message.delta", '{"id":NaN}', "data"],
  ["conversation.message.delta", "[]", "data"],
  ["conversation.message.delta", messageJson({ "content": undefined }), "content"],
  ["conversation.message.completed", messageJson({ "id": undefined }), "id"],
  ["conversation.audio.delta", messageJson({ "type": 5 }), "type"],
  ["conversation.chat.created", "null", "data"],
  ["conversation.chat.created", chatJson({ "id": "" }), "id"],
  ["conversation.chat.completed", chatJson({ "conversation_id": undefined }), "conversation_id"],
  ["conversation.chat.failed", {}, "id"],
];
for (const [name, data, member] of INVALID) {
  const shown = typeof data === "string" ? data : "an object";
  Deno.test(`readChatEvents() refuses ${name} of ${shown} for its ${member} (security 10)`, async () => {
    const { body, seen } = watched([CREATED + frame(name, data) + DELTA, TEXT]);
    const { events, error } = await outcomeOf(body);
    // What came before it, in the same chunk, is not lost.
    assertEquals(events.map(({ event }) => event), ["conversation.chat.created"]);
    assertEquals([error?.code, error?.details], ["answer-invalid", { member }]);
    assertEquals(seen, { pulls: 1, cancelled: true });
  });
}

Deno.test("readChatEvents() takes the chat that failed from the events before", async () => {
  const failed = frame("conversation.chat.failed", { code: 5000, msg: "event interval error" });
  const { events, error } = await outcomeOf(bodyOf(CREATED + failed));
  assertEquals(error, undefined);
  const [created, last] = events;
  assert(created && "chat" in created && last && "chat" in last);
  assertEquals(last, {
    event: "conversation.chat.failed",
    chat: {
      ...created.chat,
      status: "failed",
      lastError: { code: "5000", message: "event interval error" },
    },
  });
  const alone = await outcomeOf(bodyOf(failed));
  assertEquals([alone.events, alone.error?.code], [[], "model-fault"]);
});
