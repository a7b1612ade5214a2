import { ASSERTION_SECONDS } from "../../assertion.ts";
import { isRefusal } from "../kinds.ts";
import { otherRegion, regionOf } from "../hosts.ts";
import type { Facts } from "../facts.ts";
import { type Finding, found } from "../finding.ts";
import { knownMessage } from "../inquiry/observation.ts";

// With observations, the inquiry has drawn better conclusions than the rules that see one refusal.

/** A smaller difference between two clocks is not reported: Coze's tolerance is not documented. */
const SUSPICIOUS_SECONDS = 60;

/** Coze's message `kid not been registred` has two frequent causes. */
export function unknownKeyId(facts: Facts): Finding[] {
  const { refusal, baseUrl, keyId, observations } = facts;
  if (observations || knownMessage(refusal?.server?.message ?? "") !== "key-id") return [];
  const host = URL.parse(baseUrl.text)?.host ?? "";
  const { region, host: other } = otherRegion(facts);
  const isCoze = regionOf(facts) !== undefined;
  const reason = isCoze ? "unasked" : "foreign";
  const wrongRegion = found("wrong-region", { host, region, other, reason }, "error", "likely");
  const details = { host, source: keyId?.source ?? "", reason: "said" };
  const unknown = found("key-id-unknown", details, "error", "likely");
  // At a host that is not Coze's, the region is the less frequent cause.
  return isCoze ? [...wrongRegion, ...unknown] : [...unknown, ...wrongRegion];
}

/** The two clocks differ, by the Date header of the refusal. */
export function clockSkew({ refusal, observations }: Facts): Finding[] {
  const offset = refusal?.details.clockOffsetSeconds;
  if (observations || refusal?.code !== "client-refused" || typeof offset !== "number") return [];
  if (Math.abs(offset) <= SUSPICIOUS_SECONDS) return [];
  const details = { seconds: Math.abs(offset), reason: offset > 0 ? "ahead" : "behind" };
  // If the clock is behind by less than the lifetime, the assertion is still valid on arrival.
  const isHarmless = offset < 0 && offset > -ASSERTION_SECONDS;
  return isHarmless
    ? found("clock-skew", details, "warning", "possible")
    : found("clock-skew", details, "error", "likely");
}

/** Few apps may request tokens for an account or an enterprise. */
export function ownerPath({ refusal, request, observations }: Facts): Finding[] {
  const owner = request?.accountId ?? request?.enterpriseId;
  if (observations || owner === undefined || refusal?.code !== "client-refused") return [];
  return found("account-path-refused", {}, "warning", "possible");
}

/**
 * Something other than the token endpoint responded: an API of Coze or open-source Coze Studio,
 * whose error codes are numbers; a server without this path (404 or 405); a web page.
 */
export function notTokenEndpoint(facts: Facts): Finding[] {
  const { code, details, server } = facts.refusal ?? {};
  const isCoze = regionOf(facts) !== undefined;
  const isNumber = /^\d+$/.test(server?.code ?? "");
  const isMissing = /^40[45]$/.test(`${details?.status}`) && !/^[a-z]+_/.test(server?.code ?? "");
  // A proxy can put a web page in the place of Coze's response, so a page proves nothing there.
  const isPage = !isCoze && /html/.test(`${details?.contentType}`);
  const isRefused = code === "client-refused" || code === "answer-invalid" && !isCoze;
  if (!isRefused || !(isNumber || isMissing || isPage)) return [];
  const { text, source } = facts.baseUrl;
  const host = URL.parse(text)?.host ?? "";
  const certainty = isCoze ? "likely" : "proven";
  return found(
    "base-url-not-api",
    { ...details, host, source, reason: "endpoint" },
    "error",
    certainty,
  );
}

/** The request was not judged: a network error, a proxy, a server fault, a limit, a redirect. */
export function noJudgement(facts: Facts): Finding[] {
  const { refusal } = facts;
  if (!refusal) return [];
  const { code, details } = refusal;
  return isRefusal(code) || notTokenEndpoint(facts).length > 0 ? [] : found(code, details);
}

/** The API refused the first request with the new token. */
export function afterToken({ apiRead, request, baseUrl }: Facts): Finding[] {
  if (!apiRead?.code) return [];
  const { code, permission, server: { status, message: said } } = apiRead;
  const host = URL.parse(baseUrl.text)?.host ?? "";
  const details = { permission, host, status, ...(said && { said }) };
  // A token with a scope does not have this permission.
  const isNarrowed = code === "permission-missing" && request?.scope !== undefined;
  return (isNarrowed ? found("scope-narrows", details, "note") : found(code, details))
    .map((finding) => ({ ...finding, evidence: ["read.answer"] }));
}
