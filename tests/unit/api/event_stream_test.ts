import { assert, assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../lib/api/chat_events.ts";
import { readChatEvents } from "../../../lib/api/event_stream.ts";
import { AUDIO, FAILED, SAMPLES, TEXT, WORKFLOW } from "../../testing/stream_samples.ts";
import { bodyOf, chatJson, frame, messageJson, outcomeOf, watched } from "../../testing/streams.ts";

const utf8 = new TextEncoder();
const said = (events: ChatEvent[]) =>
  events.map((event) => "message" in event ? event.message.content : event.event);

Deno.test("readChatEvents() reads a real stream", async () => {
  const { events, error } = await outcomeOf(bodyOf(TEXT));
  assertEquals(error, undefined);
  assertEquals(said(events), [
    "conversation.chat.created",
    "conversation.chat.in_progress",
    "2",
    "星期三",
    "。",
    "2024 年 10 月 1 日是星期三。",
    "conversation.chat.completed",
    "done",
  ]);
  assertEquals(events[3], {
    event: "conversation.message.delta",
    message: {
      id: "7382159494123470858",
      conversationId: "7381473525342978089",
      chatId: "7382159487131697202",
      botId: "7379462189365198898",
      role: "assistant",
      type: "answer",
      content: "星期三",
      contentType: "text",
    },
  });
  assertEquals(events[6], {
    event: "conversation.chat.completed",
    chat: {
      id: "7382159487131697202",
      conversationId: "7381473525342978089",
      botId: "7379462189365198898",
      status: "completed",
      usage: { tokenCount: 633, outputCount: 19, inputCount: 614 },
    },
  });
});

Deno.test("readChatEvents() reads a failure that nothing ends", async () => {
  assertEquals(await outcomeOf(bodyOf(FAILED)), {
    events: [{
      event: "conversation.chat.failed",
      chat: {
        id: "7390342853760696354",
        conversationId: "7390331532575195148",
        botId: "7374724495711502387",
        status: "failed",
        lastError: { code: "5000", message: "event interval error" },
        usage: { tokenCount: 0, outputCount: 0, inputCount: 0 },
      },
    }],
  });
});

Deno.test("readChatEvents() reads voice behind the end, and a workflow without a bot", async () => {
  const audio = await outcomeOf(bodyOf(AUDIO));
  assertEquals(audio.events.map(({ event }) => event).slice(-3), [
    "conversation.chat.completed",
    "conversation.audio.delta",
    "done",
  ]);
  const workflow = await outcomeOf(bodyOf(WORKFLOW));
  assertEquals(workflow.error, undefined);
  assertEquals(said(workflow.events).at(-1), "done");
  assertEquals("chat" in workflow.events[0]! && workflow.events[0].chat.botId, "");
});

/** The same stream in all the ways in which it may be written. */
function written(sample: string): Record<string, string> {
  const tight = sample.replace(/^(event|data): /gm, "$1:");
  const wide = tight.replace(/^(event|data):/gm, "$1: ");
  return {
    "LF": tight,
    "CR, spaces": wide.replaceAll("\n", "\r"),
    "BOM, CRLF": `\ufeff${tight.replaceAll("\n", "\r\n")}`,
  };
}

Deno.test("readChatEvents() reads a stream the same however it is written and split", async () => {
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const expected = await outcomeOf(bodyOf(sample));
    for (const [form, text] of Object.entries(written(sample))) {
      const bytes = utf8.encode(text);
      for (let at = 0; at <= bytes.length; at++) {
        const body = ReadableStream.from([bytes.subarray(0, at), bytes.subarray(at)]);
        assertEquals(await outcomeOf(body), expected, `${name}, ${form}, split at ${at}`);
      }
      const single = ReadableStream.from([...bytes].map((byte) => Uint8Array.of(byte)));
      assertEquals(await outcomeOf(single), expected, `${name}, ${form}, byte by byte`);
    }
  }
});

Deno.test("readChatEvents() ends with done, whatever its data", async () => {
  const more = frame("conversation.message.delta", messageJson());
  for (const data of ['"[DONE]"', "[DONE]", '{"debug_url":"https://a"}', "", "{}"]) {
    const { body, seen } = watched([frame("done", data) + more, more]);
    assertEquals(await outcomeOf(body), { events: [{ event: "done" }] }, data);
    assertEquals(seen, { pulls: 1, cancelled: true });
  }
});

Deno.test("readChatEvents() ends with the body behind a final event, without done", async () => {
  for (const end of ["completed", "failed", "requires_action"]) {
    const last = frame(`conversation.chat.${end}`, chatJson({ status: end }));
    // Nothing is missing, so it does not matter how the connection ends.
    for (const chunks of [[last], [last.trimEnd()], [last, new TypeError("reset")]]) {
      const { events, error } = await outcomeOf(bodyOf(...chunks));
      assertEquals([events.length, error], [1, undefined], end);
    }
  }
});

Deno.test("readChatEvents() passes on unknown events, and drops unknown members", async () => {
  const text = frame("conversation.brand.new", "no JSON") +
    "data: x\n\n: a comment\nid: 7\nfoo\n\n" +
    frame("conversation.message.delta", messageJson({ "section_id": "1", "new": {} })) +
    frame("done", "");
  const { events } = await outcomeOf(bodyOf(text));
  assertEquals(events.slice(0, 2), [
    { event: "unknown", name: "conversation.brand.new", data: "no JSON" },
    { event: "unknown", name: "", data: "x" },
  ]);
  assertEquals(said(events.slice(2)), ["星期三", "done"]);
});

Deno.test("readChatEvents() drops a BOM before a stream, and keeps one within a text", async () => {
  const text = frame("conversation.message.delta", messageJson({ "content": "a\ufeffb" }));
  for (const bom of ["", "\ufeff"]) {
    const bytes = utf8.encode(`${bom}${text}${frame("done", "")}`);
    for (let at = 0; at <= bytes.length; at++) {
      const { events } = await outcomeOf(bodyOf(bytes.subarray(0, at), bytes.subarray(at)));
      assertEquals(said(events), ["a\ufeffb", "done"], `split at ${at}`);
    }
  }
});

Deno.test("readChatEvents() cancels the body when nobody reads on", async () => {
  const { body, seen } = watched([TEXT.slice(0, 1500), TEXT.slice(1500)]);
  for await (const { event } of readChatEvents(body)) {
    if (event === "conversation.message.delta") break;
  }
  assertEquals(seen, { pulls: 1, cancelled: true });
  assert(!body.locked);
});

Deno.test("readChatEvents() takes no harm from a body that cannot be cancelled", async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(utf8.encode(`${TEXT}\n\n`)),
    cancel: () => Promise.reject(new TypeError("cannot")),
  });
  assertEquals((await outcomeOf(body)).events.length, 8);
});

Deno.test("readChatEvents() gives each event an object of its own", async () => {
  const created = frame("conversation.chat.created", chatJson());
  const failed = frame("conversation.chat.failed", { code: 5000, msg: "x" });
  const events = [];
  for await (const event of readChatEvents(bodyOf(created, created, failed))) {
    events.push(structuredClone(event));
    if ("chat" in event) Object.assign(event.chat, { id: "changed" }).usage!.tokenCount = 9;
  }
  const chats = events.map((event) => "chat" in event && [event.chat.id, event.chat.usage]);
  assertEquals(chats[1], chats[0]);
  assertEquals(chats[2], chats[0]);
});
