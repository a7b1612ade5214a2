import { abortable, startStopwatch, type Stopwatch, wait } from "./clock.ts";
import {
  checkedObject,
  checkFunctions,
  CozeError,
  type ErrorCode,
  invalidArgument,
} from "./error.ts";
import { maskSecret, quote, redact } from "./redact.ts";

/** Sends a request. `globalThis.fetch` and the emulator both fit. */
export type Fetch = (request: Request) => Promise<Response>;

/** How a request is sent. */
export interface RequestOptions {
  /**
   * Sends the request.
   *
   * @default {globalThis.fetch}
   */
  fetch?: Fetch;
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default {Date.now}
   */
  now?: () => number;
  /**
   * Waits `ms` milliseconds between two attempts, or until `signal` aborts.
   *
   * @default {setTimeout}
   */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the call early, with the code `interrupted`. */
  signal?: AbortSignal;
  /**
   * Milliseconds the whole call may take, all attempts and waits together: 1 to 2147483647.
   *
   * @default {15000}
   */
  timeoutMs?: number;
}

/** One call of the library: its options, and one deadline for all of its requests. */
export interface Call extends Required<Omit<RequestOptions, "fetch">> {
  /** The caller's fetch, if there is one. */
  fetch?: Fetch;
  /** In milliseconds since the epoch, by `now`. */
  deadline: number;
  monotonic: () => number;
  /** Aborts at the deadline; `signal` also when the caller's signal does. */
  timeout: AbortSignal;
  /** Whether to stop. Reads a clock, as no timer runs in a loop of promises that are settled. */
  isOver: () => boolean;
}

/** A request as data: this file decides how it goes over the wire. */
export interface HttpRequest {
  method: "GET" | "POST";
  url: URL;
  /** The credential behind `Bearer`. It is masked in every error that quotes the response. */
  bearer?: string;
  /** An object for `JSON.stringify`. */
  body?: unknown;
}

/** A response. `open` leaves the body unread, `readBody` reads it into `text`. */
export interface HttpResponse {
  request: HttpRequest;
  status: number;
  headers: Headers;
  body: ReadableStream<Uint8Array> | null;
  text: string;
  /** When the request was sent and when the head arrived, in milliseconds since the epoch. */
  sentAt: number;
  receivedAt: number;
  /** The time since the request was sent. */
  elapsedMs: Stopwatch;
}

export function checkRequestOptions(options: RequestOptions): void {
  const { fetch, now, sleep, signal, timeoutMs = 1 } = checkedObject("options", options);
  checkFunctions({ fetch, now, sleep });
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 1 && timeoutMs <= 2 ** 31 - 1)) {
    throw invalidArgument("timeoutMs", "1 to 2147483647");
  }
  if (signal && !(signal instanceof AbortSignal)) throw invalidArgument("signal", "an AbortSignal");
}

export function startCall(options: RequestOptions & { monotonic?: () => number } = {}): Call {
  checkRequestOptions(options);
  const { fetch, now = Date.now, sleep = wait, signal } = options;
  const { timeoutMs = 15_000, monotonic = () => performance.now() } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const endsAt = performance.now() + timeoutMs;
  const callSignal = signal ? AbortSignal.any([signal, timeout]) : timeout;
  return {
    fetch,
    now,
    monotonic,
    sleep,
    timeoutMs,
    deadline: now() + timeoutMs,
    signal: callSignal,
    timeout,
    isOver: () => callSignal.aborted || performance.now() > endsAt,
  };
}

/**
 * Sends one request and reads the response to its end, whatever its status. Redirects are not
 * followed: they would lose the credential or carry it to another origin.
 */
export async function send(
  request: HttpRequest,
  call: Call,
  maxBytes: number,
): Promise<HttpResponse> {
  return await readBody(await open(request, call), call, maxBytes);
}

/** Sends one request and waits for the head of the response. */
export async function open(request: HttpRequest, call: Call): Promise<HttpResponse> {
  if (call.signal.aborted) throw abortError(call, request.url.host);
  const sentAt = call.now();
  const elapsedMs = startStopwatch(call.now, call.monotonic);
  try {
    const { status, headers, body } = await abortable(fetchOnce(request, call), call.signal);
    const receivedAt = call.now();
    return { request, status, headers, body, text: "", sentAt, receivedAt, elapsedMs };
  } catch (error) {
    if (call.fetch && !call.signal.aborted && isMistake(error, request)) throw error;
    throw networkError(error, request, call);
  }
}

export async function readBody(
  response: HttpResponse,
  call: Call,
  maxBytes: number,
): Promise<HttpResponse> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  let size = 0;
  try {
    while (reader) {
      const { done, value } = await abortable(reader.read(), call.signal);
      if (done) break;
      size += value.length;
      if (call.isOver()) throw abortError(call, response.request.url.host);
      if (size > maxBytes) {
        throw tooLarge(`a response of over ${maxBytes} bytes`, maxBytes, response);
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    reader?.cancel().catch(() => {});
    throw networkError(error, response.request, call);
  }
  return { ...response, text: text + decoder.decode() };
}

/**
 * Deno sends a POST again by itself when a kept-alive connection drops before the response, also
 * after the server has read all of it; with a Blob body it does not. A Blob that the sandbox refuses
 * would keep the process alive, so that case gets a text body, which fails before anything is sent.
 */
async function fetchOnce(
  { method, url, bearer, body }: HttpRequest,
  { fetch, signal }: Call,
): Promise<Response> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const init: RequestInit = {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(bearer !== undefined && { "Authorization": `Bearer ${bearer}` }),
    },
    body: text !== undefined && isNetGranted(url) ? new Blob([text]) : text,
    redirect: "manual",
    signal,
  };
  return await (fetch ? fetch(new Request(url, init)) : globalThis.fetch(url, init));
}

