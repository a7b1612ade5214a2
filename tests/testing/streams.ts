import { readChatStream } from "../../lib/api/chat_stream.ts";
import type { ChatEvent } from "../../lib/api/chat_types.ts";
import { CozeError } from "../../lib/error.ts";
import { type RequestOptions, startCall } from "../../lib/http.ts";
import { httpResponse } from "./http_response.ts";

const utf8 = new TextEncoder();

/** The response a stream belongs to, and how it is read. */
export interface StreamOptions extends Pick<RequestOptions, "signal" | "timeoutMs"> {
  /** HTTP status. */
  status?: number;
  /** The header `X-Tt-Logid`. */
  logId?: string;
  /** The token of the request. */
  bearer?: string;
}

/** Reads the events of a chat from a body. */
export function chatEvents(
  body: ReadableStream<Uint8Array>,
  { status = 200, logId, bearer, ...options }: StreamOptions = {},
): AsyncGenerator<ChatEvent> {
  const headers = {
    "content-type": "text/event-stream",
    ...(logId !== undefined && { "x-tt-logid": logId }),
  };
  return readChatStream(httpResponse({ status, headers, body, bearer }), startCall(options));
}

/** What came out of a stream. */
export interface StreamOutcome {
  events: ChatEvent[];
  /** The error it ended with. */
  error?: { code: string; message: string; details: unknown; server?: unknown };
}

/** Reads a stream to its end. Any error except a CozeError is thrown. */
export async function outcomeOf(
  body: ReadableStream<Uint8Array>,
  options?: StreamOptions,
): Promise<StreamOutcome> {
  const events: ChatEvent[] = [];
  try {
    for await (const event of chatEvents(body, options)) events.push(event);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, message, details, server } = error;
    return { events, error: { code, message, details, ...(server && { server }) } };
  }
  return { events };
}

/** A body of these chunks. An error among them breaks the body there. */
export function bodyOf(...chunks: (string | Uint8Array | Error)[]): ReadableStream<Uint8Array> {
  return watched(chunks).body;
}

/** The same, with the number of chunks that were read and whether the body was cancelled. */
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

/** One event as Coze writes it. */
export function frame(name: string, data: unknown): string {
  return `event:${name}\ndata:${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** A message as Coze sends it, with changed members; `undefined` removes one. */
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

/** A chat as Coze sends it, with changed members. */
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
