/** One endpoint of the API. */
export interface Endpoint {
  method: "GET" | "POST";
  path: string;
  /** What the app must have been authorised for, by the name on Coze's page. */
  permission: string;
  /** Whether sending it twice would do something twice. */
  once?: true;
}

/**
 * The endpoints this library calls. Source: Coze's pages list_workspace, bots_list_draft_published,
 * create_bot, publish_bot, chat_v3, retrieve_chat, list_chat_messages and cancel_chat.
 */
export const ENDPOINTS = {
  listWorkspaces: { method: "GET", path: "/v1/workspaces", permission: "listWorkspace" },
  listBots: { method: "GET", path: "/v1/bots", permission: "listBot" },
  createBot: { method: "POST", path: "/v1/bot/create", permission: "createBot", once: true },
  publishBot: { method: "POST", path: "/v1/bot/publish", permission: "publish", once: true },
  chat: { method: "POST", path: "/v3/chat", permission: "chat", once: true },
  // The official SDK of Node and Python POST here; the page says GET, as do those of Go and Java.
  retrieveChat: { method: "GET", path: "/v3/chat/retrieve", permission: "getChat" },
  listMessages: { method: "GET", path: "/v3/chat/message/list", permission: "listMessage" },
  cancelChat: { method: "POST", path: "/v3/chat/cancel", permission: "cancelChat" },
} as const satisfies Record<string, Endpoint>;
