/**
 * Figures against their bars, as rows of Markdown.
 *
 * @module
 */

/** What a figure must not be over, or under, or must be. */
export type Bar = readonly ["≤" | "≥" | "=", number];

/** One row of the table, as it is shown. */
export interface Row {
  /** What is compared with what, or counted. */
  what: string;
  measured: string;
  ratio: string;
  bar: string;
  /** `ok`, `over` or `under`, or why there is none of them. */
  verdict: string;
}

const NONE = "–";

/**
 * A row about two things measured against each other.
 *
 * @param what Which, the first before the second.
 * @param pair Their figures, in the same order.
 * @param unit Of both figures.
 * @param bar What the first divided by the second is held against; without it the row informs.
 * @returns The row.
 */
export function ratioRow(
  what: string,
  [first, second]: readonly [number, number],
  unit: string,
  bar?: Bar,
): Row {
  const short = (figure: number) => String(Number(figure.toPrecision(3)));
  const ratio = (first / second).toFixed(2);
  return {
    what,
    measured: `${short(first)} / ${short(second)} ${unit}`,
    ratio,
    bar: bar?.join(" ") ?? NONE,
    // What is shown is what is judged.
    verdict: bar ? verdictOf(Number(ratio), bar) : NONE,
  };
}

/**
 * A row about something that is counted.
 *
 * @param what What.
 * @param count How much of it.
 * @param unit Of what.
 * @param bar What it is held against; without it the row informs.
 * @returns The row.
 */
export function countRow(what: string, count: number, unit: string, bar?: Bar): Row {
  const measured = `${Number(count.toFixed(1))} ${unit}`;
  return {
    what,
    measured,
    ratio: NONE,
    bar: bar ? `${bar.join(" ")} ${unit}` : NONE,
    verdict: bar ? verdictOf(count, bar) : NONE,
  };
}

/**
 * A row about what could not be measured here.
 *
 * @param what What.
 * @param reason Why not.
 * @returns The row.
 */
export function missingRow(what: string, reason: string): Row {
  return { what, measured: NONE, ratio: NONE, bar: NONE, verdict: `not measured: ${reason}` };
}

function verdictOf(figure: number, [sign, limit]: Bar): string {
  if (sign !== "≥" && figure > limit) return "over";
  return sign !== "≤" && figure < limit ? "under" : "ok";
}

/**
 * Whether a bar was missed.
 *
 * @param row Any row.
 */
export function isMissed({ verdict }: Row): boolean {
  return verdict === "over" || verdict === "under";
}

/** What stands above the cells. */
export const HEAD = ["what", "measured", "ratio", "bar", ""];

/** The cells of a row. */
export const cellsOf = ({ what, measured, ratio, bar, verdict }: Row): string[] => [
  what,
  measured,
  ratio,
  bar,
  verdict,
];
