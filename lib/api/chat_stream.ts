// deno-lint-ignore no-import-prefix -- an import map does not reach those who import by URL
import { createParser } from "npm:eventsource-parser@4.1.3";
import { CozeError, type ErrorDetails } from "../error.ts";
import {
  abortError,
  type Call,
  type HttpResponse,
  interrupted,
  logIdOf,
  networkError,
  tooLarge,
} from "../http.ts";
import { type Json, parseObject } from "../json.ts";
import { errorNumber, readServerAnswer, wordsOf } from "../server_answer.ts";
import type { Origin } from "./api.ts";
import { codeOfNumber } from "./api_errors.ts";
import { readChat, readMessage } from "./chat_json.ts";
import type { ChatEvent } from "./chat_types.ts";

/** Most characters of one event. */
const MAX_EVENT_SIZE = 1024 * 1024;
/** Most bytes of a whole stream, unpacked. */
const MAX_STREAM_BYTES = 256 * 1024 * 1024;

/** How long `done` may take after the end of the chat; after a failed chat it never comes. */
const DONE_TIMEOUT_MS = 5_000;

/** How far a stream was read. */
interface Progress extends Origin {
  response: HttpResponse;
  /** The number of events. */
  events: number;
  /** The chat as Coze sent it last. */
  chat?: Json;
  /** Whether the chat has ended, or waits for the user. */
  isFinal: boolean;
}

/**
 * Reads the events of a chat, until `done` or until the body ends after the end of the chat. The
 * body is cancelled at the end, also when the reader stops early.
 */
export async function* readChatStream(
  response: HttpResponse,
  call: Call,
): AsyncGenerator<ChatEvent> {
  const { status, request, request: { bearer } } = response;
  const logId = logIdOf(response);
  const progress: Progress = { response, logId, bearer, events: 0, isFinal: false };
  const readChunk = createChunkReader(progress);
  const reader = (response.body ?? new Blob().stream()).getReader();
  // Ends a read that waits, also when the body ignores the signal.
  const stop = () => reader.cancel().catch(() => {});
  call.signal.addEventListener("abort", stop);
  if (call.signal.aborted) stop();
  let doneTimer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (let isOpen = true; isOpen;) {
      const { value: chunk } = await reader.read();
      if (call.isOver()) throw abortError(call, request.url.host);
      isOpen = chunk !== undefined;
      const { events, error } = readChunk(chunk);
      for (const event of events) {
        yield event;
        if (event.event === "done") return;
        // The deadline drops no event that has arrived, the caller's signal does.
        if (call.signal.aborted && !call.timeout.aborted) throw interrupted();
      }
      if (error) throw error;
      if (progress.isFinal) doneTimer ??= setTimeout(stop, DONE_TIMEOUT_MS);
    }
    if (!progress.isFinal) throw lost(progress);
  } catch (error) {
    const known = networkError(error, request, call);
    if (known.server || known.code === "interrupted") throw known;
    const isBroken = known !== error && !call.signal.aborted;
    // Nothing is missing after the end of the chat.
    if (progress.isFinal && (isBroken || known.code === "timeout")) return;
    const { code, message, details } = isBroken ? lost(progress, known.details.reason) : known;
    throw new CozeError(code, message, details, { status, logId });
  } finally {
    clearTimeout(doneTimer);
    call.signal.removeEventListener("abort", stop);
    stop();
  }
}

/**
 * Creates the function that turns the body into events. It takes a chunk, or nothing at the end of
 * the body, and gives the events and the error that follows them, if any.
 */
