import type { ErrorDetails } from "../../error.ts";
import type { Finding } from "../finding.ts";
import type { FindingCode } from "../kinds.ts";

/** A finding, and where in the source it was made. */
export interface Mistake extends Omit<Finding, "place"> {
  at?: number;
}

/** The reason chooses the sentence that says how we know, the details fill it. */
export function mistake(
  code: FindingCode,
  at: number | undefined,
  reason: string,
  more: Partial<Omit<Mistake, "details">> & { details?: ErrorDetails } = {},
): Mistake {
  return {
    severity: "error",
    certainty: "proven",
    ...more,
    code,
    at,
    details: { ...more.details, reason },
  };
}
