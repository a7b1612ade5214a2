import {
  type Answer,
  createFaultQueue,
  createLogId,
  createResponse,
  createWording,
  type Fault,
  TOO_LARGE,
  type Wording,
} from "./answer.ts";
import { DEFAULT_WORKSPACES } from "./bots.ts";
import { answerByText, sleepByTimer } from "./chat_answer.ts";
import { createApi } from "./endpoints.ts";
import { isObject } from "./parameters.ts";
import {
  type CheckName,
  createJtiMemory,
  type Exchange,
  orderChecks,
  readExchange,
  TOKEN_PATH,
} from "./token_endpoint.ts";
import type { BotAnswer, BotQuestion, EmulatorApp, EmulatorWorkspace } from "./world.ts";

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
  /**
   * The workspaces there are.
   *
   * @default {one, named after the app that asks}
   */
  workspaces?: readonly EmulatorWorkspace[];
  /**
   * How many milliseconds after its publishing a bot is published: until then it is in no list of
   * published bots and its chats are refused with 4015. Coze's value is unknown.
   *
   * @default {0}
   */
  publishDelayMs?: number;
  /**
   * How many milliseconds an answer takes that does not say so itself.
   *
   * @default {200}
   */
  answerMs?: number;
  /**
   * What bots answer.
   *
   * @default {the question, with the bot's name and prompt; `/slow`, `/fail`, `/stop`, `/error`,
   *   `/think` and `/suggest` before a question show what else an answer can be}
   */
  answer?: (question: BotQuestion) => BotAnswer;
  /**
   * Waits between two events of a stream. The signal aborts when nobody reads on.
   *
   * @default {setTimeout}
   */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
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

  function judge(exchange: Exchange): Judged {
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
    return api.grant(exchange);
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
    const answer: Judged = fault
      ? { ...fault, refusedBy: "fault" }
      : api.answer(request, text, time, logId) ??
        answerMisdirected(request, text) ?? judge(exchange);
    journal.push(writeEntry(request, text, exchange, answer, logId));
    return createResponse(answer, time, logId);
  }

  return Object.assign(handle, { journal, apps, fail: faults.add });
}

/** The documented limit is 15 MB; no request that the emulator knows needs even this. */
const BODY_LIMIT = 1024 * 1024;

/** Reads a body; undefined, and not read to its end, when it is over the limit. */
async function readText(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > BODY_LIMIT) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** How Coze answers these is unknown: the words are the emulator's. */
function answerMisdirected(request: Request, text: string | undefined): Answer | undefined {
  if (!TOKEN_PATH.test(new URL(request.url).pathname)) {
    return { status: 404, body: { emulator: "nothing is at this path" } };
  }
  if (request.method !== "POST") {
    return { status: 405, headers: { allow: "POST" }, body: { emulator: "only POST is answered" } };
  }
  return text === undefined ? TOO_LARGE : undefined;
}

/**
 * What one request was and how it was answered. Signatures, Authorization headers and tokens are
 * never in it, so a failing test may print it; what looks like one elsewhere is cut out.
 */
export interface JournalEntry {
  /** The HTTP method. */
  method: string;
  /** The path of the URL, without query. */
  path: string;
  /** The parameters of the query; absent when there are none. */
  query?: unknown;
  /** The host that was called, with its port when it is not the default. */
  host: string;
  /** The Content-Type header. */
  contentType: string | null;
  /** What the Authorization header held: nothing, a JWT after `Bearer`, or something else. */
  authorization: "none" | "bearer-jwt" | "other";
  /** The JWT's header, verified or not. */
  header?: unknown;
  /** The JWT's claims, verified or not. */
  claims?: unknown;
  /** The body as parsed JSON, or else the first 4 KiB of its text; absent when empty. */
  body?: unknown;
  /** The HTTP status of the answer. */
  status: number;
  /** The error code of a refusal. */
  errorCode?: string;
  /** The check that refused, or that a fault was answered. */
  refusedBy?: CheckName | "fault";
  /** Why the API refused, in the emulator's words: Coze's do not name the parameter. */
  reason?: string;
  /** The `x-tt-logid` of the answer. */
  logId: string;
}

/** An answer with what refused. */
type Judged = Answer & Pick<JournalEntry, "refusedBy">;

const RAW_LIMIT = 4096;
const DEPTH_LIMIT = 64;
/** Anything that looks like a JWT; runs of base64 as long as an RSA signature or key; tokens. */
const SECRET =
  /(?<![\w-])[\w-]{16,}\.[\w-]{16,}\.[\w-]*|[\w+/=-]{200,}|\b(?:czs|czu|pat)_[\w-]+|\bBearer\s+\S+/gi;

/** The text is undefined when the body was too large to be read. */
function writeEntry(
  request: Request,
  text: string | undefined,
  exchange: Exchange,
  answer: Judged,
  logId: string,
): JournalEntry {
  const { contentType, host, jwt } = exchange;
  const { pathname, searchParams } = new URL(request.url);
  const authorization = request.headers.has("authorization") ? "other" : "none";
  return {
    method: request.method,
    path: cut(pathname),
    ...(searchParams.size > 0 && { query: withoutSecrets(Object.fromEntries(searchParams)) }),
    host,
    contentType: contentType && cut(contentType),
    authorization: jwt ? "bearer-jwt" : authorization,
    ...(jwt && { header: withoutSecrets(jwt.header), claims: withoutSecrets(jwt.claims) }),
    ...(text !== "" && { body: text === undefined ? "(over 1 MiB)" : readBody(text) }),
    status: answer.status,
    errorCode: answer.errorCode,
    refusedBy: answer.refusedBy,
    ...(answer.reason !== undefined && { reason: answer.reason }),
    logId,
  };
}

function readBody(text: string): unknown {
  try {
    return withoutSecrets(JSON.parse(text));
  } catch {
    // Cut secrets first: half a signature is not recognised any more.
    return cut(text).slice(0, RAW_LIMIT);
  }
}

function cut(text: string): string {
  return text.replace(SECRET, "(cut)");
}

function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > DEPTH_LIMIT) return "(nested too deep)";
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (!isObject(value)) return value;
  // fromEntries defines members, so "__proto__" stays one and changes no prototype.
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [cut(name), withoutSecrets(inner, depth + 1)]),
  );
}
