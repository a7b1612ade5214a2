import { API_CONNECTOR, type Bot, findBot, publishedVersion } from "./bot_record.ts";
import { chatEvents } from "./chat_events.ts";
import { type Chat, showChat, statusAt } from "./chat_record.ts";
import { addConversation, findConversation, historyOf } from "./conversation_record.ts";
import { createEventStream } from "./event_stream.ts";
import { isObject, type JsonObject } from "./exchange.ts";
import { ENTER_MESSAGES, readMessages, textOf } from "./messages.ts";
import { refuseMetaData } from "./meta_data.ts";
import { flag, forbidden, object, oneOf, required, type Shape, text, texts } from "./parameters.ts";
import { isRefusal, type Refusal } from "./refusals.ts";
import type { Call, Reply, World } from "./world.ts";

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

/**
 * Starts a chat. Source: Coze's page chat_v3. The order of the refusals is not known.
 *
 * @param call The request.
 * @param world What there is; the chat is added, with a conversation when it names none.
 * @returns The chat as it begins, or the stream of its events.
 */
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
  const { prompt } = isObject(content["prompt_info"]) ? content["prompt_info"] : {};
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
