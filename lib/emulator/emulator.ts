import {
  type Answer,
  answerMisdirected,
  createLogId,
  createResponse,
  grantToken,
  readText,
} from "./answer.ts";
import { createApi } from "./api.ts";
import type { EmulatorApp } from "./app.ts";
import { answerByText } from "./bot_answer.ts";
import { orderChecks } from "./checks.ts";
import type { EmulatorOptions } from "./emulator_options.ts";
import { sleepByTimer } from "./event_stream.ts";
import { type Exchange, readExchange } from "./exchange.ts";
import { createFaultQueue, type Fault } from "./faults.ts";
import { createJtiMemory } from "./jti_memory.ts";
import { type JournalEntry, writeEntry } from "./journal.ts";
import { createWording } from "./wording.ts";
import { DEFAULT_WORKSPACES } from "./workspaces.ts";

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
 * oauth_jwt_collaborate and oauth_jwt_privilege) and of the API behind the token: workspaces, bots,
 * chats, conversations. Not for production.
 *
 * A token is granted as `{"access_token":"czs_emulator_…","expires_in":…}`, `expires_in` being the
 * moment of expiry in Unix seconds, and refused as `{"error","error_code","error_message"}`. The API
 * answers `{"code":0,"msg":"","data":…,"detail":{"logid"}}`, and refuses with another `code`.
 *
 * @param options Apps, workspaces, clock, order and wording of the checks, what bots say, faults.
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
  const { workspaces = DEFAULT_WORKSPACES, publishDelayMs = 0, answerMs = 200 } = options;
  const { answer: answerOf = answerByText, sleep = sleepByTimer } = options;
  const behaviour = { publishDelayMs, answerMs, answer: answerOf, now, sleep };
  const api = createApi(workspaces, behaviour, wordsOf);
  const faults = createFaultQueue(faultRate, seed);
  faults.add(...options.faults ?? []);

  function judge(exchange: Exchange): Answer {
    for (const check of checks) {
      const verdict = check.refuses(exchange);
      // Not "!verdict": an empty filling refuses too.
      if (verdict === false) continue;
      const { name, status, code, text } = check;
      const filling = verdict === true ? "" : verdict;
      const meaning = code === "invalid_client" ? "invalid jwt" : "invalid request";
      const message = wordsOf({ text, filling, meaning, name });
      const body = { error: code, error_code: code, error_message: message };
      return { status, body, errorCode: code, refusedBy: name };
    }
    const granted = grantToken(exchange);
    if (exchange.app) api.remember(granted, exchange.app, exchange.body);
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
      : api.answer(request, text, time, logId) ??
        answerMisdirected(request, text) ?? judge(exchange);
    journal.push(writeEntry(request, text, exchange, answer, logId));
    return createResponse(answer, time, logId);
  }

  return Object.assign(handle, { journal, apps, fail: faults.add });
}
