import {
  checkedObject,
  CozeError,
  type ErrorDetails,
  invalidArgument,
  malformed,
} from "../error.ts";
import {
  abortable,
  abortError,
  type Call,
  type HttpRequest,
  type HttpResponse,
  open,
  readText,
  type RequestOptions,
  startCall,
} from "../http.ts";
import { ID } from "./json_members.ts";
import { refusal } from "../server_answer.ts";
import type { TokenProvider } from "../token_provider.ts";
import { DEFAULT_BASE_URL, parseBaseUrl, urlAt } from "../token_request.ts";
import { isBearer } from "../token_response.ts";
import { type ApiVerdict, judgeApiResponse } from "./api_errors.ts";

/**
 * Where a token comes from: the token itself, a function that is called before each request, or a
 * provider of `createTokenProvider`.
 */
export type TokenSource =
  | string
  | ((refused?: string) => string | Promise<string>)
  | Pick<TokenProvider, "baseUrl" | "getToken" | "invalidate">;

/** How a client is created. */
export interface ApiOptions extends Pick<RequestOptions, "fetch" | "now" | "sleep"> {
  /**
   * The access token, a function that gives one, or a provider. When the API refuses a token, the
   * function is called once more with that token, and the provider is told: another token is then
   * tried, once.
   */
  token: TokenSource;
  /**
   * The URL of the API. The token goes to this host alone, so it must be the one that issued it.
   *
   * @default {the provider's, or "https://api.coze.cn"}
   */
  baseUrl?: string;
  /**
   * Milliseconds that one call may take. A chat may take 600,000 unless its own options say less.
   *
   * @default {15000}
   */
  timeoutMs?: number;
}

/** How one call is made. */
export type CallOptions = Pick<RequestOptions, "signal" | "timeoutMs">;

/** One endpoint of the API. */
export interface Endpoint {
  method: "GET" | "POST";
  path: string;
  /** The permission the app needs, by the name on Coze's page. */
  permission: string;
}

/**
 * The endpoints this library calls. Source: Coze's pages list_workspace, bots_list_draft_published,
 * create_bot, publish_bot, chat_v3, retrieve_chat, list_chat_messages and cancel_chat.
 */
export const ENDPOINTS = {
  listWorkspaces: { method: "GET", path: "/v1/workspaces", permission: "listWorkspace" },
  listBots: { method: "GET", path: "/v1/bots", permission: "listBot" },
  createBot: { method: "POST", path: "/v1/bot/create", permission: "createBot" },
  publishBot: { method: "POST", path: "/v1/bot/publish", permission: "publish" },
  chat: { method: "POST", path: "/v3/chat", permission: "chat" },
  // The official SDKs of Node and Python POST here; the page says GET, as do those of Go and Java.
  retrieveChat: { method: "GET", path: "/v3/chat/retrieve", permission: "getChat" },
  listMessages: { method: "GET", path: "/v3/chat/message/list", permission: "listMessage" },
  cancelChat: { method: "POST", path: "/v3/chat/cancel", permission: "cancelChat" },
} as const satisfies Record<string, Endpoint>;

/** The content of one request. Members that are `undefined` are left out. */
export interface Input {
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: Readonly<Record<string, unknown>>;
  /** Details for an error. */
  about?: ErrorDetails;
}

/** Sends requests with the token. */
export interface Api {
  /** The host of the API. */
  readonly host: string;
  /** Starts a call and its deadline. */
  start(options: CallOptions, defaultTimeoutMs?: number): Call;
  /** Sends a request and reads the member `data` of the response. */
  ask<T>(
    endpoint: Endpoint,
    input: Input,
    call: Call,
    read: (data: unknown, origin: { logId?: string; bearer?: string }) => T,
  ): Promise<T>;
  /** Sends a request whose response is a stream of events. */
  stream(endpoint: Endpoint, input: Input, call: Call): Promise<HttpResponse>;
}

/** Most bytes of a JSON response of the API. */
export const MAX_API_BYTES = 8 * 1024 * 1024;

/**
 * Creates the one way to the API: it looks after tokens and refusals.
 *
 * @throws {CozeError} `base-url-insecure`, `base-url-not-api`, `usage-value`
 */
