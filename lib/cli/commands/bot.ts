import { CozeError } from "../../error.ts";
import { startCall } from "../../http.ts";
import type { NextCommand } from "../../doctor/report.ts";
import { CliError, type Context, usageError } from "../context.ts";
import { type Session, withSession } from "../session.ts";
import { printTable } from "../table.ts";
import { printContinueCommand, say } from "./chat.ts";

/** How long a published bot may take to appear in the list. Coze does not document it. */
const LISTED_WITHIN_MS = 60_000;
/** The pause doubles, because the free plan limits the number of calls. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 8000;

export function listBots(context: Context): Promise<number> {
  const { io, text } = context;
  return withSession(context, async ({ client, call, idOf }) => {
    const bots = await Array.fromAsync(client.bots(idOf("workspace"), call));
    // In a pipe the status stays English.
    const [published, draft] = io.stdoutIsTerminal
      ? [await text("published"), await text("draft")]
      : ["published", "draft"];
    const minute = (time?: number) =>
      time === undefined ? "" : new Date(time).toISOString().slice(0, 16).replace("T", " ");
    await printTable(
      context,
      bots,
      ["column.id", "column.name", "column.status", "column.updated"],
      (bot) => [bot.id, bot.name, bot.isPublished ? published : draft, minute(bot.updatedAt)],
    );
    return 0;
  });
}

export function createBot(context: Context): Promise<number> {
  const { args, output, text } = context;
  const [name = ""] = args.operands;
  return withSession(context, async (session) => {
    const { client, call } = session;
    const workspaceId = session.idOf("workspace");
    if (!args.has("new")) await refuseSameName(context, session, workspaceId, name);
    // After a lost answer the bot may exist. The same command finds it by its name; with --new,
    // look at the list.
    const next = { words: args.has("new") ? ["bot list"] : ["bot create", name] };
    session.stage = { next, mayHaveHappened: true };
    const bot = { workspaceId, name, prompt: args.value("prompt") };
    const { botId } = await client.createBot(bot, call);
    if (!output.json) output.say(await text("bot-created", { bot: botId, name }));
    return await publishAndSay(context, session, botId, args.has("publish"));
  });
}

export function publishBot(context: Context): Promise<number> {
  const { args } = context;
  const [operand] = args.operands;
  if (operand !== undefined && args.has("bot")) {
    throw usageError("conflict", { flag: "--bot", other: "ID" });
  }
  return withSession(context, async (session) => {
    const botId = session.idOf("bot", operand);
    // Check the id before publishing.
    if (session.hasWorkspace) session.idOf("workspace");
    return await publishAndSay(context, session, botId, true);
  });
}

/** Coze accepts a second bot of the same name, which is rarely intended. */
async function refuseSameName(
  context: Context,
  { client, call }: Session,
  workspaceId: string,
  name: string,
): Promise<void> {
  const { args } = context;
  for await (const bot of client.bots(workspaceId, call)) {
    if (bot.name !== name) continue;
    // Without --publish, --say sends its text to the draft.
    const talks = bot.isPublished || (args.has("say") && !args.has("publish"));
    const next = talks ? chatCommand(context, bot.id, !bot.isPublished) : publishCommand(bot.id);
    throw new CliError("bot-exists", { name, bot: bot.id }, next);
  }
}

async function publishAndSay(
  context: Context,
  session: Session,
  botId: string,
  publish: boolean,
): Promise<number> {
  const { args, output } = context;
  let version: string | undefined;
  const text = args.value("say");
  if (publish) {
    session.stage = { next: publishCommand(botId) };
    ({ version } = await session.client.publishBot(botId, session.call));
    version ||= undefined;
    if (!output.json) output.say(await context.text("bot-published", { version: version ?? "" }));
    session.stage = { next: chatCommand(context, botId, false) };
    await untilListed(context, session, botId);
  }
  if (text === undefined) {
    if (output.json) output.contentJson({ botId, version });
    else output.answer(botId);
    return 0;
  }
  session.stage = { next: chatCommand(context, botId, !publish) };
  const request = { messages: text, botId, draft: !publish };
  const { answer, conversationId, chatId } = await say(context, session, request);
  if (output.json) output.contentJson({ botId, version, conversationId, chatId, answer });
  else await printContinueCommand(context, botId, conversationId, !publish);
  return 0;
}

/** Waits until the bot is listed as published: before that, a chat fails. */
async function untilListed(context: Context, session: Session, botId: string): Promise<void> {
  // Without a workspace there is no list. The chat then shows whether the bot is ready.
  if (!session.hasWorkspace) return;
  const workspaceId = session.idOf("workspace");
  const { io: { now, sleep }, output, text } = context;
  const wait = startCall({ ...session.call, now, sleep, timeoutMs: LISTED_WITHIN_MS });
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LAST_PAUSE_MS)) {
    if (await isListed(session, workspaceId, botId)) return;
    if (pause === FIRST_PAUSE_MS && !output.json) output.say(await text("bot-waiting"));
    if (wait.now() + pause >= wait.deadline) {
      const details = { bot: botId, reason: "waiting", seconds: LISTED_WITHIN_MS / 1000 };
      throw new CozeError("bot-not-published", "The bot is not listed as published", details);
    }
    await wait.sleep(pause, wait.signal);
  }
}

/** Whether the bot is listed as published; true without permission to list. */
async function isListed(session: Session, workspaceId: string, botId: string): Promise<boolean> {
  const published = { ...session.call, publishStatus: "published_online" } as const;
  try {
    for await (const { id } of session.client.bots(workspaceId, published)) {
      if (id === botId) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    if (error.code === "permission-missing") return true;
    if (["rate-limited", "server-fault", "connection-lost"].includes(error.code)) return false;
    throw error;
  }
}

function publishCommand(botId: string): NextCommand {
  return { words: ["bot publish", botId], without: ["bot"] };
}

function chatCommand({ args }: Context, botId: string, draft: boolean): NextCommand {
  const text = args.value("say");
  const words = text === undefined ? ["chat"] : ["chat", text];
  return { words, flags: { bot: botId, draft: draft || undefined }, without: ["draft"] };
}
