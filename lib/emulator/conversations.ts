import { findBot } from "./bot_record.ts";
import { addConversation, type Conversation, findConversation } from "./conversation_record.ts";
import { ENTER_MESSAGES, readMessages } from "./messages.ts";
import { refuseMetaData } from "./meta_data.ts";
import { required, type Shape, text, texts } from "./parameters.ts";
import { isRefusal } from "./refusals.ts";
import { type Call, OWNER_ID, type Reply, toSeconds, type World } from "./world.ts";

/** The body of `POST /v1/conversation/create`. Source: Coze's page create_conversation. */
export const NEW_CONVERSATION: Shape = {
  bot_id: text(1),
  name: text(0, 100),
  messages: ENTER_MESSAGES,
  connector_id: text(1),
  meta_data: texts,
};

/** The query of `GET /v1/conversation/retrieve`. */
export const CONVERSATION_QUERY: Shape = { conversation_id: required(text(1)) };

/**
 * Creates a conversation. Source: Coze's page create_conversation.
 *
 * @param call The request.
 * @param world What there is; the conversation is added.
 * @returns The conversation.
 */
export function createConversation(call: Call, world: World): Reply {
  const { body } = call;
  const botId = body["bot_id"];
  const bot = typeof botId === "string" ? findBot(call, world, botId) : undefined;
  if (bot && isRefusal(bot)) return bot;
  const refusal = refuseMetaData(body["meta_data"]);
  if (refusal) return refusal;
  const messages = readMessages(body["messages"]);
  return { data: showConversation(addConversation(call, world, body, messages)) };
}

/**
 * Shows a conversation. Source: Coze's page retrieve_conversation.
 *
 * @param call The request.
 * @param world What there is.
 * @returns The conversation.
 */
export function retrieveConversation(call: Call, world: World): Reply {
  const conversation = findConversation(call, world, call.query["conversation_id"]!);
  return isRefusal(conversation) ? conversation : { data: showConversation(conversation) };
}

function showConversation(conversation: Conversation) {
  const { id, name, metaData, createdAt, connectorId, sectionId } = conversation;
  return {
    id,
    name,
    meta_data: metaData,
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(createdAt),
    creator_id: OWNER_ID,
    connector_id: connectorId,
    last_section_id: sectionId,
  };
}
