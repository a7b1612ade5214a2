import {
  answerMessages,
  type Chat,
  errorOf,
  showChatInStream,
  showMessage,
} from "./chat_record.ts";
import type { JsonObject } from "./exchange.ts";
import type { StreamEvent } from "./event_stream.ts";

/** Chinese comes character by character, other scripts in pieces of words. */
const PIECE = /[\u2e80-\u{10ffff}]|[^\s\u2e80-\u{10ffff}]{1,4}\s*|\s+/gu;

/**
 * Makes the events of a chat, in the order and form of a stream that was seen (coze-py's test data).
 * An answer that does not end well breaks off in its middle.
 *
 * That the chat is canceled changes nothing here: by Coze's page cancel_chat that does not stop the
 * stream. `[INF]` that its last event is the usual one.
 *
 * @param chat The chat; that it ends is noted in it.
 * @param now The emulator's clock.
 * @returns The events; after the last one the stream is closed.
 */
export function* chatEvents(chat: Chat, now: () => number): Generator<StreamEvent> {
  yield { name: "conversation.chat.created", data: showChatInStream(chat, "created") };
  yield { name: "conversation.chat.in_progress", data: showChatInStream(chat, "in_progress") };

  const { end = "completed" } = chat.answer;
  const all = deltas(chat);
  const shown = end === "completed" ? all : all.slice(0, Math.ceil(all.length / 2));
  const waitMs = chat.durationMs / shown.length;
  for (const data of shown) yield { name: "conversation.message.delta", data, waitMs };

  chat.endedAt = now();
  if (end === "cut") return;
  if (end === "error") {
    yield { name: "error", data: errorOf(chat) };
    return;
  }
  if (end === "failed") {
    yield {
      name: "conversation.chat.failed",
      data: showChatInStream(chat, "failed"),
      isUnfinished: true,
    };
    return;
  }
  for (const data of answerMessages(chat)) yield { name: "conversation.message.completed", data };
  yield { name: "conversation.chat.completed", data: showChatInStream(chat, "completed") };
  yield { name: "done", data: "[DONE]" };
}

/** `[INF]` that `content` is there, empty, while the bot thinks. */
function deltas(chat: Chat): JsonObject[] {
  const { reasoning = "", text } = chat.answer;
  return [
    ...pieces(reasoning).map((piece) => ({
      ...showMessage(chat, "answer", ""),
      reasoning_content: piece,
    })),
    ...(pieces(text, "")).map((piece) => showMessage(chat, "answer", piece)),
  ];
}

function pieces(text: string, ...whenEmpty: string[]): string[] {
  return text.match(PIECE) ?? whenEmpty;
}
