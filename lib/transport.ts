import { CozeError, type ErrorCode } from "./error.ts";
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

function wait(ms: number, signal: AbortSignal): Promise<void> {
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
  try {
    call.signal.throwIfAborted();
    const sentAt = call.now();
    const sent = call.fetch(new Request(request, { signal: call.signal }));
    const response = await before(call.signal, sent);
    const receivedAt = call.now();
    const text = await readText(response, maxBytes, call.signal);
    return { status: response.status, headers: response.headers, text, sentAt, receivedAt };
  } catch (error) {
    if (error instanceof CozeError) throw error;
    throw networkError(error, request.url, call);
  }
}

/** Ends with the signal, also when an injected fetch does not look at it. */
async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
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
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > maxBytes) {
      throw new CozeError("answer-too-large", `Cannot read an answer of over ${maxBytes} bytes`, {
        limit: maxBytes,
        status: response.status,
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Words of Deno's network errors. They are all there is: the codes are not passed on. */
const WORDS: readonly [RegExp, ErrorCode, string][] = [
  [
    /dns error|invalid dns name|failed to lookup address/i,
    "dns-failure",
    "its name cannot be resolved",
  ],
  [/proxy auth|tunnel/i, "proxy-refused", "the proxy refuses"],
  [/certificate|tls|handshake/i, "tls-untrusted", "its certificate is not trusted"],
  [/refused/i, "connection-refused", "nothing listens there"],
];

function networkError(error: unknown, url: string, call: Call): CozeError {
  const { host, hostname } = new URL(url);
  const name = error instanceof Error ? error.name : "";
  if (call.signal.aborted) {
    const late = (call.signal.reason as Error | undefined)?.name === "TimeoutError";
    return late
      ? new CozeError("timeout", `Cannot get an answer from ${host} within ${call.timeoutMs} ms`, {
        host,
        timeoutMs: call.timeoutMs,
      })
      : new CozeError("interrupted", "The call was interrupted");
  }
  if (name === "NotCapable") {
    return new CozeError("sandbox-net", `Cannot reach ${host} without --allow-net=${host}`, {
      host,
    });
  }
  const words: string[] = [];
  // A cause may lead back to its error; Deno's own lead no further than this.
  for (let e = error; e instanceof Error && words.length < 10; e = e.cause) words.push(e.message);
  // The address is taken out: a host or a path may hold any of the words below.
  const text = words.join(": ").replace(/error sending request .*?(?=client error)/s, "");
  const [, code, sentence] = WORDS.find(([pattern]) => pattern.test(text)) ??
    [null, "connection-lost" as const, "the connection was lost"];
  return new CozeError(code, `Cannot reach ${host} as ${sentence}`, {
    host: code === "dns-failure" ? hostname : host,
    reason: quote(text),
  });
}
