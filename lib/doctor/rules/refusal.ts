import { ASSERTION_SECONDS } from "../../assertion.ts";
import { exitCodeOf } from "../kinds.ts";
import { otherRegion, regionOf } from "../hosts.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { seenWords } from "../inquiry/observation.ts";

/** Less than this between two clocks is no suspicion: Coze's tolerance is not documented. */
const SUSPICIOUS_SECONDS = 60;

/** `kid not been registred`: a text that was seen, with its two causes in the order of their frequency. */
export function unknownKeyId(facts: Facts): Finding[] {
  const { refusal, baseUrl, keyId, observations } = facts;
  if (observations || seenWords(refusal?.server?.message ?? "") !== "key-id") return [];
  const host = URL.parse(baseUrl.text)?.host ?? "";
  const { region, host: other } = otherRegion(facts);
  const reason = regionOf(facts) ? "unasked" : "foreign";
  const likely = { severity: "error", certainty: "likely" } as const;
  const findings: Finding[] = [
    { ...likely, code: "wrong-region", details: { host, region, other, reason } },
    {
      ...likely,
      code: "key-id-unknown",
      details: { host, source: keyId?.source ?? "", reason: "said" },
    },
  ];
  // Where no host of Coze is called, the region is not the first thing to think of.
  return regionOf(facts) ? findings : findings.reverse();
}

/** What the probes tell is worked out where there are probes: inspect loads nothing of it. */
export function probedCauses({ probed = [] }: Facts): Finding[] {
  return [...probed];
}

/** The two clocks, by the Date header of the refusal. */
export function clockSkew({ refusal, observations }: Facts): Finding[] {
  const offset = refusal?.details.clockOffsetSeconds;
  if (observations || refusal?.code !== "client-refused" || typeof offset !== "number") return [];
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
export function ownerPath({ refusal, request, observations }: Facts): Finding[] {
  const path = request?.accountId ?? request?.enterpriseId;
  if (observations || path === undefined || refusal?.code !== "client-refused") return [];
  return [{
    code: "account-path-refused",
    severity: "warning",
    certainty: "possible",
    details: {},
  }];
}

/**
 * Something else than the token endpoint answered: the envelope of the API, which has a number as
 * code, or of open-source Coze Studio; 404 or 405 without an error of OAuth; a web page.
 */
export function notTokenEndpoint(facts: Facts): Finding[] {
  const { code, details, server } = facts.refusal ?? {};
  if (code !== "client-refused" && code !== "answer-invalid") return [];
  const isCoze = regionOf(facts) !== undefined;
  const isNumber = /^\d+$/.test(server?.code ?? "");
  const isMissing = /^40[45]$/.test(`${details?.status}`) && !/^[a-z]+_/.test(server?.code ?? "");
  const isPage = /html/.test(`${details?.contentType}`);
  // A page in the place of Coze's own host comes from what stands between.
  if (
    isCoze
      ? code !== "client-refused" || !(isNumber || isMissing)
      : !(isNumber || isMissing || isPage)
  ) return [];
  const host = URL.parse(facts.baseUrl.text)?.host ?? "";
  return [{
    code: "base-url-not-api",
    severity: "error",
    certainty: isCoze ? "likely" : "proven",
    details: { ...details, host, source: facts.baseUrl.source, reason: "endpoint" },
    evidence: [],
  }];
}

/** No judgement of the request came back: the network, a proxy, a fault, a limit, a redirect. */
export function noJudgement(facts: Facts): Finding[] {
  const { refusal } = facts;
  if (!refusal) return [];
  const { code, details } = refusal;
  const judged = exitCodeOf(code) === 5 && code !== "redirected";
  return judged || notTokenEndpoint(facts).length > 0
    ? []
    : [{ code, severity: "error", certainty: "proven", details }];
}

/** What the API said to a read with a fresh token. */
export function afterToken({ apiRead, request, baseUrl }: Facts): Finding[] {
  if (!apiRead?.code) return [];
  const host = URL.parse(baseUrl.text)?.host ?? "";
  const { status } = apiRead.server;
  const details = { permission: apiRead.permission, host, status };
  // A token that was narrowed is meant to be refused here.
  const narrowed = apiRead.code === "permission-missing" && request?.scope !== undefined;
  return [{
    code: narrowed ? "scope-narrows" : apiRead.code,
    severity: narrowed ? "note" : "error",
    certainty: "proven",
    details: { ...details, ...(apiRead.server.message && { said: apiRead.server.message }) },
    evidence: ["read.answer"],
  }];
}
