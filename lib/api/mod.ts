/**
 * The bot behind the token: create it, publish it, talk to it. For the rest of Coze's API, give
 * the token to the official SDK.
 *
 * Needs `--allow-net=api.coze.cn`.
 *
 * @example
 * ```ts ignore
 * import { createTokenProvider } from "https://…/mod.ts";
 * import { createCozeClient } from "https://…/lib/api/mod.ts";
 *
 * const client = createCozeClient({ token: createTokenProvider(app) });
 * const { botId } = await client.createBot({ workspaceId, name: "node-chat2", prompt: "…" });
 * await client.publishBot(botId);
 * const { text } = await client.ask({ botId, userId: "user-1", messages: "你好" });
 * ```
 *
 * @module
 */

export type { CallOptions, CozeClientOptions, TokenSource } from "./api.ts";
export type { Bot, NewBot, PublishStatus, Workspace } from "./bots.ts";
export { chatFailure } from "./chat_json.ts";
export type {
  Chat,
  ChatAnswer,
  ChatEvent,
  ChatReference,
  ChatRequest,
  ChatStatus,
  EnterMessage,
  Message,
} from "./chat_types.ts";
export { type CozeClient, createCozeClient } from "./client.ts";
