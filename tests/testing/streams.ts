import type { ChatEvent } from "../../lib/api/chat_events.ts";
import { readChatEvents, type StreamOptions } from "../../lib/api/event_stream.ts";
import { CozeError } from "../../lib/error.ts";

const utf8 = new TextEncoder();

/** What came out of a stream. */
interface StreamOutcome {
  events: ChatEvent[];
  /** What it ended with, when that was an error. */
  error?: { code: string; message: string; details: unknown; server?: unknown };
}

/** Reads a stream to its end. Whatever it throws but a CozeError is thrown. */
export async function outcomeOf(
  body: ReadableStream<Uint8Array>,
  options?: StreamOptions,
): Promise<StreamOutcome> {
  const events: ChatEvent[] = [];
  try {
    for await (const event of readChatEvents(body, options)) events.push(event);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, message, details, server } = error;
    return { events, error: { code, message, details, ...(server && { server }) } };
  }
  return { events };
}

/** A body of these chunks; an error among them is what its reading rejects with. */
export function bodyOf(...chunks: (string | Uint8Array | Error)[]): ReadableStream<Uint8Array> {
  return watched(chunks).body;
}

/** The same, telling what became of it. */
export function watched(chunks: Iterable<string | Uint8Array | Error>) {
  const seen = { pulls: 0, cancelled: false };
  const rest = chunks[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = rest.next();
      seen.pulls++;
      if (done) controller.close();
      else if (value instanceof Error) controller.error(value);
      else controller.enqueue(typeof value === "string" ? utf8.encode(value) : value);
    },
    cancel() {
      seen.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, seen };
}

/** The frame of an event. */
export function frame(name: string, data: unknown): string {
  return `event:${name}\ndata:${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** A message in Coze's words, with members changed; `undefined` takes one away. */
export function messageJson(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    "id": "7382159494123470858",
    "conversation_id": "7381473525342978089",
    "bot_id": "7379462189365198898",
    "role": "assistant",
    "type": "answer",
    "content": "星期三",
    "content_type": "text",
    "chat_id": "7382159487131697202",
    ...changes,
  };
}

/** A chat in Coze's words, with members changed. */
export function chatJson(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    "id": "7382159487131697202",
    "conversation_id": "7381473525342978089",
    "bot_id": "7379462189365198898",
    "status": "created",
    "last_error": { "code": 0, "msg": "" },
    "usage": { "token_count": 3, "output_count": 1, "input_count": 2 },
    ...changes,
  };
}
