import { CozeError, type ErrorCode } from "../error.ts";
import type { Call } from "../transport.ts";
import type { Api, CallOptions } from "./api.ts";
import {
  cancelChat,
  cancelLeft,
  CHAT_TIMEOUT_MS,
  chatFailure,
  type ChatReference,
  type ChatRequest,
  listMessages,
  retrieveChat,
  startChat,
  streamChat,
} from "./chat.ts";
import type { Chat, Message } from "./chat_events.ts";

/** A whole answer. */
export interface ChatAnswer {
  /** What the bot says; empty when it waits for something (`requires_action`) or was canceled. */
  text: string;
  /** What the model thought before, when the bot tells. */
  reasoning?: string;
  /** Questions the bot proposes. */
  followUps: string[];
  /** How it ended. */
  chat: Chat;
  /** All messages of the chat, function calls and the like among them. */
  messages: Message[];
}

/** Source: Coze's page retrieve_chat: at most once a second. */
const POLL_MS = 1000;
const FINAL: readonly string[] = ["completed", "failed", "requires_action", "canceled"];
/** What may pass by itself while an answer is waited for: asking again changes nothing. */
const PASSING: readonly ErrorCode[] = [
  "connection-lost",
  "rate-limited",
  "server-fault",
  "timeout",
];
/** Most milliseconds of one poll; the answer as a whole has its own deadline. */
const ATTEMPT_MS = 15_000;

/** Says something and waits for the whole answer, by events or by polling. */
export async function ask(
  api: Api,
  request: ChatRequest,
  options: CallOptions & { stream?: boolean },
): Promise<ChatAnswer> {
  const { stream = true } = options;
  const heard: Heard = { messages: [], pieces: "", reference: {} };
  try {
    const chat = stream
      ? await collect(api, request, options, heard)
      : await poll(api, request, options, heard);
    if (chat.status === "failed") throw chatFailure(chat);
    return answerOf(chat, heard);
  } catch (error) {
    await cancelLeft((chat, call) => cancelChat(api, chat, call), error, heard.reference);
    const text = textOf(heard);
    if (!(error instanceof CozeError) || text === "") throw error;
    // What arrived so far is not lost.
    const { code, message, details, server } = error;
    throw new CozeError(code, message, { ...details, text }, server);
  }
}

/** What has come of an answer. */
interface Heard {
  messages: Message[];
  /** The answer's pieces, joined. */
  pieces: string;
  reference: Partial<ChatReference>;
}

async function collect(
  api: Api,
  request: ChatRequest,
  options: CallOptions,
  heard: Heard,
): Promise<Chat> {
  let chat: Chat | undefined;
  for await (const event of streamChat(api, request, options)) {
    if ("chat" in event) {
      ({ chat } = event);
      heard.reference = { conversationId: chat.conversationId, chatId: chat.id };
    } else if ("message" in event) {
      const { message } = event;
      const { conversationId, chatId } = message;
      if (chatId !== "") heard.reference = { conversationId, chatId };
      if (event.event === "conversation.message.completed") heard.messages.push(message);
      const isPiece = event.event === "conversation.message.delta" && message.type === "answer";
      if (isPiece) heard.pieces += message.content;
    }
  }
  // The stream ended by its name and told nothing of a chat.
  if (!chat) throw new CozeError("answer-invalid", "The stream ended without a chat");
  return chat;
}

async function poll(
  api: Api,
  request: ChatRequest,
  options: CallOptions,
  heard: Heard,
): Promise<Chat> {
  const call = api.start(options, CHAT_TIMEOUT_MS);
  // One poll that hangs does not use up the time of all.
  const attempt = () => api.start({ signal: call.signal, timeoutMs: ATTEMPT_MS });
  let chat = await startChat(api, request, call);
  const reference = { conversationId: chat.conversationId, chatId: chat.id };
  heard.reference = reference;
  let askedAt = call.now();
  while (!FINAL.includes(chat.status)) {
    await pause(call, askedAt + POLL_MS - call.now());
    askedAt = call.now();
    chat = await retrieveChat(api, reference, attempt()).catch((error) => {
      const passes = error instanceof CozeError && PASSING.includes(error.code);
      if (passes && !call.signal.aborted) return chat;
      throw error;
    });
  }
  if (chat.status === "completed") heard.messages = await listMessages(api, reference, call);
  return chat;
}

/** Waits, or until the call ends; what the next request says of that is in our words. */
async function pause(call: Call, ms: number): Promise<void> {
  try {
    if (ms > 0) await call.sleep(ms, call.signal);
  } catch (error) {
    if (!call.signal.aborted) throw error;
  }
}

function answerOf(chat: Chat, heard: Heard): ChatAnswer {
  const { messages } = heard;
  const reasoning = ofType(heard, "answer").map((each) => each.reasoningContent ?? "").join("");
  return {
    text: textOf(heard),
    ...(reasoning !== "" && { reasoning }),
    followUps: ofType(heard, "follow_up").map(({ content }) => content),
    chat,
    messages,
  };
}

function ofType({ messages }: Heard, type: string): Message[] {
  return messages.filter((message) => message.type === type);
}

/** The whole messages, or the pieces where none was completed. */
function textOf(heard: Heard): string {
  return ofType(heard, "answer").map(({ content }) => content).join("\n") || heard.pieces;
}
