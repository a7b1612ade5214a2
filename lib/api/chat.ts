import { CozeError } from "../error.ts";
import { networkError } from "../network_error.ts";
import { quote } from "../redact.ts";
import { invalid } from "../token_request.ts";
import type { Call } from "../transport.ts";
import { type Api, type CallOptions, checkedId } from "./api.ts";
import type { Chat, ChatEvent, Message } from "./chat_events.ts";
import { readChat, readMessage } from "./chat_objects.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { readChatEvents } from "./event_stream.ts";
import { readList } from "./members.ts";
import { codeOfNumber } from "./verdict.ts";

/** A message that is sent along. Source: Coze's page chat_v3. */
export interface EnterMessage {
  /** Who says it. */
  role: "user" | "assistant";
  /** The text; for `object_string` the JSON text of a list of parts. */
  content: string;
  /**
   * How the content is to be read.
   *
   * @default {"text"}
   */
  contentType?: "text" | "object_string";
}

/** What is said to a bot. Source: Coze's page chat_v3. */
export interface ChatRequest {
  /** The bot. */
  botId: string;
  /** Any text that tells your users apart; Coze keeps their conversations apart by it. */
  userId: string;
  /** What the user says; or up to 100 messages, the user's last. */
  messages: string | readonly EnterMessage[];
  /**
   * The conversation to go on with; only one chat at a time can run in it.
   *
   * @default {a new one}
   */
  conversationId?: string;
  /**
   * Whether to talk to the draft, whether published or not.
   *
   * @default {false}
   */
  draft?: boolean;
}

/** Where a chat is. */
export interface ChatReference {
  /** The conversation. */
  conversationId: string;
  /** The chat in it. */
  chatId: string;
}

/** A model may think for minutes: the official SDK of Python waits this long too. */
export const CHAT_TIMEOUT_MS = 600_000;

/** Says something and reads the events of the answer as they come. */
export async function* streamChat(
  api: Api,
  request: ChatRequest,
  options: CallOptions,
): AsyncGenerator<ChatEvent> {
  const call = api.start(options, CHAT_TIMEOUT_MS);
  const { url, response } = await api.stream(ENDPOINTS.chat, inputOf(request, true), call);
  const { status, headers } = response;
  const logId = headers.get("x-tt-logid");
  const server = { status, ...(logId && { logId: quote(logId, 64) }) };
  try {
    yield* readChatEvents(response.body!, { ...server, signal: call.signal });
  } catch (error) {
    const known = networkError(error, url, call);
    if (known.server || known.code === "interrupted") throw known;
    throw new CozeError(known.code, known.message, known.details, server);
  }
}

/** Says something and returns at once; the answer has to be asked for. */
export async function startChat(api: Api, request: ChatRequest, call: Call): Promise<Chat> {
  return await api.ask(ENDPOINTS.chat, inputOf(request, false), call, readChat);
}

/** Asks how a chat stands. Source: Coze's page retrieve_chat. */
export async function retrieveChat(api: Api, chat: ChatReference, call: Call): Promise<Chat> {
  return await api.ask(ENDPOINTS.retrieveChat, { query: referenceOf(chat) }, call, readChat);
}

/** Reads the messages of a chat that is completed. Source: Coze's page list_chat_messages. */
export async function listMessages(
  api: Api,
  chat: ChatReference,
  call: Call,
): Promise<Message[]> {
  const input = { query: referenceOf(chat) };
  return await api.ask(
    ENDPOINTS.listMessages,
    input,
    call,
    (data) => readList(data, "data").map(readMessage),
  );
}

/** Ends a chat. Source: Coze's page cancel_chat: 4104 when it has ended already. */
export async function cancelChat(
  api: Api,
  chat: ChatReference,
  options: CallOptions,
): Promise<Chat> {
  const call = api.start(options);
  return await api.ask(ENDPOINTS.cancelChat, { body: referenceOf(chat) }, call, readChat);
}

/** How long telling the server that nobody reads any more may take. */
export const CANCEL_MS = 5000;

/**
 * Tells the server that nobody reads the answer any more, which would keep the conversation busy.
 *
 * @param cancel Cancels a chat.
 * @param error Why nobody reads on; only an interruption and a time-out leave the chat running.
 * @param chat The chat, as far as it is known.
 */
export async function cancelLeft(
  cancel: (chat: ChatReference, options: CallOptions) => Promise<Chat>,
  error: unknown,
  { conversationId, chatId }: Partial<ChatReference>,
): Promise<void> {
  const left = error instanceof CozeError && /^(?:interrupted|timeout)$/.test(error.code);
  if (!left || conversationId === undefined || chatId === undefined) return;
  // That it is too late, or that the network is gone, is not what people want to know.
  await cancel({ conversationId, chatId }, { timeoutMs: CANCEL_MS }).catch(() => {});
}

/**
 * Says why a chat failed.
 *
 * @param chat A chat whose `status` is `failed`.
 * @returns The error, with Coze's number and words.
 */
export function chatFailure(chat: Chat): CozeError {
  const { id, conversationId, botId, lastError, logId } = chat;
  const { code: number = "", message = "" } = lastError ?? {};
  const details = { chatId: id, conversationId, bot: botId };
  const words = [number, message].filter(Boolean).join(" ");
  return new CozeError(
    codeOfNumber(number, true) ?? "model-fault",
    `The chat failed${words && `: ${words}`}`,
    details,
    {
      status: 200,
      ...(number && { code: number }),
      ...(message && { message: quote(message) }),
      ...(logId && { logId }),
    },
  );
}

function referenceOf({ conversationId, chatId }: ChatReference) {
  return {
    "conversation_id": checkedId("conversationId", conversationId),
    "chat_id": checkedId("chatId", chatId),
  };
}

function inputOf(request: ChatRequest, stream: boolean) {
  const { botId, userId, messages, conversationId, draft } = request;
  const list: readonly EnterMessage[] = typeof messages === "string"
    ? [{ role: "user", content: messages }]
    : messages;
  if (userId === "") throw invalid("userId", "a text that is not empty");
  if (list.length === 0 || list.length > 100) throw invalid("messages", "1 … 100 messages");
  if (list.some(({ content }) => content === "")) throw invalid("messages", "no empty message");
  return {
    query: conversationId === undefined
      ? {}
      : { "conversation_id": checkedId("conversationId", conversationId) },
    body: {
      "bot_id": checkedId("botId", botId),
      "user_id": userId,
      "additional_messages": list.map(({ role, content, contentType = "text" }) => ({
        role,
        content,
        "content_type": contentType,
      })),
      ...(draft && { "publish_status": "unpublished_draft" }),
      stream,
    },
    about: { bot: botId },
  };
}
