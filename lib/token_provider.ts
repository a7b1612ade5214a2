import { abortable, startStopwatch, wait } from "./clock.ts";
import { checkedObject, checkFunctions, CozeError, invalidArgument } from "./error.ts";
import { exchange } from "./exchange.ts";
import { checkRequestOptions, interrupted, NETWORK_CODES, type RequestOptions } from "./http.ts";
import { signingKey } from "./private_key.ts";
import type { TokenEvent } from "./token_event.ts";
import { createSharing, type ObtainShared } from "./token_sharing.ts";
import {
  checkedCopy,
  checkTokenRequest,
  copyRequest,
  type CozeApp,
  DEFAULT_BASE_URL,
  parseBaseUrl,
  sessionClaims,
  type TokenRequest,
  tokenRequestBody,
} from "./token_request.ts";
import type { AccessToken, LiveToken } from "./token_response.ts";
import { checkStore, type TokenStore } from "./token_store.ts";

/** How a provider works. */
export interface TokenProviderOptions extends Omit<RequestOptions, "signal"> {
  /**
   * A monotonic clock, in milliseconds.
   *
   * @default {performance.now}
   */
  monotonic?: () => number;
  /**
   * How many kinds of token are kept besides the default one; up to twice as many while they are in
   * use. The least recently used is evicted.
   *
   * @default {1000}
   */
  maxEntries?: number;
  /**
   * Shares tokens with other processes. A call waits for them `timeoutMs` more, 10 s at most, and for
   * a slow store 3 s more.
   */
  store?: TokenStore;
  /** Receives what happens, for logs. What it throws is ignored. */
  onEvent?: (event: TokenEvent) => void;
}

/** Gives access tokens, and exchanges only when none is at hand. */
export interface TokenProvider {
  /** The API that issues the tokens, and the only one they may be sent to. */
  readonly baseUrl: string;
  /**
   * Gives a token that is valid now. Near its end (a random 5 to 10 % of its life, at most 30 to
   * 60 s), the next one is fetched in the background.
   *
   * After a failure, a call without a valid token fails at once with the same error: for a second
   * that doubles up to a minute (network: up to 5 s), or a longer `Retry-After` of a 429 or 5xx.
   *
   * @param request What differs from the provider's own request, such as `{ sessionName }`. A member
   *   that is `undefined` changes nothing.
   * @param options `signal` ends this caller's wait, not the exchange that others wait for.
   * @returns The token, for `Authorization: Bearer …`.
   * @throws {CozeError} As `exchangeJwt`; with a valid token only for a wrong argument or an aborted
   *   `signal`. `answer-invalid` also for a token that may have ended on arrival (after about 2 s).
   */
  getToken(request?: TokenRequest, options?: { signal?: AbortSignal }): Promise<string>;
  /**
   * As `getToken`, with the token's end.
   *
   * @param options `signal` as for `getToken`. `minLifeMs`: a token with less life left is replaced,
   *   or still given out when that fails or `signal` aborts first. More than nine tenths of a token's
   *   life count as nine tenths.
   * @returns The token, and how many milliseconds it still lives, whatever this machine's clock says.
   * @throws {CozeError} As `getToken`; `usage` if `minLifeMs` is not 0 or more.
   */
  getAccessToken(
    request?: TokenRequest,
    options?: { signal?: AbortSignal; minLifeMs?: number },
  ): Promise<AccessToken & { lifeMs: number }>;
  /**
   * Reports that the API refused a token with 401, so that it is not given out again. Many reports
   * about one token cause one exchange. For 30 s after a report, and while exchanges fail, a report
   * about the next token has no effect: another exchange would not help.
   *
   * @param token The token.
   * @returns Whether the next `getToken` gives another one, so that a retry makes sense.
   */
  invalidate(token: string): boolean;
}

