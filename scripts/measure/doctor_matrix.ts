/**
 * Measures how often the doctor finds an injected fault, at every kind of server that is possible.
 * Prints failed cases and a table, which it writes into docs/en/benchmarks.md; exits with 1 if the
 * results miss a limit below.
 *
 * ```sh
 * deno task doctor-matrix [--cases N] [--seed N]
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { parseArgs } from "node:util";
import {
  chooseCases,
  type Group,
  measure,
  type Result,
  type Verdict,
  VERDICTS,
} from "./matrix/measure.ts";
import { report } from "./report.ts";

/** Printed cases of each kind of failure. */
const MOST_STORIES = 8;
/** Limits for the requests to the token endpoint, the median among cases that send any. */
const MOST_REQUESTS = 8;
const MOST_REQUESTS_IN_MEDIAN = 4;
/** The groups, in words. */
const GROUPS: Readonly<Record<Group, string>> = {
  "offline": "the configuration or the key",
  "healthy": "nothing (right: no error)",
  "probed": "one thing; known, blank or random messages",
  "probed, hard": "one thing; no known message",
  "probed, hostile": "one thing; misleading messages",
  "pairs": "two things; known, blank or random messages",
  "pairs, hard": "two things; no known message",
};
/** By group, the least share of cases in which the doctor names the fault first or second. */
const LEAST = { "offline": 1, "healthy": 1, "probed": 0.95, "pairs": 0.95 };

function shareOf(results: readonly Result[], ...verdicts: Verdict[]): number {
  return results.filter(({ verdict }) => verdicts.includes(verdict)).length / results.length;
}

function percentOf(results: readonly Result[], ...verdicts: Verdict[]): string {
  return `${(100 * shareOf(results, ...verdicts)).toFixed(1)} %`;
}

/** The requests of each case, sorted. */
function requestsOf(results: readonly Result[]): number[] {
  return results.map(({ requests }) => requests).sort((a, b) => a - b);
}

function medianOf(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** What happened in a case, in a few lines. */
export function storyOf({ case: each, ...result }: Result): string {
  const { group, wording, faults, seed } = each;
  const names = faults.map(({ code, name }) => `${code} (${name})`).join(" + ");
  return [
    `${group}, ${wording}, seed ${seed}: ${names}`,
    `  ${result.verdict}: ${result.got.join(", ") || "nothing"}; ${result.requests} requests`,
    ...result.provenWrong.map((code) => `  proven, but wrong: ${code}`),
    ...result.violations.map((violation) => `  violation: ${violation}`),
  ].join("\n");
}

const HEAD = [
  "what is wrong",
  "cases",
  "named first",
  "named second",
  "named later or not",
  "wrong",
  "first or second",
  "proven, but wrong",
  "requests, median",
  "most",
];

/** A row of the table. */
function rowOf(group: Group, own: readonly Result[]): unknown[] {
  const requests = requestsOf(own);
  return [
    GROUPS[group],
    own.length,
    ...VERDICTS.map((verdict) => own.filter((each) => each.verdict === verdict).length),
    percentOf(own, "first", "second"),
    own.filter(({ provenWrong }) => provenWrong.length > 0).length,
    medianOf(requests),
    requests.at(-1)!,
  ];
}

/** The limits that the results miss, a line for each. */
function missedLimits(results: readonly Result[]): string[] {
  const of = (name: string) => results.filter((each) => each.case.group === name);
  const requests = requestsOf(results.filter(({ requests }) => requests > 0));
  const broken = results.filter(({ violations }) => violations.length > 0);
  const provenWrong = results.filter((each) => each.provenWrong.length > 0);
  return [
    ...Object.entries(LEAST).filter(([name, least]) => shareOf(of(name), "first", "second") < least)
      .map(([name]) => `${name}: ${percentOf(of(name), "first", "second")}`),
    ...(medianOf(requests) > MOST_REQUESTS_IN_MEDIAN ? ["too many requests in the median"] : []),
    ...(requests.at(-1)! > MOST_REQUESTS ? ["too many requests"] : []),
    ...(broken.length > 0 ? [`broken rules: ${broken.length}`] : []),
    ...(provenWrong.length > 0 ? [`proven, but wrong: ${provenWrong.length}`] : []),
  ];
}

if (import.meta.main) {
  const string = { type: "string" } as const;
  const { values } = parseArgs({ options: { cases: string, seed: string } });
  const { cases = "5000", seed = "1" } = values;
  const results = await measure(chooseCases(Number(cases), Number(seed)));
  const isBroken = ({ violations, provenWrong }: Result) =>
    violations.length + provenWrong.length > 0;
  const kinds = Map.groupBy(results, (each) => isBroken(each) ? "broken rule" : each.verdict);
  for (const kind of ["open", "wrong", "broken rule"] as const) {
    for (const each of kinds.get(kind)?.slice(0, MOST_STORIES) ?? []) console.log(storyOf(each));
  }
  const groups = [...Map.groupBy(results, (each) => each.case.group)];
  const rows = groups.map(([group, own]) => rowOf(group, own));
  await report("matrix", `${cases} cases, seed ${seed}`, [HEAD, ...rows]);
  const missed = missedLimits(results);
  for (const line of missed) console.log(`misses a limit: ${line}`);
  Deno.exitCode = missed.length > 0 ? 1 : 0;
}