export function createApi(options: ApiOptions): Api {
  const { token: source, baseUrl } = checkedObject("options", options);
  if (!isTokenSource(source)) throw invalidArgument("token", "a text, a function or a provider");
  const base = baseUrlOf(source, baseUrl);

  /** The token for a request, or another one for a refused one; `undefined` if there is none. */
  function getToken(call: Call, refused?: string): undefined | string | Promise<string> {
    if (typeof source === "string") return refused === undefined ? source : undefined;
    if (typeof source === "function") return refused === undefined ? source() : source(refused);
    if (refused !== undefined && !source.invalidate(refused)) return undefined;
    return source.getToken(undefined, { signal: call.signal });
  }

  /** Waits for a token, but no longer than the call may take. */
  async function waitForToken(call: Call, refused?: string): Promise<string | undefined> {
    if (call.signal.aborted) throw abortError(call, base.host);
    try {
      return await abortable(Promise.try(getToken, call, refused), call.signal);
    } catch (error) {
      throw call.signal.aborted ? abortError(call, base.host) : error;
    }
  }

  /** Sends a request, and once more with another token when the first one was refused. */
  async function send(endpoint: Endpoint, input: Input, call: Call): Promise<HttpResponse> {
    const token = await waitForToken(call);
    const response = await attempt(apiRequest(base, endpoint, input, token), call);
    if (isStream(response) || judgeApiResponse(response).code !== "token-invalid") return response;
    // The request was refused, so nothing was done yet: this is not sending it twice.
    const next = await waitForToken(call, token);
    if (next === undefined || next === token) return response;
    return await attempt(apiRequest(base, endpoint, input, next), call);
  }

  /** Sends a request once. A stream of events stays open, any other response is read. */
  async function attempt(request: HttpRequest, call: Call): Promise<HttpResponse> {
    const response = await open(request, call);
    return isStream(response) ? response : await readText(response, call, MAX_API_BYTES);
  }

  /** Judges a response and throws what a refusal means. */
  function judge(response: HttpResponse, { permission }: Endpoint, { about }: Input): ApiVerdict {
    const verdict = judgeApiResponse(response);
    const { code, server } = verdict;
    if (!code) return verdict;
    throw refusal(code, response, server, { ...about, host: base.host, permission });
  }

  return {
    host: base.host,
    start(callOptions, defaultTimeoutMs = options.timeoutMs) {
      const { signal, timeoutMs = defaultTimeoutMs } = checkedObject("options", callOptions);
      return startCall({ ...options, signal, timeoutMs });
    },
    async ask(endpoint, input, call, read) {
      const response = await send(endpoint, input, call);
      if (isStream(response)) {
        response.body?.cancel().catch(() => {});
        throw malformed("content-type", { status: response.status });
      }
      const { server, json } = judge(response, endpoint, input);
      try {
        return read(json?.["data"], { logId: server.logId, bearer: response.request.bearer });
      } catch (error) {
        if (!(error instanceof CozeError)) throw error;
        throw new CozeError(error.code, error.message, error.details, server);
      }
    },
    async stream(endpoint, input, call) {
      const response = await send(endpoint, input, call);
      if (isStream(response)) return response;
      throw malformed("content-type", judge(response, endpoint, input).server);
    },
  };
}

/** A proxy's error page can have the type of a stream too. */
function isStream({ status, headers }: HttpResponse): boolean {
  return status === 200 && /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
}

function isTokenSource(source: unknown): source is TokenSource {
  if (typeof source === "function") return true;
  if (typeof source !== "object" || source === null) {
    return typeof source === "string" && source !== "";
  }
  const { getToken, invalidate } = source as Partial<TokenProvider>;
  return typeof getToken === "function" && typeof invalidate === "function";
}

/**
 * The URL that tokens may be sent to. Those of a provider go only to the API that issued them.
 *
 * @throws {CozeError} `base-url-insecure`, `base-url-not-api`; `usage-value` for another URL than
 *   the provider's
 */
function baseUrlOf(source: TokenSource, baseUrl?: string): URL {
  const issuer = typeof source === "object" ? source.baseUrl : undefined;
  const base = parseBaseUrl(baseUrl ?? issuer ?? DEFAULT_BASE_URL);
  if (issuer !== undefined && parseBaseUrl(issuer).href !== base.href) {
    throw invalidArgument("baseUrl", `that of the provider, ${issuer}`);
  }
  return base;
}

/** Builds one request. */
export function apiRequest(
  base: URL,
  { method, path }: Endpoint,
  { query = {}, body }: Input,
  accessToken: string | undefined,
): HttpRequest {
  if (!isBearer(accessToken)) throw invalidArgument("token", "ASCII characters without blanks");
  const url = urlAt(base, path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  return { method, url, bearer: accessToken, body };
}

/** Checks an id. A number is refused too: it may have lost its last digits. */
export function checkedId(name: string, id: unknown): string {
  if (typeof id === "string" && ID.test(id)) return id;
  throw invalidArgument(name, "[A-Za-z0-9_-]{1,64}");
}

/** Checks a text. */
export function checkedText(name: string, text: unknown): string {
  if (typeof text === "string" && text !== "") return text;
  throw invalidArgument(name, "a text that is not empty");
}

/** Checks a switch. */
export function checkedFlag(name: string, flag: unknown): boolean {
  if (typeof flag === "boolean") return flag;
  throw invalidArgument(name, "true or false");
}
