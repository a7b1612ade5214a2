import { isRefusal, type Refusal } from "./answer.ts";
import { API_CONNECTOR, findBot, publishedVersion } from "./bots.ts";
import {
  answerMessages,
  chatEvents,
  createEventStream,
  showChat,
  statusAt,
} from "./chat_answer.ts";
import {
  flag,
  forbidden,
  isObject,
  type JsonObject,
  list,
  memberOf,
  object,
  oneOf,
  required,
  type Rule,
  type Shape,
  text,
  texts,
} from "./parameters.ts";
import {
  type Bot,
  type Call,
  type Chat,
  type ChatMessage,
  type Conversation,
  OWNER_ID,
  type Reply,
  toSeconds,
  type World,
} from "./world.ts";

const PART = object({
  type: required(oneOf("text", "image", "file", "audio")),
  text: text(),
  file_id: text(),
  file_url: text(),
});

/** Source: page chat_v3, EnterMessage. `[INF]` that `type` and `content_type` may be absent. */
const ENTER_MESSAGE: Rule = (value) =>
  object({
    role: required(oneOf("user", "assistant")),
    type: oneOf("question", "answer", "function_call", "tool_output", "tool_response"),
    content: required(text()),
    content_type: oneOf("text", "object_string"),
    meta_data: object(),
  })(value) ?? contentFault(value);

/** The rule for `additional_messages` of a chat and `messages` of a conversation. */
const ENTER_MESSAGES: Rule = list(ENTER_MESSAGE);

/** Reads messages that obey {@linkcode ENTER_MESSAGES}. */
function readMessages(value: unknown): ChatMessage[] {
  return (value as JsonObject[] | undefined ?? []).map((message) => ({
    role: String(message["role"]),
    content: String(message["content"]),
    contentType: String(message["content_type"] ?? "text"),
  }));
}

/** What the user says; of an `object_string` the text in it. */
function textOf({ content, contentType }: ChatMessage): string {
  if (contentType !== "object_string") return content;
  return partsOf(content)?.map((part) => part["text"] ?? "").join("") ?? "";
}

/** An `object_string` holds at most one text, and at least one file or image with it. */
function contentFault(value: unknown): string | undefined {
  if (!isObject(value) || value["content_type"] !== "object_string") return undefined;
  const parts = partsOf(String(value["content"]));
  if (!parts) return ".content is no list of parts as JSON";
  const types = parts.map(({ type }) => type);
  const texts = types.filter((type) => type === "text").length;
  if (texts <= 1 && texts < types.length) return undefined;
  return ".content is not one text at most, with files";
}

