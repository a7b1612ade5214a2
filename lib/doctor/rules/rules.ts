import { type FindingCode, kindOf } from "../kinds.ts";
import * as configuration from "./configuration.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import * as key from "./key.ts";
import * as refusal from "./refusal.ts";

/** Finds problems of one sort. A rule is a pure function, so it is tested without any setup. */
type Rule = (facts: Facts) => readonly Finding[];

// To add a rule: the function in its file, a line here, its codes in kinds.ts, their sentences in
// lib/words, and a row in tests/unit/doctor/rules_test.ts and in scripts/measure/matrix/offline.ts.
// To add a cause that only probes can find, see inquiry/causes.ts.
const RULES: readonly Rule[] = [
  configuration.unreadableFiles,
  configuration.missingValues,
  key.unusableKey,
  configuration.clientType,
  configuration.idShapes,
  configuration.baseUrlShape,
  refusal.notTokenEndpoint,
  ({ probed = [] }) => probed,
  refusal.afterToken,
  refusal.noJudgement,
  refusal.unknownKeyId,
  refusal.clockSkew,
  refusal.ownerPath,
  configuration.mixedSources,
  configuration.shadowedValues,
  key.unusualKeyFile,
];

const SEVERITIES: readonly string[] = ["error", "warning", "note"];
const CERTAINTIES: readonly string[] = ["proven", "likely", "possible"];

/** Applies all rules. Errors come first, then the most certain, then in the order of the rules. */
export function findOffline(facts: Facts): Finding[] {
  // Another type of app needs other values, so no other rule applies.
  const wrongType = configuration.clientType(facts);
  if (wrongType.length > 0) return wrongType;
  const rank = ({ severity, certainty }: Finding) =>
    SEVERITIES.indexOf(severity) * 3 + CERTAINTIES.indexOf(certainty);
  return RULES.flatMap((rule) => rule(facts)).sort((a, b) => rank(a) - rank(b));
}

/** The subject of a code: its first two words, for example `key-id` or `base-url`. */
export function subjectOf(code: string): string {
  return code.split("-", 2).join("-");
}

const BLOCKING: readonly FindingCode[] = [
  "config-missing",
  "config-file-malformed",
  "config-wrong-client-type",
  "base-url-insecure",
  "sandbox-read",
];

/**
 * Whether a finding stops `token` before it sends anything: the request is impossible, or would
 * give the assertion away. All other findings are advice.
 */
export function blocks({ code, severity, details }: Finding): boolean {
  if (code === "base-url-not-api") return details.reason === "form";
  if (code === "client-id-malformed" || code === "key-id-malformed") {
    return details.reason === "control";
  }
  const isUnusableKey = kindOf(code) === "key" && severity === "error" && code !== "key-too-short";
  return isUnusableKey || BLOCKING.includes(code);
}
