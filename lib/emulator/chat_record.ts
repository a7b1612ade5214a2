import type { BotAnswer } from "./bot_answer.ts";
import type { JsonObject } from "./exchange.ts";
import type { ChatMessage } from "./messages.ts";
import { toSeconds } from "./world.ts";

/** One chat 对话: what was asked, and the answer that is being given. */
export interface Chat {
  id: string;
  conversationId: string;
  sectionId: string;
  botId: string;
  /** Milliseconds since the epoch, here and below. */
  createdAt: number;
  durationMs: number;
  /** When its stream came to its end, which may be before the clock says so. */
  endedAt?: number;
  isCanceled: boolean;
  /** Whether the conversation remembers it. */
  isSaved: boolean;
  metaData: JsonObject;
  /** What was sent along with it. */
  messages: readonly ChatMessage[];
  answer: BotAnswer;
  /** What the bot had to read and what it wrote, in characters: the emulator has no tokens. */
  inputCount: number;
  outputCount: number;
  /** The ids of the messages that {@linkcode answerMessages} makes. */
  messageIds: readonly string[];
}

/** How a chat stands, by Coze's names. */
export type ChatStatus = "created" | "in_progress" | "completed" | "failed" | "canceled";

const NOT_USED = { token_count: 0, output_count: 0, input_count: 0 };
/** Code and text of a failed chat that was seen, in coze-py's test data. */
const DEFAULT_ERROR = { code: 5000, msg: "event interval error" };
/** Seen, in coze-py's test data. */
const FINISH = JSON.stringify({
  msg_type: "generate_answer_finish",
  data: JSON.stringify({ finish_reason: 0, FinData: "" }),
  from_module: null,
  from_unit: null,
});

/**
 * Tells how a chat stands: by the clock, unless it was canceled or its stream has ended.
 *
 * @param chat The chat.
 * @param time The emulator's clock.
 * @returns Its status.
 */
export function statusAt(chat: Chat, time: number): ChatStatus {
  if (chat.isCanceled) return "canceled";
  if (time < (chat.endedAt ?? chat.createdAt + chat.durationMs)) return "in_progress";
  const { end } = chat.answer;
  return end === "failed" || end === "error" ? "failed" : "completed";
}

/**
 * Tells why a chat fails.
 *
 * @param chat The chat.
 * @returns Coze's number and words.
 */
export function errorOf({ answer }: Chat): { code: number; msg: string } {
  return answer.error ?? DEFAULT_ERROR;
}

/**
 * Shows a chat as the events of a stream do, which have all members in every status.
 *
 * @param chat The chat.
 * @param status Its status.
 * @returns The members by Coze's names.
 */
export function showChatInStream(chat: Chat, status: ChatStatus): JsonObject {
  const failure = status === "failed" && {
    failed_at: toSeconds(endOf(chat)),
    last_error: errorOf(chat),
  };
  return {
    id: chat.id,
    conversation_id: chat.conversationId,
    bot_id: chat.botId,
    created_at: toSeconds(chat.createdAt),
    completed_at: toSeconds(status === "completed" ? endOf(chat) : chat.createdAt),
    last_error: { code: 0, msg: "" },
    ...failure,
    status,
    usage: status === "completed" ? usageOf(chat) : NOT_USED,
    section_id: chat.sectionId,
  };
}

/**
 * Shows a chat as the other answers do. Source: the samples of Coze's pages chat_v3 and
 * retrieve_chat.
 *
 * @param chat The chat.
 * @param status Its status.
 * @returns The members by Coze's names.
 */
export function showChat(chat: Chat, status: ChatStatus): JsonObject {
  return {
    id: chat.id,
    conversation_id: chat.conversationId,
    bot_id: chat.botId,
    created_at: toSeconds(chat.createdAt),
    meta_data: chat.metaData,
    status,
    last_error: status === "failed" ? errorOf(chat) : null,
    ...(status === "completed" && {
      completed_at: toSeconds(endOf(chat)),
      usage: usageOf(chat),
    }),
    ...(status === "failed" && { failed_at: toSeconds(endOf(chat)) }),
  };
}

/**
 * Makes the messages of a chat that is completed. `[INF]` that proposals come last.
 *
 * @param chat The chat.
 * @returns The answer, the message that says that it is finished, and the bot's proposals.
 */
export function answerMessages(chat: Chat): JsonObject[] {
  const { text, reasoning, followUps = [] } = chat.answer;
  const parts: [type: string, content: string][] = [
    ["answer", text],
    ["verbose", FINISH],
    ...followUps.map((followUp): [string, string] => ["follow_up", followUp]),
  ];
  return parts.map(([type, content], index) => ({
    ...showMessage(chat, type, content, index),
    ...(type === "answer" && reasoning !== undefined && { reasoning_content: reasoning }),
  }));
}

/**
 * Shows a message, or a part of one.
 *
 * @param chat The chat.
 * @param type Coze's word for what it is.
 * @param content The text.
 * @param index Where it stands among the messages of the chat.
 * @returns The members by Coze's names.
 */
export function showMessage(chat: Chat, type: string, content: string, index = 0): JsonObject {
  return {
    id: chat.messageIds[index],
    conversation_id: chat.conversationId,
    bot_id: chat.botId,
    role: "assistant",
    type,
    content,
    content_type: "text",
    chat_id: chat.id,
    section_id: chat.sectionId,
  };
}

function endOf({ createdAt, durationMs, endedAt }: Chat): number {
  return endedAt ?? createdAt + durationMs;
}

function usageOf({ inputCount, outputCount }: Chat) {
  return {
    token_count: inputCount + outputCount,
    output_count: outputCount,
    input_count: inputCount,
  };
}
