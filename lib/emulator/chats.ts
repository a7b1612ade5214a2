// Conversations and chats.

import { type ApiCall, type Endpoint, Refusal } from "./api.ts";
import { API_CONNECTOR, findBot, OWNER_ID, publishedVersion } from "./bots.ts";
import { createMessages, showChat, statusOf, streamChat } from "./chat_answer.ts";
import {
  findFault,
  type JsonObject,
  list,
  object,
  oneOf,
  parseJson,
  required,
  type Shape,
  text,
} from "./rules.ts";
import { type Bot, type BotContent, type Chat, type Conversation, toSeconds } from "./world.ts";

/** Source: page chat_v3, EnterMessage. `[INF]` that `type` and `content_type` may be absent. */
const MESSAGE = object({
  role: required(oneOf("user", "assistant")),
  type: oneOf("question", "answer", "function_call", "tool_output", "tool_response"),
  content: required(text()),
  content_type: oneOf("text", "object_string"),
});

interface Message {
  role: string;
  content: string;
  content_type?: string | null;
}

/** What the content of an `object_string` holds as JSON. */
const PARTS = required(
  list(object({ type: required(oneOf("text", "image", "file", "audio")), text: text() })),
);

/** A limit that is exceeded has a code of its own: see `checkMetaData`. */
const META_DATA = object({});

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
      auto_save_history: oneOf(true, false),
      custom_variables: object({}),
      meta_data: META_DATA,
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
    body: { bot_id: text(1), name: text(0, 100), messages: list(MESSAGE), meta_data: META_DATA },
    handle: createConversation },
  { method: "GET", path: "/v1/conversation/retrieve", permissions: ["retrieveConversation"],
    resource: "conversation_id", query: CONVERSATION, handle: retrieveConversation },
];

function createConversation(call: ApiCall) {
  const botId = call.body["bot_id"] ?? undefined;
  if (botId !== undefined) findBot(call, botId);
  return showConversation(addConversation(call, call.body));
}

function retrieveConversation(call: ApiCall) {
  return showConversation(findConversation(call, call.query["conversation_id"]));
}

function showConversation({ id, sectionId, name, metaData, createdAt }: Conversation) {
  return {
    id,
    name,
    meta_data: metaData,
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(createdAt),
    creator_id: OWNER_ID,
    connector_id: API_CONNECTOR,
    last_section_id: sectionId,
  };
}

function addConversation({ grant, time, world }: ApiCall, body: JsonObject = {}) {
  const conversation: Conversation = {
    id: world.createId(),
    sectionId: world.createId(),
    clientId: grant.app.clientId,
    sessionName: grant.sessionName,
    name: String(body["name"] ?? ""),
    metaData: checkMetaData(body),
    createdAt: time,
    said: questionsIn(body["messages"]),
    chats: [],
  };
  world.conversations.set(conversation.id, conversation);
  return conversation;
}

/** Source: page chat_v3. `[INF]` that it holds for conversations too. */
function checkMetaData({ meta_data }: JsonObject): JsonObject {
  const pairs = Object.entries(meta_data ?? {});
  const isGood = ([name, value]: [string, unknown]) =>
    [text(1, 64)(name), required(text(1, 512))(value)].every((fault) => fault === undefined);
  if (pairs.length > 16 || !pairs.every(isGood)) throw new Refusal(4003);
  return Object.fromEntries(pairs);
}

/** The texts of the user's messages. */
function questionsIn(messages: unknown): string[] {
  return ((messages ?? []) as Message[]).filter(({ role }) => role === "user").map(textOf);
}

/** Of an `object_string` the text in it. Source: page chat_v3. */
function textOf({ content, content_type }: Message): string {
  if (content_type !== "object_string") return content;
  const parts = parseJson(content);
  const fault = findFault({ parts }, { parts: PARTS });
  if (fault !== undefined) throw new Refusal(4000, { reason: `object_string: ${fault}` });
  const all = parts as { type: string; text?: string }[];
  const texts = all.filter(({ type }) => type === "text");
  if (texts.length > 1 || texts.length === all.length) {
    throw new Refusal(4000, { reason: "object_string: one text at most, and a file or image" });
  }
  return texts[0]?.text ?? "";
}

/** Finds a conversation of the token's app and, if the token names a user, of this user. */
function findConversation({ grant: { app, sessionName }, world }: ApiCall, id: unknown) {
  const conversation = world.conversations.get(String(id));
  const isOwn = conversation?.clientId === app.clientId && conversation.sessionName === sessionName;
  if (!isOwn) throw new Refusal(4002);
  return conversation;
}

/** The order of the refusals is not known. */
function startChat(call: ApiCall) {
  const { body, query, time, world } = call;
  const messages = (body["additional_messages"] ?? []) as Message[];
  if (messages.length > 100) throw new Refusal(4004);
  checkMetaData(body);
  if (body["auto_save_history"] === false && body["stream"] !== true) throw new Refusal(4007);
  if (body["publish_status"] === "unpublished_draft" && body["bot_version"]) {
    throw new Refusal(4000, { reason: "a draft has no bot_version" });
  }
  const bot = findBot(call, body["bot_id"]);
  const { name, prompt } = contentFor(bot, call);

  const id = query["conversation_id"];
  const found = id === undefined ? undefined : findConversation(call, id);
  if (found?.chats.some((chat) => statusOf(chat, time) === "in_progress")) throw new Refusal(4016);
  const said = [...found?.said ?? [], ...questionsIn(messages)];
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
