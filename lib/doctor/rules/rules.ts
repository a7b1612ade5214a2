import type { FindingCode } from "../kinds.ts";
import * as configuration from "./configuration.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import * as key from "./key.ts";
import * as refusal from "./refusal.ts";

/** A pure function of facts that notices what it knows about. */
export type Rule = (facts: Facts) => Finding[];

/** Which rule yields which codes. A new cause is one line here and its words. */
// deno-fmt-ignore
export const RULES: readonly { rule: Rule; codes: readonly FindingCode[] }[] = [
  { rule: configuration.unreadableFiles, codes: ["config-file-malformed", "sandbox-read"] },
  { rule: configuration.missingValues, codes: ["config-missing"] },
  { rule: key.unusableKey, codes: ["key-file-missing", "key-file-unreadable", "sandbox-read",
    "key-is-a-path", "key-is-public", "key-is-encrypted", "key-is-openssh", "key-not-rsa",
    "key-damaged", "key-too-short"] },
  { rule: configuration.clientType, codes: ["config-wrong-client-type"] },
  { rule: configuration.idShapes, codes: ["ids-swapped", "client-id-is-web-client",
    "client-id-malformed", "client-id-looks-like-bot-id", "key-id-is-public-key",
    "key-id-malformed"] },
  { rule: configuration.baseUrlShape, codes: ["base-url-insecure", "base-url-not-api",
    "base-url-lookalike"] },
  { rule: refusal.notTokenEndpoint, codes: ["base-url-not-api"] },
  { rule: refusal.probedCauses, codes: ["wrong-region", "key-mismatch", "key-id-unknown",
    "client-id-unknown", "clock-skew", "assertion-lifetime", "scope-rejected",
    "account-path-refused", "duration-out-of-range", "connector-not-bound", "app-type-wrong",
    "app-disabled", "login-session-invalid", "wire-no-bearer", "client-refused"] },
  { rule: refusal.afterToken, codes: ["token-invalid", "permission-missing",
    "scope-narrows", "quota-exhausted", "rate-limited", "server-fault", "proxy-refused",
    "redirected", "answer-invalid", "api-refused"] },
  { rule: refusal.noJudgement, codes: ["rate-limited", "dns-failure", "connection-refused",
    "connection-lost", "timeout", "tls-untrusted", "proxy-refused", "answer-invalid",
    "server-fault", "redirected", "sandbox-net"] },
  { rule: refusal.unknownKeyId, codes: ["wrong-region", "key-id-unknown"] },
  { rule: refusal.clockSkew, codes: ["clock-skew"] },
  { rule: refusal.ownerPath, codes: ["account-path-refused"] },
  { rule: configuration.mixedSources, codes: ["config-mixed-sources"] },
  { rule: configuration.shadowedValues, codes: ["config-shadowed"] },
  { rule: key.oddKeyFile, codes: ["key-several-blocks", "key-file-mode", "key-symlink",
    "key-repaired"] },
];

/**
 * What a code is about, such as `key-id` or `base-url`.
 *
 * @param code Any code.
 * @returns Its first two words.
 */
export function subjectOf(code: string): string {
  return code.split("-", 2).join("-");
}

const SEVERITIES: readonly string[] = ["error", "warning", "note"];
const CERTAINTIES: readonly string[] = ["proven", "likely", "possible"];

/**
 * Applies every rule.
 *
 * @param facts What is known.
 * @returns All findings, errors first, the most certain first, otherwise in the order of the table.
 */
export function findOffline(facts: Facts): Finding[] {
  const rank = ({ severity, certainty }: Finding) =>
    SEVERITIES.indexOf(severity) * 3 + CERTAINTIES.indexOf(certainty);
  // Of an app of another type nothing else matters.
  const wrongType = configuration.clientType(facts);
  if (wrongType.length > 0) return wrongType;
  return RULES.flatMap(({ rule }) => rule(facts)).sort((a, b) => rank(a) - rank(b));
}

/**
 * Whether a finding stops `token` before it sends anything: only what makes a request impossible
 * or gives the assertion away does; all else is advice.
 *
 * @param finding A finding of {@linkcode findOffline}.
 */
export function blocks({ code, details }: Finding): boolean {
  if (code === "base-url-not-api") return details.reason === "form";
  if (code === "client-id-malformed" || code === "key-id-malformed") {
    return details.reason === "control";
  }
  const unusable = RULES.find(({ rule }) => rule === key.unusableKey)!.codes;
  return code === "config-missing" || code === "config-file-malformed" ||
    code === "config-wrong-client-type" ||
    code === "base-url-insecure" ||
    (unusable.includes(code) && code !== "key-too-short");
}
