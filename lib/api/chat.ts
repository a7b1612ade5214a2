import { checkedObject, CozeError, type ErrorCode, invalidArgument } from "../error.ts";
import { abortError, type Call, pause, TRANSIENT_CODES } from "../http.ts";
import { quote } from "../redact.ts";
import { readList } from "./json_members.ts";
import { type Api, type CallOptions, ENDPOINTS, type Input } from "./api.ts";
import { checkedFlag, checkedId, checkedText } from "./arguments.ts";
import { chatFailure, readChat, readMessage } from "./chat_json.ts";
import { readChatStream } from "./chat_stream.ts";
import type {
  Chat,
  ChatAnswer,
  ChatEvent,
  ChatReference,
  ChatRequest,
  EnterMessage,
  Message,
} from "./chat_types.ts";

/** A model may think for minutes; the official SDK of Python waits this long too. */
const CHAT_TIMEOUT_MS = 600_000;
/** Coze's page retrieve_chat: at most once a second. */
const POLL_INTERVAL_MS = 1000;
/** One poll that hangs does not use up the time of all. */
const POLL_TIMEOUT_MS = 15_000;
/** How long cancelling an abandoned chat may take. */
export const CANCEL_TIMEOUT_MS = 5_000;
const FINAL_STATUSES: readonly string[] = ["completed", "failed", "requires_action", "canceled"];
/** Errors that the next poll can fix. */
const POLL_AGAIN: readonly ErrorCode[] = [...TRANSIENT_CODES, "timeout"];
/** After these errors the bot goes on answering, though nobody reads it. */
const ABANDONED: readonly ErrorCode[] = [
  "interrupted",
  "timeout",
  "answer-invalid",
];

/** Sends a question and reads the events of the answer. */
export async function* streamChat(
  api: Api,
  request: ChatRequest,
  options: CallOptions,
): AsyncGenerator<ChatEvent> {
  const input = chatInput(request, true);
  const call = api.start(options, CHAT_TIMEOUT_MS);
  yield* readChatStream(await api.stream(ENDPOINTS.chat, input, call), call);
}

/** Ends a chat. Source: Coze's page cancel_chat: 4104 when it has ended already. */
export async function cancelChat(
  api: Api,
  chat: ChatReference,
  options: CallOptions,
): Promise<Chat> {
  const body = referenceFields(chat);
  return await api.request(ENDPOINTS.cancelChat, { body }, api.start(options), readChat);
}

/**
 * Asks Coze to cancel a chat after `error` ended the reading of it: until it ends, Coze accepts no
 * other chat in its conversation. After `connection-lost` nothing is cancelled, because the answer
 * can still be retrieved.
 */
export async function cancelAbandoned(
  cancel: (chat: ChatReference, options: CallOptions) => Promise<Chat>,
  error: unknown,
  { conversationId, chatId }: Partial<ChatReference>,
): Promise<void> {
  const isAbandoned = error instanceof CozeError && ABANDONED.includes(error.code);
  if (!isAbandoned || conversationId === undefined || chatId === undefined) return;
  // The caller hears why the answer ended, not that cancelling failed too.
  await cancel({ conversationId, chatId }, { timeoutMs: CANCEL_TIMEOUT_MS }).catch(() => {});
}

/** What has arrived of an answer. */
interface Received {
  reference: Partial<ChatReference>;
  messages: Message[];
  /** The pieces of the message that is not completed yet, joined. */
  pieces: string;
}

/** Sends a question and waits for the whole answer, by events or by polling. */
export async function ask(
  api: Api,
  request: ChatRequest,
  options: CallOptions & { stream?: boolean },
): Promise<ChatAnswer> {
  const { stream = true } = checkedObject("options", options);
  const received: Received = { reference: {}, messages: [], pieces: "" };
  try {
    const chat = checkedFlag("stream", stream)
      ? await collect(streamChat(api, request, options), received)
      : await poll(api, request, options, received);
    if (chat.status === "failed") throw chatFailure(chat);
    return answerOf(chat, received);
  } catch (error) {
    await cancelAbandoned((chat, call) => cancelChat(api, chat, call), error, received.reference);
    const text = textOf(received);
    if (!(error instanceof CozeError) || text === "") throw error;
    const { code, message, details, server } = error;
    throw new CozeError(code, message, { ...details, text }, server);
  }
}

