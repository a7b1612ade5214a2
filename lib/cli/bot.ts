import { CozeError } from "../error.ts";
import { startCall } from "../http.ts";
import { valueError } from "./arguments.ts";
import { say, tellHowToGoOn } from "./chat.ts";
import { printList } from "./list.ts";
import { sameFlags, typed, withOperand } from "./next_command.ts";
import type { Run } from "./run.ts";
import { type Session, withSession } from "./session.ts";

/** How long a published bot may take to be listed. Coze tells of some seconds for other changes. */
const LISTED_WITHIN_MS = 60_000;
/** Less and less often: on the free plan the calls are counted. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 8000;

/** A bot that is there, and what is known of it. */
interface Made {
  botId: string;
  version?: string;
}

/**
 * Lists the bots of a workspace.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export function listBots(run: Run): Promise<number> {
  return withSession(run, async ({ client, call, workspaceId }) => {
    const bots = await Array.fromAsync(client.bots(workspaceId(), call));
    const minute = (time?: number) =>
      time === undefined ? "" : new Date(time).toISOString().slice(0, 16).replace("T", " ");
    await printList(run, bots, ["id", "name", "status", "updated (UTC)"], (bot) => [
      bot.id,
      bot.name,
      bot.isPublished ? "published" : "draft",
      minute(bot.updatedAt),
    ]);
    return 0;
  });
}

/**
 * Creates a bot; with `--publish` publishes it, with `--say` talks to it.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export function createBot(run: Run): Promise<number> {
  const { args, io, output } = run;
  const [name] = args.operands;
  if (name === undefined) throw valueError("bot create …", "coze-jwt bot create NAME");
  return withSession(run, async (session) => {
    const { client, call } = session;
    const workspaceId = session.workspaceId();
    if (!args.has("new")) await refuseSecond(run, session, workspaceId, name);
    // A lost answer leaves open whether it was created. The same command finds out, by the name; with
    // --new only the list does.
    const same = `bot create${withOperand(name, sameFlags(io.args, "bot create"))}`;
    const list = `bot list${sameFlags(io.args, "bot list")}`;
    session.stage = { resume: args.has("new") ? list : same, unsure: true };
    const prompt = args.value("prompt");
    const bot = { workspaceId, name, ...(prompt !== undefined && { prompt }) };
    const { botId } = await client.createBot(bot, call);
    if (!output.json) output.say(await run.text("bot-created", { bot: botId, name }));
    return await goOn(run, session, botId, args.has("publish"));
  });
}

/**
 * Publishes a bot; with `--say` talks to it.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export function publishBot(run: Run): Promise<number> {
  const { args } = run;
  const [operand] = args.operands;
  if (operand !== undefined && args.value("bot") !== undefined) {
    const details = { flag: "--bot", reason: "conflict", other: "ID" };
    throw new CozeError("usage-flag", "Cannot use --bot beside an ID", details);
  }
  return withSession(run, async (session) => {
    const botId = session.botId(operand);
    // What is wrong with it is said before anything is done.
    session.workspaceIfSet();
    return await goOn(run, session, botId, true);
  });
}

/** Coze may take a name twice; nobody wants that by accident. */
async function refuseSecond(
  run: Run,
  { client, call }: Session,
  workspaceId: string,
  name: string,
): Promise<void> {
  for await (const bot of client.bots(workspaceId, call)) {
    if (bot.name !== name) continue;
    // A draft is talked to only where it was not to be published.
    const talks = bot.isPublished || (run.args.has("say") && !run.args.has("publish"));
    const resume = talks ? talking(run, bot.id, !bot.isPublished) : publishing(run, bot.id);
    const details = { name, bot: bot.id, resume };
    throw new CozeError("bot-exists", `There is a bot of this name already: ${bot.id}`, details);
  }
}

/** From a bot that is there to all that the command line asks for. */
async function goOn(run: Run, session: Session, botId: string, publish: boolean): Promise<number> {
  const { args, output } = run;
  const made: Made = { botId };
  const text = args.value("say");
  if (publish) {
    session.stage = { resume: publishing(run, botId) };
    const { version } = await session.client.publishBot(botId, session.call);
    if (version !== "") made.version = version;
    if (!output.json) output.say(await run.text("bot-published", { bot: botId, version }));
    session.stage = { resume: talking(run, botId, false) };
    await untilListed(run, session, botId);
  }
  if (text === undefined) {
    if (output.json) output.contentJson(made);
    else output.answer(botId);
    return 0;
  }
  session.stage = { resume: talking(run, botId, !publish) };
  const question = { text, botId, draft: !publish };
  const { answer, conversationId, chatId } = await say(run, session, question);
  if (output.json) output.contentJson({ ...made, conversationId, chatId, answer });
  else {
    const { version = "" } = made;
    const ids = { bot: botId, version, conversation: conversationId };
    output.say(await run.text(publish ? "bot-ids" : "bot-ids-draft", ids));
    await tellHowToGoOn(run, botId, conversationId, !publish);
  }
  return 0;
}

/** Waits until the bot is among those that are published, which is when it can be talked to. */
async function untilListed(run: Run, session: Session, botId: string): Promise<void> {
  const workspaceId = session.workspaceIfSet();
  // Without it there is no list to look at, and a chat tells as well.
  if (workspaceId === undefined) return;
  const { now, sleep } = run.io;
  const wait = startCall({ ...session.call, now, sleep, timeoutMs: LISTED_WITHIN_MS });
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LAST_PAUSE_MS)) {
    if (await isListed(session, workspaceId, botId)) return;
    const isFirst = pause === FIRST_PAUSE_MS;
    if (isFirst && !run.output.json) run.output.say(await run.text("bot-waiting"));
    if (wait.now() + pause >= wait.deadline) {
      const details = { bot: botId, reason: "waiting", seconds: LISTED_WITHIN_MS / 1000 };
      throw new CozeError("bot-not-published", "The bot is not listed as published", details);
    }
    await wait.sleep(pause, wait.signal);
  }
}

/** Whether the bot is listed; true as well when the app may not look, as a chat tells then. */
async function isListed(session: Session, workspaceId: string, botId: string): Promise<boolean> {
  const published = { ...session.call, publishStatus: "published_online" } as const;
  try {
    for await (const { id } of session.client.bots(workspaceId, published)) {
      if (id === botId) return true;
    }
    return false;
  } catch (error) {
    const { code } = error instanceof CozeError ? error : { code: undefined };
    if (code === "permission-missing") return true;
    if (code === "rate-limited" || code === "server-fault" || code === "connection-lost") {
      return false;
    }
    throw error;
  }
}

function publishing({ args, io }: Run, botId: string): string {
  const text = args.value("say");
  const said = text === undefined ? "" : ` --say${text.startsWith("-") ? "=" : " "}${typed(text)}`;
  return `bot publish ${botId}${said}${sameFlags(io.args, "bot publish", ["say", "bot"])}`;
}

function talking({ args, io }: Run, botId: string, draft: boolean): string {
  const text = args.value("say");
  const flags = `${draft ? " --draft" : ""}${sameFlags(io.args, "chat", ["bot", "draft"])}`;
  const all = ` --bot ${botId}${flags}`;
  return `chat${text === undefined ? all : withOperand(text, all)}`;
}
