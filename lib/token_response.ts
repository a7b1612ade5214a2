import { CozeError, type ErrorCode, type ErrorDetails, type ServerAnswer } from "./error.ts";
import { quote } from "./redact.ts";
import { DEFAULT_DURATION_SECONDS, type TokenRequest } from "./token_request.ts";
import { type Answer, clockOffset } from "./transport.ts";

/** What an exchange yields. */
export interface AccessToken {
  /** The token, for `Authorization: Bearer …`. Begins with `czs_`. */
  accessToken: string;
  /** When it ends, in milliseconds since the epoch, by the server's clock. */
  expiresAt: number;
  /** `X-Tt-Logid` of the answer. */
  logId?: string;
}

/** A token as it was issued, and what the answer says about its life. */
export interface IssuedToken {
  token: AccessToken;
  /**
   * How many milliseconds it lives from the sending of the request on, at least: by the server's own
   * `Date`, so that this clock does not matter. Zero or less: it may have ended already.
   */
  lifeMs: number;
  /** The latest that the server's clock can have shown when the request was sent, if it says so. */
  serverTime?: number;
}

/** Most bytes of an answer of the token endpoint. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** Below this, `expires_in` is a lifetime; above, a Unix time (1e9 is the year 2001). */
const ABSOLUTE_FROM = 1e9;
/** The last second a `Date` can hold. */
const LAST_SECOND = 8.64e12;

/**
 * Judges an answer of the token endpoint: the body first, the status second, because Coze answers
 * some refusals with 200. Source: Coze's page oauth_jwt, section 3.
 *
 * @param answer The answer, read to its end.
 * @param request What was asked for.
 * @returns The token.
 * @throws {CozeError} `client-refused`, `app-type-wrong`, `app-disabled`, `connector-not-bound`,
 *   `login-session-invalid`, `scope-rejected`, `wire-no-bearer`, `redirected`, `rate-limited`,
 *   `proxy-refused`, `server-fault`, `answer-not-json`, `answer-invalid`.
 */
export function readTokenResponse(answer: Answer, request: TokenRequest = {}): AccessToken {
  return readIssuedToken(answer, request).token;
}

/**
 * As {@linkcode readTokenResponse}, with the token's life for whoever keeps the token.
 *
 * @param answer The answer, read to its end.
 * @param request What was asked for.
 * @returns The token and its life.
 * @throws {CozeError} As {@linkcode readTokenResponse}.
 */
export function readIssuedToken(answer: Answer, request: TokenRequest = {}): IssuedToken {
  const json = parseObject(answer.text);
  const server = readServerAnswer(answer, json);
  const refused = server.code !== undefined || server.message !== undefined;
  const code = judge(answer, server, json, refused, request);
  if (code) throw refusal(code, answer, server);

  const accessToken = json!["access_token"];
  const expiresIn = json!["expires_in"];
  if (!isToken(accessToken)) throw unexpected("access_token", server);
  if (typeof expiresIn !== "number" || !(expiresIn > 0 && expiresIn <= LAST_SECOND)) {
    throw unexpected("expires_in", server);
  }
  const isLifetime = expiresIn < ABSOLUTE_FROM;
  const expiresAt = Math.floor((isLifetime ? answer.sentAt : 0) + expiresIn * 1000);
  const token = {
    accessToken,
    expiresAt,
    ...(server.logId !== undefined && { logId: server.logId }),
  };
  // Both times are cut to whole seconds, and the header was written after the request was sent. Half
  // of the round trip would be nearer to the truth, but not on the safe side of it.
  const serverTime = Date.parse(answer.headers.get("date") ?? "") + 1000;
  const asked = (request.durationSeconds ?? DEFAULT_DURATION_SECONDS) * 1000;
  const isDated = !Number.isNaN(serverTime);
  // A server that does not say what time it is, is believed to give what was asked for.
  const said = isLifetime ? expiresIn * 1000 : isDated ? expiresAt - serverTime : asked - 1000;
  return {
    token,
    lifeMs: Math.min(asked, said),
    ...(isDated && { serverTime }),
  };
}

/**
 * Whether something can stand behind `Bearer`.
 *
 * @param value Anything.
 */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/**
 * Reads a JSON object.
 *
 * @param text Any text.
 * @returns The object, or nothing when the text is something else.
 */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads both envelopes: `error_code`/`error_message` of this endpoint, `code`/`msg` of the API.
 *
 * @param answer The answer.
 * @param json Its body, when that is a JSON object.
 * @returns What the server says.
 */
