/**
 * The bot behind the token: create it, publish it, talk to it. For the rest of Coze's API, give
 * the token to the official SDK.
 *
 * Needs `--allow-net=api.coze.cn`.
 *
 * @example
 * ```ts
 * import { createTokenProvider } from "@coze-jwt/coze-jwt";
 * import { createCozeClient } from "@coze-jwt/coze-jwt/api";
 * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
 * import { assert } from "@std/assert";
 *
 * const emulator = createEmulator(); // for the real Coze: your own app, without `fetch`
 * const token = createTokenProvider(await emulator.createApp(), {}, { fetch: emulator });
 * const client = createCozeClient({ token, fetch: emulator });
 *
 * const { value: workspace } = await client.workspaces().next();
 * const { botId } = await client.createBot({ workspaceId: workspace.id, name: "node-chat2" });
 * await client.publishBot(botId);
 * const { text } = await client.ask({ botId, userId: "user-1", messages: "你好" });
 * assert(text.includes("你好"));
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
