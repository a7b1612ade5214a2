import { BOT_QUERY, BOTS_QUERY, getBot, listBots } from "./bot_lists.ts";
import { BOT_UPDATE, createBot, NEW_BOT, PUBLICATION, publishBot, updateBot } from "./bots.ts";
import { cancelChat, CHAT_NAMES, listChatMessages, retrieveChat } from "./chat_polling.ts";
import { CHAT_QUERY, NEW_CHAT, startChat } from "./chats.ts";
import {
  CONVERSATION_QUERY,
  createConversation,
  NEW_CONVERSATION,
  retrieveConversation,
} from "./conversations.ts";
import type { Shape } from "./parameters.ts";
import { listWorkspaces, WORKSPACES_QUERY } from "./workspaces.ts";
import type { Call, Reply, World } from "./world.ts";

/** One row of the table: what is asked where, who may, and what does it. */
export interface Endpoint {
  method: "GET" | "POST";
  /** The path, with `:name` for what stands in its place. */
  path: string;
  /** All of them are needed. Source: the row 权限 of each endpoint's page. */
  permissions: readonly [string, ...string[]];
  /** The parameter that names what a refusal is about: `[INF]` where it is not `space_id`. */
  resource?: string;
  /** The parameters in the query. */
  query?: Shape;
  /** The members of the JSON body. */
  body?: Shape;
  handle: (call: Call, world: World) => Reply;
}

/** The API behind the token, whole. */
// deno-fmt-ignore
export const ENDPOINTS: readonly Endpoint[] = [
  { method: "GET", path: "/v1/workspaces", permissions: ["listWorkspace"],
    query: WORKSPACES_QUERY, handle: listWorkspaces },

  { method: "POST", path: "/v1/bot/create", permissions: ["createBot"], resource: "space_id",
    body: NEW_BOT, handle: createBot },
  { method: "POST", path: "/v1/bot/update", permissions: ["edit"], resource: "bot_id",
    body: BOT_UPDATE, handle: updateBot },
  { method: "POST", path: "/v1/bot/publish", permissions: ["publish"], resource: "bot_id",
    body: PUBLICATION, handle: publishBot },
  { method: "GET", path: "/v1/bots", permissions: ["listBot"], resource: "workspace_id",
    query: BOTS_QUERY, handle: listBots },
  { method: "GET", path: "/v1/bots/:bot_id", permissions: ["getMetadata"], resource: "bot_id",
    query: BOT_QUERY, handle: getBot },

  { method: "POST", path: "/v3/chat", permissions: ["chat"], resource: "bot_id",
    query: CHAT_QUERY, body: NEW_CHAT, handle: startChat },
  { method: "GET", path: "/v3/chat/retrieve", permissions: ["getChat"],
    resource: "conversation_id", query: CHAT_NAMES, handle: retrieveChat },
  // Coze's page says GET; the official SDKs for JavaScript and Python send POST without a body.
  { method: "POST", path: "/v3/chat/retrieve", permissions: ["getChat"],
    resource: "conversation_id", query: CHAT_NAMES, handle: retrieveChat },
  { method: "GET", path: "/v3/chat/message/list", permissions: ["chat", "listMessage"],
    resource: "conversation_id", query: CHAT_NAMES, handle: listChatMessages },
  { method: "POST", path: "/v3/chat/cancel", permissions: ["cancelChat"],
    resource: "conversation_id", body: CHAT_NAMES, handle: cancelChat },

  { method: "POST", path: "/v1/conversation/create", permissions: ["createConversation"],
    body: NEW_CONVERSATION, handle: createConversation },
  { method: "GET", path: "/v1/conversation/retrieve", permissions: ["retrieveConversation"],
    resource: "conversation_id", query: CONVERSATION_QUERY, handle: retrieveConversation },
];