/** Whether Deno's sandbox allows this host without asking; true on other runtimes. */
function isNetGranted({ protocol, hostname, port }: URL): boolean {
  const host = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  try {
    const state = globalThis.Deno?.permissions.querySync({ name: "net", host }).state;
    return (state ?? "granted") === "granted";
  } catch {
    // It throws for some hosts of a URL, such as `a!b`.
    return false;
  }
}

/** Reasons in the messages of fetch: Deno passes no codes on. */
// deno-fmt-ignore
const NETWORK_REASONS: readonly [RegExp, ErrorCode, string][] = [
  [/dns error|invalid dns name|failed to lookup address/i, "dns-failure", "its name or a proxy's is unknown"],
  [/certificate|fatal alert/i, "tls-untrusted", "its certificate is not trusted"],
  [/\bauth|ruleset|tunnel/i, "proxy-refused", "the proxy refuses"],
  [/connection refused|actively refused|ECONNREFUSED|server unreachable/i, "connection-refused", "it or a proxy refuses"],
  [/^/, "connection-lost", "the connection was lost"],
];

/** The codes of a request that got no response. */
export const NETWORK_CODES: readonly ErrorCode[] = [
  ...NETWORK_REASONS.map(([, code]) => code),
  "timeout",
];

/** The codes of failures that a retry can fix. */
export const TRANSIENT_CODES: readonly ErrorCode[] = [
  "rate-limited",
  "server-fault",
  "connection-lost",
  "connection-refused",
  "dns-failure",
];

/** Translates what fetch or a body threw. */
export function networkError(error: unknown, request: HttpRequest, call: Call): CozeError {
  const { host, hostname } = request.url;
  if (call.signal.aborted) return abortError(call, host);
  if (error instanceof CozeError) return error;
  if (error instanceof Error && error.name === "NotCapable") {
    const message = `Cannot reach ${host} without --allow-net=${host}`;
    return new CozeError("sandbox-net", message, { host });
  }
  const messages: string[] = [];
  // `cause` can be circular.
  for (let e = error; e instanceof Error && messages.length < 10; e = e.cause) {
    messages.push(e.message);
  }
  // The address can contain such words.
  const reason = messages.join(": ").slice(0, 4000)
    .replace(/error sending request .*?(?=client error)/s, "");
  // Deno asks so for a SOCKS proxy.
  const [, proxy] = /Requires net access to "([^"]+)/.exec(reason) ?? [];
  if (proxy) {
    const message = `The proxy needs --allow-net=${proxy}`;
    return new CozeError("sandbox-net", message, { host: proxy, reason: "proxy" });
  }
  const [, code, sentence] = NETWORK_REASONS.find(([pattern]) => pattern.test(reason))!;
  return new CozeError(code, `Cannot reach ${host}: ${sentence}`, {
    // NO_PROXY takes no port.
    host: /dns|proxy/.test(code) ? hostname : host,
    reason: quote(reason, 300, request.bearer),
  });
}

/** The error for an aborted call: `timeout` at its own deadline, else `interrupted`. */
export function abortError({ signal, timeout, timeoutMs }: Call, host: string): CozeError {
  if (signal.reason !== timeout.reason) return interrupted();
  const message = `No complete response from ${host} within ${timeoutMs} ms`;
  return new CozeError("timeout", message, { host, timeoutMs });
}

/** The error for a call that the caller's signal ended. */
export function interrupted(): CozeError {
  return new CozeError("interrupted", "The call was interrupted");
}

/** The error for a response, or a part of one, that is larger than its limit. */
export function tooLarge(what: string, limit: number, response: HttpResponse): CozeError {
  const { status } = response;
  const server = { status, logId: logIdOf(response) };
  const details = { reason: "size", limit, status };
  return new CozeError("answer-invalid", `Cannot read ${what}`, details, server);
}

/** `X-Tt-Logid` of a response, fit to be shown. */
export function logIdOf({ headers, request }: HttpResponse): string | undefined {
  return quote(headers.get("x-tt-logid") ?? "", 64, request.bearer) || undefined;
}

/** How the TypeErrors of fetch itself begin: Deno, Node, Chrome, Firefox, Safari. */
const FETCH_ERROR =
  /^(?:error sending request|fetch failed|failed to fetch|network|connection|load failed)/i;

/**
 * Whether an error is a mistake in the caller's own fetch, which no retry can cure. One that repeats
 * the credential counts as a network error, so that it is not passed on.
 */
function isMistake(error: unknown, { bearer = "" }: HttpRequest): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message, cause } = error;
  if (!/^(?:Type|Range|Reference|Syntax)Error$/.test(name)) return false;
  const isClean = redact(maskSecret(message, bearer)) === message;
  return isClean && cause === undefined && !FETCH_ERROR.test(message);
}

/** Waits within a call, until it is aborted. */
export async function pause(ms: number, { sleep, signal }: Call): Promise<void> {
  try {
    await abortable(Promise.try(() => sleep(ms, signal)), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
