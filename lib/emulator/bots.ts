import { type Bot, findBot } from "./bot_record.ts";
import { list, object, oneOf, required, type Shape, text } from "./parameters.ts";
import { isRefusal } from "./refusals.ts";
import { refuseWorkspace } from "./workspaces.ts";
import type { Call, Reply, World } from "./world.ts";

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
/** And what an update can say beside that. Source: Coze's page update_bot. */
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

/**
 * Creates a bot, a draft at first. Source: Coze's page create_bot.
 *
 * @param call The request.
 * @param world What there is; the bot is added.
 * @returns The bot's id.
 */
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
 *
 * @param call The request.
 * @param world What there is.
 * @returns Nothing.
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
 *
 * @param call The request.
 * @param world What there is.
 * @returns The bot's id and the version.
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

function pick(body: Call["body"], shape: Shape): Call["body"] {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => Object.hasOwn(shape, name) && value !== null),
  );
}
