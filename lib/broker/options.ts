import { checkedObject, checkFunctions, invalidArgument } from "../error.ts";
import type { TokenProvider } from "../token_provider.ts";
import {
  checkTokenRequest,
  copyRequest,
  parseBaseUrl,
  type TokenRequest,
} from "../token_request.ts";

/** Who may ask a broker for tokens, how often, and for which tokens. */
export interface TokenBrokerOptions {
  /**
   * The origins of your pages, exactly as browsers send them, such as `https://www.example.com`:
   * `https`, or `http` on this machine; no path, no pattern. Browsers also send the origin with a
   * `POST` to the same origin, so list your server's own origin if it has pages. Mini-programs and
   * servers send no origin and need no entry: only `user` decides about them.
   */
  origins: readonly string[];
  /**
   * Identifies the user by your own login: the session cookie, or the header `Authorization`.
   * Verify what you read there: a page can send any id. The broker has already read the body.
   *
   * @param request The request.
   * @returns The user's id in your system, a text of 1 to 128 characters without control characters
   *   and without spaces around it. Coze keeps the conversations of each id apart, and sees the id.
   *   Nothing if the user is not logged in: the answer is 401. Or a new `Response` of 4xx or 5xx,
   *   which becomes the answer.
   */
  user: (request: Request) => BrokerUser | Promise<BrokerUser>;
  /**
   * What differs from the provider's own request, such as the lifetime. Not `sessionName`, which is
   * the user's id.
   */
  request?: Omit<TokenRequest, "sessionName">;
  /**
   * How often a user may ask in a minute. Each process counts for itself.
   *
   * @default {20}
   */
  perMinute?: number;
  /** Receives an event for each answer, for logs and metrics. What it throws is ignored. */
  onEvent?: (event: BrokerEvent) => void;
}

/** What `user` gives. */
export type BrokerUser = string | Response | null | undefined;

/**
 * What a broker answered. It holds no token, and no user id unless an error of `user` names one.
 */
export interface BrokerEvent {
  /** The HTTP status: 200 for a token, 204 for a preflight. */
  status: number;
  /** The code in the answer; absent with a token, a preflight, and a `Response` of `user`. */
  code?: BrokerErrorCode;
  /**
   * Why there is no token: an `ErrorCode` of this library, or `unexpected`. With `user-failed` the
   * error that `user` threw; text that looks like a secret is masked.
   */
  reason?: string;
  /** The log id of the exchange. Coze's support asks for it. */
  logId?: string;
}

/**
 * The code in `{ "error": { "code" } }`. After 401 the user has to log in. After 429 and 5xx the
 * page tries again, after `Retry-After` seconds if the answer has this header. After another 4xx
 * the page has to be corrected.
 */
// deno-fmt-ignore
export type BrokerErrorCode =
  | "body-invalid" // 400
  | "login-required" // 401
  | "origin-not-allowed" // 403
  | "method-not-allowed" // 405
  | "body-too-large" // 413
  | "content-type-not-json" // 415
  | "too-many-requests" // 429
  | "user-failed" // 500
  | "token-unavailable" // 502
  | "busy" // 503
  | "timeout"; // 504

/** Checks the arguments of `createTokenBroker`, and copies them. */
export function checkedOptions(
  provider: TokenProvider,
  options: TokenBrokerOptions,
): TokenBrokerOptions & { request: TokenRequest; perMinute: number } {
  const { origins, user, request = {}, perMinute = 20, onEvent } = checkedObject(
    "options",
    options,
  );
  if (typeof provider?.getAccessToken !== "function") {
    throw invalidArgument("provider", "a token provider");
  }
  if (!Array.isArray(origins)) throw invalidArgument("origins", "a list");
  const wrong = [...origins].findIndex((origin) => !isOrigin(origin));
  if (wrong >= 0) {
    const expected =
      'https://HOST, or http://localhost:PORT, as browsers send it: no "/" at the end';
    throw invalidArgument(`origins[${wrong}]`, expected);
  }
  if (typeof user !== "function") throw invalidArgument("user", "a function");
  checkFunctions({ onEvent });
  if (!Number.isInteger(perMinute) || perMinute < 1) {
    throw invalidArgument("perMinute", "an integer of 1 or more");
  }
  const copy = copyRequest(request);
  if (copy.sessionName !== undefined) {
    throw invalidArgument("request.sessionName", "absent: the user's id takes its place");
  }
  checkTokenRequest(copy);
  return { origins: [...origins], user, request: copy, perMinute, onEvent };
}

function isOrigin(text: unknown): boolean {
  if (typeof text !== "string" || text.includes("*")) return false;
  try {
    // As for a base URL: https, or http on this machine; no user name.
    return parseBaseUrl(text).origin === text;
  } catch {
    return false;
  }
}

/** Characters that a user id must not have: control, line breaks, lone surrogates, bidi. */
const NOT_IN_ID = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Returns what `user` gave, if it is an id. */
export function checkedId(id: unknown): string {
  const isId = typeof id === "string" && !NOT_IN_ID.test(id) && id === id.trim() &&
    [...id].length <= 128;
  if (isId) return id;
  throw new TypeError('"user" gave no string of 1 to 128 characters, without control characters');
}
