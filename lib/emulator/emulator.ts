import {
  type Answer,
  answerMisdirected,
  createLogId,
  createResponse,
  grantToken,
  readText,
} from "./answer.ts";
import type { EmulatorApp } from "./app.ts";
import { type CheckName, orderChecks } from "./checks.ts";
import { type Exchange, readExchange } from "./exchange.ts";
import { createFaultQueue, type Fault } from "./faults.ts";
import { createJtiMemory } from "./jti_memory.ts";
import { type JournalEntry, writeEntry } from "./journal.ts";
import { createWording, type Wording } from "./wording.ts";
import { createWorkspaces } from "./workspaces.ts";

/** What the emulator is to be like. */
export interface EmulatorOptions {
  /**
   * The apps that may ask for tokens.
   *
   * @default {[]}
   */
  apps?: readonly EmulatorApp[];
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default {Date.now}
   */
  now?: () => number;
  /**
   * The checks that run first; those not named follow in the default order.
   *
   * @default {DEFAULT_ORDER}
   */
  order?: readonly CheckName[];
  /**
   * What stands where Coze's words are unknown.
   *
   * @default {"documented"}
   */
  wording?: Wording;
  /**
   * The seed of random words and of `faultRate`.
   *
   * @default {1}
   */
  seed?: number;
  /**
   * Answers given to the first requests instead of judging them.
   *
   * @default {[]}
   */
  faults?: readonly Fault[];
  /**
   * The share of requests, 0 to 1, that fail with 503 or 429.
   *
   * @default {0}
   */
  faultRate?: number;
  /**
   * How many seconds `iat` may lie ahead of the clock and `exp` behind it. Coze's value is unknown.
   *
   * @default {0}
   */
  clockToleranceSeconds?: number;
  /**
   * How many seconds may lie between `iat` and `exp`. Coze documents no maximum.
   *
   * @default {Infinity}
   */
  maxLifetimeSeconds?: number;
}

/** The emulator: a function from request to answer, with what a test needs to steer and see it. */
export interface Emulator {
  /** Answers one request; fits as this library's `fetch` and as an HTTP server's handler. */
  (request: Request): Promise<Response>;
  /** One entry per request, oldest first. */
  readonly journal: JournalEntry[];
  /** The apps, live: what a test changes here holds from the next request on. */
  readonly apps: EmulatorApp[];
  /** Queues answers that are given instead of judging a request. */
  fail(...faults: Fault[]): void;
}

/**
 * Creates an emulator of Coze's token endpoint (pages oauth_jwt, oauth_jwt_channel,
 * oauth_jwt_collaborate and oauth_jwt_privilege) and of `GET /v1/workspaces`, which shows whether a
 * token is good. Not for production.
 *
 * A success is `{"access_token":"czs_emulator_…","expires_in":…}`, `expires_in` being the moment of
 * expiry in Unix seconds; a refusal is `{"error","error_code","error_message"}`.
 *
 * @param options Apps, clock, order and wording of the checks, faults.
 * @returns The emulator.
 * @throws {RangeError} `order` names a check that does not exist or one twice, `faultRate` is not
 *   from 0 to 1, or a fault has a status that no answer can have.
 *
 * @example
 * ```ts
 * import { createEmulator } from "./mod.ts";
 *
 * const emulator = createEmulator({ order: ["content-type"], wording: "blank" });
 * emulator.fail({ status: 429, headers: { "retry-after": "2" } });
 * const url = "https://api.coze.cn/api/permission/oauth2/token";
 * for (let i = 0; i < 2; i++) await emulator(new Request(url, { method: "POST", body: "{}" }));
 * console.assert(emulator.journal[0]?.refusedBy === "fault");
 * console.assert(emulator.journal[1]?.refusedBy === "content-type");
 * ```
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const { now = Date.now, seed = 1, wording = "documented", faultRate = 0 } = options;
  const { clockToleranceSeconds = 0, maxLifetimeSeconds = Infinity } = options;
  const apps = [...options.apps ?? []];
  const journal: JournalEntry[] = [];
  const checks = orderChecks(options.order ?? []);
  const wordsOf = createWording(wording, seed);
  const burn = createJtiMemory();
  const workspaces = createWorkspaces();
  const faults = createFaultQueue(faultRate, seed);
  faults.add(...options.faults ?? []);

  function judge(exchange: Exchange): Answer {
    for (const check of checks) {
      const verdict = check.refuses(exchange);
      // Not "!verdict": an empty filling refuses too.
      if (verdict === false) continue;
      const { name, status, code } = check;
      const message = wordsOf(check, verdict === true ? "" : verdict);
      const body = { error: code, error_code: code, error_message: message };
      return { status, body, errorCode: code, refusedBy: name };
    }
    const granted = grantToken(exchange);
    if (exchange.app) workspaces.remember(granted, exchange.app, exchange.body);
    return granted;
  }

  async function handle(request: Request): Promise<Response> {
    const text = await readText(request);
    const time = now();
    const exchange = readExchange(request, text ?? "", apps, {
      nowSeconds: Math.floor(time / 1000),
      clockToleranceSeconds,
      maxLifetimeSeconds,
      burn,
    });
    const logId = createLogId(time);
    // A fault burns no jti; whether Coze's failures do is unknown.
    const fault = faults.next();
    const answer: Answer = fault
      ? { ...fault, refusedBy: "fault" }
      : workspaces.answer(request, Math.floor(time / 1000), logId) ??
        answerMisdirected(request, text) ?? judge(exchange);
    journal.push(writeEntry(request, text, exchange, answer, logId));
    return createResponse(answer, time, logId);
  }

  return Object.assign(handle, { journal, apps, fail: faults.add });
}
