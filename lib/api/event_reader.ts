import { CozeError } from "../error.ts";
import { readChatEvent, type StreamState } from "./chat_event.ts";
import type { ChatEvent } from "./chat_events.ts";
import { createParser } from "./eventsource_parser.ts";
import { createLineLimit } from "./line_limit.ts";

/** What came out of some bytes: events, and the fault behind them. */
export interface Taken {
  events: ChatEvent[];
  /** `answer-invalid`, `answer-too-large`, or what Coze reports in the stream. */
  error?: unknown;
}

/**
 * Makes what turns bytes into events.
 *
 * @param state What is known of the stream; it is brought up to date.
 * @param limits Most bytes of one line (and of the data of one event), and of the whole.
 * @returns Takes the chunks in their order, and at last nothing. After an error it takes no more.
 */
export function createEventReader(
  state: StreamState,
  { maxLineBytes, maxBytes }: { maxLineBytes: number; maxBytes: number },
): (chunk?: Uint8Array) => Taken {
  let events: ChatEvent[] = [];
  let size = 0;
  let isStart = true;
  let isLineStart = true;
  let isEnd = false;
  // Deno's decoder would take a BOM from the beginning of each chunk, also within a text.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const isShort = createLineLimit(maxLineBytes);
  const parser = createParser({
    maxBufferSize: maxLineBytes,
    onEvent({ event: name = "", data }) {
      if (state.isDone) return;
      const event = readChatEvent(name, data, state);
      // Nobody could tell whether it was cut off.
      if (event.event === "unknown" && isEnd) return;
      state.events++;
      events.push(event);
    },
    onError({ type }) {
      if (type === "max-buffer-size-exceeded") throw tooLarge("an event", maxLineBytes);
    },
  });

  function feed(text: string): void {
    if (text === "") return;
    parser.feed(framed(isStart ? text.replace(/^\ufeff/, "") : text, isLineStart));
    isLineStart = text.endsWith("\n") || text.endsWith("\r") || (isStart && text === "\ufeff");
    isStart = false;
  }

  function take(chunk: Uint8Array): void {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge("a stream", maxBytes);
    if (!isShort(chunk)) throw tooLarge("a line", maxLineBytes);
    feed(decoder.decode(chunk, { stream: true }));
  }

  /** The last event may lack the blank line that ends it. */
  function takeEnd(): void {
    isEnd = true;
    try {
      parser.feed("\n\n");
    } catch (error) {
      // Data that is no JSON was cut off: it is the rest of the stream that is missing.
      if (!(error instanceof CozeError) || error.details.member !== "data") throw error;
    }
  }

  return (chunk) => {
    events = [];
    try {
      if (chunk) take(chunk);
      else takeEnd();
      return { events };
    } catch (error) {
      return { events, error };
    }
  };
}

/** A refusal may come as bare JSON, which is no event: it is made the data of one. */
function framed(text: string, isLineStart: boolean): string {
  const field = isLineStart && text.startsWith("{") ? "data:" : "";
  // Nearly always there is nothing to replace, which this finds out faster than a pattern would.
  return field + text.replaceAll("\n{", "\ndata:{").replaceAll("\r{", "\rdata:{");
}

function tooLarge(what: string, limit: number): CozeError {
  return new CozeError("answer-too-large", `Cannot read ${what} of over ${limit} bytes`, { limit });
}
