import { CozeError } from "../error.ts";
import { interrupted } from "../http.ts";
import { parseObject } from "../json.ts";
import { quote } from "../redact.ts";
import type { TokenProvider } from "../token_provider.ts";
import { DEFAULT_DURATION_SECONDS, type TokenRequest } from "../token_request.ts";
import { createLimit } from "./limit.ts";
import {
  type BrokerErrorCode,
  type BrokerEvent,
  checkedId,
  checkedOptions,
  type TokenBrokerOptions,
} from "./options.ts";

/** Refresh a token with less life left, or with less than half its life. */
const MIN_LIFE_MS = 60_000;
/** Coze's Web SDK waits 5 s for a token. */
const ANSWER_WITHIN_MS = 4_000;
/** How long the provider has, after the abort, to give a token that is still valid. */
const GRACE_MS = 100;
const MAX_BODY_BYTES = 8 * 1024;

const COMMON_HEADERS = {
  "cache-control": "no-store",
  "vary": "Origin",
  "x-content-type-options": "nosniff",
};
const CORS_HEADERS = {
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "retry-after",
};
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-max-age": "600",
};

/** An answer before its common headers are added. */
interface Answer extends BrokerEvent {
  body?: object;
  headers?: Record<string, string>;
  /** What `user` wants to answer. */
  response?: Response;
}

/**
 * Creates a handler that gives each user of a web page or a mini-program an access token. A page
 * sends a `POST` to any path, with the JSON `{}` or `{ "refused": "the token that Coze refused" }`.
 * The handler answers `{ "token", "expiresIn", "baseUrl" }` or `{ "error": { "code" } }`.
 *
 * @param provider Issues the tokens. Use an app with few permissions: a page may use them all.
 * @param options Who may ask for tokens, and how often.
 * @returns The handler. It answers within 4 s and never throws.
 * @throws {CozeError} `usage` for a wrong option; `duration-out-of-range`.
 *
 * @example
 * ```ts
 * import { createTokenProvider } from "@coze-jwt/coze-jwt";
 * import { createTokenBroker } from "@coze-jwt/coze-jwt/broker";
 * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
 * import { assert } from "@std/assert";
 *
 * const emulator = createEmulator(); // for the real Coze: your own app, without `fetch`
 * const provider = createTokenProvider(await emulator.createApp(), {}, { fetch: emulator });
 * const broker = createTokenBroker(provider, {
 *   origins: ["https://www.example.com"],
 *   user: (request) => request.headers.get("cookie")?.match(/session=(\w+)/)?.[1],
 * });
 *
 * const headers = { "content-type": "application/json", "cookie": "session=alice" };
 * const response = await broker(new Request("https://x/", { method: "POST", headers, body: "{}" }));
 * const { token, expiresIn } = await response.json();
 * assert(token.startsWith("czs_") && expiresIn > 60);
 * ```
 */
