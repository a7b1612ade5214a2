import { quote } from "../redact.ts";
import type { Chat, Message } from "./chat_events.ts";
import {
  invalidAnswer,
  type Json,
  readId,
  readMark,
  readNumber,
  readObject,
  readText,
} from "./members.ts";

/**
 * Reads a chat as Coze sends it, in events and in answers. Source: Coze's page chat_v3, "Chat Object".
 *
 * @param json What JSON was parsed to.
 * @param logId The log id of the answer it is from.
 * @returns The chat. `botId` is empty where Coze sends none, as for workflows.
 * @throws {CozeError} `answer-invalid`.
 */
export function readChat(json: unknown, logId?: string): Chat {
  const chat = readObject(json, "data");
  const lastError = readLastError(chat["last_error"]);
  const usage = readUsage(chat["usage"]);
  const requiredAction = readRequiredAction(chat["required_action"]);
  return {
    id: readId(chat, "id"),
    conversationId: readId(chat, "conversation_id"),
    botId: readId(chat, "bot_id", ""),
    status: readText(chat, "status"),
    ...(lastError && { lastError }),
    ...(usage && { usage }),
    ...(requiredAction !== undefined && { requiredAction }),
    ...(logId !== undefined && { logId }),
  };
}

/**
 * Reads a message as Coze sends it, in events and in lists. Source: Coze's page chat_v3, "Message
 * Object".
 *
 * @param json What JSON was parsed to.
 * @returns The message. `chatId`, `botId`, `role` and `contentType` are empty where Coze sends none.
 * @throws {CozeError} `answer-invalid`.
 */
export function readMessage(json: unknown): Message {
  const message = readObject(json, "data");
  const reasoning = message["reasoning_content"] ?? undefined;
  const read = {
    id: readMark(message, "id"),
    conversationId: readMark(message, "conversation_id"),
    chatId: readMark(message, "chat_id", ""),
    botId: readMark(message, "bot_id", ""),
    role: readText(message, "role", ""),
    type: readText(message, "type"),
    content: readText(message, "content", reasoning === undefined ? undefined : ""),
    contentType: readText(message, "content_type", ""),
  };
  if (reasoning === undefined) return read;
  return { ...read, reasoningContent: readText(message, "reasoning_content") };
}

/**
 * Reads a number by which Coze names an error.
 *
 * @param value The member `code`, of any type.
 * @returns The number as text; nothing when it says that all is well, or says nothing.
 */
export function readErrorNumber(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && !/^0?$/.test(text) ? quote(text, 64) : undefined;
}

/** Chats that are well have the code 0. */
function readLastError(value: unknown): Chat["lastError"] {
  if (value === undefined || value === null) return undefined;
  const error = readObject(value, "last_error");
  const code = readErrorNumber(error["code"]);
  return code === undefined ? undefined : { code, message: quote(readText(error, "msg", "")) };
}

function readUsage(value: unknown): Chat["usage"] {
  if (typeof value !== "object" || value === null) return undefined;
  // No answer is refused for what it cost.
  const count = (member: string): number => {
    const tokens = readNumber(value as Json, member);
    return tokens >= 0 && tokens < Infinity ? tokens : 0;
  };
  return {
    tokenCount: count("token_count"),
    outputCount: count("output_count"),
    inputCount: count("input_count"),
  };
}

/** Newer streams send one without a type along with every chat. */
function readRequiredAction(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const action = readObject(value, "required_action");
  if (action["type"] === "") return undefined;
  // JSON can be read that is nested too deeply to be written: whoever passes it on would fail.
  if (isDeeperThan(64, action)) throw invalidAnswer("required_action");
  return action;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(levels - 1, each));
}
