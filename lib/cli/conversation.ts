import type { CliCode, CliError } from "./codes.ts";
import { CANCEL_TIMEOUT_MS, cancelAbandoned } from "../api/chat.ts";
import { chatFailure } from "../api/chat_json.ts";
import type { ChatReference, ChatRequest } from "../api/chat_types.ts";
import type { CozeClient } from "../api/client.ts";
import { exitCodeOf } from "../doctor/catalogue.ts";
import { CozeError } from "../error.ts";
import { type AnswerOutput, streamAnswer, type StreamedAnswer } from "./answer_stream.ts";
import type { Run } from "./run.ts";
import type { Sentence } from "./text.ts";

/** What a conversation leaves to its caller. */
export interface ConversationOptions {
  /** Tells people why there is no answer. */
  explain(error: CliError): Promise<unknown>;
  /** Most milliseconds of an answer. @default {600000} */
  timeoutMs?: number;
  /** Is told the conversation's id at the end, when there was an answer. */
  leave?(conversationId: string): Promise<void>;
}

const PROMPT = "> ";
/** The next question would have the same answer. */
const POINTLESS: readonly CliCode[] = [
  "token-invalid",
  "bot-not-published",
  "sandbox-net",
];

/**
 * Talks to a bot at a terminal, line by line, until the person leaves.
 *
 * @param run The command line and the outside world. Its `signal` stays unused, as ^C stops an
 *   answer and not the program.
 * @param client Talks to Coze.
 * @param request The bot, and the conversation to go on with.
 * @param options What is left to the caller.
 * @returns The exit code: 0 after `/exit` and ^D, 130 after ^C, 143 after a termination signal, that
 *   of an error that would come again.
 */
export async function converse(
  run: Run,
  client: CozeClient,
  request: Omit<ChatRequest, "messages">,
  { explain, timeoutMs, leave: bid }: ConversationOptions,
): Promise<number> {
  const { io, output, redactor, text } = run;
  const sinks: AnswerOutput = {
    answer: io.writeStdout,
    redactor,
    ...(io.stderrIsTerminal && {
      reasoning: (text) => io.writeStderr(output.mark("dim", text)),
    }),
  };
  const left = Promise.withResolvers<number>();
  const leaving = new AbortController();
  /** The answer under way, until it is done or Coze knows that it is not wanted. */
  let current: AbortController | undefined;
  let { conversationId } = request;
  let followUps: string[] = [];
  let wasAnswered = false;
  /** Whether the next ^C leaves. */
  let armed = false;
  /** Of a termination signal that came during an answer. */
  let exitCode: number | undefined;
  let note: Sentence | undefined;
  let notAsked = 0;

  function leave(code: number): void {
    left.resolve(code);
    leaving.abort();
  }

  function interrupt(code: 130 | 143): void {
    if (current) {
      if (current.signal.aborted) return leave(code);
      if (code === 143) exitCode = code;
      armed = true;
      notAsked = lines.discard().length;
      return current.abort();
    }
    const cleared = lines.discard().length > 0;
    if (code === 143 || (armed && !cleared)) return leave(code);
    armed = true;
    note = cleared ? "chat-cleared" : "chat-leave";
  }

  /** @returns An exit code when there is no point in asking again. */
  async function ask(question: string): Promise<number | undefined> {
    const abort = current = new AbortController();
    let ids: ChatReference | undefined;
    let answer: StreamedAnswer | undefined;
    let problem: unknown;
    try {
      const events = client.chat(
        { ...request, messages: question, ...(conversationId && { conversationId }) },
        { signal: abort.signal, ...(timeoutMs && { timeoutMs }) },
      );
      answer = await streamAnswer(events, {
        ...sinks,
        ids(known) {
          ids = known;
          conversationId = known.conversationId;
        },
      });
    } catch (error) {
      problem = error;
    }
    if (abort.signal.aborted) await stop(ids);
    current = undefined;
    if (abort.signal.aborted) return exitCode;
    if (answer) {
      wasAnswered = true;
      return void await finish(answer);
    }
    if (!(problem instanceof CozeError)) throw problem;
    // One that was too late goes on at Coze, and would keep the conversation busy.
    await cancelAbandoned(client.cancelChat, problem, ids ?? {});
    await explain(problem);
    // Without an answer yet, the bot or the conversation that was named does not exist.
    const isNowhere = problem.code === "resource-not-found" && !wasAnswered;
    const isPointless = isNowhere || POINTLESS.includes(problem.code);
    return isPointless ? exitCodeOf(problem.code) : undefined;
  }

  async function finish({ chat, ...answer }: StreamedAnswer): Promise<void> {
    // The old proposals stay, so that the same number asks again.
    if (chat?.status === "failed") return void await explain(chatFailure(chat));
    if (chat?.status === "requires_action") output.say(await text("chat-action"));
    ({ followUps } = answer);
    if (followUps.length > 0) output.say(await text("chat-follow-ups"));
    followUps.forEach((question, i) => output.say(`  ${i + 1}  ${onOneLine(question)}`));
  }

  async function stop(ids: ChatReference | undefined): Promise<void> {
    if (exitCode === undefined) output.say(await text("chat-stopped"));
    if (notAsked > 0) output.say(await text("chat-not-asked", { count: notAsked }));
    if (!ids) return;
    const { signal } = leaving;
    try {
      await client.cancelChat(ids, { signal, timeoutMs: CANCEL_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      // 4104: it had come to its end already. Source: Coze's page coze_error_codes.
      if (signal.aborted || error.server?.code === "4104") return;
      output.say(await text("chat-not-told", { code: error.code }));
    }
  }

  async function talk(): Promise<number> {
    output.say(await text("chat-head", { bot: request.botId }));
    while (!leaving.signal.aborted) {
      if (note) output.say(await text(note));
      note = undefined;
      const line = await lines.question(PROMPT);
      const word = line?.trim();
      if (line === undefined || word === "/exit") return 0;
      if (!word) continue;
      armed = false;
      const chosen = /^\d+$/.test(word) ? followUps[Number(word) - 1] : undefined;
      if (chosen !== undefined) output.say(PROMPT + onOneLine(chosen));
      const code = await ask(chosen ?? line);
      if (code !== undefined) return code;
    }
    return 0;
  }

  const lines = await io.openLines(() => interrupt(130));
  // Without a terminal in raw mode, and from other programs, it comes as a signal.
  const forget = io.onInterrupt(interrupt);
  try {
    return await Promise.race([left.promise, talk()]);
  } finally {
    forget();
    lines.close();
    if (conversationId !== undefined) await bid?.(conversationId);
  }
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
