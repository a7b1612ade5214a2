// Workspaces and bots. Of what a bot is made of, only name, description and prompt are kept.

import { type ApiCall, type Endpoint, Refusal } from "./api.ts";
import { isObject, list, numeral, object, oneOf, required, type Shape, text } from "./rules.ts";
import { type Bot, type BotContent, toSeconds } from "./world.ts";

const CONTENT: Shape = {
  name: text(1, 20),
  description: text(0, 500),
  prompt_info: object({ prompt: text(0, 20_000) }),
  onboarding_info: object({ prologue: text(0, 300), suggested_questions: list(text(0, 50)) }),
};

/** `[INF]` the maximum for bots. */
const PAGE: Shape = { page_num: numeral(1), page_size: numeral(1, 50) };

/**
 * Sources: Coze's pages list_workspace, create_bot, update_bot, publish_bot,
 * bots_list_draft_published and get_metadata.
 */
// deno-fmt-ignore
export const BOT_ENDPOINTS: readonly Endpoint[] = [
  { method: "GET", path: "/v1/workspaces", permissions: ["listWorkspace"],
    query: PAGE, handle: listWorkspaces },
  { method: "POST", path: "/v1/bot/create", permissions: ["createBot"], resource: "space_id",
    body: { ...CONTENT, space_id: required(text(1)), name: required(text(1, 20)) },
    handle: createBot },
  { method: "POST", path: "/v1/bot/update", permissions: ["edit"], resource: "bot_id",
    body: { ...CONTENT, bot_id: required(text(1)) }, handle: updateBot },
  { method: "POST", path: "/v1/bot/publish", permissions: ["publish"], resource: "bot_id",
    body: { bot_id: required(text(1)), connector_ids: required(list(text(1), 1)) },
    handle: publishBot },
  { method: "GET", path: "/v1/bots", permissions: ["listBot"], resource: "workspace_id",
    query: {
      ...PAGE,
      workspace_id: required(text(1)),
      publish_status: oneOf("all", "published_online", "published_draft", "unpublished_draft"),
    },
    handle: listBots },
  { method: "GET", path: "/v1/bots/:bot_id", permissions: ["getMetadata"], resource: "bot_id",
    query: { is_published: oneOf("true", "false") }, handle: getBot },
];

/** The user that everything belongs to. */
export const OWNER_ID = "7300000000000000001";

/** The channel API 渠道; only a bot that is published to it can be chatted with. */
export const API_CONNECTOR = "1024";

/** `[INF]` that workspaces that the app was not authorised for are left out. */
function listWorkspaces({ grant: { app }, query, world }: ApiCall) {
  const granted = world.workspaces.filter(({ id }) => app.workspaces?.includes(id) ?? true);
  const page = cutPage(granted, query).map(({ id, name, type = "personal", role = "owner" }) => ({
    id,
    name,
    icon_url: "",
    role_type: role,
    workspace_type: type,
    enterprise_id: "",
    owner_uid: OWNER_ID,
    admin_uids: [],
    description: "",
  }));
  return { workspaces: page, total_count: granted.length };
}

/** The page that is asked for; by default the first, with 20 items. */
function cutPage<T>(items: readonly T[], query: ApiCall["query"]): T[] {
  const size = Number(query["page_size"] ?? 20);
  const start = (Number(query["page_num"] ?? 1) - 1) * size;
  return items.slice(start, start + size);
}

function createBot(call: ApiCall) {
  const { body, time, world } = call;
  const workspaceId = String(body["space_id"]);
  checkWorkspace(call, workspaceId, `space_id=${workspaceId}`);
  const id = world.createId();
  const draft = readContent(body, { name: "", description: "", prompt: "" });
  world.bots.set(id, { id, workspaceId, createdAt: time, updatedAt: time, draft, versions: [] });
  return { bot_id: id };
}

function updateBot(call: ApiCall): void {
  const bot = findBot(call, call.body["bot_id"]);
  bot.draft = readContent(call.body, bot.draft);
  bot.updatedAt = call.time;
}

