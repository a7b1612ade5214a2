import type { Value } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { FindingCode } from "../kinds.ts";

/** A finding, and where in the source it was made. */
export interface Mistake extends Omit<Finding, "place"> {
  at?: number;
}

/** What is probably wrong. */
export const LIKELY = { severity: "warning", certainty: "likely" } as const;

/**
 * One finding for all reasons of a code; nothing when there is none. The first reason chooses the
 * sentence that says how we know, the others add theirs; the details fill them.
 */
export function foundAt(
  at: number | undefined,
  code: FindingCode,
  reasons: string | undefined | readonly string[],
  more: Partial<Finding> = {},
): Mistake[] {
  const [reason, ...others] = [reasons ?? []].flat();
  if (reason === undefined) return [];
  const evidence = others.map((each) => `${code}.evidence.${each}`);
  const details = { ...more.details, reason };
  return [{ severity: "error", certainty: "proven", evidence, ...more, code, at, details }];
}

/** A value of the text, as the rules of the configuration take it. */
export function pastedValue(text: string | undefined): Value | undefined {
  return text === undefined ? undefined : { text, origin: "argument", source: "stdin", lost: [] };
}
