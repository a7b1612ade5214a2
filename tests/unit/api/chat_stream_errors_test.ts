import { assert, assertEquals } from "@std/assert";
import type { ErrorCode } from "../../../lib/error.ts";
import { BARE_JSON, TEXT } from "../../testing/stream_samples.ts";
import {
  bodyOf,
  chatEvents,
  chatJson,
  frame,
  messageJson,
  outcomeOf,
  watched,
} from "../../testing/streams.ts";

const utf8 = new TextEncoder();
const MIB = 1024 * 1024;
const IDS = { chatId: "7382159487131697202", conversationId: "7381473525342978089" };
const CREATED = frame("conversation.chat.created", chatJson());
const DELTA = frame("conversation.message.delta", messageJson());

// The numbers of Coze are in refusal_test.ts.

Deno.test("readChatStream() ends with the error that Coze reports, and cancels the body", async () => {
  const { body, seen } = watched([CREATED, frame("error", { code: 5000, msg: "busy" }), DELTA]);
  const { events, error } = await outcomeOf(body, { logId: "LOG1" });
  assertEquals(events.length, 1);
  assertEquals(error, {
    code: "model-fault",
    message: "Coze reports an error in the stream: 5000 busy",
    details: { events: 1, ...IDS },
    server: { status: 200, code: "5000", message: "busy", logId: "LOG1" },
  });
  assertEquals(seen, { pulls: 2, cancelled: true });
});

Deno.test("readChatStream() reads an error event of any form (security 10, 21)", async () => {
  const long = { code: "\x1b[31m9", msg: `${"扣".repeat(500)}\x1b`, detail: { logid: "\u202eL" } };
  const rows: [data: unknown, code: ErrorCode, server: object][] = [
    [{ code: 0, msg: "x" }, "server-fault", { message: "x" }],
    [{ code: {}, msg: [] }, "server-fault", {}],
    [{ detail: null }, "server-fault", {}],
    [{ detail: "x" }, "server-fault", {}],
    [{ detail: { logid: 5 } }, "server-fault", {}],
    ["gone \x1b[2Jaway", "server-fault", { message: "gone away" }],
    [long, "api-refused", { code: "9", message: `${"扣".repeat(299)}…`, logId: "L" }],
  ];
  for (const [data, code, server] of rows) {
    const { error } = await outcomeOf(bodyOf(frame("error", data)));
    assertEquals(error?.code, code, JSON.stringify(data));
    const absent = { code: undefined, message: undefined, logId: undefined };
    assertEquals(error?.server, { status: 200, ...absent, ...server });
  }
});

Deno.test("readChatStream() judges bare JSON by its number, first and after events", async () => {
  const message = "Request parameter error";
  const server = { status: 200, code: "4000", message, logId: "20241210152726467C48D89D6DB2" };
  for (const [before, count] of [["", 0], [CREATED + DELTA, 2]] as const) {
    for (const end of ["", "\n", "\n\n"]) {
      const { events, error } = await outcomeOf(bodyOf(before, BARE_JSON + end));
      assertEquals([events.length, error?.code], [count, "request-invalid"]);
      assertEquals(error?.server, server);
    }
  }
});

Deno.test("readChatStream() names how far a lost connection had come", async () => {
  const reset = new TypeError("reset by \x1b[1mpeer");
  const rows: [what: string, chunks: (string | Error)[], events: number, details: object][] = [
    ["at once", [], 0, {}],
    ["within an event", [CREATED, DELTA.slice(0, 60)], 1, IDS],
    ["within an error", [CREATED, 'event:error\ndata:{"code":40'], 1, IDS],
    ["within bare JSON", [CREATED, BARE_JSON.slice(0, 40)], 1, IDS],
    ["within a character", [CREATED + DELTA.slice(0, -40), "\ud83d"], 1, IDS],
    ["after a delta", [CREATED, DELTA], 2, IDS],
    ["after a delta without a blank line", [CREATED, DELTA.trimEnd()], 2, IDS],
    ["after in_progress", [CREATED + frame("conversation.chat.in_progress", chatJson())], 2, IDS],
    ["within an unknown event", ["event:x\ndata:{"], 0, {}],
    ["by an error", [CREATED, reset], 1, { ...IDS, reason: "reset by peer" }],
  ];
  for (const [what, chunks, count, details] of rows) {
    const { events, error } = await outcomeOf(bodyOf(...chunks), { logId: "LOG1" });
    assertEquals([events.length, error?.code], [count, "connection-lost"], what);
    assertEquals(error?.details, { events: count, ...details }, what);
    assertEquals(error?.server, { status: 200, logId: "LOG1" });
  }
});

