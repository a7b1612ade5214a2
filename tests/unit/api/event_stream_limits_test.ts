import { assert, assertEquals } from "@std/assert";
import { readChatEvents } from "../../../lib/api/event_stream.ts";
import { createLineLimit } from "../../../lib/api/line_limit.ts";
import { chatJson, frame, messageJson, outcomeOf, watched } from "../../testing/streams.ts";

const utf8 = new TextEncoder();
const MIB = 1024 * 1024;
const KIB64 = 64 * 1024;

/** The same chunk for ever, behind another one. */
function* endless(first: string, chunk: Uint8Array): Generator<string | Uint8Array> {
  yield first;
  while (true) yield chunk;
}

Deno.test("readChatEvents() gives up on a line without end (security 8)", async () => {
  // Empty lines of data count one character each for the five bytes they have.
  const rows: [what: string, first: string, piece: string, mostMiB: number][] = [
    ["a line of data", "event:conversation.message.delta\ndata:", "a", 1],
    ["data in Chinese", "data:", "扣", 1],
    ["a line that is no field", "", "a", 1],
    ["bare JSON", "", "{", 1],
    ["a comment", ":", "a", 1],
    ["an event of many lines", "", "data:aaaaaaaaaaa\n", 2],
    ["an event of many empty lines", "", "data\r", 6],
  ];
  for (const [what, first, piece, mostMiB] of rows) {
    const chunk = utf8.encode(piece.repeat(KIB64 / utf8.encode(piece).length));
    const { body, seen } = watched(endless(first, chunk));
    const { events, error } = await outcomeOf(body);
    assertEquals([events, error?.code], [[], "answer-too-large"], what);
    assertEquals(error?.details, { limit: MIB }, what);
    assert(seen.cancelled, `${what}: the rest is not read`);
    assert(seen.pulls <= mostMiB * 16 + 2, `${what}: ${seen.pulls} chunks of 64 KiB were read`);
  }
});

Deno.test("readChatEvents() takes a line of the limit and no byte more (security 8)", async () => {
  const last = frame("conversation.chat.completed", chatJson());
  const longest = (bytes: number) => {
    const line = `data:${JSON.stringify(messageJson({ "content": "" }))}`;
    const content = "a".repeat(bytes - line.length);
    return frame("conversation.message.delta", messageJson({ content }));
  };
  for (const maxLineBytes of [MIB, 700]) {
    for (const size of [1000, 100_000, 4 * MIB]) {
      for (const excess of [0, 1]) {
        const bytes = utf8.encode(longest(maxLineBytes + excess) + last);
        const chunks = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        const { body, seen } = watched(chunks);
        const { events, error } = await outcomeOf(body, { maxLineBytes });
        assertEquals(error?.details, excess ? { limit: maxLineBytes } : undefined);
        assertEquals(events.length, excess ? 0 : 2);
        assert(seen.cancelled || !excess);
      }
    }
  }
});

Deno.test("createLineLimit() counts a line the same however it is cut, by any end", () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    for (const [text, expected] of [[`12345${end}1${end}12345`, true], [`1${end}123456`, false]]) {
      const bytes = utf8.encode(text as string);
      for (let at = 0; at <= bytes.length; at++) {
        for (let to = at; to <= bytes.length; to++) {
          const takes = createLineLimit(5);
          const cuts = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
          assertEquals(cuts.every((cut) => takes(cut)), expected, `${at}, ${to}`);
        }
      }
    }
  }
});

Deno.test("readChatEvents() reads maxBytes and no byte more (security 8)", async () => {
  const delta = frame("conversation.message.delta", messageJson());
  const last = frame("conversation.chat.completed", chatJson());
  const maxBytes = utf8.encode(delta.repeat(9) + last).length;
  for (const [rest, details] of [[[], undefined], [["\n"], { limit: maxBytes }]] as const) {
    const { body, seen } = watched([...Array(9).fill(delta), last, ...rest]);
    const { events, error } = await outcomeOf(body, { maxBytes });
    assertEquals([events.length, error?.details], [10, details]);
    assertEquals(seen, { pulls: 11, cancelled: details !== undefined });
  }
});

Deno.test("readChatEvents() keeps nothing of a long stream (security 8)", async () => {
  const delta = utf8.encode(frame("conversation.message.delta", messageJson()));
  const chunk = new Uint8Array(16 * delta.length);
  for (let at = 0; at < chunk.length; at += delta.length) chunk.set(delta, at);
  const { body } = watched(endless("", chunk));
  const used: number[] = [];
  let count = 0;
  for await (const { event } of readChatEvents(body)) {
    assertEquals(event, "conversation.message.delta");
    if (++count % 10_000 === 0) used.push(Deno.memoryUsage().heapUsed);
    if (count === 200_000) break;
  }
  // 50 MB went through; what is not collected yet comes and goes.
  const growth = Math.max(...used.slice(10)) - Math.max(...used.slice(0, 10));
  assert(growth < 16 * MIB, `${used.map((bytes) => Math.round(bytes / MIB))} MiB`);
});
