import type { JsonObject } from "./parameters.ts";
import { type BotAnswer, type BotQuestion, type Chat, toSeconds } from "./world.ts";

type Manner = (question: string, isChinese: boolean) => Omit<BotAnswer, "text">;

/** The commands that a question may begin with, and how the answer then goes. */
const MANNERS: Readonly<Record<string, Manner>> = {
  slow: () => ({ durationMs: 10_000 }),
  fail: () => ({ end: "failed" }),
  stop: () => ({ end: "cut" }),
  error: () => ({ end: "error" }),
  think: (question, isChinese) => ({
    reasoning: isChinese ? `用户说的是“${question}”。` : `The user says "${question}".`,
  }),
  suggest: (question, isChinese) => ({
    followUps: isChinese
      ? [`“${question}”是什么意思？`, "还有什么可以问？"]
      : [`What does "${question}" mean?`, "What else can I ask?"],
  }),
};

/** The default answer: the same to the same question, in Chinese to a question in Chinese. */
export function answerByText({ text, bot, turns }: BotQuestion): BotAnswer {
  const [, command = "", rest = ""] = /^\/([a-z]+)(?:\s+|$)([\s\S]*)$/.exec(text) ?? [];
  const manner = Object.hasOwn(MANNERS, command) ? MANNERS[command] : undefined;
  const question = manner ? rest || text : text;
  const isChinese = /\p{Script=Han}/u.test(question);
  const [prompt] = bot.prompt.split(/\r?\n/, 1);
  const about = isChinese
    ? `（${prompt && `提示词：${prompt}；`}此前 ${turns} 轮）`
    : ` (${prompt && `prompt: ${prompt}; `}turns before: ${turns})`;
  const said = isChinese ? `你说：${question}` : `You said: ${question}`;
  return { text: `[${bot.name}] ${said}${about}`, ...manner?.(question, isChinese) };
}

/** How a chat stands, by Coze's names. */
type ChatStatus = "created" | "in_progress" | "completed" | "failed" | "canceled";

const NOT_USED = { token_count: 0, output_count: 0, input_count: 0 };
/** Code and text of a failed chat that was seen, in coze-py's test data. */
const DEFAULT_ERROR = { code: 5000, msg: "event interval error" };
/** Seen, in coze-py's test data. */
const FINISH = JSON.stringify({
  msg_type: "generate_answer_finish",
  data: JSON.stringify({ finish_reason: 0, FinData: "" }),
  from_module: null,
  from_unit: null,
});

/** How a chat stands: by the clock, unless it was canceled or its stream has ended. */
export function statusAt(chat: Chat, time: number): ChatStatus {
  if (chat.isCanceled) return "canceled";
  if (time < (chat.endedAt ?? chat.createdAt + chat.durationMs)) return "in_progress";
  const { end } = chat.answer;
  return end === "failed" || end === "error" ? "failed" : "completed";
}

function errorOf({ answer }: Chat): { code: number; msg: string } {
  return answer.error ?? DEFAULT_ERROR;
}

/** Shows a chat as the events of a stream do, which have all members in every status. */
function showChatInStream(chat: Chat, status: ChatStatus): JsonObject {
  return {
    id: chat.id,
    conversation_id: chat.conversationId,
    bot_id: chat.botId,
    created_at: toSeconds(chat.createdAt),
    completed_at: toSeconds(status === "completed" ? endOf(chat) : chat.createdAt),
    last_error: status === "failed" ? errorOf(chat) : { code: 0, msg: "" },
    failed_at: status === "failed" ? toSeconds(endOf(chat)) : undefined,
    status,
    usage: status === "completed" ? usageOf(chat) : NOT_USED,
    section_id: chat.sectionId,
  };
}

/**
 * Shows a chat as the other answers do. Source: the samples of Coze's pages chat_v3 and
 * retrieve_chat.
 */
export function showChat(chat: Chat, status: ChatStatus): JsonObject {
  return {
    id: chat.id,
    conversation_id: chat.conversationId,
    bot_id: chat.botId,
    created_at: toSeconds(chat.createdAt),
    meta_data: chat.metaData,
    status,
    last_error: status === "failed" ? errorOf(chat) : null,
    completed_at: status === "completed" ? toSeconds(endOf(chat)) : undefined,
    usage: status === "completed" ? usageOf(chat) : undefined,
    failed_at: status === "failed" ? toSeconds(endOf(chat)) : undefined,
  };
}

