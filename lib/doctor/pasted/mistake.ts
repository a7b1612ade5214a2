import type { FindingCode } from "../codes.ts";
import type { DecodedAssertion } from "../../assertion.ts";
import type { ErrorDetails } from "../../error.ts";
import type { Verdict } from "../claims.ts";
import type { Finding } from "../facts.ts";
import type { Body } from "./body.ts";
import type { PastedRequest } from "./pasted_request.ts";
import type { Place, Traced } from "./traced.ts";

/** A finding, and where in the input it was made. */
export interface Mistake extends Finding {
  place: Place;
}

/** A JWT of a pasted request. */
export interface PastedJwt {
  text: Traced;
  /** What is in it, when it can be decoded. */
  decoded?: DecodedAssertion;
  /** Why it cannot. */
  fault?: { reason: string; segments: number };
  verdicts: Verdict[];
}

/** All that a rule may look at. */
export interface PastedFacts {
  request: PastedRequest;
  body: Body;
  jwts: PastedJwt[];
}

/** A pure function that notices one kind of mistake. */
export type PastedRule = (facts: PastedFacts) => Mistake[];

/**
 * Makes the result of a rule.
 *
 * @param code What is wrong.
 * @param place Where.
 * @param reason Which sentence of the catalogue says how we know.
 * @param details Values for that sentence.
 */
export function mistake(
  code: FindingCode,
  place: Place,
  reason: string,
  details: ErrorDetails = {},
): Mistake {
  return { code, severity: "error", certainty: "proven", details: { ...details, reason }, place };
}