export function readServerAnswer(
  { status, headers, text }: Answer,
  json: Record<string, unknown> | undefined,
): ServerAnswer {
  const first = (...values: unknown[]) =>
    values.find((value): value is string => typeof value === "string" && value !== "");
  const number = (value: unknown) =>
    typeof value === "number" && value !== 0 ? String(value) : undefined;
  // Either may come as a number or as a text.
  const apiCode = json?.code === "0" ? undefined : first(number(json?.code), json?.code);
  const code = first(json?.["error_code"], number(json?.["error_code"]), json?.error, apiCode);
  const detail = [json?.detail, json?.error].find((value) =>
    typeof value === "object" && value !== null
  ) as Record<string, unknown> | undefined;
  const logId = first(headers.get("x-tt-logid"), detail?.logid);
  // Beside a token, "msg" is no refusal; a failing gateway may speak in plain text.
  const failed = status >= 400 || code !== undefined;
  const words = failed
    ? [json?.msg, json?.message, detail?.detail, !json && status >= 429 && text]
    : [];
  const message = first(json?.["error_message"], ...words);
  return {
    status,
    ...(code !== undefined && { code: quote(code, 64) }),
    ...(message !== undefined && { message: quote(message) }),
    ...(logId !== undefined && { logId: quote(logId, 64) }),
  };
}

/** Documented words that name the cause. Whatever else a server says decides nothing. */
const CAUSES: readonly [RegExp, ErrorCode][] = [
  [/\binvalid app type\b/i, "app-type-wrong"],
  [/\bdeactivated by the owner\b/i, "app-disabled"],
  [/\blogin session invalid\b/i, "login-session-invalid"],
  [/\bshould bind connector\b/i, "connector-not-bound"],
  [/\bempty jwt token\b/i, "wire-no-bearer"],
];

function judge(
  { status }: Answer,
  { code, message }: ServerAnswer,
  json: Record<string, unknown> | undefined,
  refused: boolean,
  request: TokenRequest,
): ErrorCode | undefined {
  if (status === 429) return "rate-limited";
  if (status >= 500 || code === "internal_error" || code === "5000") return "server-fault";
  if (status >= 300 && status < 400) return "redirected";
  if (status === 407) return "proxy-refused";
  if (!json) return "answer-not-json";
  if (!refused) return status < 300 ? undefined : "client-refused";
  const cause = CAUSES.find(([words]) => words.test(message ?? ""));
  if (cause) return cause[1];
  // Documented as "invalid request: {parameter}"; the other two we send are not the scope.
  const other = /\b(?:duration_seconds|grant_type)\b/.test(message ?? "");
  const scoped = request.scope && code === "invalid_request" && !other;
  return scoped ? "scope-rejected" : "client-refused";
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  "rate-limited": "The server asks to wait",
  "server-fault": "The server has a fault",
  "redirected": "The server redirects, which is not followed",
  "proxy-refused": "The proxy refuses",
  "answer-not-json": "Cannot read the answer as it is not JSON",
};

function refusal(code: ErrorCode, answer: Answer, server: ServerAnswer): CozeError {
  const words = [server.code, server.message].filter(Boolean).join(" ");
  const sentence = SENTENCES[code] ?? "Coze refuses to give a token";
  const message = `${sentence}: status ${answer.status}${words && `, ${words}`}`;
  return new CozeError(code, message, refusalDetails(code, answer), server);
}

/**
 * Collects what an answer says about a refusal, beside the server's words.
 *
 * @param code What it means.
 * @param answer The answer.
 * @returns Its status; how far this clock is ahead and how long to wait, when it says so; where a
 *   redirect leads; the beginning of what is not JSON.
 */
export function refusalDetails(code: ErrorCode, answer: Answer): Record<string, string | number> {
  const details: Record<string, string | number> = { status: answer.status };
  const offset = clockOffset(answer);
  if (offset) details.clockOffsetSeconds = offset.seconds;
  const serverNow = answer.receivedAt - (offset?.seconds ?? 0) * 1000;
  const retryAfter = retryAfterSeconds(answer, serverNow);
  if (retryAfter !== undefined) details.retryAfterSeconds = retryAfter;
  const location = answer.headers.get("location");
  if (code === "redirected" && location) details.location = quote(location, 200);
  if (code === "answer-not-json") {
    details.excerpt = quote(answer.text, 120);
    details.contentType = quote(answer.headers.get("content-type") ?? "", 64);
  }
  return details;
}

/** RFC 9110 10.2.3: seconds, or a date, which is compared with the server's own clock. */
function retryAfterSeconds(answer: Answer, serverNow: number): number | undefined {
  const value = answer.headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - serverNow) / 1000));
}

function unexpected(member: string, server: ServerAnswer): CozeError {
  const details: ErrorDetails = { member, status: server.status };
  const message = `Cannot use the answer as "${member}" is missing or of another form`;
  return new CozeError("answer-invalid", message, details, server);
}
