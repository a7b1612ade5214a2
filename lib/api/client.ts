import { type CallOptions, type CozeClientOptions, createApi } from "./api.ts";
import {
  type Bot,
  createBot,
  listBots,
  listWorkspaces,
  type NewBot,
  publishBot,
  type PublishStatus,
  type Workspace,
} from "./bots.ts";
import { ask, cancelChat, streamChat } from "./chat.ts";
import type { Chat, ChatAnswer, ChatEvent, ChatReference, ChatRequest } from "./chat_types.ts";

/**
 * What the API behind the token can do for a bot: list, create, publish, chat. For more, give the
 * token to the official SDK.
 *
 * No function throws at once: each reports errors by its promise, or at the first step of its
 * iterator. Each throws a {@linkcode CozeError}, or what a token function or an injected `fetch`
 * throws. The codes are those of the network, as for `exchangeJwt`; `usage` before anything is
 * sent; with a provider those of `getToken`; `token-invalid`, `permission-missing`
 * (`details.permission` names it), `resource-not-found`, `request-invalid`, `content-refused`,
 * `quota-exhausted`, `model-fault`, `rate-limited`, `server-fault`, `redirected`, `answer-invalid`;
 * and `api-refused` for a number that no page of Coze explains.
 * The server's words and its log id are in `server`.
 */
export interface CozeClient {
  /**
   * Lists the workspaces 工作空间 that the app was authorised for, page by page as they are read.
   * Needs the permission `listWorkspace`.
   *
   * @param options How each page is requested.
   */
  workspaces(options?: CallOptions): AsyncIterableIterator<Workspace>;
  /**
   * Lists the bots of a workspace, page by page as they are read. Needs `listBot`.
   *
   * @param workspaceId The workspace, 19 digits.
   * @param options Which bots, by default all, and how each page is requested.
   */
  bots(
    workspaceId: string,
    options?: CallOptions & { publishStatus?: PublishStatus },
  ): AsyncIterableIterator<Bot>;
  /**
   * Creates a bot, as a draft. Needs `createBot`. It is sent once: after `connection-lost` or
   * `timeout` the bot may exist.
   *
   * @param bot The bot.
   * @param options How it is sent.
   * @returns Its id.
   */
  createBot(bot: NewBot, options?: CallOptions): Promise<{ botId: string }>;
  /**
   * Publishes a bot's draft as API service (connector 1024). Needs `publish`. It is sent once.
   *
   * @param botId The bot.
   * @param options How it is sent.
   * @returns The bot's id, and the version published: `""` if Coze sends none.
   */
  publishBot(botId: string, options?: CallOptions): Promise<{ botId: string; version: string }>;
  /**
   * Sends a question to a bot and gives the events of the answer as they come. Needs `chat`. It is
   * sent once. A chat that fails is an event. If you stop reading early, call
   * {@linkcode CozeClient.cancelChat} too, because the bot goes on.
   *
   * @param request The question.
   * @param options How; `timeoutMs` is 600,000 by default and covers the whole answer.
   * @throws {CozeError} `bot-not-published`, `conversation-busy`, `model-fault`; `connection-lost`
   *   when the stream stops before its end.
   */
  chat(request: ChatRequest, options?: CallOptions): AsyncIterableIterator<ChatEvent>;
  /**
   * Sends a question and waits for the whole answer: by events, or with `stream: false` by polling
   * once a second (needs `getChat` and `listMessage` too). When the signal aborts, the time is
   * over or an event cannot be read, the chat is canceled at the server, which may take 5 s more.
   *
   * @param request The question.
   * @param options How; `timeoutMs` is 600,000 by default.
   * @returns The answer; `chat.status` is `completed`, `requires_action` or `canceled`, or the last
   *   one Coze sent before it ended the stream.
   * @throws {CozeError} As `chat`, and also when the chat fails. `details.text` is the text that had
   *   arrived.
   */
  ask(request: ChatRequest, options?: CallOptions & { stream?: boolean }): Promise<ChatAnswer>;
  /**
   * Ends a running chat. Needs `cancelChat`.
   *
   * @param chat The chat.
   * @param options How it is sent.
   * @returns The chat with its new status.
   * @throws {CozeError} `request-invalid` (4104) when it has ended already.
   */
  cancelChat(chat: ChatReference, options?: CallOptions): Promise<Chat>;
}

/**
 * Creates a client.
 *
 * When the API refuses a token (401, 4100, 700012006, or 4101 "token … incorrect") and `token` is a
 * function or a provider that gives another one, the request is sent once more: the first did
 * nothing. Nothing else is sent twice.
 *
 * @param options Token and base URL.
 * @throws {CozeError} `base-url-insecure`, `base-url-not-api`; `usage` for a wrong option, or
 *   for another base URL than the provider's
 *
 * @example
 * ```ts
 * import { createTokenProvider } from "@coze-jwt/coze-jwt";
 * import { createCozeClient } from "@coze-jwt/coze-jwt/api";
 * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
 * import { assert } from "@std/assert";
 *
 * const emulator = createEmulator();
 * const token = createTokenProvider(await emulator.createApp(), {}, { fetch: emulator });
 * const client = createCozeClient({ token, fetch: emulator });
 * for await (const { id, name } of client.workspaces()) assert(id.length === 19, name);
 * ```
 */
export function createCozeClient(options: CozeClientOptions): CozeClient {
  const api = createApi(options);
  return {
    workspaces: (call = {}) => listWorkspaces(api, call),
    bots: (workspaceId, call = {}) => listBots(api, workspaceId, call),
    createBot: (bot, call = {}) => createBot(api, bot, call),
    publishBot: (botId, call = {}) => publishBot(api, botId, call),
    chat: (request, call = {}) => streamChat(api, request, call),
    ask: (request, call = {}) => ask(api, request, call),
    cancelChat: (chat, call = {}) => cancelChat(api, chat, call),
  };
}
