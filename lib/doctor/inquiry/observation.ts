import type { ErrorDetails, ServerAnswer } from "../../error.ts";
import type { ApiRead } from "../api_read.ts";
import type { FindingCode } from "../kinds.ts";

/** A request to the token endpoint; the table in probes.ts shows how each is made. */
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

/** How far this machine's clock is ahead of the server's, in seconds. */
export interface Clock {
  seconds: number;
  /** The largest error of this measurement. */
  error: number;
}

/** The result of one request, without the assertion and the token. */
export interface Observation {
  name: ProbeName;
  host: string;
  /** `refused`: the server judged the request. `failed`: it did not, for example a network error. */
  outcome: "token" | "refused" | "failed";
  /** Why there is no token. */
  code?: FindingCode;
  details: ErrorDetails;
  server?: ServerAnswer;
  /** The server's message without ids and times, see `normalizeMessage`. */
  message: string;
  /** Measured with the `Date` header. */
  clock?: Clock;
  ms: number;
  logId?: string;
}

/** Whether two responses have the same status, error code and message. */
export function isSameResponse(a: Observation, b: Observation): boolean {
  return a.outcome === b.outcome && a.server?.status === b.server?.status &&
    a.server?.code === b.server?.code && a.message === b.message;
}

/** The check that sends this message, if Coze is known to send it. */
export function knownMessage(message: string): "key-id" | "bearer" | undefined {
  if (/kid not been regist/i.test(message)) return "key-id";
  return /empty jwt token/i.test(message) ? "bearer" : undefined;
}

/** Removes what differs from request to request: the ids that were sent, times and log ids. */
export function normalizeMessage(text: string, sentIds: readonly string[]): string {
  for (const id of sentIds) {
    // Some servers quote only the beginning of an id.
    const prefix = Array.from({ length: id.length }, (_, i) => id.slice(0, id.length - i))
      .find((part) => part.length >= 6 && text.includes(part));
    if (prefix) text = text.replaceAll(prefix, "#");
  }
  return text
    .replace(
      /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?|\d+:\d\d(?::\d\d)?(?:\.\d+)?/g,
      "#",
    )
    // Ids and log ids: long words with a digit, or as long as a fingerprint.
    .replace(/(?=[\w-]*\d)[\w-]{16,}|[\w-]{40,}/g, "#")
    .replace(/\d{5,}/g, "#")
    // The spaces and punctuation around them.
    .replace(/[\s#:,;.()'"-]+/g, " ")
    .trim()
    .toLowerCase();
}

/** One request that was sent, for programs. */
export interface ProbeReport {
  /** The name of the probe. */
  name: string;
  /** The host that received it. */
  host: string;
  /** HTTP status; `null` without a response. */
  status: number | null;
  /** The server's error code, or ours without a response; `null` for a success. */
  errorCode: string | null;
  /** Whether the response is the same as the first; `null` where they cannot be compared. */
  sameAsBaseline: boolean | null;
  /** Time until the response, in milliseconds. */
  ms: number;
  /** `X-Tt-Logid` of the response. */
  logId?: string;
}

/** Lists the requests to the token endpoint and the read with the token. */
export function reportProbes(
  observations: readonly Observation[],
  apiRead: ApiRead | undefined,
): ProbeReport[] {
  const [base] = observations;
  const probes = observations.map((each): ProbeReport => {
    const { name, host, outcome, server, code, ms, logId } = each;
    const isToken = outcome === "token";
    const isCompared = each !== base && host === base!.host && outcome !== "failed";
    return {
      name,
      host,
      status: server?.status ?? (isToken ? 200 : null),
      errorCode: isToken ? null : server?.code ?? code ?? null,
      sameAsBaseline: isCompared ? isSameResponse(each, base!) : null,
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
