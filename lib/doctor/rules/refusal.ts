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

/** The two clocks differ, by the Date header of the first response. */
export function clockSkew({ refusal, observations, probed = [] }: Facts): Finding[] {
  const base = observations?.[0];
  const isJudged = base ? base.outcome !== "failed" : refusal?.code === "client-refused";
  const seconds = Number((base ? base.clock?.seconds : refusal?.details.clockOffsetSeconds) ?? 0);
  const isReported = probed.some(({ code }) => code === "clock-skew");
  if (!isJudged || isReported || Math.abs(seconds) <= SUSPICIOUS_SECONDS) return [];
  // Harmless: the probes found another cause, or none was needed. Or the clock is behind by less than
  // the lifetime, so the assertion is still valid on arrival.
  const isHarmless = base !== undefined || seconds < 0 && seconds > -ASSERTION_SECONDS;
  return found(
    "clock-skew",
    {
      seconds: Math.abs(seconds),
      reason: seconds > 0 ? "ahead" : "behind",
      ...(base?.clock && { host: base.host, error: base.clock.error }),
    },
    isHarmless ? "warning" : "error",
    isHarmless ? "possible" : "likely",
    base && ["clock.measured"],
  );
}

/** Few apps may request tokens for an account or an enterprise. */
export function ownerPath({ refusal, request, observations }: Facts): Finding[] {
  const owner = request?.accountId ?? request?.enterpriseId;
  if (observations || owner === undefined || refusal?.code !== "client-refused") return [];
  return found("account-path-refused", {}, "warning", "possible");
}

/** Error names of OAuth, with which Coze refuses. */
const OAUTH_ERROR = /^(?:access|invalid|unauthorized|unsupported)_/;

/**
 * Something other than the token endpoint responded: an API of Coze or open-source Coze Studio,
 * whose error codes are numbers; a server that refuses without an error of OAuth; a web page.
 */
export function notTokenEndpoint(facts: Facts): Finding[] {
  const { code, details = {}, server } = facts.refusal ?? {};
  const { status = 0, code: error = "" } = server ?? {};
  const isCoze = regionOf(facts) !== undefined;
  const isNumber = /^\d+$/.test(error);
  // A proxy can respond in the place of Coze, so less is certain there.
  const isOther = isCoze ? [404, 405, 410].includes(status) : status >= 400;
  const isPage = !isCoze && /html/i.test(`${details.contentType} ${details.excerpt}`);
  const isRefused = code === "client-refused" || code === "answer-invalid" && !isCoze;
  const isForeign = isNumber || isPage || isOther && !OAUTH_ERROR.test(error);
  if (!isRefused || !isForeign) return [];
  const { text, source } = facts.baseUrl;
  const host = URL.parse(text)?.host ?? "";
  return found(
    "base-url-not-api",
    { ...details, host, source, reason: "endpoint" },
    "error",
    isCoze ? "likely" : "proven",
    details.excerpt ? ["answer-invalid.evidence.json"] : [],
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
  const { code, permission, server: { status, code: error, message, logId } } = apiRead;
  const host = URL.parse(baseUrl.text)?.host ?? "";
  const said = [status, error, message, logId && `logid ${logId}`].filter(Boolean).join(" ");
  const details = {
    host,
    ...apiRead.details,
    permission,
    status,
    ...(said && { said }),
    ...(code === "token-invalid" && { reason: "issued" }),
  };
  // A token with a scope does not have this permission.
  return code === "permission-missing" && request?.scope !== undefined
    ? found("scope-narrows", details, "note", "proven", ["read.answer"])
    : found(code, details, "error", "proven", ["read.answer"]);
}
