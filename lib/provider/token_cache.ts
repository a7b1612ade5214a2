import { CozeError } from "../error.ts";
import { interrupted } from "../network_error.ts";
import { DEFAULT_DURATION_SECONDS, type TokenRequest } from "../token_request.ts";
import { before } from "../transport.ts";
import type { HeldToken, Wish } from "./shared_tokens.ts";
import type { TokenEvent } from "./token_event.ts";

/** One kind of token: all that differ in nothing but their time. */
export interface TokenEntry {
  /** What makes the kind, as one text. */
  readonly shape: string;
  readonly request: TokenRequest;
  held?: HeldToken;
  /** From when on a next one is fetched, on the steady clock. */
  refreshAt: number;
  /** The one exchange that runs. */
  flight?: Promise<HeldToken>;
  /** The last token that the API refused, and when that was. */
  refused?: string;
  refusedAt: number;
}

/** What a cache stands on. */
export interface TokenCacheOptions {
  /** The steady clock, in milliseconds. */
  steady: () => number;
  maxEntries: number;
  emit: (event: TokenEvent) => void;
  /** Throws for a request that cannot be sent. */
  check: (request: TokenRequest) => void;
  /** Gets a token from wherever there is one. */
  obtain: (entry: TokenEntry, wish: Pick<Wish, "isWanted" | "current">) => Promise<HeldToken>;
}

/** Most of a token's life that is left when the next one is fetched. */
const MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.1;
/** How soon a token that replaced a refused one may be refused too. */
const COOLDOWN_MS = 30_000;
const FIRST_RETRY_MS = 1_000;

/**
 * Makes a cache of tokens with one exchange at a time for each kind.
 *
 * @param defaults What is asked for, unless a call says otherwise.
 * @param options What it stands on.
 * @returns `getToken` and `invalidate` of a provider.
 */
export function createTokenCache(
  defaults: TokenRequest,
  { steady, maxEntries, emit, check, obtain }: TokenCacheOptions,
) {
  /** By shape; the one that was used last stands last. */
  const entries = new Map<string, TokenEntry>();
  const own = structuredClone(defaults);
  const ownShape = shapeOf(own);
  let last: TokenEntry | undefined;

  function entryOf(request?: TokenRequest): TokenEntry {
    const asked = request && overlay(own, request);
    const shape = asked ? shapeOf(asked) : ownShape;
    if (last?.shape === shape) return last;
    let entry = entries.get(shape);
    if (!entry) {
      check(asked ?? own);
      const never = -Infinity;
      entry = { shape, request: structuredClone(asked ?? own), refreshAt: never, refusedAt: never };
    }
    entries.delete(shape);
    entries.set(shape, entry);
    makeRoom(entry);
    return last = entry;
  }

  /** Forgets what was not used the longest, but for what exchanges or keeps a loop of 401s in check. */
  function makeRoom(newest: TokenEntry): void {
    if (entries.size <= maxEntries) return;
    const at = steady();
    for (const [shape, entry] of entries) {
      if (entries.size <= maxEntries || entry === newest) return;
      const isBusy = entry.flight !== undefined || at - entry.refusedAt < COOLDOWN_MS;
      if (!isBusy || entries.size > 2 * maxEntries) entries.delete(shape);
    }
  }

  /** A token that has not ended. */
  function valid(held: HeldToken | undefined): HeldToken | undefined {
    return held && steady() < held.endsAt ? held : undefined;
  }

  /** Starts the one exchange of an entry; whoever comes meanwhile waits for the same. */
  function start(entry: TokenEntry): Promise<HeldToken> {
    const flight = obtain(entry, {
      isWanted(stored) {
        const { held, refused } = entry;
        const least = valid(held)?.endsAt ?? steady();
        const known = stored.accessToken === refused || stored.accessToken === held?.accessToken;
        return !known && stored.endsAt > least;
      },
      current: () => valid(entry.held),
    });
    entry.flight = flight;
    flight.then(
      (held) => land(entry, flight, held),
      (error) => {
        land(entry, flight);
        const { code, server } = error instanceof CozeError
          ? error
          : { code: "unexpected" as const };
        const served = valid(entry.held) !== undefined;
        const logId = server?.logId === undefined ? {} : { logId: server.logId };
        emit({ type: "failure", of: "exchange", code, ...logId, served });
      },
    );
    return flight;
  }

  function land(entry: TokenEntry, flight: Promise<HeldToken>, held?: HeldToken): void {
    if (entry.flight !== flight) return;
    entry.flight = undefined;
    const at = steady();
    if (held && held !== entry.held) {
      entry.held = held;
      // Not all processes of a fleet at once.
      const margin = Math.min(MARGIN_MS, held.lifeMs * MARGIN_SHARE) * (1 - Math.random() / 2);
      entry.refreshAt = held.endsAt - margin;
    } else if (entry.held) {
      // Tried again while the old one is served, the sooner the less time is left.
      entry.refreshAt = at + Math.max(FIRST_RETRY_MS, (entry.held.endsAt - at) / 4);
    }
  }

  async function getToken(
    request?: TokenRequest,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<string> {
    if (signal?.aborted) throw interrupted();
    const entry = entryOf(request);
    const { held, flight } = entry;
    const at = steady();
    if (held && at < held.endsAt) {
      if (at >= entry.refreshAt && !flight) start(entry);
      emit({ type: "hit", from: "memory" });
      return held.accessToken;
    }
    if (flight) emit({ type: "wait", for: "exchange" });
    const waited = flight ?? start(entry);
    if (!signal) return handOut(await waited);
    try {
      return handOut(await before(signal, waited));
    } catch (error) {
      throw signal.aborted ? interrupted() : error;
    }
  }

  function handOut(held: HeldToken): string {
    if (valid(held)) return held.accessToken;
    const message = "Cannot use the token as it may have ended before it came";
    throw new CozeError("answer-invalid", message, { member: "expires_in", lifeMs: held.lifeMs });
  }

  function invalidate(token: string): boolean {
    const at = steady();
    let another = true;
    for (const entry of entries.values()) {
      if (entry.held?.accessToken !== token) continue;
      if (at - entry.refusedAt < COOLDOWN_MS) another = false;
      else Object.assign(entry, { refused: token, refusedAt: at, held: undefined });
    }
    return another;
  }

  return { getToken, invalidate };
}

/** Lays a request over another; a member that is there without a value changes nothing. */
function overlay(own: TokenRequest, request: TokenRequest): TokenRequest {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  return { ...own, ...Object.fromEntries(given) };
}

/** Everything in a request that makes a token differ. */
function shapeOf(request: TokenRequest): string {
  const {
    durationSeconds = DEFAULT_DURATION_SECONDS,
    scope,
    sessionName,
    sessionContext,
    accountId,
    enterpriseId,
  } = request;
  const { deviceId, customConsumer } = sessionContext?.deviceInfo ?? {};
  return JSON.stringify([
    durationSeconds,
    scope && [scope.permissions, scope.botIds],
    sessionName,
    sessionContext && [deviceId, customConsumer],
    accountId,
    enterpriseId,
  ]);
}
