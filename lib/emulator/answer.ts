import { randomBytes } from "node:crypto";

/** An answer that is given instead of judging the request: 503, 429, a redirect, HTML, half a JSON. */
export interface Fault {
  /** The HTTP status, 200 to 599. */
  status: number;
  /**
   * Headers beside, or in place of, the usual ones. The content type is JSON unless given here.
   *
   * @default {{}}
   */
  headers?: Record<string, string>;
  /**
   * The body: a text as it stands, an object as JSON.
   *
   * @default {""}
   */
  body?: string | object;
  /**
   * How many requests are answered so.
   *
   * @default {1}
   */
  times?: number;
}

/** An answer before it is a Response. */
export interface Answer extends Fault {
  /** The body when it is a stream of events. */
  stream?: ReadableStream<Uint8Array>;
  /** The error code of a refusal. */
  errorCode?: string;
  /** Why the API refused, in the emulator's words. */
  reason?: string;
}

/** How Coze answers a body over the limit is unknown: the words are the emulator's. */
export const TOO_LARGE: Answer = {
  status: 413,
  body: { emulator: "the body is over 1 MiB" },
};

/** The statuses that forbid a body (Fetch standard, "null body status"). */
const BODILESS = [204, 205, 304];

/** Turns an answer into a Response. A header of the answer replaces the usual one. */
export function createResponse(
  answer: Answer,
  time: number,
  logId: string,
): Response {
  const { status, body, stream } = answer;
  const headers = new Headers({
    "content-type": "application/json",
    "date": new Date(time).toUTCString(),
    "x-tt-logid": logId,
  });
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers.set(name, value);
  }
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  return new Response(BODILESS.includes(status) ? null : stream ?? text, {
    status,
    headers,
  });
}

/** Makes a log id in the form of Coze's: 14 digits of date and time, 20 hex digits. */
export function createLogId(time: number): string {
  const digits = new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
  return digits + randomBytes(10).toString("hex").toUpperCase();
}

/** Code and text of a failing server: `[DOC]` oauth_jwt; that it comes with 503 is `[INF]`. */
const UNAVAILABLE: Fault = {
  status: 503,
  body: {
    error: "internal_error",
    error_code: "internal_error",
    error_message: "Service internal error.",
  },
};
/** Neither a limit of the token endpoint nor the form of its answer is known. */
const TOO_MANY: Fault = {
  status: 429,
  headers: { "retry-after": "1" },
  body: { emulator: "too many requests, by faultRate" },
};

/** The faults to answer, in order; while none is queued, requests fail with probability `rate`. */
export function createFaultQueue(rate: number, seed: number) {
  if (!(rate >= 0 && rate <= 1)) {
    throw new RangeError(
      `Cannot use 'faultRate' as it is not from 0 to 1: current value is ${rate}`,
    );
  }
  const random = createSeededRandom(seed);
  const queue: { fault: Fault; left: number }[] = [];
  return {
    add(...faults: Fault[]): void {
      faults.forEach(assertUsable);
      queue.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
    },
    /** Takes the fault for the next request, if it is to have one. */
    next(): Fault | undefined {
      const head = queue[0];
      if (!head) {
        return random() < rate ? (random() < 0.5 ? UNAVAILABLE : TOO_MANY) : undefined;
      }
      if (--head.left <= 0) queue.shift();
      return head.fault;
    },
  };
}

function assertUsable({ status, times = 1 }: Fault): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(
      `Cannot answer with a status outside 200 to 599: current value is ${status}`,
    );
  }
  if (!(times >= 1)) {
    throw new RangeError(
      `Cannot queue a fault for no request: current value of 'times' is ${times}`,
    );
  }
}

/**
 * Makes a repeatable sequence of numbers from 0 up to but not including 1 (mulberry32). For faults
 * and words only: tokens and log ids come from node:crypto.
 */
export function createSeededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * What stands where Coze's words are unknown: `documented` is the documented meaning with words
 * that are plainly the emulator's, `blank` none, `random` others each time. Known words stay.
 */
export type Wording = "documented" | "blank" | "random";

/** Coze's words that nobody has recorded; {@linkcode createWording} puts others in their place. */
export const UNKNOWN = undefined;

/** Words a refusal. */
export type WordsOf = (refusal: {
  /** Coze's own words, with `{}` for the filling. */
  text: string | undefined;
  filling: string;
  /** The documented meaning. */
  meaning: string;
  /** The name of what refuses. */
  name: string;
}) => string;