Deno.test("readChatStream() ends at its signal and its deadline, also after the chat's end", async () => {
  const last = frame("conversation.chat.completed", chatJson());
  for (const text of ["", CREATED, last]) {
    for (
      const [code, options] of [
        ["timeout", { timeoutMs: 5 }],
        ["interrupted", { signal: AbortSignal.timeout(5) }],
        ["interrupted", { signal: AbortSignal.abort() }],
      ] as const
    ) {
      let cancelled = false;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => text === "" ? undefined : controller.enqueue(utf8.encode(text)),
        cancel: () => void (cancelled = true),
      });
      const { error } = await outcomeOf(body, options);
      // After its end a chat is complete, even if `done` does not come in time.
      const expected = text === last && code === "timeout" ? undefined : code;
      assertEquals([error?.code, cancelled], [expected, true]);
    }
  }
});

Deno.test("readChatStream() names the member it refuses (security 10)", async () => {
  const rows: [name: string, data: unknown, member: string][] = [
    ["message.delta", "{", "data"],
    ["message.delta", '{"id":NaN}', "data"],
    ["message.completed", messageJson({ "id": undefined }), "id"],
    ["audio.delta", messageJson({ "type": 5 }), "type"],
    ["chat.completed", chatJson({ "conversation_id": undefined }), "conversation_id"],
    ["chat.failed", "[]", "data"],
  ];
  for (const [name, data, member] of rows) {
    const { body, seen } = watched([CREATED + frame(`conversation.${name}`, data) + DELTA, TEXT]);
    const { events, error } = await outcomeOf(body);
    assertEquals(events.map(({ event }) => event), ["conversation.chat.created"], name);
    assertEquals([error?.code, error?.details], ["answer-invalid", { member }], name);
    assertEquals(seen, { pulls: 1, cancelled: true });
  }
});

/** The same chunk again and again, after another one. */
function* endless(first: string, chunk: Uint8Array): Generator<string | Uint8Array> {
  yield first;
  while (true) yield chunk;
}

Deno.test("readChatStream() refuses an endless line or event, with flat memory (security 8)", async () => {
  // The parser skips a comment, so the limit of the stream ends it.
  const rows: [what: string, first: string, piece: string, limitMiB: number, mostMiB: number][] = [
    ["a line of data", "event:conversation.message.delta\ndata:", "a", 1, 1],
    ["data in Chinese", "data:", "扣", 1, 3],
    ["an event name", "event:", "a", 1, 1],
    ["bare JSON", "", "{", 1, 1],
    ["an event of many lines", "", "data:aaaaaaaaaaa\n", 1, 2],
    // Empty lines of data count one character each for the five bytes they have.
    ["an event of many empty lines", "", "data\r", 1, 6],
    ["a comment", ":", "a", 256, 256],
  ];
  for (const [what, first, piece, limitMiB, mostMiB] of rows) {
    const chunk = utf8.encode(piece.repeat(MIB / 16 / utf8.encode(piece).length));
    const { body, seen } = watched(endless(first, chunk));
    const before = Deno.memoryUsage().heapUsed;
    const { events, error } = await outcomeOf(body, { logId: "LOG1" });
    assert(Deno.memoryUsage().heapUsed - before < 64 * MIB, what);
    assertEquals([events, error?.code], [[], "answer-invalid"], what);
    assertEquals(error?.details, { reason: "size", limit: limitMiB * MIB, status: 200 }, what);
    assertEquals(error?.server, { status: 200, logId: "LOG1" });
    assert(seen.cancelled, what);
    assert(seen.pulls <= mostMiB * 16 + 3, `${what}: ${seen.pulls} chunks of 64 KiB were read`);
  }
});

Deno.test("readChatStream() accepts an event of 1,048,576 characters and no more (security 8)", async () => {
  const last = frame("conversation.chat.completed", chatJson());
  const empty = `data:${JSON.stringify(messageJson({ "content": "" }))}`;
  for (const excess of [0, 1]) {
    const content = "扣".repeat(MIB + excess - empty.length);
    const event = frame("conversation.message.delta", messageJson({ content })).trimEnd();
    const { body, seen } = watched([event.slice(0, 1000), event.slice(1000), "\n\n", last]);
    const { events, error } = await outcomeOf(body);
    const limit = { reason: "size", limit: MIB, status: 200 };
    assertEquals([events.length, error?.details], excess ? [0, limit] : [2, undefined]);
    assertEquals(seen.cancelled, excess === 1);
  }
});

Deno.test("readChatStream() keeps nothing of a long stream (security 8)", async () => {
  const { body } = watched(endless("", utf8.encode(DELTA.repeat(16))));
  const used: number[] = [];
  let count = 0;
  for await (const { event } of chatEvents(body)) {
    assertEquals(event, "conversation.message.delta");
    if (++count % 10_000 === 0) used.push(Deno.memoryUsage().heapUsed);
    if (count === 200_000) break;
  }
  // 50 MB were read; what is not collected yet comes and goes.
  const growth = Math.max(...used.slice(10)) - Math.max(...used.slice(0, 10));
  assert(growth < 16 * MIB, `${used.map((bytes) => Math.round(bytes / MIB))} MiB`);
});
