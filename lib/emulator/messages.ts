import { isObject, type JsonObject } from "./exchange.ts";
import { list, object, oneOf, required, type Rule, text } from "./parameters.ts";

/** A message that was sent along, or an answer that was given. */
export interface ChatMessage {
  role: string;
  content: string;
  contentType: string;
}

const PART = object({
  type: required(oneOf("text", "image", "file", "audio")),
  text: text(),
  file_id: text(),
  file_url: text(),
});

/** Source: Coze's page chat_v3, EnterMessage. `[INF]` that `type` and `content_type` may be absent. */
const ENTER_MESSAGE: Rule = (value) =>
  object({
    role: required(oneOf("user", "assistant")),
    type: oneOf("question", "answer", "function_call", "tool_output", "tool_response"),
    content: required(text()),
    content_type: oneOf("text", "object_string"),
    meta_data: object(),
  })(value) ?? contentFault(value);

/** The rule for `additional_messages` of a chat and `messages` of a conversation. */
export const ENTER_MESSAGES: Rule = list(ENTER_MESSAGE);

/**
 * Reads messages that were found to obey {@linkcode ENTER_MESSAGES}.
 *
 * @param value The list, or nothing.
 * @returns The messages.
 */
export function readMessages(value: unknown): ChatMessage[] {
  return (value as JsonObject[] | undefined ?? []).map((message) => ({
    role: String(message["role"]),
    content: String(message["content"]),
    contentType: String(message["content_type"] ?? "text"),
  }));
}

/**
 * Reads what the user says.
 *
 * @param message The message.
 * @returns Its text; of an `object_string` the text in it.
 */
export function textOf({ content, contentType }: ChatMessage): string {
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
