import { type Chat, statusAt } from "./chat_record.ts";
import type { JsonObject } from "./exchange.ts";
import type { ChatMessage } from "./messages.ts";
import type { Refusal } from "./refusals.ts";
import type { Call, World } from "./world.ts";

/** A conversation 会话: what chats have in common. */
export interface Conversation {
  id: string;
  sectionId: string;
  /** The app it belongs to. */
  clientId: string;
  name: string;
  metaData: JsonObject;
  connectorId: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** What was in it before its first chat. */
  messages: readonly ChatMessage[];
  /** Oldest first. */
  chats: Chat[];
}

/**
 * Adds a conversation.
 *
 * @param call The request.
 * @param world What there is.
 * @param body The members of `POST /v1/conversation/create`, found to be good.
 * @param messages What is in it.
 * @returns The conversation.
 */
export function addConversation(
  { grant, time }: Call,
  { conversations, createId }: World,
  body: JsonObject = {},
  messages: readonly ChatMessage[] = [],
): Conversation {
  const conversation: Conversation = {
    id: createId(),
    sectionId: createId(),
    clientId: grant.app.clientId,
    name: String(body["name"] ?? ""),
    metaData: (body["meta_data"] ?? {}) as JsonObject,
    connectorId: String(body["connector_id"] ?? "1024"),
    createdAt: time,
    messages,
    chats: [],
  };
  conversations.set(conversation.id, conversation);
  return conversation;
}

/**
 * Finds a conversation of the app that asks.
 *
 * @param call The request.
 * @param world What there is.
 * @param id The conversation's id.
 * @returns The conversation, or a refusal.
 */
export function findConversation(
  { grant }: Call,
  { conversations }: World,
  id: string,
): Conversation | Refusal {
  const conversation = conversations.get(id);
  return conversation?.clientId === grant.app.clientId ? conversation : { refused: 4002 };
}

/**
 * Remembers what was said in a conversation. `[INF]` that questions stay when their chat failed or
 * was canceled.
 *
 * @param conversation The conversation.
 * @param time The emulator's clock.
 * @returns The messages, oldest first; of chats that save their history only.
 */
export function historyOf({ messages, chats }: Conversation, time: number): ChatMessage[] {
  return [
    ...messages,
    ...chats.filter(({ isSaved }) => isSaved).flatMap((chat) => {
      if (statusAt(chat, time) !== "completed") return chat.messages;
      const content = chat.answer.text;
      return [...chat.messages, { role: "assistant", content, contentType: "text" }];
    }),
  ];
}
