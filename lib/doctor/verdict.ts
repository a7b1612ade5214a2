import type { FindingCode } from "./kinds.ts";
import type { ErrorDetails } from "../error.ts";
import { conclude } from "./causes.ts";
import { otherRegion, regionOf } from "./hosts.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { isKnownElsewhere, NOTABLE_SECONDS } from "./plan.ts";
import { read, type Reading } from "./reading.ts";

/** Of several causes that fit, so many are called likely; the others are mentioned. */
const LIKELY = 2;

/**
 * Names the cause of a refusal from what the probes saw. The order in which the server checks key
 * id, App ID, signature and times is not known, so only what holds in every order is called proven.
 *
 * @param facts With observations.
 * @returns The causes that fit, as findings.
 */
export function probedCauses(facts: Facts): Finding[] {
  const { observations, request = {} } = facts;
  if (!observations?.length) return [];
  const reading = read(observations, request);
  const { base } = reading;
  if (base?.outcome !== "refused") return [];
  const details = detailsOf(facts, reading);
  const verdict = conclude(facts, reading);
  const causes = verdict.causes.filter((code) => !(code === "key-mismatch" && isPair(facts)));
  const findings = causes.map((code, i): Finding => ({
    code,
    severity: i < LIKELY ? "error" : "warning",
    certainty: verdict.proven ? "proven" : i < LIKELY ? "likely" : "possible",
    details: { ...details, ...sourceOf(code, facts), ...reasonOf(code, reading, facts) },
    evidence: [
      ...verdict.evidence,
      ...(isTwin(causes) && i < LIKELY ? ["probe.look-up"] : []),
    ],
  }));
  return causes.includes("clock-skew") ? findings : [...findings, ...clockBeside(reading)];
}

/** A clock that is off, when something else is the cause or one of two. */
function clockBeside({ base, clock, reference, noise }: Reading): Finding[] {
  const { seconds = 0 } = base?.clock ?? {};
  const matters = clock === "off" && !noise && reference !== base &&
    reference?.words !== base?.words;
  if (!matters && Math.abs(seconds) <= NOTABLE_SECONDS) return [];
  return [{
    code: "clock-skew",
    severity: matters ? "error" : "warning",
    certainty: matters ? "likely" : "possible",
    details: clockDetails({ base }),
    evidence: matters ? ["probe.shifted-differs"] : ["clock.measured"],
  }];
}

/** Where the value stands that a cause is about. */
function sourceOf(code: FindingCode, { clientId, keyId, key, baseUrl }: Facts): ErrorDetails {
  const value = code === "client-id-unknown"
    ? clientId
    : code === "key-id-unknown"
    ? keyId
    : code === "key-mismatch"
    ? key?.from
    : code === "wrong-region"
    ? baseUrl
    : undefined;
  return value ? { source: value.source } : {};
}

/** The sentence of its own that each cause gets. */
function reasonOf(code: FindingCode, reading: Reading, facts: Facts): ErrorDetails {
  if (code === "clock-skew") return clockDetails(reading);
  if (code === "client-refused") return { reason: "exhausted" };
  if (code !== "wrong-region" || !regionOf(facts)) return {};
  return { reason: isKnownElsewhere(reading) ? "known" : "unsure" };
}

function clockDetails({ base }: Pick<Reading, "base">): ErrorDetails {
  const hint = base?.clockHint;
  if (!base?.clock) {
    return hint === undefined ? { reason: "elimination" } : { seconds: Math.abs(hint) };
  }
  const { seconds, error } = base.clock;
  return {
    seconds: Math.abs(seconds),
    error,
    reason: seconds > 0 ? "ahead" : "behind",
    host: base.host,
  };
}

function detailsOf(facts: Facts, { base, extras, failed }: Reading): ErrorDetails {
  const { region, host: other } = otherRegion(facts);
  return {
    host: base!.host,
    clientId: facts.clientId?.text ?? "",
    keyId: facts.keyId?.text ?? "",
    extras: extras.join(", "),
    status: base!.server?.status ?? 0,
    ...(failed?.code && { cutShortBy: failed.code }),
    region,
    other,
    ...(facts.key?.beside?.length && { beside: facts.key.beside.join(", ") }),
    ...(!regionOf(facts) && { reason: "foreign" }),
    ...base!.details,
  };
}

function isTwin(causes: readonly FindingCode[]): boolean {
  return causes.length > 1;
}

function isPair({ key, keyId }: Facts): boolean {
  return Object.values(key?.fingerprints ?? {}).includes(keyId?.text ?? "");
}
