import { randomBytes } from "node:crypto";
import {
  type Answer,
  isRefusal,
  type Refusal,
  REFUSALS,
  TOO_LARGE,
  type WordsOf,
} from "./answer.ts";
import {
  BOT_QUERY,
  BOT_UPDATE,
  BOTS_QUERY,
  createBot,
  getBot,
  listBots,
  listWorkspaces,
  NEW_BOT,
  PUBLICATION,
  publishBot,
  updateBot,
  WORKSPACES_QUERY,
} from "./bots.ts";
import {
  cancelChat,
  CHAT_NAMES,
  CHAT_QUERY,
  CONVERSATION_QUERY,
  createConversation,
  listChatMessages,
  NEW_CHAT,
  NEW_CONVERSATION,
  retrieveChat,
  retrieveConversation,
  startChat,
} from "./chats.ts";
import { findFault, isJsonType, type JsonObject, memberOf, readObject } from "./parameters.ts";
import type { Shape } from "./parameters.ts";
import { type Exchange, readBearer } from "./token_endpoint.ts";
import type { Behaviour, Call, EmulatorWorkspace, Grant, Reply, World } from "./world.ts";

/** One row of the table: what is asked where, who may, and what does it. */
interface Endpoint {
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
const ENDPOINTS: readonly Endpoint[] = [
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

/** The endpoints with their paths as patterns. */
const ROUTES = ENDPOINTS.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
}));

/** The API behind the token. */
interface Api {
  /** Gives out a token; the request has passed all checks. */
  grant(exchange: Exchange): Answer;
  /**
   * Answers a request; undefined for a path that is not the API's. The body's text is undefined
   * when it was too large to be read, the time in milliseconds since the epoch.
   */
  answer(
    request: Request,
    text: string | undefined,
    time: number,
    logId: string,
  ): Answer | undefined;
}

/** Makes the API, with no token, no bot and no conversation in it. */
export function createApi(
  workspaces: readonly EmulatorWorkspace[],
  behaviour: Behaviour,
  wordsOf: WordsOf,
): Api {
  const grants = new Map<string, Grant>();
  const world: World = {
    ...behaviour,
    workspaces,
    bots: new Map(),
    conversations: new Map(),
    createId: createIds(),
  };

  function findGrant(request: Request, nowSeconds: number): Grant | undefined {
    for (const [token, { expiresAt }] of grants) {
      if (expiresAt <= nowSeconds) grants.delete(token);
    }
    return grants.get(readBearer(request) ?? "");
  }

  function judge(
    request: Request,
    text: string,
    time: number,
    { endpoint, pattern }: typeof ROUTES[number],
  ): Reply {
    const grant = findGrant(request, Math.floor(time / 1000));
    if (!grant) return { refused: 4100 };
    const { pathname, searchParams } = new URL(request.url);
    const query = { ...Object.fromEntries(searchParams), ...pattern.exec(pathname)?.groups };
    const body = endpoint.body && readBody(request, text);
    const missing = endpoint.permissions.find((permission) => !allows(grant, permission));
    if (missing !== undefined) return refusePermission(endpoint, missing, { ...query, ...body });
    if (endpoint.body && !body) return { refused: 4000, reason: "the body is no JSON object" };
    const fault = findFault(query, endpoint.query ?? {}) ??
      findFault(body ?? {}, endpoint.body ?? {});
    if (fault !== undefined) return { refused: 4000, reason: fault };
    const [permission] = endpoint.permissions;
    return endpoint.handle({ grant, permission, query, body: body ?? {}, time }, world);
  }

  function refuse({ refused: code, filling = "", reason }: Refusal, detail: object): Answer {
    const { name, status, text, meaning } = REFUSALS[code];
    const msg = wordsOf({ text, filling, meaning, name });
    const body = { code, msg, detail };
    return { status, body, errorCode: String(code), reason: reason ?? meaning };
  }

  return {
    // Page oauth_jwt: these two members, the prefix `czs_`, 900 seconds by default.
    grant({ app, body, nowSeconds }) {
      const token = `czs_emulator_${randomBytes(32).toString("base64url")}`;
      const expiresAt = nowSeconds + Number(body?.["duration_seconds"] ?? 900);
      grants.set(token, { app: app!, expiresAt, ...scopeOf(body) });
      return { status: 200, body: { "access_token": token, "expires_in": expiresAt } };
    },
    answer(request, text, time, logId) {
      const { pathname } = new URL(request.url);
      const routes = ROUTES.filter(({ pattern }) => pattern.test(pathname));
      if (routes.length === 0) return undefined;
      const route = routes.find(({ endpoint }) => endpoint.method === request.method);
      if (!route) return answerOtherMethod(routes.map(({ endpoint }) => endpoint.method));
      if (text === undefined) return TOO_LARGE;
      const reply = judge(request, text, time, route);
      const detail = { logid: logId };
      if (isRefusal(reply)) return refuse(reply, detail);
      if (!("stream" in reply)) {
        return { status: 200, body: { code: 0, msg: "", data: reply.data, detail } };
      }
      const headers = { "content-type": "text/event-stream" };
      return { status: 200, headers, stream: reply.stream };
    },
  };
}

/**
 * Makes ids in the form of Coze's: 19 digits, the first a 7. They count up, so that each run gives
 * the same; the last digits differ, so that a client that reads ids as numbers mixes them up here
 * already.
 */
function createIds(): () => string {
  let count = 0;
  return () => `75${String(++count).padStart(17, "0")}`;
}

/** `[INF]` that an empty body is one without members, and that others must say they are JSON. */
function readBody(request: Request, text: string): JsonObject | undefined {
  if (text === "") return {};
  return isJsonType(request.headers.get("content-type")) ? readObject(text) : undefined;
}

function refusePermission(
  { resource }: Endpoint,
  permission: string,
  values: JsonObject,
): Refusal {
  const id = resource && values[resource];
  const named = typeof id === "string" ? `${resource}=${id} ` : "";
  return { refused: 4101, filling: named + permission, reason: `${permission} is missing` };
}

/** How Coze answers these is unknown: the words are the emulator's. */
function answerOtherMethod(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return { status: 405, headers: { allow }, body: { emulator: `only ${allow} is answered` } };
}

function allows({ app, permissions }: Grant, permission: string): boolean {
  const authorised = app.permissions?.includes(permission) ?? true;
  return authorised && (permissions?.includes(permission) ?? true);
}

/** A scope has names of its own for permissions. Source: Coze's page oauth_jwt_channel. */
const PERMISSION_OF: Readonly<Record<string, string>> = { "Connector.botChat": "chat" };

/**
 * That a scope narrows the token was seen for a normal app too. `[INF]` that a list of no bots
 * means none; what Coze does with one is unknown.
 */
function scopeOf(body: JsonObject | undefined): Pick<Grant, "permissions" | "botIds"> {
  const names = memberOf(body, "scope", "account_permission", "permission_list");
  const constraint = memberOf(body, "scope", "attribute_constraint");
  const botIds = memberOf(constraint, "connector_bot_chat_attribute", "bot_id_list");
  return {
    permissions: Array.isArray(names)
      ? names.map(String).map((name) => PERMISSION_OF[name] ?? name)
      : undefined,
    botIds: Array.isArray(botIds) ? botIds.map(String) : undefined,
  };
}
