import { ASSERTION_SECONDS } from "../assertion.ts";
import { API_HOSTS } from "./configuration_rules.ts";
import type { Facts, Finding } from "./facts.ts";

/** Less than this between two clocks is no suspicion: Coze's tolerance is not documented. */
const SUSPICIOUS_SECONDS = 60;

/** `kid not been registred`: a text that was seen, with its two causes in the order of their frequency. */
export function unknownKeyId({ refusal, baseUrl, keyId }: Facts): Finding[] {
  if (!/kid not been regist/i.test(refusal?.server?.message ?? "")) return [];
  const host = URL.parse(baseUrl.text)?.host ?? "";
  const details = { host, source: keyId?.source ?? "" };
  const findings: Finding[] = [
    { code: "key-id-unknown", severity: "error", certainty: "likely", details },
  ];
  const at = API_HOSTS.indexOf(host);
  if (at >= 0) {
    const region = ["com", "cn"][at]!;
    findings.unshift({
      code: "wrong-region",
      severity: "error",
      certainty: "likely",
      details: { ...details, region, other: API_HOSTS[1 - at]! },
    });
  }
  return findings;
}

/** The two clocks, by the Date header of the refusal. */
export function clockSkew({ refusal }: Facts): Finding[] {
  const offset = refusal?.details.clockOffsetSeconds;
  if (refusal?.code !== "client-refused" || typeof offset !== "number") return [];
  if (Math.abs(offset) <= SUSPICIOUS_SECONDS) return [];
  // Behind by less than its lifetime, an assertion is still good when it arrives.
  const harmless = offset < 0 && offset > -ASSERTION_SECONDS;
  return [{
    code: "clock-skew",
    severity: harmless ? "warning" : "error",
    certainty: harmless ? "possible" : "likely",
    details: { seconds: Math.abs(offset), reason: offset > 0 ? "ahead" : "behind" },
  }];
}

/** The account and enterprise paths have demands of their own. */
export function ownerPath({ refusal, ownerPath }: Facts): Finding[] {
  if (!ownerPath || refusal?.code !== "client-refused") return [];
  return [{
    code: "account-path-refused",
    severity: "warning",
    certainty: "possible",
    details: {},
  }];
}
