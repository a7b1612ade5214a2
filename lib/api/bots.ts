import { checkedObject, malformed } from "../error.ts";
import type { Json } from "../json.ts";
import { quote } from "../redact.ts";
import { readId, readList, readNumber, readObject, readText } from "./json_members.ts";
import { type Api, type CallOptions, ENDPOINTS } from "./api.ts";
import { checkedId, checkedText } from "./arguments.ts";

/** A workspace 工作空间. */
export interface Workspace {
  /** Its id: the 19 digits in its address in the console. */
  id: string;
  /** Its name. */
  name: string;
  /** The user's role in it: `owner`, `admin` or `member`. */
  role: string;
  /** `personal` or `team`. */
  type: string;
}

/** Which bots are listed. Source: Coze's page bots_list_draft_published. */
export type PublishStatus = "all" | "published_online" | "published_draft" | "unpublished_draft";

/** A bot 智能体, as it is listed. */
export interface Bot {
  /** Its id, 19 digits. */
  id: string;
  /** Its name. */
  name: string;
  /** Its description. */
  description: string;
  /** Whether it was ever published; it may have a newer draft. */
  isPublished: boolean;
  /** When it was last changed, in milliseconds since the epoch. */
  updatedAt?: number;
}

/** A bot to create. Source: Coze's page create_bot. */
export interface NewBot {
  /** The workspace it is created in. */
  workspaceId: string;
  /** Coze documents 1 to 20 characters. */
  name: string;
  /**
   * The prompt 人设与回复逻辑. Coze documents at most 20,000 characters.
   *
   * @default {""}
   */
  prompt?: string;
  /**
   * Coze documents at most 500 characters.
   *
   * @default {""}
   */
  description?: string;
}

/** The channel "API" 发布为 API 服务, which a chat needs. Source: Coze's page publish_bot. */
const API_CONNECTOR = "1024";
/** The largest page of workspaces, and the default one of bots. */
const WORKSPACES_PAGE_SIZE = 50;
const BOTS_PAGE_SIZE = 20;
/** Stops at a server whose list never ends. */
const MAX_PAGES = 1000;
const MAX_DATE_MS = 8.64e15;

/** Lists the workspaces. Source: Coze's page list_workspace. */
export function listWorkspaces(api: Api, options: CallOptions): AsyncGenerator<Workspace> {
  return readPages("workspaces", "total_count", readWorkspace, (page, read) => {
    const query = { "page_num": page, "page_size": WORKSPACES_PAGE_SIZE };
    return api.request(ENDPOINTS.listWorkspaces, { query }, api.start(options), read);
  });
}

/** Lists the bots of a workspace. */
export async function* listBots(
  api: Api,
  workspaceId: string,
  options: CallOptions & { publishStatus?: PublishStatus },
): AsyncGenerator<Bot> {
  const { publishStatus = "all" } = checkedObject("options", options);
  const filter = {
    "workspace_id": checkedId("workspaceId", workspaceId),
    "publish_status": checkedText("publishStatus", publishStatus),
  };
  yield* readPages("items", "total", readBot, (page, read) => {
    const query = { ...filter, "page_num": page, "page_size": BOTS_PAGE_SIZE };
    return api.request(ENDPOINTS.listBots, { query }, api.start(options), read);
  });
}

/** Creates a draft. */
export async function createBot(
  api: Api,
  bot: NewBot,
  options: CallOptions,
): Promise<{ botId: string }> {
  const { workspaceId, name, prompt = "", description = "" } = checkedObject("bot", bot);
  const body = {
    "space_id": checkedId("workspaceId", workspaceId),
    name: checkedText("name", name),
    description: description === "" ? undefined : checkedText("description", description),
    "prompt_info": prompt === "" ? undefined : { prompt: checkedText("prompt", prompt) },
  };
  return await api.request(ENDPOINTS.createBot, { body }, api.start(options), (data) => ({
    botId: readId(readObject(data, "data"), "bot_id"),
  }));
}

/** Publishes a draft to the API. */
export async function publishBot(
  api: Api,
  botId: string,
  options: CallOptions,
): Promise<{ botId: string; version: string }> {
  const body = { "bot_id": checkedId("botId", botId), "connector_ids": [API_CONNECTOR] };
  const input = { body, about: { bot: quote(botId, 64) } };
  return await api.request(ENDPOINTS.publishBot, input, api.start(options), (data) => ({
    botId,
    // The official SDK of Node expects no data here.
    version: readId(readObject(data ?? {}, "data"), "version", ""),
  }));
}

function readWorkspace(item: Json): Workspace {
  return {
    id: readId(item, "id"),
    name: readText(item, "name", ""),
    role: readText(item, "role_type", ""),
    type: readText(item, "workspace_type", ""),
  };
}

function readBot(item: Json): Bot {
  const updatedAt = readNumber(item, "updated_at") * 1000;
  return {
    id: readId(item, "id"),
    name: readText(item, "name", ""),
    description: readText(item, "description", ""),
    isPublished: item["is_published"] === true,
    updatedAt: updatedAt > 0 && updatedAt <= MAX_DATE_MS ? updatedAt : undefined,
  };
}

interface Page<Item> {
  items: Item[];
  total: number;
}

/**
 * Reads a list page by page, each when it is needed; the first page is number 1. `list` and `total`
 * name the members that hold the items and their number.
 */
async function* readPages<Item extends { id: string }>(
  list: string,
  total: string,
  readItem: (item: Json) => Item,
  load: (page: number, read: (data: unknown) => Page<Item>) => Promise<Page<Item>>,
): AsyncGenerator<Item> {
  const read = (data: unknown) => {
    const page = readObject(data, "data");
    // Some servers write an empty list as null.
    const items = readList(page[list] ?? [], list).map((item) => readItem(readObject(item, list)));
    return { items, total: readNumber(page, total) };
  };
  const seen = new Set<string>();
  for (let number = 1; number <= MAX_PAGES; number++) {
    const page = await load(number, read);
    const before = seen.size;
    for (const item of page.items) {
      // An item that moves to the next page while the list is read comes twice.
      if (!seen.has(item.id)) yield item;
      seen.add(item.id);
    }
    // A page without anything new ends the list too: the total can be wrong.
    if (seen.size === before || (page.total > 0 && seen.size >= page.total)) return;
  }
  throw malformed(total);
}
