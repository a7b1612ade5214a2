import { invalid } from "../token_request.ts";
import { type Api, type CallOptions, checkedId } from "./api.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { readId, readNumber, readObject, readText } from "./members.ts";
import { pageReader, pages } from "./pages.ts";

/** Which bots are listed. Source: Coze's page bots_list_draft_published. */
export type PublishStatus = "all" | "published_online" | "published_draft" | "unpublished_draft";

/** A bot 智能体, as it is listed. */
export interface Bot {
  /** Its id, 19 digits. */
  id: string;
  /** Its name. */
  name: string;
  /** What it is said to do. */
  description: string;
  /** Whether it was ever published; it may have a newer draft. */
  isPublished: boolean;
  /** When it was last changed, in milliseconds since the epoch. */
  updatedAt?: number;
}

/** A bot to be created. Source: Coze's page create_bot. */
export interface NewBot {
  /** The workspace it is created in. */
  workspaceId: string;
  /** 1 to 20 characters. */
  name: string;
  /**
   * The prompt 人设与回复逻辑, at most 20,000 characters.
   *
   * @default {""}
   */
  prompt?: string;
  /**
   * At most 500 characters.
   *
   * @default {""}
   */
  description?: string;
}

/** The channel "API" 发布为 API 服务, the one a chat needs. Source: Coze's page publish_bot. */
const API_CONNECTOR = "1024";
const PAGE_SIZE = 20;

const readPage = pageReader("items", "total", (item): Bot => {
  const updatedAt = readNumber(item, "updated_at") * 1000;
  return {
    id: readId(item, "id"),
    name: readText(item, "name", ""),
    description: readText(item, "description", ""),
    isPublished: item["is_published"] === true,
    // A Date holds no more.
    ...(updatedAt > 0 && updatedAt <= 8.64e15 && { updatedAt }),
  };
});

/** Lists the bots of a workspace. */
export function listBots(
  api: Api,
  workspaceId: string,
  publishStatus: PublishStatus,
  options: CallOptions,
): AsyncIterableIterator<Bot> {
  checkedId("workspaceId", workspaceId);
  return pages((number) => {
    const query = {
      "workspace_id": workspaceId,
      "publish_status": publishStatus,
      "page_num": number,
      "page_size": PAGE_SIZE,
    };
    return api.ask(ENDPOINTS.listBots, { query }, api.start(options), readPage);
  });
}

/** Creates a draft. The request is never repeated, as it may have been carried out. */
export async function createBot(
  api: Api,
  { workspaceId, name, prompt, description }: NewBot,
  options: CallOptions,
): Promise<{ botId: string }> {
  checkLength("name", name, 1, 20);
  checkLength("prompt", prompt ?? "", 0, 20_000);
  checkLength("description", description ?? "", 0, 500);
  const body = {
    "space_id": checkedId("workspaceId", workspaceId),
    name,
    ...(description !== undefined && { description }),
    ...(prompt !== undefined && { "prompt_info": { prompt } }),
  };
  return await api.ask(ENDPOINTS.createBot, { body }, api.start(options), (data) => ({
    botId: readId(readObject(data, "data"), "bot_id"),
  }));
}

/** Publishes a draft to the API. The request is never repeated. */
export async function publishBot(
  api: Api,
  botId: string,
  options: CallOptions,
): Promise<{ botId: string; version: string }> {
  const body = { "bot_id": checkedId("botId", botId), "connector_ids": [API_CONNECTOR] };
  const input = { body, about: { bot: botId } };
  return await api.ask(ENDPOINTS.publishBot, input, api.start(options), (data) => ({
    botId,
    // It is published whatever stands here; the official SDK of Node expects nothing.
    version: readId(readObject(data ?? {}, "data"), "version", ""),
  }));
}

function checkLength(member: string, text: string, least: number, most: number): void {
  // Coze counts characters; what that means for emoji is not documented.
  const length = [...text].length;
  if (length < least || length > most) throw invalid(member, `${least} … ${most}`);
}
