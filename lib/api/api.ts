import { CozeError, type ErrorCode, type ErrorDetails, type ServerAnswer } from "../error.ts";
import { networkError } from "../network_error.ts";
import { mask } from "../redact.ts";
import { invalid } from "../token_request.ts";
import { isToken, parseObject, refusalDetails } from "../token_response.ts";
import {
  type Answer,
  before,
  type Call,
  open,
  type OpenAnswer,
  readAnswer,
  type RequestOptions,
  startCall,
} from "../transport.ts";
import type { Endpoint } from "./endpoints.ts";
import { ID, invalidAnswer } from "./members.ts";
import { baseUrlOf, tokensOf, type TokenSource } from "./token_source.ts";
import { judgeApiAnswer } from "./verdict.ts";

/** What goes into one request. Members that are `undefined` are left out. */
export interface Input {
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: Readonly<Record<string, unknown>>;
  /** What an error tells of it. */
  about?: ErrorDetails;
}

/** How a client is made. */
export interface ApiOptions extends Pick<RequestOptions, "fetch" | "now" | "sleep"> {
  /**
   * The access token; a function that gives one and is asked before each request; or a provider of
   * `createTokenProvider`. After a 401 or 4100 the function is asked once more, with the token that
   * was refused, and the provider is told of it: another one is then tried, once.
   */
  token: TokenSource;
  /**
   * Where the API is. The token goes to this host and to no other, so it must be the one that
   * issued it.
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

/** Reads the member `data` of a success, whatever it is. */
export type Read<T> = (data: unknown, logId?: string) => T;

/** Sends requests with the token. */
export interface Api {
  /** Starts a call and its deadline. */
  start(options: CallOptions, defaultMs?: number): Call;
  /** Sends a request, judges the answer and reads what it holds. */
  ask<T>(endpoint: Endpoint, input: Input, call: Call, read: Read<T>): Promise<T>;
  /** Sends a request that is to be answered by a stream of events; an answer of JSON is judged. */
  stream(endpoint: Endpoint, input: Input, call: Call): Promise<OpenAnswer>;
}

/** Most bytes of a JSON answer of the API. */
export const MAX_API_BYTES = 8 * 1024 * 1024;

/** The one way to the API: token, refusals and their one replay are looked after here. */
export function createApi(options: ApiOptions): Api {
  const { token } = options;
  const base = baseUrlOf(token, options.baseUrl);
  const { first, next } = tokensOf(token);

  /**
   * Whether requests to the host are allowed. A body of bytes that the sandbox refuses to send would
   * keep the process alive. Whoever gives tokens has asked the host for them, unless they come from a
   * store.
   */
  let isAllowed = typeof token === "function" || typeof token === "object" && !token.isShared;

  /** Sends once, and once more with a fresh token where the token was refused. */
  async function send(endpoint: Endpoint, input: Input, call: Call): Promise<OpenAnswer | Answer> {
    const used = await obtain(call, () => first(call.signal));
    const answer = await attempt(endpoint, input, used, call);
    if (!isRefusedToken(answer)) return answer;
    // The answer is a refusal, so nothing was done yet, and the body is a text: it can be sent again.
    const fresh = await obtain(call, () => next(used, call.signal));
    const isNew = fresh !== undefined && fresh !== used;
    return isNew ? await attempt(endpoint, input, fresh, call) : answer;
  }

  /** Whoever gives the token has no more time than the call. */
  async function obtain<T>(call: Call, ask: () => T | Promise<T>): Promise<T> {
    if (typeof token === "string") return await ask();
    const { signal } = call;
    try {
      return await before(signal, Promise.try(ask));
    } catch (error) {
      // Whoever looks at the signal cannot tell a time-out from an interruption.
      throw signal.aborted ? networkError(signal.reason, base.href, call) : error;
    }
  }

  async function attempt(
    endpoint: Endpoint,
    input: Input,
    accessToken: string,
    call: Call,
  ): Promise<OpenAnswer | Answer> {
    const request = createRequest(base, endpoint, input, accessToken);
    const sent = endpoint.once && isAllowed ? await onceOnly(request) : request;
    const opened = await open(sent, call);
    isAllowed = true;
    if (isEventStream(opened.response)) return opened;
    const answer = await readAnswer(opened, call, MAX_API_BYTES);
    // A server may repeat the token, whatever that looks like; a short one could be any word.
    if (accessToken.length < 16) return answer;
    return { ...answer, text: answer.text.replaceAll(accessToken, () => mask(accessToken)) };
  }

  return {
    start: ({ signal, timeoutMs }, defaultMs = options.timeoutMs ?? 15_000) =>
      startCall({
        ...options,
        timeoutMs: timeoutMs ?? defaultMs,
        ...(signal && { signal }),
      }),
    async ask(endpoint, input, call, read) {
      const answer = await send(endpoint, input, call);
      if (!("response" in answer)) {
        const server = judge(answer, endpoint, { ...input.about, host: base.host });
        return readData(answer, server, read);
      }
      answer.response.body?.cancel().catch(() => {});
      throw invalidAnswer("content-type", { status: answer.response.status });
    },
    async stream(endpoint, input, call) {
      const answer = await send(endpoint, input, call);
      if ("response" in answer) return answer;
      judge(answer, endpoint, { ...input.about, host: base.host });
      throw invalidAnswer("content-type", { status: answer.status });
    },
  };
}

/**
 * Builds one request.
 *
 * @param base Where the API is.
 * @param endpoint What is called.
 * @param input What goes into it.
 * @param accessToken The token; it goes to the host that issued it, and to no other.
 * @returns The request, not sent yet.
 */
export function createRequest(
  base: URL,
  endpoint: Endpoint,
  input: Input,
  accessToken: string,
): Request {
  if (!isToken(accessToken)) throw invalid("token", "[\\x21-\\x7e]+");
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, "") + endpoint.path;
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  return new Request(url, {
    method: endpoint.method,
    headers: { "Authorization": `Bearer ${accessToken}`, "Content-Type": "application/json" },
    ...(input.body && { body: JSON.stringify(input.body) }),
    redirect: "manual",
  });
}

