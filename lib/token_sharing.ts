import { abortable, startStopwatch } from "./clock.ts";
import { CozeError, type ErrorCode } from "./error.ts";
import { type Call, NETWORK_CODES } from "./http.ts";
import { isObject, parseObject } from "./json.ts";
import { quote } from "./redact.ts";
import type { TokenEvent } from "./token_event.ts";
import { isBearer, type LiveToken } from "./token_response.ts";
import type { TokenStore } from "./token_store.ts";

/** How one token is obtained. */
export interface SharedRequest {
  exchange: () => Promise<LiveToken>;
  /** Whether to use a token of the store. */
  isWanted: (token: LiveToken) => boolean;
  /** Whether the current token is good enough not to wait for another process. */
  hasToken: () => boolean;
  /** Milliseconds to share a failure of `exchange` for; 0 or less: it is not shared. */
  backoffMs: (error: unknown) => number;
}

/**
 * Gives a token of the store, or of the one process that exchanges; `undefined` when another process
 * exchanges and there is a valid token. If the store fails, this process exchanges for itself.
 */
export type ObtainShared = (
  key: string,
  request: SharedRequest,
) => Promise<LiveToken | undefined>;

/** Lifetime of the lock: if its owner dies, another process takes over after this. */
const LOCK_MS = 5_000;
/** How long a caller waits for an operation of the store. */
const STORE_TIMEOUT_MS = 1_000;
/** How long a process waits for the lock of another. */
const MAX_WAIT_MS = 10_000;
/** Mean time between two polls. */
const POLL_MS = 150;
/** Ends the loop even if an injected `sleep` returns at once and the clocks stand still. */
const MAX_POLLS = 100;
/** With a clock that is off by more, a refusal may be this machine's own: it is not shared. */
const MAX_CLOCK_OFFSET_SECONDS = 60;

interface SharingOptions extends Pick<Call, "now" | "monotonic" | "sleep"> {
  emit: (event: TokenEvent) => void;
  timeoutMs?: number;
}

export function createSharing(
  store: TokenStore,
  { now, monotonic, sleep, emit, timeoutMs = MAX_WAIT_MS }: SharingOptions,
): ObtainShared {
  /** Runs one operation of the store, which may hang, and checks its result. */
  async function run<T>(
    operation: keyof TokenStore,
    action: () => Promise<T>,
    isValid: (result: T) => boolean = () => true,
  ): Promise<T> {
    try {
      const signal = AbortSignal.timeout(STORE_TIMEOUT_MS);
      const result = await abortable(Promise.try(action), signal);
      if (!isValid(result)) throw new TypeError("The store gave a result of a wrong type");
      return result;
    } catch (error) {
      // The message can contain an address with a password.
      const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : "Error";
      emit({ type: "failure", of: "store", operation, reason: name });
      throw error;
    }
  }

  /** Reads the token in the store; `undefined` if it is not wanted. */
  async function read(key: string, { isWanted }: SharedRequest): Promise<LiveToken | undefined> {
    const elapsedMs = startStopwatch(now, monotonic);
    const entry = await run("get", () => store.get(tokenKey(key)), isEntry);
    const { accessToken, expiresAt, lifeMs } = parseObject(entry?.value ?? "") ?? {};
    if (!isBearer(accessToken) || !isTime(expiresAt) || !isTime(lifeMs)) return undefined;
    const leftMs = Math.min(entry?.ttlMs ?? expiresAt - now(), lifeMs);
    const remainingMs = () => leftMs - elapsedMs();
    const token = { accessToken, expiresAt, issuedLifeMs: lifeMs, remainingMs };
    if (!isWanted(token)) return undefined;
    emit({ type: "hit", from: "store" });
    return token;
  }

  /** Writes the token and frees the lock. Callers do not wait for it. */
  async function publish(key: string, token: LiveToken): Promise<void> {
    const { accessToken, expiresAt, issuedLifeMs } = token;
    const value = JSON.stringify({ accessToken, expiresAt, lifeMs: issuedLifeMs });
    const ttlMs = Math.floor(token.remainingMs());
    await run("set", () => store.set(tokenKey(key), value, ttlMs)).catch(() => {});
    await unlock(key);
  }

  /** Writes a refusal in the place of the lock, for the others; any other failure frees the lock. */
  async function publishFailure(key: string, error: unknown, backoffMs: number): Promise<void> {
    if (backoffMs <= 0 || !isShared(error)) return await unlock(key);
    const { code, message, details, server } = error;
    const ttlMs = Math.ceil(backoffMs);
    const value = JSON.stringify({ code, message, details, server, ttlMs });
    await run("set", () => store.set(lockKey(key), value, ttlMs)).catch(() => {});
  }

  async function unlock(key: string): Promise<void> {
    // After a failure the lock expires by itself.
    await run("delete", () => store.delete(lockKey(key))).catch(() => {});
  }

  /**
   * Asks the store for a token or a refusal: `"exchange"` when this process is to exchange,
   * `undefined` as for {@linkcode ObtainShared}.
   */
  async function negotiate(
    key: string,
    request: SharedRequest,
  ): Promise<LiveToken | CozeError | "exchange" | undefined> {
    const waitedMs = startStopwatch(now, monotonic);
    const limitMs = Math.min(MAX_WAIT_MS, timeoutMs);
    for (let polls = 0; polls < MAX_POLLS && waitedMs() < limitMs; polls++) {
      const token = await read(key, request);
      if (token) return token;
      if (await run("add", () => store.add(lockKey(key), "{}", LOCK_MS), isBoolean)) {
        // Another process may have published one in the meantime.
        const published = await read(key, request);
        if (!published) return "exchange";
        unlock(key);
        return published;
      }
      const lock = await run("get", () => store.get(lockKey(key)), isEntry);
      const refusal = lock && parseRefusal(lock.value, lock.ttlMs);
      if (refusal) return refusal;
      if (request.hasToken()) return undefined;
      if (polls === 0) emit({ type: "wait", for: "lock" });
      await sleep(POLL_MS * (0.5 + Math.random()), new AbortController().signal);
    }
    return "exchange";
  }

  return async (key, request) => {
    const result = await negotiate(key, request).catch(() => "exchange" as const);
    if (result instanceof CozeError) throw result;
    if (result !== "exchange") return result;
    try {
      const token = await request.exchange();
      publish(key, token);
      return token;
    } catch (error) {
      publishFailure(key, error, request.backoffMs(error));
      throw error;
    }
  };
}

