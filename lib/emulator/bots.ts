import { isRefusal, type Refusal } from "./answer.ts";
import {
  cutPage,
  type JsonObject,
  list,
  memberOf,
  numeral,
  object,
  oneOf,
  required,
  type Shape,
  text,
} from "./parameters.ts";
import {
  type Bot,
  type BotVersion,
  type Call,
  type EmulatorWorkspace,
  OWNER_ID,
  type Reply,
  toSeconds,
  type World,
} from "./world.ts";

/** The workspaces of an emulator that is given none. */
export const DEFAULT_WORKSPACES: readonly EmulatorWorkspace[] = [{ id: "7400000000000000001" }];

/** The query of `GET /v1/workspaces`. Source: Coze's page list_workspace. */
export const WORKSPACES_QUERY: Shape = {
  page_num: numeral(1),
  page_size: numeral(1, 50),
  enterprise_id: text(),
  user_id: text(),
  coze_account_id: text(),
};

/**
 * Lists workspaces. Source: Coze's page list_workspace. `[INF]` that those the app was not
 * authorised for are left out.
 */
export function listWorkspaces({ grant, query }: Call, { workspaces }: World): Reply {
  const { app } = grant;
  const granted = workspaces.filter(({ id }) => app.workspaces?.includes(id) ?? true);
  const page = cutPage(granted, query).map(({ id, name, type, role }) => ({
    id,
    name: name ?? app.name ?? app.clientId,
    icon_url: "",
    role_type: role ?? "owner",
    workspace_type: type ?? "personal",
    enterprise_id: "",
    owner_uid: OWNER_ID,
    admin_uids: [],
    description: "",
  }));
  return { data: { workspaces: page, total_count: granted.length } };
}

/** Refuses a workspace that does not exist or that the app was not authorised for. */
function refuseWorkspace(
  { grant, permission }: Call,
  { workspaces }: World,
  id: string,
  resource: string,
): Refusal | undefined {
  if (!workspaces.some((workspace) => workspace.id === id)) {
    return { refused: 4200, filling: resource };
  }
  if (grant.app.workspaces?.includes(id) ?? true) return undefined;
  return {
    refused: 4101,
    filling: `${resource} ${permission}`,
    reason: "the app was not authorised for this workspace",
  };
}

/** What can be said of a bot. Source: Coze's page create_bot. */
const CONTENT: Shape = {
  name: text(1, 20),
  description: text(0, 500),
  icon_file_id: text(),
  prompt_info: object({
    prompt: text(0, 20_000),
    prompt_mode: oneOf("standard", "prefix"),
    prefix_prompt_info: object(),
  }),
  onboarding_info: object({
    prologue: text(0, 300),
    suggested_questions: list(text(0, 50)),
  }),
  plugin_id_list: object({ id_list: list(object({ plugin_id: required(text(1)) })) }),
  workflow_id_list: object({ ids: list(object({ id: required(text(1)) })) }),
  model_info_config: object({ model_id: required(text(1)) }),
  suggest_reply_info: object({ reply_mode: oneOf("enable", "disable", "customized") }),
};
/** What an update can say. Source: Coze's page update_bot. */
const UPDATE: Shape = { ...CONTENT, knowledge: object({ dataset_ids: list(text(1), 0, 150) }) };

/** The body of `POST /v1/bot/create`. */
export const NEW_BOT: Shape = {
  ...CONTENT,
  space_id: required(text(1)),
  name: required(text(1, 20)),
};

/** The body of `POST /v1/bot/update`. */
export const BOT_UPDATE: Shape = { ...UPDATE, bot_id: required(text(1)) };

/** The body of `POST /v1/bot/publish`. Source: Coze's page publish_bot. */
export const PUBLICATION: Shape = {
  bot_id: required(text(1)),
  connector_ids: required(list(text(1), 1)),
  connectors: object(),
};

/** Creates a bot, a draft at first. Source: Coze's page create_bot. */
export function createBot(call: Call, world: World): Reply {
  const { body, time } = call;
  const workspaceId = String(body["space_id"]);
  const refusal = refuseWorkspace(call, world, workspaceId, `space_id=${workspaceId}`);
  if (refusal) return refusal;
  const id = world.createId();
  const draft = pick(body, CONTENT);
  const bot: Bot = { id, workspaceId, createdAt: time, updatedAt: time, draft, versions: [] };
  world.bots.set(id, bot);
  return { data: { bot_id: id } };
}

/**
 * Changes a draft. Source: Coze's page update_bot. `[INF]` that a member that is sent replaces the
 * whole of the former.
 */
export function updateBot(call: Call, world: World): Reply {
  const bot = findBot(call, world, String(call.body["bot_id"]));
  if (isRefusal(bot)) return bot;
  bot.draft = { ...bot.draft, ...pick(call.body, UPDATE) };
  bot.updatedAt = call.time;
  return {};
}

/**
 * Publishes the draft as it is now. Source: Coze's page publish_bot, whose sample shows a version
 * that is a time in milliseconds.
 */
