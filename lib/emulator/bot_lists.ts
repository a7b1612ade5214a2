import { API_CONNECTOR, type Bot, findBot, publishedVersion } from "./bot_record.ts";
import { isObject, type JsonObject } from "./exchange.ts";
import { cutPage } from "./page.ts";
import { numeral, oneOf, required, type Shape, text } from "./parameters.ts";
import { isRefusal } from "./refusals.ts";
import { refuseWorkspace } from "./workspaces.ts";
import { type Call, OWNER_ID, type Reply, toSeconds, type World } from "./world.ts";

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
 * Shows a bot as it was published, or its draft. Source: Coze's page get_metadata. `[INF]` that a bot
 * that was never published is refused as one that does not exist, unless the draft is asked for.
 *
 * @param call The request.
 * @param world What there is.
 * @returns The bot.
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
  const onboarding = part(content, "onboarding_info");
  return {
    bot_id: id,
    name: content["name"],
    description: content["description"] ?? "",
    icon_url: "",
    create_time: toSeconds(createdAt),
    update_time: toSeconds(updatedAt),
    version,
    prompt_info: { prompt: part(content, "prompt_info")["prompt"] ?? "" },
    onboarding_info: {
      prologue: onboarding["prologue"] ?? "",
      suggested_questions: onboarding["suggested_questions"] ?? [],
    },
    bot_mode: 0,
    model_info: { model_id: part(content, "model_info_config")["model_id"] ?? "", model_name: "" },
    plugin_info_list: [],
    workflow_info_list: [],
    suggest_reply_info: { reply_mode: "disable", ...part(content, "suggest_reply_info") },
    owner_user_id: OWNER_ID,
  };
}

/**
 * Lists the bots of a workspace. Source: Coze's page bots_list_draft_published. `[INF]` that `all`
 * shows drafts.
 *
 * @param call The request.
 * @param world What there is.
 * @returns One page of them, and how many there are.
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
        ...(published && { published_at: toSeconds(published.publishedAt) }),
        owner_user_id: OWNER_ID,
      }];
    },
  );
  return { data: { items: cutPage(items, query), total: items.length } };
}

function part(content: JsonObject, name: string): JsonObject {
  const value = content[name];
  return isObject(value) ? value : {};
}
