import { type ErrorCode, malformed, type ServerAnswer } from "./error.ts";
import type { HttpResponse } from "./http.ts";
import { type Json, parseObject } from "./json.ts";
import { readServerAnswer, refusal } from "./server_answer.ts";
import { DEFAULT_DURATION_SECONDS, type TokenRequest } from "./token_request.ts";

/** The result of an exchange. */
export interface AccessToken {
  /** The token, for `Authorization: Bearer …`. Begins with `czs_`. */
  accessToken: string;
  /**
   * When it ends, in milliseconds since the epoch: by the server's clock, or by this machine's if the
   * server sends a lifetime instead of a Unix time.
   */
  expiresAt: number;
  /** `X-Tt-Logid` of the response. */
  logId?: string;
}

/** A token that knows its remaining life, even if this machine's clock is wrong or is set. */
export interface LiveToken extends AccessToken {
  /** The milliseconds it had left when it arrived. */
  issuedLifeMs: number;
  /** The milliseconds it has left; zero or less when it may have ended. */
  remainingMs: () => number;
}

export const MAX_TOKEN_BYTES = 64 * 1024;

/** Below this, `expires_in` is a lifetime; above, a Unix time (1e9 is the year 2001). */
const MIN_UNIX_TIME = 1e9;
/** The last second a `Date` can hold. */
const MAX_UNIX_TIME = 8.64e12;
/** A `Date` header is cut to whole seconds, and some servers write it in advance. */
const DATE_ERROR_MS = 2000;

/**
 * Reads a response of the token endpoint: 3xx, 407, 429 and 5xx by the status, any other by the
 * body, because Coze also refuses with status 200. Source: Coze's page oauth_jwt, section 3.
 */
export function readTokenResponse(response: HttpResponse, request: TokenRequest = {}): LiveToken {
  const json = parseObject(response.text);
  const server = readServerAnswer(response, json);
  const code = tokenErrorCode(server, json, request);
  if (code) throw refusal(code, response, server);

  const accessToken = json!["access_token"];
  const expiresIn = json!["expires_in"];
  if (!isBearer(accessToken)) throw malformed("access_token", server);
  if (typeof expiresIn !== "number" || !(expiresIn > 0 && expiresIn <= MAX_UNIX_TIME)) {
    throw malformed("expires_in", server);
  }
  const isLifetime = expiresIn < MIN_UNIX_TIME;
  const expiresAt = Math.floor((isLifetime ? response.sentAt : 0) + expiresIn * 1000);
  const requestedMs = (request.durationSeconds ?? DEFAULT_DURATION_SECONDS) * 1000;
  const date = Date.parse(response.headers.get("date") ?? "");
  // Without a Date header, assume the lifetime we requested.
  const grantedMs = isLifetime
    ? expiresIn * 1000
    : Number.isNaN(date)
    ? requestedMs - DATE_ERROR_MS
    : expiresAt - date - DATE_ERROR_MS;
  const lifeMs = Math.min(requestedMs, grantedMs);
  const remainingMs = () => lifeMs - response.elapsedMs();
  return { accessToken, expiresAt, logId: server.logId, issuedLifeMs: remainingMs(), remainingMs };
}

/** Whether a value can be sent behind `Bearer`. */
export function isBearer(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/** Documented words of a refusal that name its cause. */
const CAUSES: readonly [RegExp, ErrorCode][] = [
  [/\binvalid app type\b/i, "app-type-wrong"],
  [/\bdeactivated by the owner\b/i, "app-disabled"],
  [/\blogin session invalid\b/i, "login-session-invalid"],
  [/\bshould bind connector\b/i, "connector-not-bound"],
  [/\bempty jwt token\b/i, "wire-no-bearer"],
];

/** Why there is no token in the response; `undefined` when there should be one. */
export function tokenErrorCode(
  { status, code, message = "" }: ServerAnswer,
  json: Json | undefined,
  { scope }: TokenRequest,
): ErrorCode | undefined {
  if (status === 429) return "rate-limited";
  if (status >= 500 || code === "internal_error" || code === "5000") return "server-fault";
  if (status >= 300 && status < 400) return "redirected";
  if (status === 407) return "proxy-refused";
  if (!json) return "answer-invalid";
  if (status < 300 && code === undefined && message === "") return undefined;
  const cause = CAUSES.find(([words]) => words.test(message));
  if (cause) return cause[1];
  // Documented as "invalid request: {parameter}". Only these two are not part of the scope.
  const isOther = /\b(?:duration_seconds|grant_type)\b/.test(message);
  return scope && code === "invalid_request" && !isOther ? "scope-rejected" : "client-refused";
}
