import type { ErrorDetails } from "../error.ts";
import type { FindingCode } from "./kinds.ts";

/** What a rule, a refusal or a probe shows. Its words are in lib/words. */
export interface Finding {
  /** What it is, stable over versions. */
  code: FindingCode;
  /** `error`: this is, or is most likely, why it fails. */
  severity: "error" | "warning" | "note";
  /** How sure that is. */
  certainty: "proven" | "likely" | "possible";
  /** The values behind the words, never a secret; `reason` chooses a sentence. */
  details: ErrorDetails;
  /** How we know: keys of more sentences. */
  evidence?: readonly string[];
  /** The line of a pasted text that it is about. */
  place?: Place;
}

/** One finding, as rules return them: an error that is proven, unless said otherwise. */
export function found(
  code: FindingCode,
  details: ErrorDetails,
  severity: Finding["severity"] = "error",
  certainty: Finding["certainty"] = "proven",
): Finding[] {
  return [{ code, severity, certainty, details }];
}

/** A line of a pasted text. */
export interface Place {
  /** Counted from 1. */
  line: number;
  /** The line, or what matters of it: sanitised, without secrets. */
  excerpt: string;
}

/** A finding in words, in the language that was asked for. */
export interface DescribedFinding extends Finding {
  /** What it is, in a sentence. */
  title: string;
  /** How we know, a sentence each. */
  evidence: string[];
  /** What to do. */
  fix: string;
  /** The next command to type in a POSIX shell, when there is one. */
  command?: string;
}
