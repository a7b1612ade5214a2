import { type Api, type ApiOptions, type CallOptions, createApi } from "./api.ts";
import { ask, type ChatAnswer } from "./ask.ts";
import {
  type Bot,
  createBot,
  listBots,
  type NewBot,
  publishBot,
  type PublishStatus,
} from "./bots.ts";
import { cancelChat, type ChatReference, type ChatRequest, streamChat } from "./chat.ts";
import type { Chat, ChatEvent } from "./chat_events.ts";
import { listWorkspaces, type Workspace } from "./workspaces.ts";

/** How a client is made. */
export type CozeClientOptions = ApiOptions;

/**
 * What the API behind the token can do for a bot: list, create, publish, chat. Whoever needs more
 * gives the token to the official SDK.
 *
 * Each member throws a {@linkcode CozeError}, but for what a token function throws: the codes of the
 * network, as `exchangeJwt`;
 * `token-invalid`, `token-other-region`, `permission-missing` (its `details.permission` says which),
 * `resource-not-found`, `request-invalid`, `content-refused`, `quota-exhausted`, `rate-limited`,
 * `server-fault`, `answer-not-json`, `answer-too-large`, `answer-invalid`; `usage-value` before
 * anything is sent; and what it names itself. Server's words and log id are in `server`.
 */
export interface CozeClient {
  /**
   * Lists the workspaces 工作空间 that the app was authorised for, page by page as they are read.
   * Needs the permission `listWorkspace`.
   *
   * @param options How each page is asked for.
   */
  workspaces(options?: CallOptions): AsyncIterableIterator<Workspace>;
  /**
   * Lists the bots of a workspace, page by page as they are read. Needs `listBot`.
   *
   * @param workspaceId The workspace, 19 digits.
   * @param options Which bots, by default all, and how each page is asked for.
   */
  bots(
    workspaceId: string,
    options?: CallOptions & { publishStatus?: PublishStatus },
  ): AsyncIterableIterator<Bot>;
  /**
   * Creates a bot, as a draft that nobody can talk to but by `draft`. Needs `createBot`. It is sent
   * once: after `connection-lost` or `timeout` it may exist.
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
   * @returns The published version.
   */
  publishBot(botId: string, options?: CallOptions): Promise<{ botId: string; version: string }>;
  /**
   * Says something to a bot and gives the events of the answer as they come. Needs `chat`. It is
   * sent once. A chat that fails is an event; whoever stops reading should
   * {@linkcode CozeClient.cancelChat} too, as the bot goes on.
   *
   * @param request What is said to whom.
   * @param options How; `timeoutMs` is 600,000 by default and covers the whole answer.
   * @throws {CozeError} `bot-not-published`, `conversation-busy`, `model-fault`; `connection-lost`
   *   when the stream stops before its end.
   */
  chat(request: ChatRequest, options?: CallOptions): AsyncIterableIterator<ChatEvent>;
  /**
   * Says something and waits for the whole answer: by events, or with `stream: false` by polling
   * once a second (needs `getChat` and `listMessage` too). When the signal aborts or the time is
   * over, the chat is canceled at the server.
   *
   * @param request What is said to whom.
   * @param options How; `timeoutMs` is 600,000 by default.
   * @returns The answer; `chat.status` is `completed`, `requires_action` or `canceled`, or what Coze
   *   told last before it ended the stream.
   * @throws {CozeError} As `chat`, and also when the chat fails. `details.text` is what had arrived.
   */
  ask(request: ChatRequest, options?: CallOptions & { stream?: boolean }): Promise<ChatAnswer>;
  /**
   * Ends a chat that is running. Needs `cancelChat`.
   *
   * @param chat Where it is.
   * @param options How it is sent.
   * @returns How it stands then.
   * @throws {CozeError} `request-invalid` (4104) when it has ended already.
   */
  cancelChat(chat: ChatReference, options?: CallOptions): Promise<Chat>;
}

/**
 * Creates a client.
 *
 * A 401 or 4100 is answered once with a fresh token, when `token` is a function or a provider that
 * gives another one: such an answer is a refusal, so nothing was done yet. Nothing else is sent twice.
 *
 * @param options Token and base URL.
 * @returns The client.
 * @throws {CozeError} `base-url-insecure`, `base-url-not-api`; `usage-value` for a base URL other
 *   than the provider's
 *
 * @example
 * ```ts
 * import { createCozeClient } from "./mod.ts";
 *
 * const client = createCozeClient({ token: "czs_token", fetch: () => Promise.resolve(Response.json({
 *   code: 0,
 *   data: { workspaces: [{ id: "7400000000000000001", name: "mine" }], "total_count": 1 },
 * })) });
 * for await (const { id, name } of client.workspaces()) console.assert(id.length === 19, name);
 * ```
 */
export function createCozeClient(options: CozeClientOptions): CozeClient {
  const api: Api = createApi(options);
  return {
    workspaces: (call = {}) => listWorkspaces(api, call),
    bots: (workspaceId, { publishStatus = "all", ...call } = {}) =>
      listBots(api, workspaceId, publishStatus, call),
    createBot: (bot, call = {}) => createBot(api, bot, call),
    publishBot: (botId, call = {}) => publishBot(api, botId, call),
    chat: (request, call = {}) => streamChat(api, request, call),
    ask: (request, call = {}) => ask(api, request, call),
    cancelChat: (chat, call = {}) => cancelChat(api, chat, call),
  };
}
