import type { CliError } from "./codes.ts";
import { cancelAbandoned } from "../api/chat.ts";
import { chatFailure } from "../api/chat_json.ts";
import type { Chat, ChatReference } from "../api/chat_types.ts";
import { CozeError } from "../error.ts";
import { streamAnswer } from "./answer_stream.ts";
import { valueError } from "./arguments.ts";
import { sameFlags } from "./next_command.ts";
import type { Run } from "./run.ts";
import { type Session, withSession } from "./session.ts";

/** Coze keeps conversations of its users apart; who has none of their own is one user. */
const USER = "coze-jwt";
/** Most characters that are read from a pipe; Coze takes 15 MB of a request at most. */
const TEXT_LIMIT = 1_000_000;
/** What is said. */
export interface Question {
  text: string;
  botId: string;
  draft: boolean;
  conversationId?: string;
}

/** A whole answer. */
export interface Answer {
  answer: string;
  conversationId: string;
  chatId: string;
  followUps: string[];
  /** How the chat ended: `completed`, `requires_action`, … */
  status: string;
}

/**
 * Says something to a bot and prints the answer; without a text on a terminal a conversation.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export async function chat(run: Run): Promise<number> {
  const { args, output, io } = run;
  const text = await textOf(run);
  if (text === undefined) return await talk(run);
  return await withSession(run, async (session) => {
    const conversationId = args.value("conversation");
    const question = { text, botId: session.botId(), draft: args.has("draft"), conversationId };
    const answer = await say(run, session, question);
    if (output.json) output.contentJson(answer);
    else if (io.stderrIsTerminal) await tellHowToGoOn(run, question.botId, answer.conversationId);
    return 0;
  });
}

/** A conversation looks after ^C itself: it stops an answer and not the program. */
async function talk(run: Run): Promise<number> {
  const { args } = run;
  const leaving = new AbortController();
  try {
    return await withSession(run, async (session) => {
      const { converse } = await import("./conversation.ts");
      const botId = session.botId();
      const conversationId = args.value("conversation");
      const request = { botId, userId: userOf(run), draft: args.has("draft"), conversationId };
      return await converse(run, session.client, request, {
        explain: session.explain,
        leave: (conversationId) => tellHowToGoOn(run, botId, conversationId),
        timeoutMs: session.chatCall.timeoutMs,
      });
    }, leaving.signal);
  } finally {
    // Who has left waits for no token any more.
    leaving.abort();
  }
}

/**
 * Prints the command that goes on with a conversation.
 *
 * @param run The command line and the outside world.
 * @param botId The bot.
 * @param conversationId The conversation.
 * @param draft Whether it is with the draft, where no flag says so.
 */
export async function tellHowToGoOn(
  { io, output, text }: Run,
  botId: string,
  conversationId: string,
  draft = false,
): Promise<void> {
  if (conversationId === "") return;
  const flags = sameFlags(io.args, "chat", ["bot", "conversation"]);
  const ids = `--bot ${botId} --conversation ${conversationId}${draft ? " --draft" : ""}`;
  output.say(await text("go-on", { command: `chat ${ids}${flags}` }));
}

/** The argument, or what comes through the pipe; undefined where people type. */
async function textOf({ args, io, output, signal }: Run): Promise<string | undefined> {
  const [operand] = args.operands;
  if (operand?.trim() && operand !== "-") return operand;
  if (operand?.trim() === "") throw nothingToSay();
  if (io.stdinIsTerminal && operand === undefined && !output.json) return undefined;
  const piped = io.stdinIsTerminal ? "" : await io.readStdin(TEXT_LIMIT, signal);
  if (piped.length > TEXT_LIMIT) throw valueError("stdin", `1 … ${TEXT_LIMIT}`);
  const text = piped.replace(/\r?\n$/, "");
  if (text.trim() !== "") return text;
  throw nothingToSay();
}

function nothingToSay(): CliError {
  return new CozeError("usage-no-terminal", "Cannot chat without a text or a terminal");
}

/**
 * Says something and prints the answer as it comes, with what belongs to it on stderr.
 *
 * @param run The command line and the outside world.
 * @param session Client and calls.
 * @param question What is said to whom.
 * @returns The answer.
 * @throws {CozeError} What the client throws; a chat that failed is an error too.
 */
export async function say(run: Run, session: Session, question: Question): Promise<Answer> {
  const { io, output, redactor } = run;
  const { text, ...rest } = question;
  const request = { ...rest, userId: userOf(run), messages: text };
  let ids: Partial<ChatReference> = {};
  try {
    const events = session.client.chat(request, session.chatCall);
    const { chat, followUps, ...answer } = await streamAnswer(events, {
      answer: (text) => output.json || io.writeStdout(text),
      ...(io.stderrIsTerminal && !output.json && { reasoning: reasoningTo(run) }),
      ids: (known) => ids = known,
      redactor,
    });
    if (chat?.status === "failed") throw chatFailure(chat);
    if (!output.json) await tellAfter(run, chat, followUps);
    const { conversationId = "", chatId = "" } = ids;
    const { status = "" } = chat ?? {};
    return { answer: answer.text, conversationId, chatId, followUps, status };
  } catch (error) {
    await cancelAbandoned(session.client.cancelChat, error, ids);
    const { stage } = session;
    const { conversationId } = ids;
    if (stage && conversationId !== undefined && !/ --conversation\b/.test(stage.resume)) {
      stage.resume = stage.resume.replace(/ --bot \S+/, `$& --conversation ${conversationId}`);
    }
    throw error;
  }
}

/**
 * The user whose conversations these are.
 *
 * @param run The command line.
 */
export function userOf({ args }: Run): string {
  return args.value("user") ?? USER;
}

async function tellAfter(run: Run, chat: Chat | undefined, followUps: string[]): Promise<void> {
  const { output, text } = run;
  if (chat?.status === "requires_action") output.say(await text("chat-action"));
  followUps.forEach((question, i) =>
    output.say(`  ${i + 1}  ${question.replace(/\s+/g, " ").trim()}`)
  );
}

function reasoningTo({ io, output }: Run): (text: string) => void {
  return (text) => io.writeStderr(output.mark("dim", text));
}
