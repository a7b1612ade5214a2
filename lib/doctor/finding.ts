import type { ErrorDetails } from "../error.ts";
import type { FindingCode } from "./kinds.ts";

/** One problem, or one possible cause of a refusal. Its sentences are in lib/words. */
export interface Finding {
  /** Stable over versions. */
  code: FindingCode;
  /** `error`: the cause, or a likely cause, of the failure. */
  severity: "error" | "warning" | "note";
  /** How certain it is. */
  certainty: "proven" | "likely" | "possible";
  /** Values for the sentences, never a secret. `reason` selects a sentence. */
  details: ErrorDetails;
  /** Keys of sentences that say how this is known. */
  evidence?: readonly string[];
  /** The line of a pasted text that has the problem. */
  place?: Place;
}

/** Makes one finding, by default a proven error. */
export function found(
  code: FindingCode,
  details: ErrorDetails,
  severity: Finding["severity"] = "error",
  certainty: Finding["certainty"] = "proven",
  evidence?: readonly string[],
): Finding[] {
  return [{ code, severity, certainty, details, evidence }];
}

/** A line of a pasted text. */
export interface Place {
  /** Counted from 1. */
  line: number;
  /** The line, or the relevant part of it, without secrets and control characters. */
  excerpt: string;
}

/** A finding with its sentences in one language. */
export interface DescribedFinding extends Finding {
  /** Names the problem. */
  title: string;
  /** Sentences that say how this is known. */
  evidence: string[];
  /** What to do. */
  fix: string;
  /** The next command to type in a POSIX shell. */
  command?: string;
}
