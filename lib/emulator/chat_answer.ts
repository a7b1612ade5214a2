// What a bot answers, and how a chat with it is shown: as the events of a stream, or to be polled.

import type { BotAnswer, BotQuestion } from "./options.ts";
import type { JsonObject } from "./rules.ts";
import { type Chat, toSeconds, type World } from "./world.ts";

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

/** Seen, in coze-py's test data. */
const FINISH = JSON.stringify({
  msg_type: "generate_answer_finish",
  data: JSON.stringify({ finish_reason: 0, FinData: "" }),
  from_module: null,
  from_unit: null,
});

/** Makes the messages of a chat, as Coze shows them. `[INF]` that suggestions come last. */
export function createMessages(
  { text, reasoning, followUps = [] }: BotAnswer,
  ids: Readonly<Record<string, string>>,
  createId: () => string,
): JsonObject[] {
  const parts = [
    { type: "answer", content: text, reasoning_content: reasoning },
    { type: "verbose", content: FINISH },
    ...followUps.map((content) => ({ type: "follow_up", content })),
  ];
  return parts.map((part) => ({
    id: createId(),
    ...ids,
    role: "assistant",
    content_type: "text",
    ...part,
  }));
}

/** The status of a chat, in Coze's words. */
type ChatStatus = "created" | "in_progress" | "completed" | "failed" | "canceled";

/** The status of a chat at this time. */
export function statusOf({ isCanceled, endsAt, answer: { end } }: Chat, time: number): ChatStatus {
  if (isCanceled) return "canceled";
  if (time < endsAt) return "in_progress";
  return end === "failed" || end === "error" ? "failed" : "completed";
}

/** Code and text of a failed chat that was seen, in coze-py's test data. */
const FAILURE = { code: 5000, msg: "event interval error" };

/** Shows a chat to be polled. Source: the samples of Coze's pages chat_v3 and retrieve_chat. */
export function showChat(chat: Chat, status: ChatStatus) {
  const endedAt = toSeconds(chat.endsAt);
  return {
    id: chat.id,
    conversation_id: chat.conversation.id,
    bot_id: chat.botId,
    created_at: toSeconds(chat.createdAt),
    status,
    last_error: status === "failed" ? FAILURE : null,
    completed_at: status === "completed" ? endedAt : undefined,
    failed_at: status === "failed" ? endedAt : undefined,
    usage: status === "completed" ? chat.usage : undefined,
  };
}

/** Shows a chat as the events of a stream do, which have these members in every status. */
function showChatInStream(chat: Chat, status: ChatStatus) {
  const shown = showChat(chat, status);
  return {
    ...shown,
    last_error: shown.last_error ?? { code: 0, msg: "" },
    completed_at: shown.completed_at ?? shown.created_at,
    usage: shown.usage ?? { token_count: 0, output_count: 0, input_count: 0 },
    section_id: chat.conversation.sectionId,
  };
}

/** The parts of the answer. `[INF]` that `content` is there, empty, while the bot thinks. */
function deltas({ answer: { text, reasoning }, messages: [message] }: Chat): JsonObject[] {
  const thoughts = reasoning?.match(PIECE) ?? [];
  const pieces = text.match(PIECE) ?? [""];
  return [
    ...thoughts.map((reasoning_content) => ({ ...message, content: "", reasoning_content })),
    ...pieces.map((content) => ({ ...message, content, reasoning_content: undefined })),
  ];
}

/** Chinese comes character by character, other scripts in pieces of words. */
const PIECE = /[\u2e80-\u{10ffff}]|[^\s\u2e80-\u{10ffff}]{1,4}\s*|\s+/gu;

/** An event: its name, its data, and how many milliseconds to wait before it. */
type StreamEvent = [name: string, data: unknown, waitMs?: number];

/**
 * Makes the events of a chat, in the order and form of coze-py's test data, which were seen.
 * An answer that does not end well breaks off in its middle.
 *
 * Canceling the chat changes nothing here: by Coze's page cancel_chat it does not stop the stream.
 * `[INF]` that its last event is the usual one.
 */
function* chatEvents(chat: Chat, now: () => number): Generator<StreamEvent> {
  const { end = "completed" } = chat.answer;
  yield ["conversation.chat.created", showChatInStream(chat, "created")];
  yield ["conversation.chat.in_progress", showChatInStream(chat, "in_progress")];

  const all = deltas(chat);
  const shown = end === "completed" ? all : all.slice(0, Math.ceil(all.length / 2));
  const waitMs = (chat.endsAt - chat.createdAt) / shown.length;
  for (const delta of shown) yield ["conversation.message.delta", delta, waitMs];

  chat.endsAt = now();
  if (end === "cut") return;
  if (end === "error") return yield ["error", FAILURE];
  if (end === "failed") return yield [CHAT_FAILED, showChatInStream(chat, "failed")];
  for (const message of chat.messages) yield ["conversation.message.completed", message];
  yield ["conversation.chat.completed", showChatInStream(chat, "completed")];
  yield ["done", "[DONE]"];
}

const CHAT_FAILED = "conversation.chat.failed";

/** Makes each event when the reader asks for it; none after the reader cancels. */
export function streamChat(chat: Chat, { now, sleep }: World): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  async function* body() {
    for (const [name, data, waitMs = 0] of chatEvents(chat, now)) {
      // A timer cannot wait for less.
      if (waitMs >= 1) await sleep(waitMs);
      // As seen: no blank after the colons, `[DONE]` in quotes, no blank line after a failure.
      const end = name === CHAT_FAILED ? "\n" : "\n\n";
      yield encoder.encode(`event:${name}\ndata:${JSON.stringify(data)}${end}`);
    }
  }
  return ReadableStream.from(body());
}
