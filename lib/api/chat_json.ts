import { checkedObject, CozeError, malformed, type ServerAnswer } from "../error.ts";
import { isObject, type Json } from "../json.ts";
import { quote } from "../redact.ts";
import { errorNumber, wordsOf } from "../server_answer.ts";
import type { Origin } from "./api.ts";
import { codeOfNumber } from "./api_errors.ts";
import type { Chat, Message } from "./chat_types.ts";
import { readId, readNumber, readObject, readOpaqueId, readText } from "./json_members.ts";

/** Reads a chat of an event or a response. Source: Coze's page chat_v3, "Chat Object". */
export function readChat(json: unknown, { logId, bearer }: Origin = {}): Chat {
  const chat = readObject(json, "data");
  return {
    id: readId(chat, "id"),
    conversationId: readId(chat, "conversation_id"),
    botId: readId(chat, "bot_id", ""),
    status: readText(chat, "status"),
    lastError: readLastError(chat["last_error"], bearer),
    usage: readUsage(chat["usage"]),
    requiredAction: readRequiredAction(chat["required_action"]),
    logId,
  };
}

/** Reads a message of an event or a list. Source: Coze's page chat_v3, "Message Object". */
export function readMessage(json: unknown): Message {
  const fields = readObject(json, "data");
  const reasoning = fields["reasoning_content"] ?? undefined;
  const message: Message = {
    id: readOpaqueId(fields, "id"),
    conversationId: readOpaqueId(fields, "conversation_id"),
    chatId: readOpaqueId(fields, "chat_id", ""),
    botId: readOpaqueId(fields, "bot_id", ""),
    role: readText(fields, "role", ""),
    type: readText(fields, "type"),
    content: readText(fields, "content", reasoning === undefined ? undefined : ""),
    contentType: readText(fields, "content_type", ""),
  };
  if (reasoning !== undefined) message.reasoningContent = readText(fields, "reasoning_content");
  return message;
}

/**
 * The error for a chat that failed.
 *
 * @param chat A chat whose `status` is `failed`.
 * @returns The error, with Coze's number and words. Its code is `model-fault` without a number, and
 *   `api-refused` for a number that no page of Coze explains.
 */
export function chatFailure(chat: Chat): CozeError {
  const { id, conversationId, botId, lastError, logId } = checkedObject("chat", chat);
  const { code: number, message } = lastError ?? {};
  const server: ServerAnswer = {
    status: 200,
    code: number || undefined,
    message: message ? quote(message) : undefined,
    logId,
  };
  const code = number ? codeOfNumber(number, message, true) : "model-fault";
  const words = wordsOf(server);
  const details = { chatId: id, conversationId, bot: botId };
  return new CozeError(code, `The chat failed${words && `: ${words}`}`, details, server);
}

function readLastError(value: unknown, bearer?: string): Chat["lastError"] {
  if (value === undefined || value === null) return undefined;
  const error = readObject(value, "last_error");
  const code = errorNumber(error["code"]);
  if (code === undefined) return undefined;
  return {
    code: quote(code, 64, bearer),
    message: quote(readText(error, "msg", ""), 300, bearer),
  };
}

/** A response is not refused for its cost: a wrong number counts as 0. */
function readUsage(value: unknown): Chat["usage"] {
  if (!isObject(value)) return undefined;
  const count = (member: string) => {
    const tokens = readNumber(value, member);
    return tokens >= 0 && tokens < Infinity ? tokens : 0;
  };
  return {
    tokenCount: count("token_count"),
    outputCount: count("output_count"),
    inputCount: count("input_count"),
  };
}

function readRequiredAction(value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined;
  const action = readObject(value, "required_action");
  // Newer streams send one without a type in every chat.
  if (action["type"] === "") return undefined;
  // JSON.stringify of deep nesting would overflow the stack.
  if (isDeeperThan(64, action)) throw malformed("required_action");
  return action;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}