/** Makes the function that words refusals; the seed is that of the random words. */
export function createWording(wording: Wording, seed: number): WordsOf {
  const random = createSeededRandom(seed);
  return ({ text, filling, meaning, name }) => {
    // A function, because a grant type may hold "$&".
    if (text !== undefined) return text.replace("{}", () => filling);
    if (wording === "blank") return "";
    if (wording === "random") return Array.from({ length: 5 }, () => randomWord(random)).join(" ");
    return `${meaning} (emulator: ${name})`;
  };
}

function randomWord(random: () => number): string {
  const length = 3 + Math.floor(random() * 6);
  const letters = Array.from({ length }, () => 97 + Math.floor(random() * 26));
  return String.fromCharCode(...letters);
}

/** A refusal of the API: Coze's number for it, and what goes into the words. */
export interface Refusal {
  refused: keyof typeof REFUSALS;
  /** What fills the `{}` of the row's text. */
  filling?: string;
  /** What is wrong, for the journal, where the row's meaning does not tell. */
  reason?: string;
}

/** Tells a refusal from what a lookup or an endpoint gives otherwise. */
export function isRefusal(result: object): result is Refusal {
  return "refused" in result;
}

interface RefusalRow {
  /** Names the refusal in words of the emulator's. */
  name: string;
  /** The HTTP status. */
  status: number;
  /** Coze's own words, with `{}` for what the refusal fills in. */
  text: string | undefined;
  /** What the number means by Coze's page coze_error_codes. */
  meaning: string;
  /** As in token_endpoint.ts: `[DOC]`, `[ISSUE]` or `[INF]`. */
  evidence: string;
}

/** Coze's own Chat SDK and many reports show numbers other than 0 with this status. */
const OK = 200;

// deno-fmt-ignore
export const REFUSALS = {
  4000: { name: "parameter", status: OK, text: "Request parameter error",
    meaning: "parameter error",
    evidence: "[ISSUE] code and text. [INF] status" },
  4001: { name: "chat", status: OK, text: UNKNOWN, meaning: "invalid chat",
    evidence: "[DOC] coze_error_codes: code. [INF] status" },
  4002: { name: "conversation", status: OK, text: UNKNOWN, meaning: "invalid conversation",
    evidence: "[DOC] coze_error_codes: code. [INF] status, and that others' are invalid too" },
  4003: { name: "meta-data", status: OK, text: UNKNOWN, meaning: "meta_data over limit",
    evidence: "[DOC] coze_error_codes: code; chat_v3: the limits. [INF] status" },
  4004: { name: "messages", status: OK, text: UNKNOWN, meaning: "additional_messages over limit",
    evidence: "[DOC] coze_error_codes: code; chat_v3: the limit. [INF] status" },
  4007: { name: "history", status: OK, text: UNKNOWN,
    meaning: "stream=false needs auto_save_history=true",
    evidence: "[DOC] coze_error_codes, chat_v3: code. [INF] status" },
  4015: { name: "published", status: OK,
    text: "The bot_id {} has not been published to the channel Agent As API. Please refer to the " +
      "'Publish' section of the documentation at https://www.coze.cn/docs/guides to publish your " +
      "Bot to the corresponding channel.",
    meaning: "bot not published to API",
    evidence: "[ISSUE] code and text. [INF] status" },
  4016: { name: "busy", status: OK, text: UNKNOWN,
    meaning: "conversation already has a running chat",
    evidence: "[DOC] coze_error_codes, chat_v3: code. [INF] status" },
  4100: { name: "token", status: 401, text: "authentication is invalid",
    meaning: "authentication invalid",
    evidence: "[ISSUE] coze-py #78: code and text. [INF] status" },
  4101: { name: "permission", status: OK,
    text: "Your token does not have permission to access {}. Please verify whether the resource " +
      "ID or token is correct, and ensure that the necessary permissions are enabled at " +
      "https://coze.cn/open/oauth/pats.",
    meaning: "no permission for the resource",
    evidence: "[ISSUE] status, code and text, for space_id and createBot. [INF] the other names" },
  4104: { name: "cancel", status: OK, text: UNKNOWN,
    meaning: "chat can't be cancelled in this state",
    evidence: "[DOC] coze_error_codes: code. [INF] status, and that a canceled chat is one" },
  4200: { name: "resource", status: OK, text: "Requested resource {} does not exist",
    meaning: "resource not found",
    evidence: "[ISSUE] code and text, for bot_id. [INF] status, and the names of other resources" },
} as const satisfies Record<number, RefusalRow>;
