import { isToken, parseObject } from "../token_response.ts";
import { before, wait } from "../transport.ts";
import type { TokenEvent } from "./token_event.ts";
import type { Lease, StoreEntry, TokenStore } from "./token_store.ts";

/** A token in hand. */
export interface HeldToken {
  accessToken: string;
  /** When it ends, on this process's steady clock. */
  endsAt: number;
  /** Its whole life in milliseconds, as it was issued. */
  lifeMs: number;
}

/** The clocks that sharing needs, all in milliseconds. */
export interface SharingClocks {
  /** The steady clock. */
  steady: () => number;
  /** Coze's clock, as far as it is known, or somewhat later. */
  coze: () => number;
  /** A clock that is never set: leases have nothing to do with the time of day. */
  monotonic: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How long a lease lasts unless it is renewed. */
export const LEASE_MS = 5_000;
/** How long a lease of somebody else is waited for, however often it is renewed. */
const WAIT_MS = 10_000;
/** How long the store has for an operation. */
const STORE_MS = 2_000;
/** How often waiting processes look: seldom enough for a database of many. */
const FIRST_POLL_MS = 100;
const MAX_POLL_MS = 250;

/** An entry as it was read between two moments of the steady clock. */
interface Seen {
  entry: StoreEntry | undefined;
  from: number;
  to: number;
}

/** One token to get, if the store has none. */
export interface Wish {
  /** The entry of the store. */
  key: string;
  /** Whether a token of the store is what is needed. */
  isWanted: (held: HeldToken) => boolean;
  /** The token that is served meanwhile, if there is one: then nobody waits for another process. */
  current: () => HeldToken | undefined;
  /** Exchanges. */
  issue: () => Promise<HeldToken>;
}

/**
 * Makes what gets tokens through a store: one process exchanges, the others wait for its token. A
 * store that is down is as good as none.
 *
 * @param store The store.
 * @param clocks The clocks.
 * @param emit Takes what happens.
 * @returns A function that fulfils a wish.
 */
export function createSharedTokens(
  store: TokenStore,
  { steady, coze, monotonic, sleep }: SharingClocks,
  emit: (event: TokenEvent) => void,
): (wish: Wish) => Promise<HeldToken> {
  /** Leases of others, and since when they are as they are; a refresh may look more than once. */
  const watched = new Map<string, Lease & { since: number }>();

  /** Asks the store, which may hang. */
  async function ask<T>(operation: keyof TokenStore, work: () => Promise<T>): Promise<T> {
    try {
      return await before(AbortSignal.timeout(STORE_MS), Promise.try(work));
    } catch (error) {
      // Its words may hold an address with a password.
      const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : "Error";
      emit({ type: "failure", of: "store", operation, reason: name });
      throw error;
    }
  }

  /** Waits. A sleep that ends at once, as some tests have it, must not stop all else. */
  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    const start = monotonic();
    await before(signal, Promise.try(sleep, ms, signal)).catch(() => {});
    if (monotonic() === start) await wait(1, signal);
  }

  /** Reads what an entry holds; anything odd is nothing. */
  function heldIn(entry: StoreEntry | undefined, readAt: number): HeldToken | undefined {
    const { accessToken, expiresAt, lifeMs, storeEndsAt } = parseObject(entry?.value ?? "") ?? {};
    if (!isToken(accessToken) || !isTime(expiresAt) || !isTime(lifeMs)) return undefined;
    // The store's clock is the one that all share; the end by it stands in the value, where nobody
    // can change it, and a write that is late does not make it later.
    const remainingMs = entry?.now !== undefined && isTime(storeEndsAt)
      ? storeEndsAt - entry.now
      : expiresAt - coze() + steady() - readAt;
    if (!(remainingMs > 0)) return undefined;
    return { accessToken, lifeMs, endsAt: readAt + Math.min(remainingMs, lifeMs) };
  }

