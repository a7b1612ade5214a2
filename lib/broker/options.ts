import { checkedObject, checkFunctions, invalidArgument } from "../error.ts";
import type { TokenProvider } from "../token_provider.ts";
import {
  checkTokenRequest,
  copyRequest,
  parseBaseUrl,
  type TokenRequest,
} from "../token_request.ts";

/** Who may ask a broker for tokens, and what the tokens are like. */
export interface TokenBrokerOptions {
  /**
   * The origins of your pages, exactly as browsers send them, such as `https://www.example.com`:
   * `https`, or `http` on this machine; no path, no pattern. Programs that are no browser, such as
   * mini-programs, send no origin; `user` alone decides about them.
   */
  origins: readonly string[];
  /**
   * Tells who sends a request, by its headers: from the cookie or the header `Authorization` of your
   * own login. The body has been read. Never trust an id that the request itself names.
   *
   * @param request The request.
   * @returns The id of the user in your system, 1 to 128 characters; it keeps conversations apart.
   *   Nothing, if nobody is logged in: the answer is 401. Or a `Response` of 4xx or 5xx, which
   *   becomes the answer.
   */
  user: (request: Request) => BrokerUser | Promise<BrokerUser>;
  /**
   * What the tokens are like: their lifetime, the bots they are for. Not `sessionName`, which is the
   * user's id.
   */
  request?: Omit<TokenRequest, "sessionName">;
  /**
   * How many tokens a user may ask for in a minute. The users are counted in this process.
   *
   * @default {20}
   */
  perMinute?: number;
  /** Receives what was answered, for logs and metrics. What it throws is ignored. */
  onEvent?: (event: BrokerEvent) => void;
}

/** What `user` gives. */
export type BrokerUser = string | Response | null | undefined;

/** What a broker answered. It holds no token and no name of a user. */
export interface BrokerEvent {
  /** The HTTP status: 200 for a token, 204 for a preflight. */
  status: number;
  /** The code in the answer; absent with a token, a preflight, and a `Response` of `user`. */
  code?: BrokerErrorCode;
  /** Why there is no token: an `ErrorCode` of this library; of `user-failed`, what it threw. */
  reason?: string;
  /** The number of the exchange that Coze's support asks for. */
  logId?: string;
}

/**
 * What a page is told in `{ "error": { "code" } }`. With 400 to 415 the request has to change; after
 * 429 and 503 try again later, see `Retry-After`; after 502 the owner of the site has to act.
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
