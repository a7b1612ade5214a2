import type { DecodedAssertion } from "../assertion.ts";
import type { ErrorDetails } from "../error.ts";

/** What is right or wrong about one member of the header or the claims. */
export interface Verdict {
  part: "header" | "claims";
  name: string;
  value: unknown;
  /** `wrong`: Coze refuses or ignores it. `note`: it may be a mistake. */
  mark: "ok" | "note" | "wrong";
  /** The sentence has the key `claim.{says}`. */
  says: string;
  details: ErrorDetails;
}

type Judgement = readonly [says: string, mark?: Verdict["mark"], details?: ErrorDetails];

/** No synchronised clock is ahead by more. Coze does not document how much it tolerates. */
const TOLERATED_SECONDS = 600;

/**
 * Judges each required member of an assertion, and each other member that is present. Source: Coze's
 * page oauth_jwt, section 2. `host` is the host of the request, with its port.
 */
export function judgeClaims(
  { header, claims }: DecodedAssertion,
  host: string,
  now: number,
): Verdict[] {
  const { alg, typ, kid, ...otherHeader } = header;
  const { iss, aud, iat, exp, jti, scope, ...optional } = claims;
  const { session_name: session, session_context: context, ...otherClaims } = optional;
  const seconds = Math.floor(now / 1000);
  const verdict = (part: "header" | "claims", name: string, judgement: Judgement): Verdict => {
    const [says, mark = "ok", details = {}] = judgement;
    return { part, name, value: (part === "header" ? header : claims)[name], mark, says, details };
  };
  const ofHeader = (name: string, judgement: Judgement) => verdict("header", name, judgement);
  const ofClaims = (name: string, judgement: Judgement) => verdict("claims", name, judgement);
  const isAbsent = (value: unknown) => value === undefined;
  return [
    ofHeader("alg", alg === "RS256" ? ["alg"] : ["alg-wrong", "wrong"]),
    ofHeader("typ", typ === "JWT" ? ["typ"] : ["typ-unusual", "note"]),
    ofHeader("kid", judgeText(kid, judgeKeyId)),
    ...Object.keys(otherHeader).map((name) => ofHeader(name, ["extra", "note"])),
    ofClaims("iss", judgeText(iss, (id) => /^\d+$/.test(id) ? ["iss"] : ["iss-unusual", "note"])),
    ofClaims("aud", judgeAudience(aud, host)),
    ofClaims("iat", judgeIssueTime(iat, seconds)),
    ofClaims("exp", judgeExpiry(exp, iat, seconds)),
    ofClaims("jti", judgeText(jti, judgeJti)),
    ...(isAbsent(session)
      ? []
      : [ofClaims("session_name", judgeText(session, () => ["session-name"]))]),
    ...(isAbsent(context) ? [] : [ofClaims("session_context", ["session-context"])]),
    ...(isAbsent(scope) ? [] : [ofClaims("scope", ["scope-claim", "wrong"])]),
    ...Object.keys(otherClaims).map((name) => ofClaims(name, ["extra", "note"])),
  ];
}

function judgeText(value: unknown, judge: (text: string) => Judgement): Judgement {
  if (value === undefined || value === "") return ["missing", "wrong"];
  return typeof value === "string" ? judge(value) : ["not-a-string", "wrong"];
}

function judgeKeyId(kid: string): Judgement {
  return /^[\w-]{43}$/.test(kid) ? ["kid"] : ["kid-unusual", "note", { length: kid.length }];
}

function judgeJti({ length }: string): Judgement {
  return length < 32 ? ["jti-short", "note", { length }] : ["jti", "ok", { length }];
}

function judgeAudience(aud: unknown, host: string): Judgement {
  if (aud === undefined) return ["missing", "wrong"];
  return aud === host ? ["aud", "ok", { host }] : ["aud-wrong", "wrong", { host }];
}

function judgeIssueTime(iat: unknown, now: number): Judgement {
  if (!isSeconds(iat)) return notSeconds(iat);
  const seconds = iat - now;
  if (seconds <= 0) return ["iat", "ok", { seconds: -seconds }];
  if (seconds <= TOLERATED_SECONDS) return ["iat-future", "note", { seconds }];
  // Whole half hours ahead, give or take 2 minutes: a time zone.
  const halfHours = Math.round(seconds / 1800);
  return Math.abs(seconds - halfHours * 1800) <= 120
    ? ["iat-zone", "wrong", { hours: halfHours / 2 }]
    : ["iat-ahead", "wrong", { seconds }];
}

function judgeExpiry(exp: unknown, iat: unknown, now: number): Judgement {
  if (!isSeconds(exp)) return notSeconds(exp);
  if (typeof iat === "number" && exp <= iat) return ["exp-order", "wrong"];
  const seconds = exp - now;
  return seconds > 0 ? ["exp", "ok", { seconds }] : ["expired", "wrong", { seconds: -seconds }];
}

function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) <= 1e11;
}

function notSeconds(value: unknown): Judgement {
  if (value === undefined) return ["missing", "wrong"];
  return [Number.isInteger(value) ? "milliseconds" : "not-seconds", "wrong"];
}
