import { type Case, dependsOnWording } from "./cases.ts";
import type { Result, Verdict } from "./measure.ts";

/** Most requests to the token endpoint in one run of the doctor. */
export const MOST_REQUESTS = 8;
const MOST_REQUESTS_IN_MEDIAN = 4;

/** Wordings that let the doctor tell nearly all causes apart. */
const TELLING_WORDINGS: readonly string[] = ["documented", "blank", "random"];
const SHARE = 0.95;

/** Whether the doctor must find every fault of a group: it needs no comparison of refusals. */
export function isCertain(group: Case["group"]): boolean {
  return group !== "probed" && group !== "pairs";
}

/** The table of the results, one row for each group and wording. */
export function tableOf(results: readonly Result[]): string {
  const rows = Map.groupBy(
    results,
    ({ case: { group, wording } }) => `${group} ${dependsOnWording(group) ? wording : "–"}`,
  );
  const verdicts: Verdict[] = ["right", "twin", "tied", "overclaimed", "missed"];
  const lines = [
    ["group", "wording", "cases", ...verdicts, "median", "most"],
    ...[...rows].map(([name, own]) => [
      ...name.split(" "),
      ...[own.length, ...verdicts.map((verdict) => count(own, verdict))].map(String),
      ...[median(own), most(own)].map(String),
    ]),
  ];
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const pad = (cell: string, i: number) =>
    i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

function count(results: readonly Result[], ...verdicts: Verdict[]): number {
  return results.filter(({ verdict }) => verdicts.includes(verdict)).length;
}

function median(results: readonly Result[]): number {
  const sorted = results.map(({ requests }) => requests).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

function most(results: readonly Result[]): number {
  return Math.max(0, ...results.map(({ requests }) => requests));
}

/** What the results miss, a line for each. */
export function shortcomingsOf(results: readonly Result[]): string[] {
  const lines: string[] = [];
  const demand = (name: string, some: Result[], least: number, ...passes: Verdict[]) => {
    const share = count(some, ...passes) / some.length;
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    if (share < least) {
      lines.push(`${name}: ${percent(share)} of ${some.length}, least ${percent(least)}`);
    }
  };
  for (const [group, own] of Map.groupBy(results, ({ case: { group } }) => group)) {
    if (isCertain(group)) {
      demand(group, own, 1, "right");
      continue;
    }
    const isTelling = ({ case: { wording } }: Result) => TELLING_WORDINGS.includes(wording);
    demand(group, own.filter(isTelling), SHARE, "right", "twin");
    const others = own.filter((result) => !isTelling(result));
    demand(`${group}, hardly any words`, others, SHARE, "right", "twin", "tied");
  }
  const medianOfAsked = median(results.filter(({ requests }) => requests > 0));
  if (medianOfAsked > MOST_REQUESTS_IN_MEDIAN) {
    lines.push(`requests: ${medianOfAsked} in the median, most ${MOST_REQUESTS_IN_MEDIAN}`);
  }
  if (most(results) > MOST_REQUESTS) {
    lines.push(`requests: ${most(results)}, most ${MOST_REQUESTS}`);
  }
  const violations = results.flatMap(({ violations }) => violations).length;
  const provenWrong = results.flatMap(({ provenWrong }) => provenWrong).length;
  if (violations > 0) lines.push(`violations: ${violations}`);
  if (provenWrong > 0) lines.push(`proven, but wrong: ${provenWrong}`);
  return lines;
}

/** The story of a case in a few lines. */
export function storyOf(
  { case: each, verdict, got, expected, requests, violations, provenWrong }: Result,
): string {
  const { group, wording, injections, seed } = each;
  const names = injections.map(({ code, name }) => `${code} (${name})`).join(" + ");
  const codes = [...new Set(expected)].join(" | ");
  return [
    `${group}, ${wording}, seed ${seed}: ${names}`,
    `  ${verdict}: expected ${codes}, got ${got.join(", ") || "nothing"}, requests ${requests}`,
    ...provenWrong.map((code) => `  proven, but wrong: ${code}`),
    ...violations.map((violation) => `  violation: ${violation}`),
  ].join("\n");
}
