import type { ErrorDetails } from "../../error.ts";
import type { Value } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { FindingCode } from "../kinds.ts";

/** A finding, and where in the source it was made. */
export interface Mistake extends Omit<Finding, "place"> {
  at?: number;
}

/**
 * One finding for all reasons of a code, or nothing when there is no reason. The first chooses the
 * sentence that says how we know, the others add theirs; the details fill them.
 */
export function foundAt(
  at: number | undefined,
  code: FindingCode,
  reasons: string | undefined | readonly string[],
  more: Partial<Pick<Finding, "severity" | "certainty">> & { details?: ErrorDetails } = {},
): Mistake[] {
  const [reason, ...others] = typeof reasons === "string" ? [reasons] : reasons ?? [];
  if (reason === undefined) return [];
  const evidence = others.map((each) => `${code}.evidence.${each}`);
  const details = { ...more.details, reason };
  return [{ severity: "error", certainty: "proven", evidence, ...more, code, at, details }];
}

/** What is probably wrong. */
export const LIKELY = { severity: "warning", certainty: "likely" } as const;

/** A value of the text, as the rules of the configuration take it. */
export function pastedValue(text: string | undefined): Value | undefined {
  return text === undefined ? undefined : { text, origin: "argument", source: "stdin", lost: [] };
}