export function createTokenBroker(
  provider: TokenProvider,
  options: TokenBrokerOptions,
): (request: Request) => Promise<Response> {
  const { origins, user, request: common, perMinute, onEvent } = checkedOptions(provider, options);
  const secondsToWait = createLimit(perMinute);
  /** The longest life of a token so far. The provider or Coze may have shortened it. */
  let longestLifeMs = 0;

  async function answerTo(request: Request, signal: AbortSignal): Promise<Answer> {
    const { method, headers } = request;
    if (method === "OPTIONS" && headers.has("origin")) {
      return { status: 204, headers: PREFLIGHT_HEADERS };
    }
    if (method !== "POST") return refusal(405, "method-not-allowed", { allow: "POST" });
    if (!/^application\/json\s*(?:;|$)/i.test(headers.get("content-type") ?? "")) {
      return refusal(415, "content-type-not-json");
    }
    const text = await readBody(request);
    if (text === undefined) return refusal(413, "body-too-large");
    const { refused } = parseObject(text) ?? { refused: null }; // null: no JSON object
    if (refused !== undefined && typeof refused !== "string") return refusal(400, "body-invalid");

    const id = await identify(request);
    if (typeof id !== "string") return id;
    const seconds = secondsToWait(id);
    if (seconds > 0) return refusal(429, "too-many-requests", { "retry-after": `${seconds}` });
    return await issue({ ...common, sessionName: id }, signal, refused);
  }

  /** Gives the user's id, or the refusal. */
  async function identify(request: Request): Promise<string | Answer> {
    try {
      const id: unknown = await user(request);
      if (id === undefined || id === null || id === "") return refusal(401, "login-required");
      if (!(id instanceof Response)) return checkedId(id);
      const isUsed = id.bodyUsed || id.body?.locked;
      if (id.status >= 400 && !isUsed) return { status: id.status, response: id };
      throw new TypeError('"user" gave a Response that was used, or not of 4xx or 5xx');
    } catch (error) {
      const reason = error instanceof Error ? quote(`${error.name}: ${error.message}`) : undefined;
      return { ...refusal(500, "user-failed"), reason };
    }
  }

  async function issue(request: TokenRequest, signal: AbortSignal, refused?: string) {
    const { durationSeconds = DEFAULT_DURATION_SECONDS } = request;
    const minLifeMs = Math.min(MIN_LIFE_MS, (longestLifeMs || durationSeconds * 1000) / 2);
    const ask = () => provider.getAccessToken(request, { minLifeMs, signal });
    let issued = await ask();
    // Only the user's own token is compared, so a user cannot replace the token of another.
    if (issued.accessToken === refused && provider.invalidate(refused)) issued = await ask();
    const { accessToken: token, lifeMs, logId } = issued;
    longestLifeMs = Math.max(longestLifeMs, lifeMs);
    const body = { token, expiresIn: Math.floor(lifeMs / 1000), baseUrl: provider.baseUrl };
    return { status: 200, logId, body };
  }

  /** Answers in time even if the client, `user` or the provider hangs. */
  async function answerInTime(request: Request): Promise<Answer> {
    const aborting = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    let timer = setTimeout(() => {
      aborting.abort();
      timer = setTimeout(() => reject(interrupted()), GRACE_MS);
    }, ANSWER_WITHIN_MS - GRACE_MS);
    try {
      return await Promise.race([answerTo(request, aborting.signal), late]);
    } catch (error) {
      return failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  return async (request) => {
    const origin = request.headers.get("origin");
    // A browser always sends Sec-Fetch-Site. Mini-programs and servers send neither header.
    const isAllowed = origin === null
      ? !request.headers.has("sec-fetch-site")
      : origins.includes(origin);
    const answer = isAllowed ? await answerInTime(request) : refusal(403, "origin-not-allowed");
    const { status, code, reason, logId, response } = answer;
    const body = answer.body ?? (code && { error: { code } });
    if (onEvent) Promise.try(() => onEvent({ status, code, reason, logId })).catch(() => {});
    const headers = new Headers(response?.headers);
    const ownHeaders = {
      ...(body && { "content-type": "application/json" }),
      ...COMMON_HEADERS,
      ...(origin !== null && isAllowed &&
        { ...CORS_HEADERS, "access-control-allow-origin": origin }),
      ...answer.headers,
    };
    for (const [name, value] of Object.entries(ownHeaders)) headers.set(name, value);
    const content = response ? response.body : body && JSON.stringify(body);
    return new Response(content, { status, headers });
  };
}

function refusal(status: number, code: BrokerErrorCode, headers?: Record<string, string>): Answer {
  return { status, code, headers };
}

/** The answer when there is no token. The page is told little; the event names the cause. */
function failure(error: unknown): Answer {
  const { code, details, server } = error instanceof CozeError
    ? error as CozeError
    : { code: "unexpected" as const };
  // Only the broker's own time limit interrupts.
  const reason = code === "interrupted" ? "timeout" : code;
  const event = { reason, logId: server?.logId };
  if (reason === "timeout") return { ...refusal(504, "timeout"), ...event };
  if (code !== "rate-limited") return { ...refusal(502, "token-unavailable"), ...event };
  const seconds = details?.retryAfterSeconds;
  const headers = seconds === undefined ? undefined : { "retry-after": `${seconds}` };
  return { ...refusal(503, "busy", headers), ...event };
}

/** Reads the body; `undefined` when it is too large. What cannot be read is empty. */
async function readBody(request: Request): Promise<string | undefined> {
  const length = request.headers.get("content-length");
  if (Number(length) > MAX_BODY_BYTES) return undefined;
  try {
    if (length !== null) return await request.text();
    // Only a body of unknown length is counted: reading a stream takes longer.
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch {
    // The client has gone.
    return "";
  }
}