function partsOf(content: string): JsonObject[] | undefined {
  try {
    const parts: unknown = JSON.parse(content);
    return required(list(PART))(parts) === undefined ? parts as JsonObject[] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses meta data over the limits: 16 pairs, keys of 1 to 64 and values of 1 to 512 characters.
 * Source: Coze's page chat_v3.
 */
function refuseMetaData(value: unknown): Refusal | undefined {
  const pairs = Object.entries(value as Record<string, string> | undefined ?? {});
  const isGood = pairs.length <= 16 &&
    pairs.every(([key, text]) => isWithin(key, 64) && isWithin(text, 512));
  return isGood ? undefined : { refused: 4003 };
}

function isWithin(text: string, max: number): boolean {
  return text !== "" && [...text].length <= max;
}

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

/** Creates a conversation. Source: Coze's page create_conversation. */
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

/** Shows a conversation. Source: Coze's page retrieve_conversation. */
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

function addConversation(
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
    connectorId: String(body["connector_id"] ?? API_CONNECTOR),
    createdAt: time,
    messages,
    chats: [],
  };
  conversations.set(conversation.id, conversation);
  return conversation;
}

/** An app finds its own conversations only. */
function findConversation(
  { grant }: Call,
  { conversations }: World,
  id: string,
): Conversation | Refusal {
  const conversation = conversations.get(id);
  return conversation?.clientId === grant.app.clientId ? conversation : { refused: 4002 };
}

/**
 * What was said in a conversation, in saved chats only. `[INF]` that questions stay when their chat
 * failed or was canceled.
 */
function historyOf({ messages, chats }: Conversation, time: number): ChatMessage[] {
  return [
    ...messages,
    ...chats.filter(({ isSaved }) => isSaved).flatMap((chat) => {
      if (statusAt(chat, time) !== "completed") return chat.messages;
      const content = chat.answer.text;
      return [...chat.messages, { role: "assistant", content, contentType: "text" }];
    }),
  ];
}

/** The query of `POST /v3/chat`. */
export const CHAT_QUERY: Shape = { conversation_id: text(1) };

/** The body of `POST /v3/chat`. Source: Coze's page chat_v3. */
export const NEW_CHAT: Shape = {
  bot_id: required(text(1)),
  user_id: required(text(1)),
  additional_messages: ENTER_MESSAGES,
  stream: flag,
  auto_save_history: flag,
  custom_variables: texts,
  meta_data: texts,
  extra_params: texts,
  shortcut_command: object(),
  parameters: object(),
  enable_card: flag,
  publish_status: oneOf("published_online", "unpublished_draft"),
  bot_version: text(1),
  // The member of the API before this one.
  query: forbidden,
};

/** Starts a chat. Source: Coze's page chat_v3. The order of the refusals is not known. */
export function startChat(call: Call, world: World): Reply {
  const { body, query, time } = call;
  const streams = body["stream"] === true;
  const isSaved = body["auto_save_history"] !== false;
  if (!streams && !isSaved) return { refused: 4007 };
  const overLimit = refuseMetaData(body["meta_data"]);
  if (overLimit) return overLimit;
  const messages = readMessages(body["additional_messages"]);
  if (messages.length > 100) return { refused: 4004, reason: `${messages.length} messages` };
  const bot = findBot(call, world, String(body["bot_id"]));
  if (isRefusal(bot)) return bot;
  const content = contentFor(bot, call);
  if (isRefusal(content)) return content;

  const named = query["conversation_id"];
  const found = named === undefined ? undefined : findConversation(call, world, named);
  if (found && isRefusal(found)) return found;
  if (found?.chats.some((chat) => statusAt(chat, time) === "in_progress")) return { refused: 4016 };
  const context = [...found ? historyOf(found, time) : [], ...messages];
  if (context.length === 0) return { refused: 4000, reason: "there is no message" };

  const said = context.filter(({ role }) => role === "user");
  const name = String(content["name"]);
  const prompt = memberOf(content, "prompt_info", "prompt");
  const answer = world.answer({
    text: said.length === 0 ? "" : textOf(said.at(-1)!),
    bot: { id: bot.id, name, prompt: String(prompt ?? "") },
    turns: Math.max(0, said.length - 1),
  });
  const conversation = found ?? addConversation(call, world);
  const chat: Chat = {
    id: world.createId(),
    conversationId: conversation.id,
    sectionId: conversation.sectionId,
    botId: bot.id,
    createdAt: time,
    durationMs: answer.durationMs ?? world.answerMs,
    isCanceled: false,
    isSaved,
    metaData: (body["meta_data"] ?? {}) as JsonObject,
    messages,
    answer,
    inputCount: context.reduce((sum, message) => sum + message.content.length, 0),
    outputCount: answer.text.length,
    messageIds: Array.from({ length: 2 + (answer.followUps?.length ?? 0) }, world.createId),
  };
  conversation.chats.push(chat);
  return streams
    ? { stream: createEventStream(chatEvents(chat, world.now), world.sleep) }
    : { data: showChat(chat, "in_progress") };
}

/** What the bot is like for this chat: its draft, or as it was published to the API. */
function contentFor(bot: Bot, { body, time }: Call): JsonObject | Refusal {
  const version = body["bot_version"] ?? undefined;
  if (body["publish_status"] === "unpublished_draft") {
    if (version === undefined) return bot.draft;
    return { refused: 4000, reason: "bot_version goes with no draft" };
  }
  const newest = publishedVersion(bot, time, API_CONNECTOR);
  if (!newest) return { refused: 4015, filling: bot.id };
  if (version === undefined) return newest.content;
  const named = bot.versions.find((each) => each.version === version && each.visibleAt <= time);
  return named?.content ?? { refused: 4000, reason: "there is no such bot_version" };
}

/** What names a chat: a query, or the body of `POST /v3/chat/cancel`. */
export const CHAT_NAMES: Shape = {
  conversation_id: required(text(1)),
  chat_id: required(text(1)),
};

/** Shows how a chat stands. Source: Coze's page retrieve_chat. */
export function retrieveChat(call: Call, world: World): Reply {
  const chat = findSavedChat(call, world);
  return isRefusal(chat) ? chat : { data: showChat(chat, statusAt(chat, call.time)) };
}

/**
 * Lists the messages of a chat, the newest first as the sample of Coze's page list_chat_messages.
 * `[INF]` that there are none before it is completed.
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

/** Cancels a chat. Source: Coze's page cancel_chat. */
export function cancelChat(call: Call, world: World): Reply {
  const chat = findChat(call, world, call.body);
  if (isRefusal(chat)) return chat;
  if (statusAt(chat, call.time) !== "in_progress") return { refused: 4104 };
  chat.isCanceled = true;
  return { data: showChat(chat, "canceled") };
}

function findChat(call: Call, world: World, names: JsonObject): Chat | Refusal {
  const conversation = findConversation(call, world, String(names["conversation_id"]));
  if (isRefusal(conversation)) return conversation;
  return conversation.chats.find(({ id }) => id === names["chat_id"]) ?? { refused: 4001 };
}

/** `[DOC]` retrieve_chat: only of saved chats. `[INF]` the number for others. */
function findSavedChat(call: Call, world: World): Chat | Refusal {
  const chat = findChat(call, world, call.query);
  return isRefusal(chat) || chat.isSaved ? chat : { refused: 4001, reason: "it was not saved" };
}
