import { CozeError } from "./error.ts";
import { networkError } from "./network_error.ts";
import { quote } from "./redact.ts";
import { invalid } from "./token_request.ts";

/** What sends a request. `globalThis.fetch` and the emulator both fit. */
export type Fetch = (request: Request) => Promise<Response>;

/** How a request is made. */
export interface RequestOptions {
  /**
   * What sends the request.
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
   * Waits that many milliseconds between two attempts, or until the signal aborts.
   *
   * @default {setTimeout}
   */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the call early, with the code `interrupted`. */
  signal?: AbortSignal;
  /**
   * Milliseconds the whole call may take, all attempts and waits together.
   *
   * @default {15000}
   */
  timeoutMs?: number;
}

/** One call: the options with their defaults, and one deadline for all its attempts. */
export interface Call extends Required<RequestOptions> {
  deadline: number;
}

/** An answer that was read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** When the request was sent and the answer's head came, in milliseconds since the epoch. */
  sentAt: number;
  receivedAt: number;
}

/**
 * Compares this clock with the server's, by the `Date` header.
 *
 * @param answer An answer.
 * @returns How many seconds this clock is ahead (negative: behind), and by how many that may be
 *   wrong; nothing when the answer does not say what time it is.
 */
export function clockOffset(
  { headers, sentAt, receivedAt }: Answer,
): { seconds: number; error: number } | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date)) return undefined;
  // The header is cut to whole seconds, so half a second is added; half the round trip goes off.
  const here = (sentAt + receivedAt) / 2;
  return {
    seconds: Math.round((here - date - 500) / 1000),
    error: Math.ceil((receivedAt - sentAt) / 2000) + 1,
  };
}

/**
 * Starts a call and its deadline. The defaults of clock, fetch and sleep stand here.
 *
 * @param options What the caller gave.
 * @returns The call; every attempt shares its deadline.
 * @throws {CozeError} `usage-value` for a time-out that is no positive number.
 */
export function startCall(options: RequestOptions): Call {
  const { now = Date.now, sleep = wait, signal, timeoutMs = 15_000 } = options;
  if (!(timeoutMs >= 1 && timeoutMs <= 2 ** 31 - 1)) throw invalid("timeoutMs", "1 to 2147483647");
  const timeout = AbortSignal.timeout(timeoutMs);
  return {
    fetch: options.fetch ?? ((request) => fetch(request)),
    now,
    sleep,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    timeoutMs,
    deadline: now() + timeoutMs,
  };
}

/**
 * Waits, or until the signal aborts.
 *
 * @param ms How many milliseconds.
 * @param signal Ends the waiting; that is no error.
 */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

/**
 * Sends one request and reads the answer to its end. Redirects are not followed: a redirect to
 * another origin would lose the Authorization header, or carry it along.
 *
 * @param request The request.
 * @param call The call it belongs to.
 * @param maxBytes Most bytes of the unpacked body.
 * @returns The answer, whatever its status.
 * @throws {CozeError} `dns-failure`, `connection-refused`, `connection-lost`, `timeout`,
 *   `tls-untrusted`, `proxy-refused`, `answer-too-large`, `sandbox-net`, `interrupted`.
 */
export async function send(request: Request, call: Call, maxBytes: number): Promise<Answer> {
  return await readAnswer(await open(request, call), call, maxBytes);
}

/** An answer whose head has come. */
export interface OpenAnswer {
  /** Where it comes from. */
  url: string;
  response: Response;
  /** When the request was sent and the head came, in milliseconds since the epoch. */
  sentAt: number;
  receivedAt: number;
}

/**
 * Sends one request and waits for the head of the answer.
 *
 * @param request The request.
 * @param call The call it belongs to.
 * @returns The answer, its body not read yet.
 * @throws {CozeError} As {@linkcode send}.
 */
export async function open(request: Request, call: Call): Promise<OpenAnswer> {
  const { url } = request;
  try {
    call.signal.throwIfAborted();
    const sentAt = call.now();
    const sent = call.fetch(new Request(request, { signal: call.signal }));
    const response = await before(call.signal, sent);
    return { url, response, sentAt, receivedAt: call.now() };
  } catch (error) {
    throw networkError(error, url, call);
  }
}

/**
 * Reads an answer to its end.
 *
 * @param answer The answer, its body not read yet.
 * @param call The call it belongs to.
 * @param maxBytes Most bytes of the unpacked body.
 * @returns The answer.
 * @throws {CozeError} As {@linkcode send}.
 */
export async function readAnswer(
  { url, response, sentAt, receivedAt }: OpenAnswer,
  call: Call,
  maxBytes: number,
): Promise<Answer> {
  try {
    const text = await readText(response, maxBytes, call.signal);
    return { status: response.status, headers: response.headers, text, sentAt, receivedAt };
  } catch (error) {
    throw networkError(error, url, call);
  }
}

/**
 * Waits for something that may not look at the signal, such as an injected fetch.
 *
 * @param signal Ends the waiting, with its reason.
 * @param work What is waited for.
 */
export async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    // A listener would keep the process alive until the deadline.
    signal.removeEventListener("abort", abort);
  }
}

async function readText(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  const reader = response.body?.getReader();
  try {
    while (reader) {
      // A body of an injected fetch may not look at the signal either.
      const { done, value } = await before(signal, reader.read());
      if (done) break;
      size += value.length;
      if (size > maxBytes) throw tooLarge(response, maxBytes);
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    reader?.cancel().catch(() => {});
    throw error;
  }
  return text + decoder.decode();
}

function tooLarge({ status, headers }: Response, limit: number): CozeError {
  const logId = headers.get("x-tt-logid");
  return new CozeError(
    "answer-too-large",
    `Cannot read an answer of over ${limit} bytes`,
    { limit, status },
    { status, ...(logId && { logId: quote(logId, 64) }) },
  );
}