function isEntry(entry: unknown): boolean {
  return entry === undefined || entry === null ||
    isObject(entry) && typeof entry.value === "string" &&
      typeof (entry.ttlMs ?? 0) === "number";
}

function isBoolean(result: unknown): boolean {
  return typeof result === "boolean";
}

const tokenKey = (key: string) => `token ${key}`;
const lockKey = (key: string) => `lock ${key}`;

/** Whether other processes would be refused too. */
function isShared(error: unknown): error is CozeError {
  if (!(error instanceof CozeError) || NETWORK_CODES.includes(error.code)) return false;
  return Math.abs(Number(error.details.clockOffsetSeconds ?? 0)) <= MAX_CLOCK_OFFSET_SECONDS;
}

/** Reads a refusal of the store. An attacker may have written to it. */
function parseRefusal(value: string, ttlMs = Infinity): CozeError | undefined {
  const { code, message, details, server, ttlMs: writtenTtlMs } = parseObject(value) ?? {};
  const isCode = typeof code === "string" && /^[a-z-]{1,64}$/.test(code);
  if (!isCode || typeof message !== "string" || !isObject(server)) return undefined;
  if (typeof server.status !== "number" || !isTime(writtenTtlMs)) return undefined;
  // The processes' clocks may differ: never longer than `writtenTtlMs`.
  const retryAfterSeconds = Math.ceil(Math.min(ttlMs, writtenTtlMs) / 1000);
  return new CozeError(
    code as ErrorCode,
    quote(message, 600),
    { ...plainValues(details), retryAfterSeconds },
    { ...plainValues(server), status: server.status },
  );
}

/** The members of an object that are numbers or texts, fit to be shown. */
function plainValues(object: unknown): Record<string, string | number> {
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(isObject(object) ? object : {})) {
    if (!/^\w{1,64}$/.test(name)) continue;
    if (typeof value === "number") values[name] = value;
    else if (typeof value === "string") values[name] = quote(value);
  }
  return values;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= Number.MAX_SAFE_INTEGER;
}
