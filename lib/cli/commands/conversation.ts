import { CANCEL_TIMEOUT_MS, cancelAbandoned } from "../../api/chat.ts";
import type { ChatReference, ChatRequest } from "../../api/chat_types.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import { CozeError } from "../../error.ts";
import type { Code } from "../../words/words.ts";
import type { Context } from "../context.ts";
import type { Session } from "../session.ts";
import { onOneLine, streamAnswer } from "./answer_stream.ts";

const PROMPT = "> ";
/** Errors that the next question would meet again. */
const PERMANENT: readonly Code[] = [
  "token-invalid",
  "bot-not-published",
  "sandbox-net",
  "file-unwritable",
];

/**
 * Talks to a bot on a terminal, line by line. ^C stops the question or the answer; a second ^C
 * without a question between them ends the conversation.
 */
export async function converse(
  context: Context,
  { client, explain, chatCall: { timeoutMs } }: Pick<Session, "client" | "explain" | "chatCall">,
  request: Omit<ChatRequest, "messages">,
  leave: (conversationId: string) => Promise<void>,
): Promise<number> {
  const { io, output, text } = context;
  /** Aborts to leave at once. */
  const exiting = new AbortController();
  /** Aborts the current question or answer. */
  let current = new AbortController();
  let wasInterrupted = false;
  /** Set to end the conversation after the current step. */
  let exitCode: number | undefined;
  let { conversationId } = request;
  let followUps: string[] = [];
  let wasAnswered = false;

  function interrupt(code: 130 | 143): void {
    if (wasInterrupted || code === 143) exitCode = code;
    if (wasInterrupted) exiting.abort(code);
    wasInterrupted = true;
    current.abort();
  }

  async function talk(): Promise<number> {
    output.say(await text("chat-head", { bot: request.botId }));
    while (exitCode === undefined) {
      current = new AbortController();
      const { signal } = current;
      const line = await lines.question(PROMPT, signal);
      if (signal.aborted) {
        if (exitCode === undefined) output.say(await text("chat-leave"));
        continue;
      }
      // An input method may give `／exit` and `２`.
      const word = line?.normalize("NFKC").trim();
      if (line === undefined || word === "/exit") return 0;
      if (!word) continue;
      wasInterrupted = false;
      const chosen = /^\d+$/.test(word) ? followUps[Number(word) - 1] : undefined;
      if (chosen !== undefined) output.say(PROMPT + onOneLine(chosen));
      await ask(chosen ?? line, signal);
    }
    return exitCode;
  }

  async function ask(messages: string, signal: AbortSignal): Promise<void> {
    let ids: Partial<ChatReference> = {};
    try {
      const events = client.chat({ ...request, messages, conversationId }, { signal, timeoutMs });
      // After an error the proposals stay, so that the same number works again.
      ({ followUps } = await streamAnswer(events, context, (known) => {
        ids = known;
        ({ conversationId } = known);
      }));
      wasAnswered = true;
      if (followUps.length > 0) output.say(await text("chat-follow-ups"));
      followUps.forEach((question, i) => output.say(`  ${i + 1}  ${onOneLine(question)}`));
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      if (signal.aborted) return await stop(ids);
      // After a timeout Coze still works on the answer, and the conversation stays busy.
      await cancelAbandoned(client.cancelChat, error, ids);
      // The pipe at stdout is closed.
      if (error.code === "interrupted") throw error;
      await explain(error);
      // Before the first answer: the bot or the conversation does not exist.
      const isWrongTarget = error.code === "resource-not-found" && !wasAnswered;
      if (isWrongTarget || PERMANENT.includes(error.code)) exitCode = exitCodeOf(error.code);
    }
  }

  /** Cancels the answer at Coze. */
  async function stop({ conversationId, chatId }: Partial<ChatReference>): Promise<void> {
    if (exitCode === undefined) output.say(await text("chat-stopped"));
    if (conversationId === undefined || chatId === undefined) return;
    const options = { signal: exiting.signal, timeoutMs: CANCEL_TIMEOUT_MS };
    try {
      await client.cancelChat({ conversationId, chatId }, options);
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      // 4104: the answer was already complete. Source: Coze's page coze_error_codes.
      const isOver = exiting.signal.aborted || error.server?.code === "4104";
      if (!isOver) output.say(await text("chat-not-told", { code: error.code }));
    }
  }

  const lines = await io.openLines(() => interrupt(130));
  const stopListening = io.onInterrupt(interrupt);
  try {
    const exited = new Promise<number>((resolve) => {
      exiting.signal.onabort = () => resolve(exiting.signal.reason);
    });
    return await Promise.race([exited, talk()]);
  } finally {
    stopListening();
    lines.close();
    if (conversationId !== undefined) await leave(conversationId);
  }
}
