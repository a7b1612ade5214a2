import { type Catalogue, commandOf, evidenceOf, fill, fixOf } from "./catalogue.ts";
import type { Facts, Finding as Found } from "./facts.ts";
import type { ErrorCode } from "../error.ts";
import type { Observation } from "./observation.ts";
import { alike, read } from "./reading.ts";

/** A finding in words. */
export interface Finding {
  /** What it is, stable over versions. */
  code: ErrorCode;
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

/** One request that was sent, for programs. */
export interface ProbeReport {
  /** Which question it was. */
  name: string;
  /** The host that was asked. */
  host: string;
  /** HTTP status; `null` when no answer came. */
  status: number | null;
  /** The server's error code, or ours when no answer came; `null` for a success. */
  errorCode: string | null;
  /** Whether it was answered like the first request; `null` for the first, elsewhere, or without answer. */
  sameAsBaseline: boolean | null;
  /** How long the answer took, in milliseconds. */
  ms: number;
  /** `X-Tt-Logid` of the answer. */
  logId?: string;
}

/**
 * Lists what was sent.
 *
 * @param observations The requests to the token endpoint.
 * @param apiRead The read with the token, when there was one.
 * @returns An entry for each request.
 */
export function reportProbes(
  observations: readonly Observation[],
  apiRead: Facts["apiRead"],
): ProbeReport[] {
  const { base, noise } = read(observations, {});
  const probes = observations.map((each): ProbeReport => {
    const { name, host, outcome, server, code, ms, logId } = each;
    const comparable = each !== base && host === base?.host && outcome !== "failed" &&
      base.outcome !== "failed";
    return {
      name,
      host,
      status: server?.status ?? (outcome === "token" ? 200 : null),
      errorCode: outcome === "token" ? null : server?.code ?? code ?? null,
      sameAsBaseline: comparable ? alike(each, base!, noise) : null,
      ms,
      ...(logId !== undefined && { logId }),
    };
  });
  if (!apiRead) return probes;
  const { host, ms, code, server: { status, code: errorCode, logId } } = apiRead;
  return [...probes, {
    name: "workspaces",
    host,
    status: status || null,
    errorCode: errorCode ?? code ?? null,
    sameAsBaseline: null,
    ms,
    ...(logId !== undefined && { logId }),
  }];
}
