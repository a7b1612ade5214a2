// Bayesian inference: which causes explain the responses so far, and which probe to send next.

import type { Cause } from "./causes.ts";
import { isSameResponse, knownMessage, type Observation, type ProbeName } from "./observation.ts";
import { PROBES, usesKey } from "./probes.ts";
import { canSend, type Check, type Fault, refusedBy, SERVERS } from "./servers.ts";

/**
 * How servers word their refusals, and how common each way is.
 *
 * - `own`: each check has a message of its own.
 * - `shared`: a check always sends the same message, and other checks may send it too.
 * - `varying`: a check always sends the same message or never; no two checks send the same.
 * - `random`: the message says nothing about the check.
 */
const WORDINGS = { own: 0.5, shared: 0.15, varying: 0.2, random: 0.02 };
type Wording = keyof typeof WORDINGS;

/** How common two causes at once are, compared with one. */
const PAIR_WEIGHT = 0.05;
/** A cause with a smaller share of the weight is ruled out. */
const NEGLIGIBLE = 0.02;
/** A probe is worth sending if it is expected to tell more than this. */
const MIN_BITS = 0.005;
/** What a probe costs that the user's key signs, compared with one that it does not. */
const KEY_COST = 3;

/** One explanation of the responses so far. */
export interface Hypothesis {
  causes: readonly Cause[];
  /** The check that refuses each request; `undefined` for a token. */
  refusals: ReadonlyMap<ProbeName, Check | undefined>;
  wording: Wording;
  /** Whether the server uses the messages that Coze is known to send. */
  usesKnownMessages: boolean;
  weight: number;
}

/** Makes all hypotheses that explain the response to the first request. */
export function hypothesesFor(
  causes: readonly Cause[],
  names: readonly ProbeName[],
  base: Observation,
): Hypothesis[] {
  const pairs = causes.flatMap((one, i) => causes.slice(i + 1).map((other) => [one, other]));
  const known = new Map<string, (Check | undefined)[]>();
  /** For each server, the check that refuses a request with these faults. */
  const checksFor = (faults: ReadonlySet<Fault>) => {
    const key = [...faults].sort().join();
    const checks = known.get(key) ?? SERVERS.map((server) => refusedBy(faults, server));
    known.set(key, checks);
    return checks;
  };
  const hypotheses = [...causes.map((cause) => [cause]), ...pairs].flatMap((causes) => {
    const columns = names.map((name) => checksFor(faultsOf(causes, name, base)));
    // Servers that refuse every request by the same check make one hypothesis.
    const rows = Map.groupBy(SERVERS.keys(), (i) => columns.map((column) => column[i]).join());
    return [...rows.values()].flatMap((servers): Hypothesis[] => {
      const refusals = new Map(names.map((name, at) => [name, columns[at]![servers[0]!]]));
      const weight = servers.length / SERVERS.length *
        causes.reduce((product, { weight }) => product * weight, 1) *
        (causes.length > 1 ? PAIR_WEIGHT : 1);
      return (Object.keys(WORDINGS) as Wording[]).flatMap((wording) =>
        [true, false].map((usesKnownMessages) => ({
          causes,
          refusals,
          wording,
          usesKnownMessages,
          weight: weight * WORDINGS[wording],
        }))
      );
    });
  });
  return update(hypotheses, [], base);
}

/** The faults of a request if these are the causes. */
function faultsOf(causes: readonly Cause[], name: ProbeName, { clock }: Observation): Set<Fault> {
  const { breaks, corrects, isInOtherRegion } = PROBES[name];
  const faults = new Set(
    causes.flatMap((each) => isInOtherRegion ? each.breaksInOtherRegion : each.breaks),
  );
  // Without the server's time, a probe cannot correct its own.
  for (const each of corrects) if (each !== "time" || clock) faults.delete(each);
  for (const each of breaks) faults.add(each);
  return faults;
}

/** Keeps the hypotheses that explain another response, and weighs them anew. */
export function update(
  hypotheses: readonly Hypothesis[],
  earlier: readonly Observation[],
  observation: Observation,
): Hypothesis[] {
  const response = observation.outcome === "token" ? "token" : observation;
  return hypotheses.flatMap((each) => {
    const likelihood = likelihoodOf(response, observation.name, each, earlier);
    return likelihood > 0 ? [{ ...each, weight: each.weight * likelihood }] : [];
  });
}

/**
 * A response: one that was received, or one that may come: a token, a refusal with a new message,
 * or with the known message of a check.
 */
type PossibleResponse = Observation | "token" | "new" | "key-id" | "bearer";