async function collect(events: AsyncIterable<ChatEvent>, received: Received): Promise<Chat> {
  let chat: Chat | undefined;
  for await (const event of events) {
    if ("chat" in event) {
      chat = event.chat;
      received.reference = referenceOf(chat);
    } else if ("message" in event) {
      const { message } = event;
      const { conversationId, chatId } = message;
      if (chatId !== "") received.reference = { conversationId, chatId };
      const isAnswer = message.type === "answer";
      if (event.event === "conversation.message.completed") {
        received.messages.push(message);
        if (isAnswer && message.content !== "") received.pieces = "";
      } else if (event.event === "conversation.message.delta" && isAnswer) {
        received.pieces += message.content;
      }
    }
  }
  if (!chat) throw new CozeError("answer-invalid", "The stream ended without a chat");
  return chat;
}

async function poll(
  api: Api,
  request: ChatRequest,
  options: CallOptions,
  received: Received,
): Promise<Chat> {
  const input = chatInput(request, false);
  const call = api.start(options, CHAT_TIMEOUT_MS);
  let chat = await api.request(ENDPOINTS.chat, input, call, readChat);
  received.reference = referenceOf(chat);
  const query = referenceFields(referenceOf(chat));
  while (!FINAL_STATUSES.includes(chat.status)) {
    await pause(POLL_INTERVAL_MS, call);
    if (call.isOver()) throw abortError(call, api.host);
    chat = await retrieve(api, { query }, call) ?? chat;
  }
  if (chat.status === "completed") {
    const readMessages = (data: unknown) => readList(data, "data").map(readMessage);
    received.messages = await api.request(ENDPOINTS.listMessages, { query }, call, readMessages);
  }
  return chat;
}

/** Polls once, within the call. Source: Coze's page retrieve_chat. */
async function retrieve(api: Api, input: Input, call: Call): Promise<Chat | undefined> {
  const attempt = api.start({ signal: call.signal, timeoutMs: POLL_TIMEOUT_MS });
  try {
    return await api.request(ENDPOINTS.retrieveChat, input, attempt, readChat);
  } catch (error) {
    if (call.signal.aborted) throw abortError(call, api.host);
    if (error instanceof CozeError && POLL_AGAIN.includes(error.code)) return undefined;
    throw error;
  }
}

function answerOf(chat: Chat, received: Received): ChatAnswer {
  const { messages } = received;
  const answers = ofType(messages, "answer");
  const reasoning = answers.map(({ reasoningContent }) => reasoningContent).join("");
  return {
    text: textOf(received),
    reasoning: reasoning || undefined,
    followUps: ofType(messages, "follow_up").map(({ content }) => content),
    chat,
    messages,
  };
}

function ofType(messages: Message[], type: string): Message[] {
  return messages.filter((message) => message.type === type);
}

/** The completed messages and the pieces of the next one. */
function textOf({ messages, pieces }: Received): string {
  const texts = ofType(messages, "answer").map(({ content }) => content);
  return [...texts, pieces].filter((text) => text !== "").join("\n");
}

function referenceOf({ conversationId, id }: Chat): ChatReference {
  return { conversationId, chatId: id };
}

function referenceFields(chat: ChatReference) {
  const { conversationId, chatId } = checkedObject("chat", chat);
  return {
    "conversation_id": checkedId("conversationId", conversationId),
    "chat_id": checkedId("chatId", chatId),
  };
}

function chatInput(request: ChatRequest, stream: boolean): Input {
  const { botId, userId, messages, conversationId, draft = false } = checkedObject(
    "request",
    request,
  );
  const list: readonly EnterMessage[] = typeof messages === "string"
    ? [{ role: "user", content: messages }]
    : messages;
  if (!Array.isArray(list) || list.length === 0 || list.length > 100) {
    throw invalidArgument("messages", "a text or a list of 1 to 100 messages");
  }
  // Not `map`, which leaves holes of the list as they are.
  const additionalMessages = Array.from(list, (message) => {
    const { role, content, contentType = "text" } = checkedObject("messages", message);
    return {
      role: checkedText("messages[].role", role),
      content: checkedText("messages[].content", content),
      "content_type": checkedText("messages[].contentType", contentType),
    };
  });
  return {
    query: {
      "conversation_id": conversationId === undefined
        ? undefined
        : checkedId("conversationId", conversationId),
    },
    body: {
      "bot_id": checkedId("botId", botId),
      "user_id": checkedText("userId", userId),
      "additional_messages": additionalMessages,
      "publish_status": checkedFlag("draft", draft) ? "unpublished_draft" : undefined,
      stream,
    },
    about: { bot: quote(botId, 64) },
  };
}
