import { answerMessages, type Chat, showChat, statusAt } from "./chat_record.ts";
import { findConversation } from "./conversation_record.ts";
import { required, type Shape, text } from "./parameters.ts";
import { isRefusal, type Refusal } from "./refusals.ts";
import { type Call, type Reply, toSeconds, type World } from "./world.ts";

/** What names a chat: a query, or the body of `POST /v3/chat/cancel`. */
export const CHAT_NAMES: Shape = {
  conversation_id: required(text(1)),
  chat_id: required(text(1)),
};

/**
 * Shows how a chat stands. Source: Coze's page retrieve_chat.
 *
 * @param call The request.
 * @param world What there is.
 * @returns The chat.
 */
export function retrieveChat(call: Call, world: World): Reply {
  const chat = findSavedChat(call, world);
  return isRefusal(chat) ? chat : { data: showChat(chat, statusAt(chat, call.time)) };
}

/**
 * Lists the messages of a chat, the newest first as in the sample of Coze's page list_chat_messages.
 * `[INF]` that there are none before it is completed.
 *
 * @param call The request.
 * @param world What there is.
 * @returns The messages, without the user's.
 */
export function listChatMessages(call: Call, world: World): Reply {
  const chat = findSavedChat(call, world);
  if (isRefusal(chat)) return chat;
  if (statusAt(chat, call.time) !== "completed") return { data: [] };
  const time = toSeconds(chat.createdAt);
  const messages = answerMessages(chat).map((message) => ({
    ...message,
    created_at: time,
    updated_at: time,
  }));
  return { data: messages.reverse() };
}

/**
 * Cancels a chat. Source: Coze's page cancel_chat.
 *
 * @param call The request.
 * @param world What there is.
 * @returns The chat.
 */
export function cancelChat(call: Call, world: World): Reply {
  const chat = findChat(call, world, call.body);
  if (isRefusal(chat)) return chat;
  if (statusAt(chat, call.time) !== "in_progress") return { refused: 4104 };
  chat.isCanceled = true;
  return { data: showChat(chat, "canceled") };
}

function findChat(call: Call, world: World, names: Call["body"]): Chat | Refusal {
  const conversation = findConversation(call, world, String(names["conversation_id"]));
  if (isRefusal(conversation)) return conversation;
  return conversation.chats.find(({ id }) => id === names["chat_id"]) ?? { refused: 4001 };
}

/** `[DOC]` retrieve_chat: only of saved chats. `[INF]` the number for others. */
function findSavedChat(call: Call, world: World): Chat | Refusal {
  const chat = findChat(call, world, call.query);
  return isRefusal(chat) || chat.isSaved ? chat : { refused: 4001, reason: "it was not saved" };
}
