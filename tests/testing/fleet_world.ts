// Processes that share tokens through a store, all in one, on virtual time.

import { createSharedTokens, type HeldToken, type Wish } from "../../lib/provider/shared_tokens.ts";
import type { TokenEvent } from "../../lib/provider/token_event.ts";
import type { TokenStore } from "../../lib/provider/token_store.ts";
import { createMemoryStore } from "./memory_store.ts";
import { createVirtualTime } from "./virtual_time.ts";

export const KEY = "some kind of token";
/** What time it is at Coze when the virtual clock begins. */
export const EPOCH = 1_750_000_000_000;
export const LIFE_MS = 900_000;

/** One process of the fleet. */
export interface Process {
  /** Gets a token; `issue` exchanges, by default at once. */
  obtain(wish?: Partial<Wish>): Promise<HeldToken>;
  /** Exchanges that it made. */
  issued: number;
  events: TokenEvent[];
  /** Stops it where it is, for ever. */
  kill(): void;
  /** By how many milliseconds it takes Coze's clock to be ahead of what it is. */
  cozeAheadMs: number;
}

/** Makes a fleet. */
export function createFleet(storeHasClock = false) {
  const time = createVirtualTime();
  const store = createMemoryStore(storeHasClock ? time.now : undefined);
  /** Operations that the store fails at. */
  const down = new Set<keyof TokenStore>();
  store.before = (operation) => {
    if (down.has(operation)) throw new Error("the store is down");
  };
  let tokens = 0;

  /** An exchange that takes so long. */
  const exchange = async (ms = 0): Promise<HeldToken> => {
    if (ms > 0) await time.sleep(ms, new AbortController().signal);
    const accessToken = `czs_token_${++tokens}`;
    return { accessToken, lifeMs: LIFE_MS, endsAt: time.now() + LIFE_MS };
  };

  function createProcess(): Process {
    let isDead = false;
    const forEver = new Promise<never>(() => {});
    const whileAlive = <T>(work: () => Promise<T>) => isDead ? forEver : work();
    const { read, write, take, giveBack } = store;
    const own = {
      read: (...args: Parameters<typeof read>) => whileAlive(() => read(...args)),
      write: (...args: Parameters<typeof write>) => whileAlive(() => write(...args)),
      take: (...args: Parameters<typeof take>) => whileAlive(() => take(...args)),
      giveBack: (...args: Parameters<typeof giveBack>) => whileAlive(() => giveBack(...args)),
    };
    const process: Process = {
      issued: 0,
      events: [],
      cozeAheadMs: 0,
      kill: () => isDead = true,
      obtain: (wish) =>
        share({
          key: KEY,
          current: () => undefined,
          isWanted: ({ endsAt }) => endsAt > time.now(),
          ...wish,
          issue() {
            process.issued++;
            return (wish?.issue ?? exchange)();
          },
        }),
    };
    const clocks = {
      steady: time.now,
      monotonic: time.now,
      coze: () => EPOCH + time.now() + process.cozeAheadMs,
      sleep: (ms: number, signal: AbortSignal) => whileAlive(() => time.sleep(ms, signal)),
    };
    const share = createSharedTokens(own, clocks, (event) => process.events.push(event));
    return process;
  }

  return { time, store, down, exchange, createProcess };
}