export function publishBot(call: Call, world: World): Reply {
  const { body, time } = call;
  const bot = findBot(call, world, String(body["bot_id"]));
  if (isRefusal(bot)) return bot;
  const version = String(Math.max(time, Number(bot.versions.at(-1)?.version ?? 0) + 1));
  bot.versions.push({
    version,
    content: bot.draft,
    connectors: body["connector_ids"] as string[],
    publishedAt: time,
    visibleAt: time + world.publishDelayMs,
  });
  return { data: { bot_id: bot.id, version } };
}

function pick(body: JsonObject, shape: Shape): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => Object.hasOwn(shape, name) && value !== null),
  );
}

/** The query of `GET /v1/bots/:bot_id`. */
export const BOT_QUERY: Shape = { is_published: oneOf("true", "false") };

/** The query of `GET /v1/bots`. `[INF]` the maximum of `page_size`. */
export const BOTS_QUERY: Shape = {
  workspace_id: required(text(1)),
  publish_status: oneOf("all", "published_online", "published_draft", "unpublished_draft"),
  connector_id: text(1),
  page_num: numeral(1),
  page_size: numeral(1, 50),
};

/**
 * Shows a bot as it was published, or its draft. Source: Coze's page get_metadata. `[INF]` that a
 * bot that was never published is refused as one that does not exist, unless the draft is meant.
 */
export function getBot(call: Call, world: World): Reply {
  const { query, time } = call;
  const bot = findBot(call, world, query["bot_id"]!);
  if (isRefusal(bot)) return bot;
  if (query["is_published"] === "false") return { data: showBot(bot, bot.draft, "") };
  const published = publishedVersion(bot, time);
  if (published) return { data: showBot(bot, published.content, published.version) };
  return { refused: 4200, filling: `bot_id=${bot.id}`, reason: "it is not published" };
}

function showBot({ id, createdAt, updatedAt }: Bot, content: JsonObject, version: string) {
  return {
    bot_id: id,
    name: content["name"],
    description: content["description"] ?? "",
    icon_url: "",
    create_time: toSeconds(createdAt),
    update_time: toSeconds(updatedAt),
    version,
    prompt_info: { prompt: memberOf(content, "prompt_info", "prompt") ?? "" },
    onboarding_info: {
      prologue: memberOf(content, "onboarding_info", "prologue") ?? "",
      suggested_questions: memberOf(content, "onboarding_info", "suggested_questions") ?? [],
    },
    bot_mode: 0,
    model_info: {
      model_id: memberOf(content, "model_info_config", "model_id") ?? "",
      model_name: "",
    },
    plugin_info_list: [],
    workflow_info_list: [],
    suggest_reply_info: { reply_mode: "disable", ...content["suggest_reply_info"] as JsonObject },
    owner_user_id: OWNER_ID,
  };
}

/**
 * Lists the bots of a workspace. Source: Coze's page bots_list_draft_published. `[INF]` that `all`
 * shows drafts.
 */
export function listBots(call: Call, world: World): Reply {
  const { query, time } = call;
  const workspaceId = query["workspace_id"]!;
  const refusal = refuseWorkspace(call, world, workspaceId, `workspace_id=${workspaceId}`);
  if (refusal) return refusal;
  const status = query["publish_status"] ?? "published_online";
  const connector = query["connector_id"] ?? API_CONNECTOR;
  const items = [...world.bots.values()].filter((bot) => bot.workspaceId === workspaceId).flatMap(
    (bot) => {
      const published = publishedVersion(bot, time);
      const here = publishedVersion(bot, time, connector);
      const isListed = status === "all" || (status === "unpublished_draft" ? !published : here);
      if (!isListed) return [];
      const content = status === "published_online" ? here!.content : bot.draft;
      return [{
        id: bot.id,
        name: content["name"],
        icon_url: "",
        updated_at: toSeconds(bot.updatedAt),
        description: content["description"] ?? "",
        is_published: published !== undefined,
        published_at: published && toSeconds(published.publishedAt),
        owner_user_id: OWNER_ID,
      }];
    },
  );
  return { data: { items: cutPage(items, query), total: items.length } };
}

/** The channel API 渠道; what is not published to it cannot be chatted with. */
export const API_CONNECTOR = "1024";

/** The newest published version; in any channel when `connector` is absent. */
export function publishedVersion(
  { versions }: Bot,
  time: number,
  connector?: string,
): BotVersion | undefined {
  return versions.findLast(({ visibleAt, connectors }) =>
    visibleAt <= time && (connector === undefined || connectors.includes(connector))
  );
}

/** Finds a bot; refuses one that does not exist or that the token does not reach. */
export function findBot(call: Call, world: World, id: string): Bot | Refusal {
  const resource = `bot_id=${id}`;
  const bot = world.bots.get(id);
  if (!bot) return { refused: 4200, filling: resource };
  const refusal = refuseWorkspace(call, world, bot.workspaceId, resource);
  if (refusal) return refusal;
  const { grant, permission } = call;
  if (grant.botIds?.includes(id) ?? true) return bot;
  return {
    refused: 4101,
    filling: `${resource} ${permission}`,
    reason: "scope leaves this bot out",
  };
}
