import { ASSERTION_SECONDS } from "../assertion.ts";
import type { Facts } from "./facts.ts";
import type { TokenRequest } from "../token_request.ts";
import { type Observation, type ProbeName, seenWords } from "./observation.ts";

/** What the observations say so far, for the plan and for the verdict. */
export interface Reading {
  observations: readonly Observation[];
  base?: Observation;
  /** What other answers are compared with: the 60 s assertion when that was refused too. */
  reference?: Observation;
  /** The server says that it does not know the key id, in words that were seen before. */
  saysKeyId: boolean;
  /** A request without JWT is answered in words that were seen before: the server speaks those. */
  speaksSeenWords: boolean;
  /** The same refusal is worded differently each time. */
  noise: boolean;
  /** Two refusals were worded alike, in words that were not seen before: words can be trusted. */
  stable: boolean;
  /** By the baseline's `Date`: whether its times were good for the server. */
  clock: "unknown" | "right" | "off";
  /** What of the request can be left out: scope, account or enterprise path, another duration. */
  extras: ("scope" | "path" | "duration")[];
  /** An answer that says nothing about the request; nothing is asked after it. */
  failed?: Observation;
  has(name: ProbeName): boolean;
  /** Whether a probe got a token. */
  got(name: ProbeName): boolean;
  /** Whether a probe was answered unlike the reference; nothing when it was not asked. */
  differs(name: ProbeName): boolean | undefined;
}

/**
 * Reads the observations. Answers are alike when status, error code and words are, ids and times
 * taken out; where the words are noise, only those that were seen at Coze count.
 *
 * @param observations In the order in which they were made.
 * @param request What was asked for.
 * @returns What they say.
 */
export function read(observations: readonly Observation[], request: TokenRequest): Reading {
  const of = (name: ProbeName) => observations.find((each) => each.name === name);
  const base = of("baseline");
  const short = of("short-life");
  const noise = isNoise([base, of("foreign-key"), short], clockOf(base));
  const reference = short?.outcome === "refused" ? short : base;
  const { durationSeconds = 900 } = request;
  const failed = observations.find(({ outcome }) => outcome === "failed");
  return {
    observations,
    ...(base && { base }),
    ...(reference && { reference }),
    saysKeyId: seenWords(reference?.words ?? "") === "kid",
    speaksSeenWords: observations.some(({ words }) => seenWords(words) !== undefined),
    noise,
    stable: isStable(observations),
    clock: clockOf(base),
    extras: [
      ...(request.scope ? ["scope"] as const : []),
      ...(request.accountId ?? request.enterpriseId ? ["path"] as const : []),
      ...(durationSeconds !== 900 ? ["duration"] as const : []),
    ],
    ...(failed && { failed }),
    has: (name) => of(name) !== undefined,
    got: (name) => of(name)?.outcome === "token",
    differs(name) {
      const other = of(name);
      return other && reference && other.outcome !== "failed"
        ? !alike(other, reference, noise)
        : undefined;
    },
  };
}

/**
 * Tells whether two answers are the same, as far as it can be told.
 *
 * @param a One answer.
 * @param b Another.
 * @param noise Whether words that were never seen are to be passed over.
 */
export function alike(a: Observation, b: Observation, noise: boolean): boolean {
  const words = ({ words }: Observation) => noise ? seenWords(words) : words;
  return a.outcome === b.outcome && a.server?.status === b.server?.status &&
    a.server?.code === b.server?.code && words(a) === words(b);
}

/**
 * The first request was asked again and answered in other words. Only a clock that is off explains
 * that: then the second one, by the server's clock, gets as far as one that nobody signed.
 */
function isNoise(answers: (Observation | undefined)[], clock: Reading["clock"]): boolean {
  const words = answers.flatMap((each) => each?.outcome === "refused" ? [each.words] : []);
  const [base, foreign, again] = words;
  if (words.length < 3 || base === foreign || base === again) return false;
  return clock !== "off" || foreign !== again;
}

function isStable(observations: readonly Observation[]): boolean {
  const words = observations
    .filter(({ outcome, words }) => outcome === "refused" && words !== "" && !seenWords(words))
    .map(({ words }) => words);
  return new Set(words).size < words.length;
}

function clockOf(base?: Observation): Reading["clock"] {
  if (!base?.clock) return "unknown";
  const { seconds, error } = base.clock;
  // Ahead, it says it was made in the future; behind by its lifetime, it has ended.
  return seconds > error || seconds < error - ASSERTION_SECONDS ? "off" : "right";
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
  apiRead: Facts["apiRead"],
): ProbeReport[] {
  const { base, noise } = read(observations, {});
  const probes = observations.map((each): ProbeReport => {
    const { name, host, outcome, server, code, ms, logId } = each;
    const comparable = each !== base && host === base?.host && outcome !== "failed" &&
      base.outcome !== "failed";
    return {
      name,
      host,
      status: server?.status ?? (outcome === "token" ? 200 : null),
      errorCode: outcome === "token" ? null : server?.code ?? code ?? null,
      sameAsBaseline: comparable ? alike(each, base!, noise) : null,
      ms,
      ...(logId !== undefined && { logId }),
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
    ...(logId !== undefined && { logId }),
  }];
}
