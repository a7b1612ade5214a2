import { CozeError } from "../error.ts";
import { quote } from "../redact.ts";
import { detailsOf, type StreamState } from "./chat_event.ts";
import type { ChatEvent } from "./chat_events.ts";
import { createEventReader } from "./event_reader.ts";

/** How much of a stream is read. */
export interface StreamLimits {
  /** Most bytes of one line, and of the data of one event. @default {1 MiB} */
  maxLineBytes?: number;
  /** Most bytes of the whole stream, unpacked. @default {256 MiB} */
  maxBytes?: number;
}

/** How a stream is read, and which answer it is the body of. */
export interface StreamOptions extends StreamLimits {
  /** HTTP status of the answer, for errors. @default {200} */
  status?: number;
  /** `X-Tt-Logid` of the answer, for errors. */
  logId?: string;
  /** Ends the reading, also of a body that knows nothing of it. */
  signal?: AbortSignal;
}

const MIB = 1024 * 1024;

/**
 * Reads the events of a chat from the body of an answer. The body is cancelled at the end, whether
 * that is `done`, an error, or that nobody reads on.
 *
 * @param body The body.
 * @param options Caps, and the answer it is the body of.
 * @returns The events, until `done` or until the body ends behind the end of the chat.
 * @throws {CozeError} `answer-invalid`, `answer-too-large`; `connection-lost` when the body ends
 *   before the chat does; what Coze reports in the stream, by its number. A `CozeError` of the body
 *   comes through as it is, and so does the abort by a signal.
 */
export async function* readChatEvents(
  body: ReadableStream<Uint8Array>,
  options: StreamOptions = {},
): AsyncGenerator<ChatEvent> {
  const { status = 200, logId, signal, maxLineBytes = MIB, maxBytes = 256 * MIB } = options;
  const state: StreamState = { status, logId, events: 0, isFinal: false, isDone: false };
  const take = createEventReader(state, { maxLineBytes, maxBytes });
  const reader = body.getReader();
  // A read that waits ends by that, with nothing more to be had.
  const stop = () => reader.cancel(signal!.reason).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    while (true) {
      const { chunk, reason } = await nextChunk(reader);
      signal?.throwIfAborted();
      const { events, error } = take(chunk);
      for (const event of events) yield event;
      if (error !== undefined) throw error;
      if (state.isDone || (!chunk && state.isFinal)) return;
      if (!chunk) throw lost(state, reason);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Whatever becomes of that is of no interest to who has read enough.
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** The next bytes; nothing at the end, with the reason when there is one. */
async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ chunk?: Uint8Array; reason?: string }> {
  try {
    return { chunk: (await reader.read()).value };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: "", message: "" };
    // The signal is the caller's, and so are its words.
    if (error instanceof CozeError || /^(?:Abort|Timeout)Error$/.test(name)) throw error;
    return { reason: quote(message) };
  }
}

function lost(state: StreamState, reason = ""): CozeError {
  const message = `The connection was lost after ${state.events} events, before the chat's end`;
  const details = { ...detailsOf(state), ...(reason && { reason }) };
  const { status, logId } = state;
  return new CozeError("connection-lost", message, details, { status, ...(logId && { logId }) });
}
