/** What a bot is asked. */
export interface BotQuestion {
  /** The text of the user's last message. */
  text: string;
  /** The bot that is asked, as published or as draft: its id, its name, its prompt. */
  bot: { id: string; name: string; prompt: string };
  /** How many times the user had spoken before in this conversation. */
  turns: number;
}

/** What a bot answers, and how. */
export interface BotAnswer {
  /** The answer. */
  text: string;
  /**
   * What it thinks before it answers, sent as `reasoning_content`.
   *
   * @default {none}
   */
  reasoning?: string;
  /**
   * Questions it proposes after the answer.
   *
   * @default {[]}
   */
  followUps?: readonly string[];
  /**
   * How many milliseconds the answer takes.
   *
   * @default {answerMs}
   */
  durationMs?: number;
  /**
   * How the chat ends: well; with `conversation.chat.failed`; with an event `error`; or with a
   * stream that ends in the middle of the answer, the chat being completed nevertheless.
   *
   * @default {"completed"}
   */
  end?: "completed" | "failed" | "error" | "cut";
  /**
   * What `failed` and `error` tell.
   *
   * @default {code 5000, "event interval error"}
   */
  error?: { code: number; msg: string };
}

type Manner = (question: string, isChinese: boolean) => Omit<BotAnswer, "text">;

/** What a question may begin with, to try what an answer can be. */
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

/**
 * Answers as the emulator's bots do: always the same to the same question, in its language when that
 * is Chinese. A question may begin with `/slow`, `/fail`, `/stop`, `/error`, `/think` or `/suggest`.
 *
 * @param question The question.
 * @returns An answer that names the bot, the first line of its prompt, the question, and how many
 *   turns were before.
 */
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
