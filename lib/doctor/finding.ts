import type { ErrorDetails } from "../error.ts";
import type { FindingCode } from "./kinds.ts";

/** One thing that a rule, a refusal or a probe shows. Its words are in lib/words. */
export interface Finding {
  code: FindingCode;
  /** `error`: this is, or is most likely, why it fails. */
  severity: "error" | "warning" | "note";
  certainty: "proven" | "likely" | "possible";
  /** Values for the words. `reason` chooses a sentence. */
  details: ErrorDetails;
  /** Keys of more sentences that say how we know. */
  evidence?: readonly string[];
  /** The line of a pasted text that it is about. */
  place?: Place;
}

/** A line of a pasted text. */
export interface Place {
  /** Counted from 1. */
  line: number;
  /** The line, or what matters of it: sanitised, without secrets. */
  excerpt: string;
}