  /** Keeps the lease while the exchange runs. */
  function renew(key: string, lease: Lease): () => Promise<void> {
    const end = new AbortController();
    const { signal } = end;
    async function loop(): Promise<void> {
      for (;;) {
        await pause(LEASE_MS / 3, signal);
        if (signal.aborted) return;
        try {
          if (!await ask("take", () => store.take(key, lease.owner, lease))) return;
          lease.fence++;
        } catch {
          // It may have been renewed all the same, without an answer.
          const seen = await ask("read", () => store.read(key)).catch(() => undefined);
          if (seen?.owner === lease.owner) lease.fence = seen.fence;
        }
      }
    }
    const done = loop();
    return () => {
      end.abort();
      return done;
    };
  }

  /** Whether somebody has a lease that has shown a sign of life, as far as this process has seen. */
  function isLive(key: string, { owner, fence }: Pick<StoreEntry, "owner" | "fence">): boolean {
    const last = watched.get(key);
    if (owner === undefined) watched.delete(key);
    else if (last?.owner === owner && last.fence === fence) {
      return monotonic() - last.since < LEASE_MS;
    } else watched.set(key, { owner, fence, since: monotonic() });
    return owner !== undefined;
  }

  async function giveBack(key: string, lease: Lease): Promise<void> {
    await ask("giveBack", () => store.giveBack(key, lease)).catch(() => {});
  }

  /** Exchanges for all, with the lease in hand. */
  async function lead(
    { key, issue, isWanted }: Wish,
    lease: Lease,
    seen: Seen,
  ): Promise<HeldToken> {
    const stop = renew(key, lease);
    let held: HeldToken;
    try {
      held = await issue();
    } catch (error) {
      await stop();
      await giveBack(key, lease);
      // A refusal says what time it is: the token in the store may be good after all.
      const old = heldIn(seen.entry, seen.from);
      if (old && isWanted(old)) return old;
      throw error;
    }
    await stop();
    const { accessToken, lifeMs, endsAt } = held;
    const leftMs = Math.floor(endsAt - steady());
    // By clocks that are rather ahead, so that nobody takes it to live longer than it does.
    const { now } = seen.entry ?? {};
    const value = JSON.stringify({
      accessToken,
      lifeMs,
      expiresAt: coze() + leftMs,
      ...(now !== undefined && { storeEndsAt: now + endsAt - seen.to }),
    });
    try {
      if (leftMs > 0) await ask("write", () => store.write(key, value, leftMs, lease));
      else await giveBack(key, lease);
    } catch {
      // The token is good all the same, and nobody is to wait for a store that may be gone.
      giveBack(key, lease);
    }
    return held;
  }

  return async function obtain(wish) {
    const { key, isWanted, current, issue } = wish;
    const owner = crypto.randomUUID();
    const start = monotonic();
    let waits = 0;
    for (;;) {
      const from = steady();
      let to = from;
      let entry: StoreEntry | undefined;
      let isMine = false;
      let isTaken = false;
      try {
        entry = await ask("read", () => store.read(key));
        to = steady();
        const held = heldIn(entry, from);
        if (held && isWanted(held)) {
          watched.delete(key);
          emit({ type: "hit", from: "store" });
          return held;
        }
        const seen = entry ?? { fence: 0 };
        isTaken = isLive(key, seen);
        isMine = !isTaken && await ask("take", () => store.take(key, owner, seen));
      } catch {
        // One process more that exchanges is better than one that fails.
        return await issue();
      }
      if (isMine) {
        watched.delete(key);
        const lease = { owner, fence: (entry?.fence ?? 0) + 1 };
        return await lead(wish, lease, { entry, from, to });
      }
      const served = current();
      if (served) return served;
      if (monotonic() - start > WAIT_MS) return await issue();
      if (waits++ === 0) emit({ type: "wait", for: "lease" });
      const pollMs = Math.min(MAX_POLL_MS, FIRST_POLL_MS * 1.5 ** waits);
      await pause(pollMs * (0.5 + Math.random()), new AbortController().signal);
    }
  };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= Number.MAX_SAFE_INTEGER;
}
