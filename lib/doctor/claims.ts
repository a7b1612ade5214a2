import type { DecodedAssertion } from "../assertion.ts";
import type { ErrorDetails } from "../error.ts";

/** One member of header or claims, judged. The sentence is in lib/words, by its key. */
export interface Verdict {
  part: "header" | "claims";
  name: string;
  value: unknown;
  /** `wrong` is refused or useless at Coze; `note` is worth a look. */
  mark: "ok" | "note" | "wrong";
  /** Key of a sentence. */
  says: string;
  details: ErrorDetails;
}

/** So far ahead no clock of a server that works is; Coze's tolerance is not documented. */
const TOLERATED_SECONDS = 600;

/** A time ahead by whole half hours comes from a time zone. */
function aheadOf(seconds: number): [says: string, mark: "wrong", details: ErrorDetails] {
  const halves = Math.round(seconds / 1800);
  return Math.abs(seconds - halves * 1800) <= 120
    ? ["iat-zone", "wrong", { hours: halves / 2 }]
    : ["iat-ahead", "wrong", { seconds }];
}

const KNOWN_CLAIMS = /^(?:iss|aud|iat|exp|jti|session_name|session_context|scope)$/;

/**
 * Judges each member of an assertion. Sources: Coze's page oauth_jwt, section 2; what that page
 * leaves open (tolerance of clocks, longest lifetime) decides nothing.
 *
 * @param jwt Header and claims.
 * @param host The host that is called, with its port when it has one.
 * @param now Milliseconds since the epoch.
 * @returns A verdict for each required member and for each that is there.
 */
export function judgeClaims({ header, claims }: DecodedAssertion, host: string, now: number) {
  const verdicts: Verdict[] = [];
  const judge = (
    part: Verdict["part"],
    name: string,
    says: string,
    mark: Verdict["mark"] = "ok",
    details: ErrorDetails = {},
  ) => {
    const value = (part === "header" ? header : claims)[name];
    verdicts.push({ part, name, value, mark, says, details });
  };
  const { alg, typ, kid, ...otherHeader } = header;
  alg === "RS256" ? judge("header", "alg", "alg") : judge("header", "alg", "alg-wrong", "wrong");
  typ === "JWT" ? judge("header", "typ", "typ") : judge("header", "typ", "typ-odd", "note");
  typeof kid !== "string" || kid === ""
    ? judge("header", "kid", "missing", "wrong")
    : /^[\w-]{43}$/.test(kid)
    ? judge("header", "kid", "kid")
    : judge("header", "kid", "kid-odd", "note", { length: kid.length });
  for (const name of Object.keys(otherHeader)) judge("header", name, "extra", "note");

  const { iss, aud, iat, jti, scope } = claims;
  typeof iss !== "string" || iss === ""
    ? judge("claims", "iss", iss === undefined || iss === "" ? "missing" : "not-a-string", "wrong")
    : /^\d+$/.test(iss)
    ? judge("claims", "iss", "iss")
    : judge("claims", "iss", "iss-odd", "note");
  aud === host
    ? judge("claims", "aud", "aud", "ok", { host })
    : aud === undefined
    ? judge("claims", "aud", "missing", "wrong")
    : judge("claims", "aud", "aud-wrong", "wrong", { host });
  for (const name of ["iat", "exp"] as const) {
    const seconds = claims[name];
    const left = typeof seconds === "number" ? seconds - Math.floor(now / 1000) : 0;
    if (seconds === undefined) judge("claims", name, "missing", "wrong");
    else if (typeof seconds !== "number" || !Number.isInteger(seconds)) {
      judge("claims", name, "not-seconds", "wrong");
    } else if (seconds > 1e11) judge("claims", name, "milliseconds", "wrong");
    else if (name === "iat") {
      left > TOLERATED_SECONDS
        ? judge("claims", name, ...aheadOf(left))
        : left > 0
        ? judge("claims", name, "iat-future", "note", { seconds: left })
        : judge("claims", name, "iat", "ok", { seconds: -left });
    } else if (typeof iat === "number" && seconds <= iat) {
      judge("claims", name, "exp-order", "wrong");
    } else if (left <= 0) judge("claims", name, "expired", "wrong", { seconds: -left });
    else judge("claims", name, "exp", "ok", { seconds: left });
  }
  typeof jti !== "string" || jti === ""
    ? judge("claims", "jti", jti === undefined ? "missing" : "not-a-string", "wrong")
    : jti.length < 32
    ? judge("claims", "jti", "jti-short", "note", { length: jti.length })
    : judge("claims", "jti", "jti", "ok", { length: jti.length });
  const { session_name: session } = claims;
  if (typeof session === "string") judge("claims", "session_name", "session-name");
  else if (session !== undefined) judge("claims", "session_name", "not-a-string", "wrong");
  if (claims.session_context !== undefined) judge("claims", "session_context", "session-context");
  if (scope !== undefined) {
    judge("claims", "scope", "scope-claim", "wrong");
  }
  for (const name of Object.keys(claims)) {
    if (!KNOWN_CLAIMS.test(name)) judge("claims", name, "extra", "note");
  }
  return verdicts;
}
