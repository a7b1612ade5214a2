import { signingKey } from "../assertion.ts";
import { CozeError } from "../error.ts";
import { issueToken } from "../exchange.ts";
import {
  checkRequest,
  type CozeApp,
  DEFAULT_BASE_URL,
  invalid,
  tokenEndpoint,
  type TokenRequest,
} from "../token_request.ts";
import { type RequestOptions, startCall, wait } from "../transport.ts";
import { createSharedTokens, type HeldToken } from "./shared_tokens.ts";
import { createSteadyClock } from "./steady_clock.ts";
import { createTokenCache, type TokenEntry } from "./token_cache.ts";
import type { TokenEvent } from "./token_event.ts";
import type { TokenStore } from "./token_store.ts";

/** How a provider works. */
export interface TokenProviderOptions extends Omit<RequestOptions, "signal"> {
  /**
   * A clock that is never set, in milliseconds.
   *
   * @default {performance.now}
   */
  monotonic?: () => number;
  /**
   * Most kinds of token that are kept; the one that was not asked for the longest goes first.
   *
   * @default {1000}
   */
  maxEntries?: number;
  /**
   * What other processes share their tokens through, such as a store of `./stores`.
   *
   * @default {undefined}
   */
  store?: TokenStore;
  /** Takes what happens, for logs and metrics. What it throws is ignored. */
  onEvent?: (event: TokenEvent) => void;
}

/** Gives access tokens, and exchanges only when none is at hand. */
export interface TokenProvider {
  /** Where the tokens come from, and the only place they may go to. */
  readonly baseUrl: string;
  /** Whether a token may come from a store, so that this process need not have asked the host. */
  readonly isShared: boolean;
  /**
   * Gives a token that is valid now. Its last tenth, but no more than a minute, is used to get the
   * next one while this one is given out.
   *
   * @param request What is different from the provider's own request, such as `{ sessionName }`. A
   *   member that is `undefined` changes nothing.
   * @param options `signal` ends the waiting of this caller, not the exchange the others wait for.
   * @returns The token, for `Authorization: Bearer …`.
   * @throws {CozeError} As `exchangeJwt`, and only while there is no valid token; `answer-invalid` also
   *   for a token that may have ended before it came, as one of a second does.
   */
  getToken(request?: TokenRequest, options?: { signal?: AbortSignal }): Promise<string>;
  /**
   * Says that the API refused a token with 401, so that it is not given out again. Many who say so
   * of one token cause one exchange. A token that took the place of a refused one less than 30 s ago
   * stays: the API refuses whatever it is given, and no further token would help.
   *
   * @param token The token.
   * @returns Whether the next `getToken` gives another one, so that another try makes sense.
   */
  invalidate(token: string): boolean;
}

/**
 * Makes a provider: one exchange for each life of a token and each kind of it, however many ask.
 *
 * The token's end is told by the server's own clock, so that this machine's may be wrong or be set.
 * Nothing runs in the background but an exchange that somebody's `getToken` has started.
 *
 * @param app Who asks.
 * @param request What is asked for, unless `getToken` says otherwise.
 * @param options How.
 * @returns The provider.
 * @throws {CozeError} As `exchangeJwt` when nothing can be sent, but for the key: what is wrong with
 *   that, `getToken` says.
 *
 * @example
 * ```ts ignore
 * const provider = createTokenProvider({
 *   clientId: "1127900106117",
 *   keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
 *   privateKey: await Deno.readFile("keys/private_key.pem"),
 * });
 * const token = await provider.getToken();
 * const forAlice = await provider.getToken({ sessionName: "alice" });
 * ```
 */
export function createTokenProvider(
  app: CozeApp,
  request: TokenRequest = {},
  options: TokenProviderOptions = {},
): TokenProvider {
  const { clientId, keyId, baseUrl = DEFAULT_BASE_URL } = app;
  const { store, onEvent, maxEntries = 1000, now = Date.now, sleep = wait } = options;
  const { fetch = (request: Request) => globalThis.fetch(request), timeoutMs } = options;
  const { monotonic = () => performance.now() } = options;
  if (!Number.isInteger(maxEntries) || maxEntries < 1) throw invalid("maxEntries", "1, 2, …");
  const who = { clientId, keyId, baseUrl };
  checkRequest(who, request);
  // For what it throws: the time of an exchange begins with the exchange.
  startCall(timeoutMs === undefined ? {} : { timeoutMs });
  // Begun now, as the caller may clear the bytes; whoever asks for a token hears of a failure.
  const key = signingKey(app.privateKey);
  key.catch(() => {});

  const steady = createSteadyClock(now, monotonic);
  /** From the steady clock to Coze's, as far as an answer has told. */
  let ahead = 0;

  function emit(event: TokenEvent): void {
    // Whoever only watches must not break what is watched, now or later.
    Promise.try(() => onEvent?.(event)).catch(() => {});
  }

  /** Exchanges, and measures by the server's clock how long the token lives. */
  async function issue(request: TokenRequest): Promise<HeldToken> {
    const start = monotonic();
    let sentAt = steady();
    const watched = (request: Request) => {
      sentAt = steady();
      return fetch(request);
    };
    const signer = { ...who, privateKey: await key };
    const how = { now, sleep, fetch: watched, ...(timeoutMs !== undefined && { timeoutMs }) };
    try {
      const { token, lifeMs, serverTime } = await issueToken(signer, request, how);
      if (serverTime !== undefined) ahead = serverTime - sentAt;
      const { accessToken, logId } = token;
      const more = logId === undefined ? {} : { logId };
      emit({ type: "exchange", durationMs: monotonic() - start, lifeMs, ...more });
      return { accessToken, lifeMs, endsAt: sentAt + lifeMs };
    } catch (error) {
      const offset = error instanceof CozeError && error.details.clockOffsetSeconds;
      if (typeof offset === "number") ahead = now() - (offset - 1) * 1000 - steady();
      throw error;
    }
  }

  const clocks = { steady, coze: () => steady() + ahead, monotonic, sleep };
  const obtain = store && createSharedTokens(store, clocks, emit);

  /** What the tokens of a request are filed under where other apps file theirs too. */
  const keyOf = ({ shape, request }: TokenEntry) =>
    JSON.stringify([tokenEndpoint({ baseUrl }, request).href, clientId, keyId, shape]);

  const cache = createTokenCache(request, {
    steady,
    maxEntries,
    emit,
    check: (request) => checkRequest(who, request),
    obtain: (entry, wish) =>
      obtain
        ? obtain({ ...wish, key: keyOf(entry), issue: () => issue(entry.request) })
        : issue(entry.request),
  });

  return { baseUrl, isShared: store !== undefined, ...cache };
}
