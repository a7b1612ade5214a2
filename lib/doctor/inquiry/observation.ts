import type { ErrorDetails, ServerAnswer } from "../../error.ts";
import type { ApiRead } from "../api_read.ts";
import type { FindingCode } from "../kinds.ts";

/** What is asked of the token endpoint, see the table in probes.ts. */
export type ProbeName =
  | "baseline"
  | "no-bearer"
  | "foreign-key"
  | "random-key-id"
  | "random-app-id"
  | "short-life"
  | "own-clock"
  | "plain"
  | "no-scope"
  | "plain-path"
  | "other-region"
  | "other-region-random"
  | "other-region-random-ids";

/** By how many seconds this clock is ahead of the server's, and how wrong that may be. */
export interface Clock {
  seconds: number;
  error: number;
}

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
  /** By the `Date` header. */
  clock?: Clock;
  ms: number;
  logId?: string;
}

/** Whether two answers are the same: status, error code and words, without ids and times. */
export function isSame(a: Observation, b: Observation): boolean {
  return a.outcome === b.outcome && a.server?.status === b.server?.status &&
    a.server?.code === b.server?.code && a.words === b.words;
}

/** Recognises the words that Coze was seen to use, and what they are about. */
export function seenWords(words: string): "key-id" | "bearer" | undefined {
  if (/kid not been regist/i.test(words)) return "key-id";
  return /empty jwt token/i.test(words) ? "bearer" : undefined;
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

/** One request that was sent, for programs. */
export interface ProbeReport {
  /** Which question it was. */
  name: string;
  /** The host that was asked. */
  host: string;
  /** HTTP status; `null` when no answer came. */
  status: number | null;
  /** The server's error code, or ours when no answer came; `null` for a success. */
  errorCode: string | null;
  /** Whether it was answered like the first request; `null` for the first, elsewhere, or without answer. */
  sameAsBaseline: boolean | null;
  /** How long the answer took, in milliseconds. */
  ms: number;
  /** `X-Tt-Logid` of the answer. */
  logId?: string;
}

/**
 * Lists what was sent.
 *
 * @param observations The requests to the token endpoint.
 * @param apiRead The read with the token, when there was one.
 * @returns An entry for each request.
 */
export function reportProbes(
  observations: readonly Observation[],
  apiRead: ApiRead | undefined,
): ProbeReport[] {
  const [base] = observations;
  const probes = observations.map((each): ProbeReport => {
    const { name, host, outcome, server, code, ms, logId } = each;
    const isCompared = each !== base && host === base!.host && outcome !== "failed";
    return {
      name,
      host,
      status: server?.status ?? (outcome === "token" ? 200 : null),
      errorCode: outcome === "token" ? null : server?.code ?? code ?? null,
      sameAsBaseline: isCompared ? isSame(each, base!) : null,
      ms,
      logId,
    };
  });
  if (!apiRead) return probes;
  const { host, ms, code, server: { status, code: errorCode, logId } } = apiRead;
  return [...probes, {
    name: "workspaces",
    host,
    status: status || null,
    errorCode: errorCode ?? code ?? null,
    sameAsBaseline: null,
    ms,
    logId,
  }];
}
