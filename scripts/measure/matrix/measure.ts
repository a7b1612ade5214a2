import { exitCodeOf } from "../../../lib/doctor/kinds.ts";
import type { Code } from "../../../lib/words/words.ts";
import { type Fault, HEALTHY, PROBED, stripsResponseHeaders } from "./faults.ts";
import { OFFLINE } from "./offline.ts";
import { type Chance, createChance } from "./random.ts";
import { type Outcome, runDoctor } from "./run.ts";
import { createSetup, type Setup } from "./setup.ts";
import { type Wording, WORDINGS } from "./wording.ts";

export type Group = keyof typeof SHARES;

/** One run of the doctor. A case can be repeated: equal cases make equal setups. */
export interface Case {
  group: Group;
  wording: Wording;
  faults: readonly Fault[];
  seed: number;
}

/** The share of each group in all cases, and how its servers word their refusals. */
const SHARES = {
  "offline": [0.2, WORDINGS.telling],
  "healthy": [0.06, WORDINGS.telling],
  "probed": [0.24, WORDINGS.telling],
  "probed, hard": [0.2, WORDINGS.hard],
  "probed, hostile": [0.12, WORDINGS.hostile],
  "pairs": [0.09, WORDINGS.telling],
  "pairs, hard": [0.09, WORDINGS.hard],
} as const;

/** Chooses cases: each group by its share, and in it each code equally often. */
export function chooseCases(count: number, seed: number): Case[] {
  const chance = createChance(seed);
  return (Object.keys(SHARES) as Group[]).flatMap((group): Case[] => {
    const [share, wordings] = SHARES[group];
    const faults = group === "offline" ? OFFLINE : group === "healthy" ? HEALTHY : PROBED;
    const turns = inTurns(faults, chance);
    return Array.from({ length: Math.round(count * share) }, () => ({
      group,
      wording: chance.pick<Wording>(wordings),
      faults: group.startsWith("pairs") ? pairOf(chance) : [turns.next().value!],
      seed: chance.integer(0, 2 ** 31 - 1),
    }));
  });
}

/** Yields one fault of each code, then another of each code, and so on without end. */
function* inTurns(faults: readonly Fault[], chance: Chance): Generator<Fault> {
  const byCode = Map.groupBy(chance.shuffle(faults), ({ code }) => code);
  for (let round = 0;; round++) {
    for (const variants of byCode.values()) yield variants[round % variants.length]!;
  }
}

/** Draws two faults that change different things. */
function pairOf(chance: Chance): [Fault, Fault] {
  const draw = () => chance.pick(chance.pick([OFFLINE, PROBED]));
  const [one, other] = [draw(), draw()];
  const apart = one.code !== other.code &&
    !one.touches.some((each) => other.touches.includes(each));
  return apart ? [one, other] : pairOf(chance);
}

/** Makes the setup of a case: harmless differences, then its faults. */
function setUp({ group, wording, faults, seed }: Case): Setup {
  const chance = createChance(seed);
  const setup = createSetup(chance, wording);
  if (group === "offline" && chance.holds(0.6)) setup.args.push("--offline");
  if (chance.holds(0.1)) setup.proxies.push(stripsResponseHeaders);
  for (const { apply } of faults) apply(setup);
  return setup;
}

/**
 * Where the doctor named the fault: `first`; or `second`, with nothing proven; or later or not at
 * all, with nothing proven (`open`). Everything else is `wrong`.
 */
export const VERDICTS = ["first", "second", "open", "wrong"] as const;
export type Verdict = typeof VERDICTS[number];

/** One case and what the doctor found. */
export interface Result {
  case: Case;
  verdict: Verdict;
  /** Errors in the order of the report. */
  got: string[];
  /** Requests to the token endpoint. */
  requests: number;
  /** Rules that the doctor broke. */
  violations: string[];
  /** Errors that the doctor calls proven, although they are not true. */
  provenWrong: string[];
}

/** Runs the doctor in each case. */
export async function measure(cases: readonly Case[]): Promise<Result[]> {
  return await Array.fromAsync(cases, async (each) => resultOf(each, await runDoctor(setUp(each))));
}

function resultOf(each: Case, { report, exitCode, requests, violations }: Outcome): Result {
  const errors = report?.findings.filter(({ severity }) => severity === "error") ?? [];
  const [first] = errors;
  const expectedExit = first ? exitCodeOf(first.code) : 0;
  if (exitCode !== expectedExit) violations.push(`exit ${exitCode}, not ${expectedExit}`);
  const named = each.faults.flatMap(({ code, accepts = [] }) => [code, ...accepts]);
  const isTrue = [...named, ...each.faults.flatMap(({ implies = [] }) => implies)];
  return {
    case: each,
    verdict: report ? verdictOf(errors, named, each.group) : "wrong",
    got: errors.map(({ code, certainty }) => `${code} ${certainty}`),
    requests,
    violations,
    provenWrong: errors.filter(({ certainty }) => certainty === "proven")
      .map(({ code }) => code).filter((code) => !isTrue.includes(code)),
  };
}

function verdictOf(
  errors: readonly { code: Code; certainty: string }[],
  named: readonly Code[],
  group: Group,
): Verdict {
  const [first, second] = errors;
  if (group === "healthy") return first ? "wrong" : "first";
  if (!first) return "wrong";
  if (named.includes(first.code)) return "first";
  if (first.certainty === "proven") return "wrong";
  return second && named.includes(second.code) ? "second" : "open";
}
