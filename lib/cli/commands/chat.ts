import { cancelAbandoned } from "../../api/chat.ts";
import type { ChatReference, ChatRequest } from "../../api/chat_types.ts";
import { CliError, type Context, valueError } from "../context.ts";
import { type Session, withSession } from "../session.ts";
import { onOneLine, streamAnswer } from "./answer_stream.ts";

/** Coze keeps the conversations of users apart; without `--user` all belong to this one. */
const USER = "coze-jwt";
/** Most characters that are read from a pipe; Coze takes 15 MB of a request at most. */
const TEXT_LIMIT = 1_000_000;
/** After this time, tell the user that the program waits for stdin. */
const PATIENCE_MS = 1000;

/** Sends a text to a bot and prints the answer. On a terminal without a text: a conversation. */
export async function chat(context: Context): Promise<number> {
  const { args, output, io } = context;
  const text = await textOf(context);
  return await withSession(context, async (session) => {
    const conversationId = args.value("conversation");
    const request = { botId: session.idOf("bot"), draft: args.has("draft"), conversationId };
    const printContinue = (conversation: string) =>
      printContinueCommand(context, request.botId, conversation);
    if (text === undefined) {
      const { converse } = await import("./conversation.ts");
      return await converse(
        context,
        session,
        { ...request, userId: userOf(context) },
        printContinue,
      );
    }
    const answer = await say(context, session, { ...request, messages: text });
    if (output.json) output.contentJson(answer);
    else if (io.stderrIsTerminal) await printContinue(answer.conversationId);
    return 0;
  });
}

export async function printContinueCommand(
  { output, text, typed }: Context,
  bot: string,
  conversation: string,
  draft = false,
): Promise<void> {
  if (conversation === "") return;
  const flags = { bot, conversation, draft: draft || undefined };
  const command = await typed({ words: ["chat"], flags });
  output.say(await text("go-on", { command }));
}

/** The argument and the text from a pipe; `undefined` for a conversation. */
async function textOf(context: Context): Promise<string | undefined> {
  const { args, io, output, signal } = context;
  const [operand = ""] = args.operands;
  if (io.stdinIsTerminal && args.operands.length === 0 && !output.json) return undefined;
  const reading = new AbortController();
  AbortSignal.timeout(PATIENCE_MS).addEventListener("abort", async () => {
    if (!output.json) output.say(await context.text("reading-stdin"));
  }, { signal: reading.signal });
  const piped = io.stdinIsTerminal && operand !== "-" ? "" : await io.readStdin(TEXT_LIMIT, signal);
  reading.abort();
  if (piped.length > TEXT_LIMIT) throw valueError("stdin", `1 … ${TEXT_LIMIT}`);
  const parts = [operand === "-" ? "" : operand, piped.replace(/\r?\n$/, "")];
  const text = parts.filter((part) => part.trim() !== "").join("\n\n");
  if (text === "") throw new CliError("usage-no-terminal");
  return text;
}

/** Streams the answer to stdout, and prints the proposed questions to stderr. */
export async function say(
  context: Context,
  session: Session,
  request: Omit<ChatRequest, "userId">,
) {
  const { output } = context;
  let ids: Partial<ChatReference> = {};
  try {
    const events = session.client.chat({ ...request, userId: userOf(context) }, session.chatCall);
    const streamed = await streamAnswer(events, context, (known) => ids = known);
    const { text: answer, followUps, status } = streamed;
    if (!output.json) {
      followUps.forEach((question, i) => output.say(`  ${i + 1}  ${onOneLine(question)}`));
    }
    const { conversationId = "", chatId = "" } = ids;
    return { answer, conversationId, chatId, followUps, status };
  } catch (error) {
    await cancelAbandoned(session.client.cancelChat, error, ids);
    const { stage } = session;
    if (stage && ids.conversationId !== undefined) {
      const { next } = stage;
      stage.next = { ...next, flags: { ...next.flags, conversation: ids.conversationId } };
    }
    throw error;
  }
}

function userOf({ args }: Context): string {
  return args.value("user") ?? USER;
}
