import type { Facts } from "./facts.ts";
import type { Observation } from "./observation.ts";
import { alike, read } from "./reading.ts";

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
