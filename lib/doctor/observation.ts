import type { FindingCode } from "./kinds.ts";
import type { ErrorDetails, ServerAnswer } from "../error.ts";

/** What is asked of the token endpoint, and with what changed. See `RECIPES` in probes.ts. */
export type ProbeName =
  | "baseline"
  | "no-bearer"
  | "foreign-key"
  | "random-key-id"
  | "random-app-id"
  | "random-ids"
  | "short-life"
  | "own-clock"
  | "log-id-clock"
  | "plain"
  | "no-scope"
  | "plain-path"
  | "other-region"
  | "other-region-random"
  | "other-region-random-ids";

/** What came of one request. It holds no assertion and no token. */
export interface Observation {
  name: ProbeName;
  /** The host that was asked. */
  host: string;
  /** A token, a refusal of what was asked, or an answer that says nothing about it. */
  outcome: "token" | "refused" | "failed";
  /** Why there is no token. */
  code?: FindingCode;
  details: ErrorDetails;
  server?: ServerAnswer;
  /** The server's words without ids, times and log ids, so that they can be compared. */
  words: string;
  /** By how many seconds this clock is ahead of the server's, and how wrong that may be. */
  clock?: { seconds: number; error: number };
  /** The same by the log id, which begins with a date: good for a try, and for no more. */
  clockHint?: number;
  ms: number;
  logId?: string;
}

/** Texts that were seen at Coze, with what they are about. */
const SEEN_WORDS: readonly [RegExp, "kid" | "bearer"][] = [
  [/kid not been regist/i, "kid"],
  [/empty jwt token/i, "bearer"],
];

/**
 * Recognises the words that Coze was seen to use.
 *
 * @param words Words of an observation.
 * @returns What they are about, when they are known.
 */
export function seenWords(words: string): "kid" | "bearer" | undefined {
  return SEEN_WORDS.find(([pattern]) => pattern.test(words))?.[1];
}

/**
 * Takes out of a server's words what differs from request to request.
 *
 * @param text The server's words.
 * @param own The ids of the request, which the server may repeat.
 * @returns The rest, in lower case.
 */
export function comparable(text: string, own: readonly string[]): string {
  for (const id of own) {
    // Servers also repeat the beginning of an id.
    const begins = Array.from({ length: id.length }, (_, i) => id.slice(0, id.length - i))
      .find((part) => part.length >= 6 && text.includes(part));
    if (begins) text = text.replaceAll(begins, "#");
  }
  return text
    .replace(
      /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?|\d+:\d\d(?::\d\d)?(?:\.\d+)?/g,
      "#",
    )
    // Ids and log ids: long words with a digit, or as long as a fingerprint.
    .replace(/(?=[\w-]*\d)[\w-]{16,}|[\w-]{40,}/g, "#")
    .replace(/\d{5,}/g, "#")
    // Where nothing was, nothing is left: the blanks and marks around it go as well.
    .replace(/[\s#:,;.()'"-]+/g, " ")
    .trim()
    .toLowerCase();
}

/** Further off than this a number is no date, or no clock of use. */
const MAX_HINT_SECONDS = 7 * 86_400;

/**
 * Guesses by how much this clock is ahead from a log id, of which all known begin with 14 digits of
 * date and time. Their time zone is not documented: that of Coze's users and UTC are tried.
 *
 * @param logId A log id.
 * @param now When it was received, in milliseconds since the epoch.
 * @returns Seconds, when it looks like a date of these days.
 */
export function clockHintOf(logId: string, now: number): number | undefined {
  const [, ...parts] = /^(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(logId) ?? [];
  if (parts.length === 0) return undefined;
  const [year, month, day, ...time] = parts.map(Number) as [number, number, number];
  const utc = Date.UTC(year, month - 1, day, ...time);
  const [nearest] = [0, 8].map((hours) => Math.round((now - utc) / 1000) + hours * 3600)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  return Math.abs(nearest!) < MAX_HINT_SECONDS ? nearest : undefined;
}
