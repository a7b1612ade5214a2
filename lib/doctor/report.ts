import type { FindingCode } from "./codes.ts";
import { type Catalogue, commandOf, evidenceOf, fill, fixOf } from "./catalogue.ts";
import type { Finding as Found } from "./facts.ts";

/** A finding in words. */
export interface Finding {
  /** What it is, stable over versions. */
  code: FindingCode;
  /** `error`: this is, or is most likely, why it fails. */
  severity: "error" | "warning" | "note";
  /** How sure that is. */
  certainty: "proven" | "likely" | "possible";
  /** The same in a sentence. */
  title: string;
  /** How we know, a sentence each. */
  evidence: string[];
  /** What to do. */
  fix: string;
  /** The next command to type, when there is one. */
  command?: string;
  /** Where the value stands that it is about. */
  source?: string;
  /** Of a pasted text: the place, from 1, and the line with carets under it. */
  line?: number;
  /** Like `line`. */
  column?: number;
  /** Clean, and without secrets. */
  excerpt?: string;
}

/**
 * Puts findings into words.
 *
 * @param findings What was found.
 * @param catalogue The words.
 * @param isBinary Whether the program is a compiled binary.
 * @returns The same in the same order.
 */
export function describe(
  findings: readonly Found[],
  catalogue: Catalogue,
  isBinary = false,
): Finding[] {
  return findings.map((finding) => {
    const { code, severity, certainty, details, excerpt } = finding;
    const { entries } = catalogue;
    const command = commandOf(finding);
    return {
      code,
      severity,
      certainty,
      title: fill(entries[code].title, details),
      evidence: evidenceOf(catalogue, finding),
      fix: fixOf(entries[code], details, isBinary),
      ...(command && { command }),
      ...(details.source && { source: String(details.source) }),
      ...(excerpt !== undefined && {
        line: Number(details.line),
        column: Number(details.column),
        excerpt,
      }),
    };
  });
}
