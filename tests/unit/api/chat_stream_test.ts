import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import type { ChatEvent } from "../../../lib/api/chat_types.ts";
import { AUDIO, BARE_JSON, FAILED, SAMPLES, TEXT, WORKFLOW } from "../../testing/stream_samples.ts";
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
const DELTA = frame("conversation.message.delta", messageJson());
const contents = (events: ChatEvent[]) =>
  events.map((event) => "message" in event ? event.message.content : event.event);

Deno.test("readChatStream() reads Coze's streams of text, voice, a workflow and a failure", async () => {
  const text = await outcomeOf(bodyOf(TEXT));
  assertEquals(text.error, undefined);
  const [created, started, two, day, stop, answer, completed, done] = text.events;
  const ids = { conversationId: "7381473525342978089", botId: "7379462189365198898" };
  const chat = { id: "7382159487131697202", ...ids };
  const message = { id: "7382159494123470858", chatId: chat.id, ...ids };
  const usage = { tokenCount: 633, outputCount: 19, inputCount: 614 };
  const absent = { lastError: undefined, requiredAction: undefined, logId: undefined };
  assertEquals(day, {
    event: "conversation.message.delta",
    message: {
      ...message,
      role: "assistant",
      type: "answer",
      content: "星期三",
      contentType: "text",
    },
  });
  assertEquals(completed, {
    event: "conversation.chat.completed",
    chat: { ...chat, status: "completed", usage, ...absent },
  });
  assertEquals(contents([created!, started!, two!, stop!, answer!, done!]), [
    ...["conversation.chat.created", "conversation.chat.in_progress", "2", "。"],
    ...["2024 年 10 月 1 日是星期三。", "done"],
  ]);
  const failed = await outcomeOf(bodyOf(FAILED));
  assert(failed.events[0] && "chat" in failed.events[0]);
  const { status, lastError } = failed.events[0].chat;
  assertEquals([status, lastError?.message], ["failed", "event interval error"]);
  assertEquals([failed.events.length, failed.error], [1, undefined]);
  // The voice comes after the chat's end.
  const last = ["conversation.chat.completed", "conversation.audio.delta", "done"];
  const audio = await outcomeOf(bodyOf(AUDIO));
  assertEquals(audio.events.map(({ event }) => event).slice(-3), last);
  const { events: [first, ...rest] } = await outcomeOf(bodyOf(WORKFLOW));
  assertEquals([first && "chat" in first && first.chat.botId, rest.length], ["", 4]);
});

/** The same stream in the forms that a server may use. */
function formsOf(sample: string): Record<string, string> {
  const tight = sample.replace(/^(event|data): /gm, "$1:");
  const wide = tight.replace(/^(event|data):/gm, "$1: ");
  return {
    "LF": tight,
    "CR, spaces": wide.replaceAll("\n", "\r"),
    "BOM, CRLF": `\ufeff${tight.replaceAll("\n", "\r\n")}`,
  };
}

const BOM_IN_TEXT = frame("conversation.message.delta", messageJson({ "content": "a\ufeff{b" }));
const STREAMS = {
  ...SAMPLES,
  BARE_LINE: `${BARE_JSON}\n`,
  BARE_LATER: `${frame("conversation.chat.created", chatJson())}${DELTA}${BARE_JSON}`,
  BARE_LINE_LATER: `${DELTA}${BARE_JSON}\n`,
  BOM_IN_TEXT: BOM_IN_TEXT + frame("done", ""),
  CUT_OFF: TEXT.slice(0, 1500),
};

Deno.test("readChatStream() gives the same events in each form, split at each byte", async () => {
  for (const [name, sample] of Object.entries(STREAMS)) {
    const expected = await outcomeOf(bodyOf(sample));
    for (const [form, text] of Object.entries(formsOf(sample))) {
      const bytes = utf8.encode(text);
      for (let at = 0; at <= bytes.length; at++) {
        const outcome = await outcomeOf(bodyOf(bytes.subarray(0, at), bytes.subarray(at)));
        assertEquals(outcome, expected, `${name}, ${form}, split at ${at}`);
      }
      const single = bodyOf(...[...bytes].map((byte) => Uint8Array.of(byte)));
      assertEquals(await outcomeOf(single), expected, `${name}, ${form}, byte by byte`);
    }
  }
  const { events } = await outcomeOf(bodyOf(STREAMS.BOM_IN_TEXT));
  assertEquals(contents(events), ["a\ufeff{b", "done"]);
});