/** The state of one kind of token. */
interface Entry {
  readonly key: string;
  readonly request: TokenRequest;
  token?: LiveToken;
  /** Below this remaining life, the next token is fetched. */
  refreshBelowMs: number;
  pending?: Promise<LiveToken>;
  /** The longest life that a caller of the running exchange wants. */
  minLifeMs: number;
  /** While time remains, calls without a valid token fail with it. */
  failure?: { error: CozeError; remainingMs: () => number; count: number };
  /** The last token that the API refused. */
  refused?: { token: string; elapsedMs: () => number };
}

/** Refresh in the last tenth of the life, but at most a minute before the end. */
const REFRESH_SHARE = 0.1;
const MAX_REFRESH_MS = 60_000;
/** After a report of a refused token, ignore reports about the next one for this long. */
const INVALIDATE_COOLDOWN_MS = 30_000;
/** How long a failure is remembered: this, doubled for each one after it, up to a limit. */
const FIRST_BACKOFF_MS = 1_000;
const MAX_NETWORK_BACKOFF_MS = 5_000;
const MAX_REFUSAL_BACKOFF_MS = 60_000;
const MAX_RETRY_AFTER_MS = 86_400_000;
const MAX_MIN_LIFE_SHARE = 0.9;

/**
 * Creates a provider, whose callers share one exchange per kind of token and lifetime.
 *
 * The end of a token is measured by the server's clock, so this machine's may be wrong or be set.
 * Nothing runs in the background except what a call started.
 *
 * @param app The app and its key.
 * @param request The token to request, unless a call overrides it.
 * @param options How requests are sent, and where tokens are shared.
 * @returns The provider.
 * @throws {CozeError} As `exchangeJwt` when nothing can be sent, except for the key: its error comes
 *   from `getToken`; `usage` for a wrong option.
 *
 * @example
 * ```ts ignore
 * const provider = createTokenProvider({ clientId, keyId, privateKey });
 * const token = await provider.getToken();
 * const forAlice = await provider.getToken({ sessionName: "alice" });
 * ```
 */
