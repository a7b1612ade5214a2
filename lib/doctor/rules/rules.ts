import { type FindingCode, KINDS } from "../kinds.ts";
import * as configuration from "./configuration.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import * as key from "./key.ts";
import * as refusal from "./refusal.ts";

/** Finds problems of one sort. A rule is a pure function, so it is tested without any setup. */
type Rule = (facts: Facts) => readonly Finding[];

/**
 * Which rule yields which codes. To add a rule: the function in its file, a line here, its codes in
 * kinds.ts, their sentences in lib/words, and a row in tests/unit/doctor/rules_test.ts and in
 * scripts/measure/matrix/offline.ts. To add a cause that only probes can find, see inquiry/causes.ts.
 */
// deno-fmt-ignore
export const RULES: readonly { rule: Rule; codes: readonly FindingCode[] }[] = [
  { rule: configuration.unreadableFiles, codes: ["config-file-malformed", "sandbox-read"] },
  { rule: configuration.missingValues, codes: ["config-missing"] },
  { rule: key.unusableKey, codes: ["key-file-missing", "key-file-unreadable", "sandbox-read",
    "key-is-a-path", "key-is-public", "key-is-encrypted", "key-is-openssh", "key-not-rsa",
    "key-damaged", "key-too-short", "usage"] },
  { rule: configuration.clientType, codes: ["config-wrong-client-type"] },
  { rule: configuration.idShapes, codes: ["ids-swapped", "client-id-is-web-client",
    "client-id-malformed", "client-id-looks-like-bot-id", "key-id-is-public-key",
    "key-id-malformed"] },
  { rule: configuration.baseUrlShape, codes: ["base-url-insecure", "base-url-not-api",
    "base-url-lookalike"] },
  { rule: refusal.notTokenEndpoint, codes: ["base-url-not-api"] },
  { rule: ({ probed = [] }) => probed, codes: ["wrong-region", "key-mismatch", "key-id-unknown",
    "client-id-unknown", "clock-skew", "assertion-lifetime", "scope-rejected",
    "account-path-refused", "duration-out-of-range", "connector-not-bound", "app-type-wrong",
    "app-disabled", "login-session-invalid", "wire-no-bearer", "client-refused"] },
  { rule: refusal.afterToken, codes: ["token-invalid", "redirected", "sandbox-net",
    ...KINDS.permission.codes, ...KINDS.limit.codes, ...KINDS.network.codes] },
  { rule: refusal.noJudgement, codes: ["redirected", "rate-limited", "sandbox-net",
    ...KINDS.network.codes] },
  { rule: refusal.unknownKeyId, codes: ["wrong-region", "key-id-unknown"] },
  { rule: refusal.clockSkew, codes: ["clock-skew"] },
  { rule: refusal.ownerPath, codes: ["account-path-refused"] },
  { rule: configuration.mixedSources, codes: ["config-mixed-sources"] },
  { rule: configuration.shadowedValues, codes: ["config-shadowed"] },
  { rule: key.unusualKeyFile, codes: ["key-several-blocks", "key-file-mode", "key-symlink",
    "key-repaired"] },
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
  return RULES.flatMap(({ rule }) => rule(facts)).sort((a, b) => rank(a) - rank(b));
}

/** The subject of a code: its first two words, for example `key-id` or `base-url`. */
export function subjectOf(code: string): string {
  return code.split("-", 2).join("-");
}

/** Without these values, nothing can be sent. */
const BLOCKING: readonly Rule[] = [
  configuration.unreadableFiles,
  configuration.missingValues,
  configuration.clientType,
  key.unusableKey,
];

/**
 * Whether a finding stops `token` before it sends anything: the request is impossible, or would
 * give the assertion away. All other findings are advice.
 */
export function blocks({ code, details }: Finding): boolean {
  if (code === "base-url-insecure") return true;
  if (code === "base-url-not-api") return details.reason === "form";
  if (code === "client-id-malformed" || code === "key-id-malformed") {
    return details.reason === "control";
  }
  return code !== "key-too-short" &&
    RULES.some(({ rule, codes }) => BLOCKING.includes(rule) && codes.includes(code));
}
