// Conversations and chats.

import { type ApiCall, type Endpoint, Refusal } from "./api.ts";
import { API_CONNECTOR, findBot, OWNER_ID, publishedVersion } from "./bots.ts";
import { createMessages, showChat, statusOf, streamChat } from "./chat_answer.ts";
import { list, object, oneOf, required, type Shape, text } from "./rules.ts";
import { type Bot, type BotContent, type Chat, type Conversation, toSeconds } from "./world.ts";

/** Source: page chat_v3, EnterMessage. `[INF]` that `type` and `content_type` may be absent. */
const MESSAGE = object({
  role: required(oneOf("user", "assistant")),
  type: oneOf("question", "answer", "function_call", "tool_output", "tool_response"),
  content: required(text()),
  content_type: oneOf("text", "object_string"),
});

const CONVERSATION: Shape = { conversation_id: required(text(1)) };
const CHAT: Shape = { ...CONVERSATION, chat_id: required(text(1)) };

/**
 * Sources: Coze's pages chat_v3, retrieve_chat, list_chat_messages, cancel_chat,
 * create_conversation and retrieve_conversation.
 */
// deno-fmt-ignore
export const CHAT_ENDPOINTS: readonly Endpoint[] = [
  { method: "POST", path: "/v3/chat", permissions: ["chat"], resource: "bot_id",
    query: { conversation_id: text(1) },
    body: {
      bot_id: required(text(1)),
      user_id: required(text(1)),
      additional_messages: list(MESSAGE),
      stream: oneOf(true, false),
      publish_status: oneOf("published_online", "unpublished_draft"),
    },
    handle: startChat },
  { method: "GET", path: "/v3/chat/retrieve", permissions: ["getChat"],
    resource: "conversation_id", query: CHAT, handle: retrieveChat },
  // Coze's page says GET; the official SDKs for JavaScript and Python send POST without a body.
  { method: "POST", path: "/v3/chat/retrieve", permissions: ["getChat"],
    resource: "conversation_id", query: CHAT, handle: retrieveChat },
  { method: "GET", path: "/v3/chat/message/list", permissions: ["chat", "listMessage"],
    resource: "conversation_id", query: CHAT, handle: listMessages },
  { method: "POST", path: "/v3/chat/cancel", permissions: ["cancelChat"],
    resource: "conversation_id", body: CHAT, handle: cancelChat },
  { method: "POST", path: "/v1/conversation/create", permissions: ["createConversation"],
    body: { bot_id: text(1) }, handle: createConversation },
  { method: "GET", path: "/v1/conversation/retrieve", permissions: ["retrieveConversation"],
    resource: "conversation_id", query: CONVERSATION, handle: retrieveConversation },
];

function createConversation(call: ApiCall) {
  const botId = call.body["bot_id"] ?? undefined;
  if (botId !== undefined) findBot(call, botId);
  return showConversation(addConversation(call));
}

function retrieveConversation(call: ApiCall) {
  return showConversation(findConversation(call, call.query["conversation_id"]));
}

function showConversation({ id, sectionId, createdAt }: Conversation) {
  return {
    id,
    name: "",
    meta_data: {},
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(createdAt),
    creator_id: OWNER_ID,
    connector_id: API_CONNECTOR,
    last_section_id: sectionId,
  };
}

function addConversation({ grant, time, world }: ApiCall) {
  const conversation: Conversation = {
    id: world.createId(),
    sectionId: world.createId(),
    clientId: grant.app.clientId,
    createdAt: time,
    said: [],
    chats: [],
  };
  world.conversations.set(conversation.id, conversation);
  return conversation;
}

/** An app finds its own conversations only. */
function findConversation({ grant, world }: ApiCall, id: unknown) {
  const conversation = world.conversations.get(String(id));
  if (conversation?.clientId !== grant.app.clientId) throw new Refusal(4002);
  return conversation;
}

/** The order of the refusals is not known. */
function startChat(call: ApiCall) {
  const { body, query, time, world } = call;
  const messages = (body["additional_messages"] ?? []) as { role: string; content: string }[];
  if (messages.length > 100) throw new Refusal(4004);
  const bot = findBot(call, body["bot_id"]);
  const { name, prompt } = contentFor(bot, call);

  const id = query["conversation_id"];
  const found = id === undefined ? undefined : findConversation(call, id);
  if (found?.chats.some((chat) => statusOf(chat, time) === "in_progress")) throw new Refusal(4016);
  const questions = messages.filter(({ role }) => role === "user").map(({ content }) => content);
  const said = [...found?.said ?? [], ...questions];
  const question = said.at(-1);
  if (question === undefined) throw new Refusal(4000, { reason: "there is no message of a user" });

  const turns = said.length - 1;
  const answer = world.answer({ text: question, bot: { id: bot.id, name, prompt }, turns });
  const conversation = found ?? addConversation(call);
  conversation.said = said;
  const [input, output] = [said.join("").length, answer.text.length];
  const chatId = world.createId();
  const ids = {
    ...{ conversation_id: conversation.id, section_id: conversation.sectionId },
    ...{ bot_id: bot.id, chat_id: chatId },
  };
  const chat: Chat = {
    id: chatId,
    conversation,
    botId: bot.id,
    createdAt: time,
    endsAt: time + (answer.durationMs ?? world.answerMs),
    isCanceled: false,
    answer,
    messages: createMessages(answer, ids, world.createId),
    usage: { token_count: input + output, output_count: output, input_count: input },
  };
  conversation.chats.push(chat);
  return body["stream"] === true ? streamChat(chat, world) : showChat(chat, "in_progress");
}

/** What the bot is like for this chat: its draft, or as it was published to the API. */
function contentFor(bot: Bot, { body, time }: ApiCall): BotContent {
  if (body["publish_status"] === "unpublished_draft") return bot.draft;
  const published = publishedVersion(bot, time);
  if (!published) throw new Refusal(4015, { about: bot.id });
  return published.content;
}

function retrieveChat(call: ApiCall) {
  const chat = findChat(call, call.query);
  return showChat(chat, statusOf(chat, call.time));
}

/** The newest first, as in Coze's sample. `[INF]` that there are none before the chat is completed. */
function listMessages(call: ApiCall) {
  const chat = findChat(call, call.query);
  if (statusOf(chat, call.time) !== "completed") return [];
  const time = toSeconds(chat.createdAt);
  const times = { created_at: time, updated_at: time };
  return chat.messages.map((message) => ({ ...message, ...times })).reverse();
}

function cancelChat(call: ApiCall) {
  const chat = findChat(call, call.body);
  if (statusOf(chat, call.time) !== "in_progress") throw new Refusal(4104);
  chat.isCanceled = true;
  return showChat(chat, "canceled");
}

function findChat(call: ApiCall, names: ApiCall["body"]): Chat {
  const { chats } = findConversation(call, names["conversation_id"]);
  const chat = chats.find(({ id }) => id === names["chat_id"]);
  if (!chat) throw new Refusal(4001);
  return chat;
}
