// Processes that share tokens through a store, all in this one, on virtual time.

import type { TokenEvent } from "../../lib/token_event.ts";
import type { LiveToken } from "../../lib/token_response.ts";
import { createSharing, type SharedRequest } from "../../lib/token_sharing.ts";
import type { TokenStore } from "../../lib/token_store.ts";
import { createMemoryStore } from "./memory_store.ts";
import { createVirtualTime } from "./virtual_time.ts";

export const KEY = "one kind of token";
/** What time it is at Coze when the virtual time begins. */
export const EPOCH = 1_750_000_000_000;
export const LIFE_MS = 900_000;

/** One process of the fleet. */
export interface Process {
  /** Obtains a token; `exchange` exchanges, by default at once. */
  obtain(request?: Partial<SharedRequest>): Promise<LiveToken | undefined>;
  /** Its exchanges. */
  issued: number;
  events: TokenEvent[];
  /** Stops it where it is, for ever. */
  kill(): void;
}

/** Creates a fleet. */
export function createFleet() {
  const time = createVirtualTime();
  const store = createMemoryStore(time.now);
  const sleep = (ms: number) => time.sleep(ms, new AbortController().signal);
  let tokens = 0;

  /** An exchange that takes so long. */
  async function exchangeIn(ms = 0): Promise<LiveToken> {
    if (ms > 0) await sleep(ms);
    const accessToken = `czs_token_${++tokens}`;
    const end = time.now() + LIFE_MS;
    const remainingMs = () => end - time.now();
    return { accessToken, issuedLifeMs: LIFE_MS, remainingMs, expiresAt: EPOCH + end };
  }

  function createProcess(): Process {
    let isDead = false;
    const whileAlive = <T>(work: () => Promise<T>) =>
      isDead ? new Promise<never>(() => {}) : work();
    const own: TokenStore = {
      get: (...args) => whileAlive(() => store.get(...args)),
      set: (...args) => whileAlive(() => store.set(...args)),
      add: (...args) => whileAlive(() => store.add(...args)),
      delete: (...args) => whileAlive(() => store.delete(...args)),
    };
    const process: Process = {
      issued: 0,
      events: [],
      kill: () => isDead = true,
      obtain: (request) =>
        obtainShared(KEY, {
          isWanted: ({ remainingMs }) => remainingMs() > 0,
          hasToken: () => false,
          backoffMs: () => 0,
          ...request,
          exchange() {
            process.issued++;
            return (request?.exchange ?? exchangeIn)();
          },
        }),
    };
    const obtainShared = createSharing(own, {
      now: () => EPOCH + time.now(),
      monotonic: time.now,
      sleep: (ms, signal) => whileAlive(() => time.sleep(ms, signal)),
      emit: (event) => process.events.push(event),
    });
    return process;
  }

  return { time, store, sleep, exchangeIn, createProcess };
}
