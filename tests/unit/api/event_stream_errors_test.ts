import { assert, assertEquals, assertRejects } from "@std/assert";
import { readChatEvents } from "../../../lib/api/event_stream.ts";
import { CozeError, type ErrorCode } from "../../../lib/error.ts";
import { BARE_JSON, TEXT } from "../../testing/stream_samples.ts";
import { bodyOf, chatJson, frame, messageJson, outcomeOf, watched } from "../../testing/streams.ts";

const IDS = { chatId: "7382159487131697202", conversationId: "7381473525342978089" };
const CREATED = frame("conversation.chat.created", chatJson());
const DELTA = frame("conversation.message.delta", messageJson());

Deno.test("readChatEvents() ends with what an error event says, and cancels the body", async () => {
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

Deno.test("readChatEvents() judges an error event by its number", async () => {
  const rows: [data: unknown, code: ErrorCode, server: object][] = [
    [{ code: 4100 }, "token-invalid", { code: "4100" }],
    [{ code: "4101" }, "permission-missing", { code: "4101" }],
    // On no page.
    [{ code: 4999, msg: "x" }, "model-fault", { code: "4999", message: "x" }],
    [{ code: 0, msg: "x" }, "server-fault", { message: "x" }],
    [{ code: {}, msg: "x" }, "server-fault", { message: "x" }],
    [{}, "server-fault", {}],
    ["gone \x1b[2Jaway", "server-fault", { message: "gone away" }],
  ];
  for (const [data, code, server] of rows) {
    const { error } = await outcomeOf(bodyOf(frame("error", data)));
    assertEquals(error?.code, code, JSON.stringify(data));
    assertEquals(error?.server, { status: 200, ...server });
  }
});

Deno.test("readChatEvents() judges bare JSON, first and behind events", async () => {
  const server = {
    status: 200,
    code: "4000",
    message: "Request parameter error",
    logId: "20241210152726467C48D89D6DB2",
  };
  for (const text of [BARE_JSON, `${BARE_JSON}\n`]) {
    const first = await outcomeOf(bodyOf(text));
    assertEquals(first.error?.code, "request-invalid");
    assertEquals(first.error?.server, server);
    for (const events of [CREATED + DELTA, (CREATED + DELTA).replaceAll("\n", "\r")]) {
      for (const body of [bodyOf(events + text), bodyOf(events, text)]) {
        const later = await outcomeOf(body, { logId: "LOG1" });
        assertEquals(later.events.length, 2);
        assertEquals(later.error?.server, { ...server, logId: "LOG1" });
      }
    }
  }
});

Deno.test("readChatEvents() quotes 300 sanitised characters at most (security 21)", async () => {
  const data = { code: "\x1b[31m9", msg: `${"扣".repeat(500)}\x1b`, detail: { logid: "\u202eL" } };
  const { error } = await outcomeOf(bodyOf(frame("error", data)));
  assertEquals(error?.server, {
    status: 200,
    code: "9",
    message: `${"扣".repeat(299)}…`,
    logId: "L",
  });
});

Deno.test("readChatEvents() says how far a lost connection had come", async () => {
  const reset = new TypeError("reset by \x1b[1mpeer");
  const rows: [what: string, chunks: (string | Error)[], events: number, details: object][] = [
    ["at once", [], 0, {}],
    ["within an event", [CREATED, DELTA.slice(0, 60)], 1, IDS],
    ["behind a delta", [CREATED, DELTA], 2, IDS],
    ["within an event of an unknown name", ["event:x\ndata:{"], 0, {}],
    ["by an error", [CREATED, reset], 1, { ...IDS, reason: "reset by peer" }],
  ];
  for (const [what, chunks, count, details] of rows) {
    const { events, error } = await outcomeOf(bodyOf(...chunks));
    assertEquals([events.length, error?.code], [count, "connection-lost"], what);
    assertEquals(error?.details, { events: count, ...details }, what);
  }
});

Deno.test("readChatEvents() passes on errors of the body that are not its own", async () => {
  const errors = [
    new CozeError("timeout", "x"),
    new DOMException("x", "AbortError"),
    new DOMException("x", "TimeoutError"),
  ];
  const last = frame("conversation.chat.completed", chatJson());
  for (const thrown of errors) {
    for (const before of [CREATED, last]) {
      const body = bodyOf(before, thrown);
      assert(await assertRejects(() => Array.fromAsync(readChatEvents(body))) === thrown);
    }
  }
});

Deno.test("readChatEvents() names the member it refuses (security 10)", async () => {
  const rows: [name: string, data: unknown, member: string][] = [
    ["message.delta", "{", "data"],
    ["message.delta", '{"id":NaN}', "data"],
    ["message.completed", messageJson({ "id": undefined }), "id"],
    ["audio.delta", messageJson({ "type": 5 }), "type"],
    ["chat.completed", chatJson({ "conversation_id": undefined }), "conversation_id"],
  ];
  for (const [name, data, member] of rows) {
    const { body, seen } = watched([CREATED + frame(`conversation.${name}`, data) + DELTA, TEXT]);
    const { events, error } = await outcomeOf(body);
    assertEquals(events.map(({ event }) => event), ["conversation.chat.created"], name);
    assertEquals([error?.code, error?.details], ["answer-invalid", { member }], name);
    assertEquals(seen, { pulls: 1, cancelled: true });
  }
});

Deno.test("readChatEvents() takes a chat that failed from the events before", async () => {
  const failed = frame("conversation.chat.failed", { code: 5000, msg: "event interval error" });
  const { events: [created, last], error } = await outcomeOf(bodyOf(CREATED + failed));
  assert(!error && created && "chat" in created);
  const lastError = { code: "5000", message: "event interval error" };
  const chat = { ...created.chat, status: "failed", lastError };
  assertEquals<unknown>(last, { event: "conversation.chat.failed", chat });
  const alone = await outcomeOf(bodyOf(failed));
  assertEquals([alone.events, alone.error?.code], [[], "model-fault"]);
});