export function createTokenProvider(
  app: CozeApp,
  request: TokenRequest = {},
  options: TokenProviderOptions = {},
): TokenProvider {
  checkRequestOptions(options);
  const { app: { privateKey: givenKey, ...copy }, request: defaults } = checkedCopy(app, request);
  const identity = { ...copy, baseUrl: copy.baseUrl ?? DEFAULT_BASE_URL };
  const { fetch, now = Date.now, sleep = wait, timeoutMs, store, onEvent } = options;
  const { monotonic = () => performance.now(), maxEntries = 1000 } = options;
  checkFunctions({ monotonic, onEvent });
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw invalidArgument("maxEntries", "an integer of 1 or more");
  }
  if (store !== undefined) checkStore(store);
  // Started now: the caller may clear the bytes. Its error is for the callers of getToken.
  const privateKey = signingKey(givenKey);
  privateKey.catch(() => {});

  /** The least recently used first; the default entry is never evicted. */
  const entries = new Map<string, Entry>();
  const { href } = parseBaseUrl(identity.baseUrl);
  const defaultEntry = createEntry(cacheKey(defaults), defaults);
  entries.set(defaultEntry.key, defaultEntry);
  const obtainShared: ObtainShared | undefined = store &&
    createSharing(store, { now, monotonic, sleep, emit, timeoutMs });

  function emit(event: TokenEvent): void {
    Promise.try(() => onEvent?.(event)).catch(() => {});
  }

  function validToken({ token }: Entry): LiveToken | undefined {
    return token && token.remainingMs() > 0 ? token : undefined;
  }

  /** Everything that makes a token differ. */
  function cacheKey(request: TokenRequest): string {
    const { accountId, enterpriseId } = request;
    const place = [href, identity.clientId, identity.keyId, accountId, enterpriseId];
    return JSON.stringify([place, tokenRequestBody(request), sessionClaims(request)]);
  }

  function entryOf(overrides?: TokenRequest): Entry {
    if (overrides === undefined) return defaultEntry;
    const given = Object.entries(copyRequest(overrides)).filter(([, value]) => value !== undefined);
    const merged = { ...defaults, ...Object.fromEntries(given) };
    checkTokenRequest(merged);
    const key = cacheKey(merged);
    const entry = entries.get(key) ?? createEntry(key, merged);
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > maxEntries + 1) evict(entry);
    return entry;
  }

  /** Evicts the least recently used idle entry, or any beyond twice the limit. */
  function evict(newest: Entry): void {
    for (const entry of entries.values()) {
      if (entry === defaultEntry || entry === newest) continue;
      const isBusy = entry.pending || isFailing(entry) || isCoolingDown(entry);
      if (isBusy && entries.size <= 2 * maxEntries + 1) continue;
      entries.delete(entry.key);
      return;
    }
  }

  function isFailing({ failure }: Entry): boolean {
    return failure !== undefined && failure.remainingMs() > 0;
  }

  function isCoolingDown({ refused }: Entry): boolean {
    return refused !== undefined && refused.elapsedMs() < INVALIDATE_COOLDOWN_MS;
  }

  /** The running exchange of an entry; starts it if there is none. */
  function refresh(entry: Entry, minLifeMs: number): Promise<LiveToken> {
    entry.minLifeMs = Math.max(minLifeMs, entry.pending ? entry.minLifeMs : 0);
    if (entry.pending) return entry.pending;
    if (isFailing(entry)) return Promise.reject(entry.failure!.error);
    const pending = obtain(entry);
    entry.pending = pending;
    pending.then((token) => {
      entry.pending = undefined;
      entry.failure = undefined;
      entry.token = token;
      // Jitter: not all processes of a fleet refresh at once.
      const shareMs = Math.min(MAX_REFRESH_MS, token.issuedLifeMs * REFRESH_SHARE);
      entry.refreshBelowMs = shareMs * (1 - Math.random() / 2);
    }, (error) => {
      entry.pending = undefined;
      settleFailure(entry, error);
    });
    return pending;
  }

  async function obtain(entry: Entry): Promise<LiveToken> {
    if (!obtainShared) return await exchangeFor(entry);
    const token = await obtainShared(entry.key, {
      exchange: () => exchangeFor(entry),
      isWanted({ accessToken, issuedLifeMs, remainingMs }) {
        const { token, refused } = entry;
        if (accessToken === token?.accessToken || accessToken === refused?.token) return false;
        const leftMs = remainingMs();
        return leftMs > Math.max(0, token?.remainingMs() ?? 0) &&
          leftMs >= leastLifeMs(entry.minLifeMs, issuedLifeMs);
      },
      hasToken: () => entry.minLifeMs === 0 && validToken(entry) !== undefined,
      backoffMs: (error) => backoffMs(entry, error),
    });
    // Another process exchanges: keep the current token, unless it was invalidated.
    return token ?? validToken(entry) ?? await exchangeFor(entry);
  }

  async function exchangeFor(entry: Entry): Promise<LiveToken> {
    const startedAt = monotonic();
    // After a failure, one attempt shows whether it is over.
    const maxAttempts = entry.failure ? 1 : undefined;
    const exchangeOptions = { fetch, now, monotonic, sleep, timeoutMs };
    const signingApp = { ...identity, privateKey: await privateKey };
    const token = await exchange(signingApp, entry.request, exchangeOptions, maxAttempts);
    const { issuedLifeMs: lifeMs, logId } = token;
    if (lifeMs <= 0) {
      const message = "The token may have ended before it arrived";
      const details = { member: "expires_in", lifeMs };
      throw new CozeError("answer-invalid", message, details, { status: 200, logId });
    }
    emit({ type: "exchange", durationMs: monotonic() - startedAt, lifeMs, logId });
    return token;
  }

  /** Remembers a failure of network or server, and reports it. */
  function settleFailure(entry: Entry, error: unknown): void {
    const known = error instanceof CozeError ? error as CozeError : undefined;
    const ms = backoffMs(entry, error);
    if (known && ms > 0) {
      const elapsedMs = startStopwatch(now, monotonic);
      const count = (entry.failure?.count ?? 0) + 1;
      entry.failure = { error: known, remainingMs: () => ms - elapsedMs(), count };
    }
    emit({
      type: "failure",
      of: "exchange",
      code: known?.code ?? "unexpected",
      logId: known?.server?.logId,
      served: validToken(entry) !== undefined,
    });
  }

  async function currentToken(
    overrides?: TokenRequest,
    options: { signal?: AbortSignal; minLifeMs?: number } = {},
  ): Promise<LiveToken> {
    const { signal, minLifeMs = 0 } = checkedObject("options", options);
    checkRequestOptions({ signal });
    if (typeof minLifeMs !== "number" || !(minLifeMs >= 0)) {
      throw invalidArgument("minLifeMs", "a number of 0 or more");
    }
    if (signal?.aborted) throw interrupted();
    const entry = entryOf(overrides);
    const { token } = entry;
    const leftMs = token?.remainingMs() ?? 0;
    if (token && leftMs > 0 && leftMs >= leastLifeMs(minLifeMs, token.issuedLifeMs)) {
      if (leftMs < entry.refreshBelowMs) refresh(entry, 0).catch(() => {});
      emit({ type: "hit", from: "memory" });
      return token;
    }
    if (entry.pending) emit({ type: "wait", for: "exchange" });
    try {
      const pending = refresh(entry, minLifeMs);
      return await (signal ? abortable(pending, signal) : pending);
    } catch (error) {
      const valid = validToken(entry);
      if (valid) return valid;
      throw signal?.aborted ? interrupted() : error;
    }
  }

  return {
    baseUrl: identity.baseUrl,
    async getToken(overrides, options) {
      return (await currentToken(overrides, options)).accessToken;
    },
    async getAccessToken(overrides, options) {
      const token = await currentToken(overrides, options);
      const { accessToken, expiresAt, logId } = token;
      const lifeMs = Math.max(0, token.remainingMs());
      return { accessToken, expiresAt, logId, lifeMs };
    },
    invalidate(accessToken) {
      let isReplaced = true;
      for (const entry of entries.values()) {
        if (!entry.token || entry.token.accessToken !== accessToken) continue;
        if (isCoolingDown(entry) || isFailing(entry)) isReplaced = false;
        else {
          const elapsedMs = startStopwatch(now, monotonic);
          entry.refused = { token: accessToken, elapsedMs };
          entry.token = undefined;
        }
      }
      return isReplaced;
    },
  };
}

function createEntry(key: string, request: TokenRequest): Entry {
  return { key, request, refreshBelowMs: 0, minLifeMs: 0 };
}

/** How long to remember a failure; 0 for one that says nothing about the next call. */
function backoffMs({ failure }: Entry, error: unknown): number {
  if (!(error instanceof CozeError)) return 0;
  const isNetwork = NETWORK_CODES.includes(error.code);
  if (!isNetwork && !error.server) return 0;
  const maxMs = isNetwork ? MAX_NETWORK_BACKOFF_MS : MAX_REFUSAL_BACKOFF_MS;
  const asksToWait = error.code === "rate-limited" || error.code === "server-fault";
  const retryAfterMs = asksToWait ? Number(error.details.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.max(
    Math.min(maxMs, FIRST_BACKOFF_MS * 2 ** (failure?.count ?? 0)),
    Math.min(retryAfterMs, MAX_RETRY_AFTER_MS),
  );
}

/** The life a caller wants, as far as a token issued with this life can keep it. */
function leastLifeMs(minLifeMs: number, issuedLifeMs: number): number {
  return Math.min(minLifeMs, issuedLifeMs * MAX_MIN_LIFE_SHARE);
}