/**
 * Makes a request that is sent once. Deno sends one with a text again by itself when the server drops
 * a connection that was kept open, also after all of it has arrived; one with a Blob it does not
 * (measured with Deno 2.9.6).
 */
async function onceOnly(request: Request): Promise<Request> {
  return new Request(request, { body: await request.blob() });
}

/** Only a success streams: a page of a proxy with this type is read as what it is. */
function isEventStream({ status, headers }: Response): boolean {
  return status === 200 && /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
}

function isRefusedToken(answer: OpenAnswer | Answer): answer is Answer {
  return !("response" in answer) && judgeApiAnswer(answer).code === "token-invalid";
}

/** Throws what a refusal means; of a success it gives what the server says beside the data. */
function judge(answer: Answer, endpoint: Endpoint, about: ErrorDetails): ServerAnswer {
  const { ok, code: known, server } = judgeApiAnswer(answer);
  if (ok) return server;
  const isOdd = server.code === undefined && answer.status < 300;
  const code = known ?? (isOdd ? "answer-invalid" : "request-invalid");
  const words = [server.code, server.message].filter(Boolean).join(" ");
  const { permission } = endpoint;
  const details = { ...refusalDetails(code, answer), ...about, permission };
  const message = `${sentenceOf(code)}: status ${server.status}${words && `, ${words}`}`;
  throw new CozeError(code, message, details, server);
}

function readData<T>(answer: Answer, server: ServerAnswer, read: Read<T>): T {
  try {
    return read(parseObject(answer.text)?.["data"], server.logId);
  } catch (error) {
    // Support asks for the log id of an odd answer too.
    if (!(error instanceof CozeError)) throw error;
    throw new CozeError(error.code, error.message, error.details, server);
  }
}

function sentenceOf(code: ErrorCode): string {
  if (code === "answer-not-json") return "Cannot read the answer as it is not JSON";
  return code === "answer-invalid"
    ? "Cannot use the answer as it does not say that all went well"
    : "Coze refuses the request";
}

/**
 * Checks an id before it enters a URL or a body.
 *
 * @param name What it is called here, for the error.
 * @param id The id.
 * @returns The id.
 * @throws {CozeError} `usage-value`
 */
export function checkedId(name: string, id: string): string {
  // JavaScript may hand over a number, which has lost its last digits.
  if (typeof id !== "string" || !ID.test(id)) throw invalid(name, "[A-Za-z0-9_-]{1,64}");
  return id;
}
