import { abortable } from "../clock.ts";
import {
  checkedObject,
  CozeError,
  type ErrorDetails,
  invalidArgument,
  malformed,
} from "../error.ts";
import {
  abortError,
  type Call,
  checkRequestOptions,
  type HttpRequest,
  type HttpResponse,
  open,
  readBody,
  type RequestOptions,
  startCall,
} from "../http.ts";
import { refusal } from "../server_answer.ts";
import type { TokenProvider } from "../token_provider.ts";
import { parseBaseUrl, urlAt } from "../token_request.ts";
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
export interface CozeClientOptions extends Pick<RequestOptions, "fetch" | "now" | "sleep"> {
  /**
   * The access token, a function that gives one, or a provider. When the API refuses a token, the
   * function is called again with that token, and a provider is told by `invalidate`. If another token
   * comes, the request is sent once more.
   */
  token: TokenSource;
  /**
   * The URL of the API. The token goes to this host alone, so it must be the one that issued it.
   *
   * @default {the provider's, or "https://api.coze.cn"}
   */
  baseUrl?: string;
  /**
   * Milliseconds that one call may take, 1 to 2147483647, unless its own `timeoutMs` is given. A chat
   * may take 600,000 unless its own is.
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

/** The response that something was read from. */
export interface Origin {
  /** `X-Tt-Logid` of the response. */
  logId?: string;
  /** The credential of the request, which no error may repeat. */
  bearer?: string;
}

/** Sends requests with the token. */
export interface Api {
  /** The host of the API. */
  readonly host: string;
  /** Starts a call and its deadline. */
  start(options: CallOptions, defaultTimeoutMs?: number): Call;
  /** Sends a request and reads the member `data` of the response. */
  request<T>(
    endpoint: Endpoint,
    input: Input,
    call: Call,
    read: (data: unknown, origin: Origin) => T,
  ): Promise<T>;
  /** Sends a request whose response is a stream of events. */
  stream(endpoint: Endpoint, input: Input, call: Call): Promise<HttpResponse>;
}

/** A response; a stream of events has no verdict yet. */
interface Answer {
  response: HttpResponse;
  verdict?: ApiVerdict;
}

/** Most bytes of a JSON response of the API. */
export const MAX_API_BYTES = 8 * 1024 * 1024;

/**
 * Creates what sends every request to the API: it gets the token, tries another one when that is
 * refused, and throws what the API refuses.
 */
export function createApi(options: CozeClientOptions): Api {
  const { token: source, baseUrl, fetch, now, sleep, timeoutMs } = checkedObject(
    "options",
    options,
  );
  if (!isTokenSource(source)) throw invalidArgument("token", "a text, a function or a provider");
  checkRequestOptions({ fetch, now, sleep, timeoutMs });
  const base = baseUrlOf(source, baseUrl);

  /** The token for a request, or another one for a refused one; `undefined` if there is none. */
  async function getToken(call: Call, refused?: string): Promise<string | undefined> {
    if (typeof source === "string") return refused === undefined ? source : undefined;
    if (typeof source === "function") return await source(refused);
    if (refused !== undefined && !source.invalidate(refused)) return undefined;
    return await source.getToken(undefined, { signal: call.signal });
  }

  /** Waits for a token, but no longer than the call may take. */
  async function waitForToken(call: Call, refused?: string): Promise<string | undefined> {
    if (call.signal.aborted) throw abortError(call, base.host);
    try {
      return await abortable(getToken(call, refused), call.signal);
    } catch (error) {
      throw call.signal.aborted ? abortError(call, base.host) : error;
    }
  }

  /** Sends a request, and once more with another token when the first one was refused. */
  async function send(endpoint: Endpoint, input: Input, call: Call): Promise<Answer> {
    const token = await waitForToken(call);
    let answer = await attempt(apiRequest(base, endpoint, input, token), call);
    if (answer.verdict?.code === "token-invalid") {
      // The request was refused, so nothing was done yet: this is not sending it twice.
      const next = await waitForToken(call, token);
      if (next !== undefined && next !== token) {
        answer = await attempt(apiRequest(base, endpoint, input, next), call);
      }
    }
    const { response, verdict } = answer;
    if (!verdict?.code) return answer;
    const details = { ...input.about, host: base.host, permission: endpoint.permission };
    throw refusal(verdict.code, response, verdict.server, details);
  }

  /** Sends a request once. A stream of events stays open, any other response is read and judged. */
  async function attempt(request: HttpRequest, call: Call): Promise<Answer> {
    const response = await open(request, call);
    if (isStream(response)) return { response };
    const read = await readBody(response, call, MAX_API_BYTES);
    return { response: read, verdict: judgeApiResponse(read) };
  }

  return {
    host: base.host,
    start(options, defaultTimeoutMs = timeoutMs) {
      const { signal, timeoutMs = defaultTimeoutMs } = checkedObject("options", options);
      return startCall({ fetch, now, sleep, signal, timeoutMs });
    },
    async request(endpoint, input, call, read) {
      const { response, verdict } = await send(endpoint, input, call);
      if (!verdict) {
        response.body?.cancel().catch(() => {});
        throw malformed("content-type", { status: response.status });
      }
      const { server, json } = verdict;
      try {
        return read(json?.["data"], { logId: server.logId, bearer: response.request.bearer });
      } catch (error) {
        if (!(error instanceof CozeError)) throw error;
        throw new CozeError(error.code, error.message, error.details, server);
      }
    },
    async stream(endpoint, input, call) {
      const { response, verdict } = await send(endpoint, input, call);
      if (!verdict) return response;
      throw malformed("content-type", verdict.server);
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
 */
function baseUrlOf(source: TokenSource, baseUrl?: string): URL {
  const issuer = typeof source === "object" ? source.baseUrl : undefined;
  const base = parseBaseUrl(baseUrl ?? issuer);
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