/** How likely a response is if the hypothesis is true, after the earlier responses. */
function likelihoodOf(
  response: PossibleResponse,
  name: ProbeName,
  { refusals, wording, usesKnownMessages }: Hypothesis,
  earlier: readonly Observation[],
): number {
  const check = refusals.get(name);
  if (!check || response === "token") return !check && response === "token" ? 1 : 0;
  const received = typeof response === "object" ? response : undefined;
  if (received && !canSend(check, received.server?.code)) return 0;
  const known = received
    ? knownMessage(received.message)
    : response === "new"
    ? undefined
    : response;
  const expected = usesKnownMessages && (check === "key-id" || check === "bearer")
    ? check
    : undefined;
  if (known || expected) return known === expected ? 1 : 0;

  // The regions may have different messages, so compare within one.
  const others = earlier.filter((each) =>
    each.outcome === "refused" &&
    PROBES[each.name].isInOtherRegion === PROBES[name].isInOtherRegion
  );
  const bySameCheck = others.filter((each) => refusals.get(each.name) === check);
  const equal = others.filter((each) => received && isSameResponse(each, received));
  const repeats = equal.some((each) => bySameCheck.includes(each));
  const repeatsOtherCheck = equal.some((each) => !bySameCheck.includes(each));
  if (wording === "random") return others.length === 0 ? 1 : 0.5;
  if (wording === "shared") {
    if (bySameCheck.length > 0) return Number(repeats);
    return repeatsOtherCheck ? 0.5 : 1;
  }
  if (repeatsOtherCheck) return 0;
  if (bySameCheck.length === 0) return 1;
  if (wording === "own") return Number(repeats);
  // Wording `varying`: two earlier responses show whether this check varies its message.
  const [first, second] = bySameCheck;
  return second ? Number(isSameResponse(first!, second) === repeats) : 0.5;
}

/** The probe that is expected to tell most about the cause for its cost; `undefined` for none. */
export function nextProbe(
  hypotheses: readonly Hypothesis[],
  names: readonly ProbeName[],
  earlier: readonly Observation[],
): ProbeName | undefined {
  const received = earlier.filter((each, i) =>
    each.outcome === "refused" && !knownMessage(each.message) &&
    earlier.findIndex((other) => isSameResponse(each, other)) === i
  );
  const responses: PossibleResponse[] = ["token", "new", "key-id", "bearer", ...received];
  let best: ProbeName | undefined;
  let most = MIN_BITS;
  for (const name of names) {
    if (earlier.some((each) => each.name === name)) continue;
    const worth = bitsOf(name) / (usesKey(PROBES[name]) ? KEY_COST : 1);
    if (worth > most) [best, most] = [name, worth];
  }
  return best;

  /** The mutual information of response and cause. */
  function bitsOf(name: ProbeName): number {
    const table = new Map<string, number[]>();
    for (const each of hypotheses) {
      const key = each.causes.map(codeOf).join();
      const row = table.get(key) ?? responses.map(() => 0);
      table.set(key, row);
      for (const [i, response] of responses.entries()) {
        row[i]! += each.weight * likelihoodOf(response, name, each, earlier);
      }
    }
    const rows = [...table.values()];
    const columns = responses.map((_, i) => rows.map((row) => row[i]!));
    return entropy(rows.map(sum)) + entropy(columns.map(sum)) - entropy(rows.flat());
  }
}

/**
 * Ranks the causes. Two causes at once count only when no single one explains the responses. A cause
 * is proven if all hypotheses contain it, and it explains the responses without another.
 */
export function conclude(
  hypotheses: readonly Hypothesis[],
): { causes: Cause[]; isProven: boolean } {
  const single = hypotheses.filter(({ causes }) => causes.length === 1);
  const weighed = single.length > 0 ? single : hypotheses;
  const shareOf = (code: string, of: readonly Hypothesis[]) =>
    sum(of.filter(({ causes }) => causes.map(codeOf).includes(code)).map(weightOf)) /
    sum(of.map(weightOf));
  const causes = new Map(
    weighed.flatMap(({ causes }) => causes.map((each) => [codeOf(each), each])),
  );
  const ranked = [...causes].map(([code, cause]) => ({ cause, share: shareOf(code, weighed) }))
    .filter(({ share }) => share > NEGLIGIBLE)
    .sort((a, b) => b.share - a.share)
    .map(({ cause }) => cause);
  const isProven = single.length > 0 && ranked.length === 1 &&
    shareOf(codeOf(ranked[0]!), hypotheses) > 1 - NEGLIGIBLE;
  return { causes: ranked, isProven };
}

function codeOf({ codes }: Cause): string {
  return codes[0]!;
}

function weightOf({ weight }: Hypothesis): number {
  return weight;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function entropy(weights: readonly number[]): number {
  const total = sum(weights);
  return -sum(weights.map((each) => each > 0 ? each / total * Math.log2(each / total) : 0));
}