/** What is not sent stays as it was. */
function readContent({ name, description, prompt_info }: ApiCall["body"], before: BotContent) {
  const prompt = isObject(prompt_info) ? prompt_info["prompt"] : undefined;
  return {
    name: String(name ?? before.name),
    description: String(description ?? before.description),
    prompt: String(prompt ?? before.prompt),
  };
}

/** A version is a time in milliseconds, as in Coze's sample. Other channels than the API do nothing. */
function publishBot(call: ApiCall) {
  const { body, time, world } = call;
  const bot = findBot(call, body["bot_id"]);
  const version = String(time);
  if ((body["connector_ids"] as string[]).includes(API_CONNECTOR)) {
    const publishedAt = time + world.publishDelayMs;
    bot.versions.push({ version, content: bot.draft, publishedAt });
  }
  return { bot_id: bot.id, version };
}

/** The newest version that is published. */
export function publishedVersion({ versions }: Bot, time: number): Bot["versions"][0] | undefined {
  return versions.findLast(({ publishedAt }) => publishedAt <= time);
}

/** `[INF]` that `all` shows drafts. */
function listBots(call: ApiCall) {
  const { query, time, world } = call;
  const { workspace_id: workspaceId = "", publish_status: status = "published_online" } = query;
  checkWorkspace(call, workspaceId, `workspace_id=${workspaceId}`);
  const items = [...world.bots.values()].flatMap((bot) => {
    const published = publishedVersion(bot, time);
    const isListed = status === "all" || (status === "unpublished_draft") === !published;
    if (bot.workspaceId !== workspaceId || !isListed) return [];
    const { name, description } = status === "published_online" ? published!.content : bot.draft;
    return [{
      id: bot.id,
      name,
      icon_url: "",
      updated_at: toSeconds(bot.updatedAt),
      description,
      is_published: published !== undefined,
      published_at: published && toSeconds(published.publishedAt),
      owner_user_id: OWNER_ID,
    }];
  });
  return { items: cutPage(items, query), total: items.length };
}

/** `[INF]` that a bot that was never published does not exist, unless its draft is asked for. */
function getBot(call: ApiCall) {
  const bot = findBot(call, call.query["bot_id"]);
  const shown = call.query["is_published"] === "false"
    ? { content: bot.draft, version: "" }
    : publishedVersion(bot, call.time);
  if (!shown) throw new Refusal(4200, { about: `bot_id=${bot.id}`, reason: "it is not published" });
  const { content: { name, description, prompt }, version } = shown;
  return {
    bot_id: bot.id,
    name,
    description,
    icon_url: "",
    create_time: toSeconds(bot.createdAt),
    update_time: toSeconds(bot.updatedAt),
    version,
    prompt_info: { prompt },
    bot_mode: 0,
    owner_user_id: OWNER_ID,
  };
}

/** Finds a bot; refuses one that does not exist or that the token does not reach. */
export function findBot(call: ApiCall, id: unknown): Bot {
  const resource = `bot_id=${id}`;
  const bot = call.world.bots.get(String(id));
  if (!bot) throw new Refusal(4200, { about: resource });
  checkWorkspace(call, bot.workspaceId, resource);
  const { grant, permission } = call;
  if (grant.botIds?.includes(bot.id) === false) {
    const reason = "the scope leaves this bot out";
    throw new Refusal(4101, { about: `${resource} ${permission}`, reason });
  }
  return bot;
}

/** Refuses a workspace that does not exist or that the app was not authorised for. */
function checkWorkspace(call: ApiCall, id: string, resource: string): void {
  if (!call.world.workspaces.some((workspace) => workspace.id === id)) {
    throw new Refusal(4200, { about: resource });
  }
  const { grant: { app }, permission } = call;
  if (app.workspaces?.includes(id) === false) {
    const reason = "the app was not authorised for this workspace";
    throw new Refusal(4101, { about: `${resource} ${permission}`, reason });
  }
}
