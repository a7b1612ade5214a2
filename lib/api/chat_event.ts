import { CozeError, type ErrorDetails, type ServerAnswer } from "../error.ts";
import { quote } from "../redact.ts";
import { parseObject } from "../token_response.ts";
import type { Chat, ChatEvent } from "./chat_events.ts";
import { readChat, readErrorNumber, readMessage } from "./chat_objects.ts";
import { codeOfNumber } from "./verdict.ts";

/** How far a stream has been read, and which answer it is the body of. */
export interface StreamState {
  /** HTTP status of the answer. */
  status: number;
  /** `X-Tt-Logid` of the answer. */
  logId?: string;
  /** How many events there were. */
  events: number;
  /** The chat, as Coze told it last. */
  chat?: Record<string, unknown>;
  /** Whether the chat has ended, or waits for somebody: only a few words may follow. */
  isFinal: boolean;
  /** Whether nothing follows. */
  isDone: boolean;
}

/**
 * Reads one event of a chat. Source: Coze's page chat_v3, and the test data of coze-py.
 *
 * @param name Its name; empty when it has none.
 * @param data Its data.
 * @param state What is known so far; it is brought up to date.
 * @returns The event.
 * @throws {CozeError} `answer-invalid`, or what the number of an error means.
 */
export function readChatEvent(name: string, data: string, state: StreamState): ChatEvent {
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
      const json = chatOf(name, parseObject(data), state);
      const told = readChat(json, state.logId);
      // The name of the event counts, whatever the status in it.
      const failed = name === "conversation.chat.failed";
      const chat: Chat = failed ? { ...told, status: "failed" } : told;
      state.chat = json;
      state.isFinal = !/\.(?:created|in_progress)$/.test(name);
      return { event: name, chat };
    }
    case "done":
      state.isDone = true;
      return { event: name };
    case "error":
      throw reported(parseObject(data) ?? { msg: data }, state);
    case "": {
      const json = parseObject(data);
      if (json && readErrorNumber(json["code"]) !== undefined) throw reported(json, state);
    }
  }
  return { event: "unknown", name, data };
}

/** Real streams fail with a whole chat; in Coze's documentation it is `{code, msg}`. */
function chatOf(
  name: string,
  json: Record<string, unknown> | undefined,
  state: StreamState,
): Record<string, unknown> | undefined {
  const isBare = json?.["id"] === undefined && readErrorNumber(json?.["code"]) !== undefined;
  if (!json || !isBare || name !== "conversation.chat.failed") return json;
  // Nobody could say which chat it was that failed.
  if (!state.chat) throw reported(json, state);
  return { ...state.chat, status: "failed", "last_error": json };
}

/** The error that Coze reports in the place of an event. */
function reported(json: Record<string, unknown>, state: StreamState): CozeError {
  const { detail } = json as { detail?: { logid?: unknown } | null };
  const code = readErrorNumber(json["code"]);
  const message = typeof json["msg"] === "string" ? quote(json["msg"]) : "";
  const logId = state.logId ?? detail?.logid;
  const server: ServerAnswer = {
    status: state.status,
    ...(code !== undefined && { code }),
    ...(message !== "" && { message }),
    ...(typeof logId === "string" && logId !== "" && { logId: quote(logId, 64) }),
  };
  const words = [code, message].filter(Boolean).join(" ");
  return new CozeError(
    code === undefined ? "server-fault" : codeOfNumber(code, true) ?? "model-fault",
    `Coze reports an error in the stream${words && `: ${words}`}`,
    detailsOf(state),
    server,
  );
}

/**
 * How far a stream has come, for an error.
 *
 * @param state What is known.
 * @returns The number of events, and the ids of the chat and its conversation once they were told.
 */
export function detailsOf({ events, chat }: StreamState): ErrorDetails {
  if (!chat) return { events };
  const { id, conversationId } = readChat(chat);
  return { events, chatId: quote(id, 64), conversationId: quote(conversationId, 64) };
}