Deno.test("readChatStream() ends with done, whatever its data", async () => {
  for (const data of ['"[DONE]"', "[DONE]", '{"debug_url":"https://a"}', "", "{}"]) {
    for (const after of [DELTA, frame("error", { code: 1 })]) {
      const { body, seen } = watched([frame("done", data) + after, after]);
      assertEquals(await outcomeOf(body), { events: [{ event: "done" }] }, data);
      assertEquals(seen, { pulls: 1, cancelled: true });
    }
  }
});

Deno.test("readChatStream() ends with the body after a final event, without done", async () => {
  for (const end of ["completed", "failed", "requires_action"]) {
    const last = frame(`conversation.chat.${end}`, chatJson({ status: end }));
    // Nothing is missing, however the connection ends.
    for (const rest of [[], ["event:done\n"], [DELTA.slice(0, 60)], [new TypeError("reset")]]) {
      const { events, error } = await outcomeOf(bodyOf(last, ...rest));
      assertEquals([events.length, error], [1, undefined], end);
    }
    assertEquals((await outcomeOf(bodyOf(last.trimEnd()))).events.length, 1);
  }
});

Deno.test("readChatStream() passes on unknown events, and drops unknown members", async () => {
  const text = frame("conversation.brand.new", "no JSON") +
    "data: x\n\n: a comment\nid: 7\nfoo\n\n" +
    frame("conversation.message.delta", messageJson({ "section_id": "1", "new": {} })) +
    frame("done", "");
  const { events } = await outcomeOf(bodyOf(text));
  assertEquals(events.slice(0, 2), [
    { event: "unknown", name: "conversation.brand.new", data: "no JSON" },
    { event: "unknown", name: "", data: "x" },
  ]);
  assertEquals(contents(events.slice(2)), ["星期三", "done"]);
});

Deno.test("readChatStream() cancels the body when the reader stops early", async () => {
  const { body, seen } = watched([TEXT.slice(0, 1500), TEXT.slice(1500)]);
  for await (const { event } of chatEvents(body)) {
    if (event === "conversation.message.delta") break;
  }
  assertEquals(seen, { pulls: 1, cancelled: true });
});

Deno.test("readChatStream() gives no event after its signal, and each after its deadline", async () => {
  for (const code of ["interrupted", "timeout"]) {
    const controller = new AbortController();
    const options = code === "timeout" ? { timeoutMs: 5 } : { signal: controller.signal };
    const { body } = watched([`${TEXT}\n\n`]);
    const seen: string[] = [];
    const read = async () => {
      for await (const { event } of chatEvents(body, options)) {
        seen.push(event);
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    if (code === "timeout") await read();
    else await assertRejects(read, CozeError, "interrupted");
    assertEquals(seen.at(-1), code === "timeout" ? "done" : "conversation.chat.created");
  }
});

Deno.test("readChatStream() ignores that a body cannot be cancelled", async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(utf8.encode(`${TEXT}\n\n`)),
    cancel: () => Promise.reject(new TypeError("cannot")),
  });
  assertEquals((await outcomeOf(body)).events.length, 8);
});

Deno.test("readChatStream() takes the failed chat from the events before", async () => {
  const created = frame("conversation.chat.created", chatJson());
  const failed = frame("conversation.chat.failed", { code: 5000, msg: "event interval error" });
  const events: ChatEvent[] = [];
  for await (const event of chatEvents(bodyOf(created, created, failed))) {
    events.push(structuredClone(event));
    // Each event has its own objects.
    if ("chat" in event) Object.assign(event.chat, { id: "changed" }).usage!.tokenCount = 9;
  }
  const [first, second, last] = events;
  assert(first && "chat" in first);
  assertEquals(second, first);
  const lastError = { code: "5000", message: "event interval error" };
  const chat = { ...first.chat, status: "failed", lastError };
  assertEquals<unknown>(last, { event: "conversation.chat.failed", chat });
  const alone = await outcomeOf(bodyOf(failed));
  assertEquals([alone.events, alone.error?.code], [[], "model-fault"]);
});