function createChunkReader(
  progress: Progress,
): (chunk?: Uint8Array) => { events: ChatEvent[]; error?: unknown } {
  const { response } = progress;
  let events: ChatEvent[] = [];
  let isOpen = true;
  let isStart = true;
  let isLineStart = true;
  let size = 0;
  // A decoder that removes the byte order mark does so in each chunk.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parser = createParser({
    maxBufferSize: MAX_EVENT_SIZE,
    onEvent({ event: name = "", data }) {
      const event = isOpen ? readEvent(name, data, progress) : readLastEvent(name, data, progress);
      if (!event) return;
      progress.events++;
      events.push(event);
    },
    onError({ type }) {
      if (type !== "max-buffer-size-exceeded") return;
      const what = `an event of over ${MAX_EVENT_SIZE} characters`;
      throw tooLarge(what, MAX_EVENT_SIZE, response);
    },
  });

  /** Feeds text to the parser. A refusal can come as bare JSON: it becomes the data of an event. */
  function feed(text: string): void {
    if (text === "") return;
    const line = isStart ? text.replace(/^\ufeff/, "") : text;
    const framed = isLineStart && line.startsWith("{") ? `data:${line}` : line;
    parser.feed(framed.replaceAll("\n{", "\ndata:{").replaceAll("\r{", "\rdata:{"));
    isLineStart = line === "" || line.endsWith("\n") || line.endsWith("\r");
    isStart = false;
  }

  return (chunk) => {
    events = [];
    isOpen = chunk !== undefined;
    size += chunk?.length ?? 0;
    try {
      // The last event can lack the blank line that ends it.
      feed(chunk ? decoder.decode(chunk, { stream: true }) : "\n\n");
      if (size <= MAX_STREAM_BYTES) return { events };
      const what = `a stream of over ${MAX_STREAM_BYTES} bytes`;
      throw tooLarge(what, MAX_STREAM_BYTES, response);
    } catch (error) {
      return { events, error };
    }
  };
}

/** Reads one event. Source: Coze's page chat_v3, and the test data of coze-py. */
function readEvent(name: string, data: string, progress: Progress): ChatEvent {
  switch (name) {
    case "conversation.message.delta":
    case "conversation.message.completed":
    case "conversation.audio.delta":
      return { event: name, message: readMessage(parseObject(data)) };
    case "conversation.chat.created":
    case "conversation.chat.in_progress":
    case "conversation.chat.completed":
    case "conversation.chat.failed":
    case "conversation.chat.requires_action": {
      const json = parseObject(data);
      const chatJson = name.endsWith(".failed") ? failedChat(json, progress) : json;
      const chat = readChat(chatJson, progress);
      progress.chat = chatJson;
      progress.isFinal = !/\.(?:created|in_progress)$/.test(name);
      return { event: name, chat };
    }
    case "done":
      return { event: name };
    case "error":
      throw reportedError(parseObject(data) ?? { msg: data }, progress);
    case "": {
      const json = parseObject(data);
      if (json && errorNumber(json["code"]) !== undefined) throw reportedError(json, progress);
    }
  }
  return { event: "unknown", name, data };
}

/** Reads the last event, which may be cut off; `undefined` if it is, or if its name is unknown. */
function readLastEvent(name: string, data: string, progress: Progress): ChatEvent | undefined {
  try {
    const event = readEvent(name, data, progress);
    return event.event === "unknown" ? undefined : event;
  } catch (error) {
    if (parseObject(data)) throw error;
    return undefined;
  }
}

/** The documentation of a failed chat shows `{code, msg}`; real streams send a whole chat. */
function failedChat(json: Json | undefined, progress: Progress): Json | undefined {
  if (!json) return undefined;
  if (json["id"] !== undefined || errorNumber(json["code"]) === undefined) {
    return { ...json, status: "failed" };
  }
  // Without a chat before it, the failure cannot say which chat it was.
  if (!progress.chat) throw reportedError(json, progress);
  return { ...progress.chat, status: "failed", "last_error": json };
}

/** The error that Coze reports in the stream. */
function reportedError(json: Json, progress: Progress): CozeError {
  const server = readServerAnswer(progress.response, json, true);
  const code = server.code ? codeOfNumber(server.code, server.message, true) : "server-fault";
  const words = wordsOf(server);
  const message = `Coze reports an error in the stream${words && `: ${words}`}`;
  return new CozeError(code, message, detailsOf(progress), server);
}

function lost(progress: Progress, reason?: string | number): CozeError {
  const { events, logId, response: { status } } = progress;
  const message = `The connection was lost after ${events} events, before the chat's end`;
  const details = reason ? { ...detailsOf(progress), reason } : detailsOf(progress);
  return new CozeError("connection-lost", message, details, { status, logId });
}

function detailsOf({ events, chat }: Progress): ErrorDetails {
  if (!chat) return { events };
  const { id, conversationId } = readChat(chat);
  return { events, chatId: id, conversationId };
}
