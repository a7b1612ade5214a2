/**
 * The bot behind the token: create it, publish it, talk to it. Small on purpose; whoever needs all
 * of Coze's API gives the token to the official SDK.
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

export type { ApiOptions, CallOptions } from "./api.ts";
export type { ChatAnswer } from "./ask.ts";
export type { Bot, NewBot, PublishStatus } from "./bots.ts";
export { chatFailure, type ChatReference, type ChatRequest, type EnterMessage } from "./chat.ts";
export type { Chat, ChatEvent, ChatStatus, Message } from "./chat_events.ts";
export { type CozeClient, type CozeClientOptions, createCozeClient } from "./client.ts";
export type { TokenSource } from "./token_source.ts";
export type { Workspace } from "./workspaces.ts";
