import { CANCEL_TIMEOUT_MS, cancelAbandoned } from "../../api/chat.ts";
import type { ChatReference, ChatRequest } from "../../api/chat_types.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import { CozeError } from "../../error.ts";
import type { Code } from "../../words/words.ts";
import type { Context } from "../context.ts";
import type { Session } from "../session.ts";
import { onOneLine, streamAnswer } from "./answer_stream.ts";

const PROMPT = "> ";
/** The next question would fail in the same way. */
const PERMANENT: readonly Code[] = [
  "token-invalid",
  "bot-not-published",
  "sandbox-net",
  "file-unwritable",
];

/**
 * Talks to a bot at a terminal, line by line, until the person leaves. ^C stops what is under way,
 * and leaves when nothing was asked since the last ^C.
 */
export async function converse(
  context: Context,
  { client, explain, chatCall: { timeoutMs } }: Pick<Session, "client" | "explain" | "chatCall">,
  request: Omit<ChatRequest, "messages">,
  leave: (conversationId: string) => Promise<void>,
): Promise<number> {
  const { io, output, text } = context;
  const exited = Promise.withResolvers<number>();
  const exiting = new AbortController();
  /** The question or the answer under way. */
  let current = new AbortController();
  let wasInterrupted = false;
  /** Set when the conversation ends after what is under way. */
  let exitCode: number | undefined;
  let { conversationId } = request;
  let followUps: string[] = [];
  let wasAnswered = false;

  function interrupt(code: 130 | 143): void {
    if (wasInterrupted || code === 143) exitCode = code;
    if (wasInterrupted) {
      exited.resolve(code);
      exiting.abort();
    }
    wasInterrupted = true;
    current.abort();
  }

  /** @returns The exit code, when it is time to leave. */
  async function takeTurn(): Promise<number | undefined> {
    current = new AbortController();
    const { signal } = current;
    const line = await lines.question(PROMPT, signal);
    if (signal.aborted) {
      if (exitCode === undefined) output.say(await text("chat-leave"));
      return;
    }
    // An input method may give `／exit` and `２`.
    const word = line?.normalize("NFKC").trim();
    if (line === undefined || word === "/exit") return 0;
    if (!word) return;
    wasInterrupted = false;
    const chosen = /^\d+$/.test(word) ? followUps[Number(word) - 1] : undefined;
    if (chosen !== undefined) output.say(PROMPT + onOneLine(chosen));
    return await ask(chosen ?? line, signal);
  }

  async function ask(messages: string, signal: AbortSignal): Promise<number | undefined> {
    let ids: Partial<ChatReference> = {};
    try {
      const events = client.chat({ ...request, messages, conversationId }, { signal, timeoutMs });
      // After an error the old proposals stay, so that the same number asks again.
      ({ followUps } = await streamAnswer(events, context, (known) => {
        ids = known;
        ({ conversationId } = known);
      }));
      wasAnswered = true;
      if (followUps.length > 0) output.say(await text("chat-follow-ups"));
      followUps.forEach((question, i) => output.say(`  ${i + 1}  ${onOneLine(question)}`));
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      if (signal.aborted) return void await stop(ids);
      // Coze goes on with an answer that takes too long, and the conversation would stay busy.
      await cancelAbandoned(client.cancelChat, error, ids);
      // The reader of stdout has gone.
      if (error.code === "interrupted") throw error;
      await explain(error);
      // Before the first answer, the bot or the conversation that was named does not exist.
      const isWrongTarget = error.code === "resource-not-found" && !wasAnswered;
      if (isWrongTarget || PERMANENT.includes(error.code)) return exitCodeOf(error.code);
    }
  }

  /** Tells Coze that the answer is not wanted any more. */
  async function stop({ conversationId, chatId }: Partial<ChatReference>): Promise<void> {
    if (exitCode === undefined) output.say(await text("chat-stopped"));
    if (conversationId === undefined || chatId === undefined) return;
    const options = { signal: exiting.signal, timeoutMs: CANCEL_TIMEOUT_MS };
    try {
      await client.cancelChat({ conversationId, chatId }, options);
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      // 4104: the answer had ended already. Source: Coze's page coze_error_codes.
      const isOver = exiting.signal.aborted || error.server?.code === "4104";
      if (!isOver) output.say(await text("chat-not-told", { code: error.code }));
    }
  }

  async function talk(): Promise<number> {
    output.say(await text("chat-head", { bot: request.botId }));
    for (;;) {
      const code = await takeTurn() ?? exitCode;
      if (code !== undefined) return code;
    }
  }

  const lines = await io.openLines(() => interrupt(130));
  const forget = io.onInterrupt(interrupt);
  try {
    return await Promise.race([exited.promise, talk()]);
  } finally {
    forget();
    lines.close();
    if (conversationId !== undefined) await leave(conversationId);
  }
}