/** Makes the messages of a chat that is completed. `[INF]` that proposals come last. */
export function answerMessages(chat: Chat): JsonObject[] {
  const { text, reasoning, followUps = [] } = chat.answer;
  const parts: [type: string, content: string][] = [
    ["answer", text],
    ["verbose", FINISH],
    ...followUps.map((followUp): [string, string] => ["follow_up", followUp]),
  ];
  return parts.map(([type, content], index) => ({
    ...showMessage(chat, type, content, index),
    reasoning_content: type === "answer" ? reasoning : undefined,
  }));
}

/** Shows a message, or a part of one. */
function showMessage(chat: Chat, type: string, content: string, index = 0): JsonObject {
  return {
    id: chat.messageIds[index],
    conversation_id: chat.conversationId,
    bot_id: chat.botId,
    role: "assistant",
    type,
    content,
    content_type: "text",
    chat_id: chat.id,
    section_id: chat.sectionId,
  };
}

function endOf({ createdAt, durationMs, endedAt }: Chat): number {
  return endedAt ?? createdAt + durationMs;
}

function usageOf({ inputCount, outputCount }: Chat) {
  return {
    token_count: inputCount + outputCount,
    output_count: outputCount,
    input_count: inputCount,
  };
}

interface StreamEvent {
  name: string;
  /** Sent as JSON. */
  data: unknown;
  /** How long to wait before it, in milliseconds. */
  waitMs?: number;
  /** Whether the blank line after it is left out. */
  isUnfinished?: boolean;
}

/** Chinese comes character by character, other scripts in pieces of words. */
const PIECE = /[\u2e80-\u{10ffff}]|[^\s\u2e80-\u{10ffff}]{1,4}\s*|\s+/gu;

/**
 * Makes the events of a chat, in the order and form of coze-py's test data, which were seen.
 * An answer that does not end well breaks off in its middle.
 *
 * That the chat is canceled changes nothing here: by Coze's page cancel_chat that does not stop the
 * stream. `[INF]` that its last event is the usual one.
 */
export function* chatEvents(chat: Chat, now: () => number): Generator<StreamEvent> {
  yield { name: "conversation.chat.created", data: showChatInStream(chat, "created") };
  yield { name: "conversation.chat.in_progress", data: showChatInStream(chat, "in_progress") };

  const { end = "completed" } = chat.answer;
  const all = deltas(chat);
  const shown = end === "completed" ? all : all.slice(0, Math.ceil(all.length / 2));
  const waitMs = chat.durationMs / shown.length;
  for (const data of shown) yield { name: "conversation.message.delta", data, waitMs };

  chat.endedAt = now();
  if (end === "cut") return;
  if (end === "error") {
    yield { name: "error", data: errorOf(chat) };
    return;
  }
  if (end === "failed") {
    yield {
      name: "conversation.chat.failed",
      data: showChatInStream(chat, "failed"),
      isUnfinished: true,
    };
    return;
  }
  for (const data of answerMessages(chat)) yield { name: "conversation.message.completed", data };
  yield { name: "conversation.chat.completed", data: showChatInStream(chat, "completed") };
  yield { name: "done", data: "[DONE]" };
}

/** `[INF]` that `content` is there, empty, while the bot thinks. */
function deltas(chat: Chat): JsonObject[] {
  const { reasoning = "", text } = chat.answer;
  return [
    ...pieces(reasoning).map((piece) => ({
      ...showMessage(chat, "answer", ""),
      reasoning_content: piece,
    })),
    ...pieces(text, "").map((piece) => showMessage(chat, "answer", piece)),
  ];
}

function pieces(text: string, ...whenEmpty: string[]): string[] {
  return text.match(PIECE) ?? whenEmpty;
}

/** Makes the body while it is read: unread it costs nothing, and canceled it ends at once. */
export function createEventStream(
  events: Iterator<StreamEvent>,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(body) {
      const { done, value } = events.next();
      if (done) return body.close();
      // A timer cannot wait for less.
      if ((value.waitMs ?? 0) >= 1) await sleep(value.waitMs!, gone.signal);
      body.enqueue(encoder.encode(format(value)));
    },
    cancel() {
      gone.abort();
      events.return?.();
    },
  }, { highWaterMark: 0 });
}

/** Waits by a timer, which does not outlive the stream. */
export function sleepByTimer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** No blank stands after the colons, and `[DONE]` is in quotes: coze-py's test data. */
function format({ name, data, isUnfinished }: StreamEvent): string {
  return `event:${name}\ndata:${JSON.stringify(data)}\n${isUnfinished ? "" : "\n"}`;
}
