import { hasWords } from "./cases.ts";
import type { Result, Verdict } from "./measure.ts";

/** Wordings in which nearly all must be right; in the others too little is left to go by. */
const PLAIN_WORDINGS: readonly string[] = ["documented", "blank", "random"];
/** Groups in which every single case must be right: nothing is hidden there. */
const CERTAIN: readonly string[] = ["offline", "pasted", "healthy"];
const SHARE = 0.95;

/** One row: a group in a wording. */
export interface Row {
  group: string;
  wording: string;
  cases: number;
  verdicts: Record<Verdict, number>;
  /** Requests to the token endpoint. */
  median: number;
  most: number;
}

function count(results: readonly Result[]): Omit<Row, "group" | "wording"> {
  const verdicts = { right: 0, twin: 0, tied: 0, overclaimed: 0, missed: 0 };
  for (const { verdict } of results) verdicts[verdict]++;
  const requests = results.map(({ requests }) => requests).sort((a, b) => a - b);
  const median = requests[Math.floor((requests.length - 1) / 2)] ?? 0;
  return { cases: results.length, verdicts, median, most: requests.at(-1) ?? 0 };
}

/**
 * Counts results by group and wording.
 *
 * @param results What was measured.
 */
export function rowsOf(results: readonly Result[]): Row[] {
  const rows = new Map<string, Result[]>();
  for (const result of results) {
    const { group, wording } = result.case;
    const key = `${group} ${hasWords(group) ? wording : "–"}`;
    rows.set(key, [...rows.get(key) ?? [], result]);
  }
  return [...rows].map(([key, own]) => {
    const [group = "", wording = ""] = key.split(" ");
    return { group, wording, ...count(own) };
  });
}

/**
 * Puts rows into a table.
 *
 * @param rows The rows.
 */
export function tableOf(rows: readonly Row[]): string {
  const head = [
    "group",
    "wording",
    "cases",
    "right",
    "twin",
    "tied",
    "overclaimed",
    "missed",
    "median",
    "most",
  ];
  const lines = rows.map(({ group, wording, cases, verdicts, median, most }) => {
    const { right, twin, tied, overclaimed, missed } = verdicts;
    return [group, wording, cases, right, twin, tied, overclaimed, missed, median, most].map(
      String,
    );
  });
  const widths = head.map((name, i) =>
    Math.max(name.length, ...lines.map((line) => line[i]!.length))
  );
  const pad = (cell: string, i: number) =>
    i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return [head, ...lines].map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/**
 * What is not as it must be.
 *
 * @param results What was measured.
 * @returns A line for each bar that was missed.
 */
export function shortcomingsOf(results: readonly Result[]): string[] {
  const lines: string[] = [];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const demand = (name: string, some: Result[], least: number, passes: readonly Verdict[]) => {
    const share = some.filter(({ verdict }) => passes.includes(verdict)).length / some.length;
    if (share < least) {
      lines.push(`${name}: ${percent(share)} of ${some.length}, least ${percent(least)}`);
    }
  };
  for (const group of new Set(results.map(({ case: { group } }) => group))) {
    const own = results.filter(({ case: each }) => each.group === group);
    if (CERTAIN.includes(group)) {
      demand(group, own, 1, ["right"]);
      continue;
    }
    const isPlain = ({ case: { wording } }: Result) => PLAIN_WORDINGS.includes(wording);
    demand(group, own.filter(isPlain), SHARE, ["right", "twin"]);
    // Where more causes than two are tied, the first two cannot hold them all.
    const harsh = own.filter((result) => !isPlain(result));
    demand(`${group}, hardly any words`, harsh, SHARE, ["right", "twin", "tied"]);
  }
  const asked = results.filter(({ requests }) => requests > 0);
  const { median, most } = count(asked);
  if (median > 4) lines.push(`requests: ${median} in the median, most 4`);
  if (most > 8) lines.push(`requests: ${most}, most 8`);
  const sum = (of: (result: Result) => number) => results.reduce((all, each) => all + of(each), 0);
  const violations = sum(({ violations }) => violations.length);
  const provenWrong = sum(({ provenWrong }) => provenWrong.length);
  if (violations > 0) lines.push(`violations: ${violations}`);
  if (provenWrong > 0) lines.push(`proven, but wrong: ${provenWrong}`);
  return lines;
}

/**
 * Tells what went wrong in a case.
 *
 * @param result Its result.
 */
export function storyOf(
  { case: each, verdict, got, expected, violations, provenWrong }: Result,
): string {
  const { group, wording, injections, seed } = each;
  const names = injections.map(({ code, name }) => `${code} (${name})`).join(" + ");
  return [
    `${group}, ${wording}, seed ${seed}: ${names}`,
    `  ${verdict}: expected ${[...new Set(expected)].join(" | ")}, got ${
      got.join(", ") || "nothing"
    }`,
    ...provenWrong.map((code) => `  proven, but wrong: ${code}`),
    ...violations.map((violation) => `  violation: ${violation}`),
  ].join("\n");
}
