import type { FindingCode } from "../codes.ts";
import { decodeAssertion } from "../../assertion.ts";
import { CozeError } from "../../error.ts";
import { judgeClaims, type Verdict } from "../claims.ts";
import { API_HOSTS } from "../configuration_rules.ts";
import * as address from "./address_rules.ts";
import * as authorization from "./authorization_rules.ts";
import * as bodyRules from "./body_rules.ts";
import { isOpen, readBody } from "./body.ts";
import { badClaims } from "./jwt_rules.ts";
import type { Mistake, PastedFacts, PastedJwt, PastedRule } from "./mistake.ts";
import type { PastedRequest } from "./pasted_request.ts";
import type { Traced } from "./traced.ts";

/** Which rule yields which codes. A new mistake is one line here and its words in the catalogue. */
// deno-fmt-ignore
export const PASTED_RULES: readonly { rule: PastedRule; codes: readonly FindingCode[] }[] = [
  { rule: bodyRules.assertionInBody, codes: ["wire-assertion-in-body"] },
  { rule: authorization.missingBearer, codes: ["wire-no-bearer"] },
  { rule: authorization.malformedBearer, codes: ["wire-bearer-malformed"] },
  { rule: authorization.notAJwt, codes: ["wire-not-a-jwt"] },
  { rule: address.method, codes: ["wire-wrong-method"] },
  { rule: bodyRules.bodyForm, codes: ["wire-body-not-json"] },
  { rule: bodyRules.grantType, codes: ["wire-wrong-grant"] },
  { rule: address.host, codes: ["base-url-not-api", "base-url-lookalike", "base-url-insecure"] },
  { rule: address.path, codes: ["wire-wrong-path"] },
  { rule: badClaims, codes: ["wire-claims-invalid", "audience-mismatch",
    "wire-scope-in-claims"] },
  { rule: bodyRules.duration, codes: ["duration-out-of-range"] },
  { rule: bodyRules.scopeInBody, codes: ["scope-rejected"] },
];

/** More findings of one rule would help nobody, and each takes its time to show. */
const MOST_OF_A_KIND = 5;

/** What was found in a pasted request. */
export interface PastedReport {
  facts: PastedFacts;
  /** All mistakes, errors first, otherwise in the order of the table. */
  mistakes: Mistake[];
  /** Verdicts on the JWT, when it can be read. */
  verdicts: Verdict[];
  /** What could not be judged, as only the shell or a file knows it. */
  unjudged: ("jwt" | "headers" | "body")[];
}

/**
 * Judges a pasted request.
 *
 * @param request The request.
 * @param fallbackHost The host that counts when the request names none.
 * @param now Milliseconds since the epoch.
 */
export function judgeRequest(
  request: PastedRequest,
  fallbackHost: string,
  now: number,
): PastedReport {
  const body = readBody(request);
  const { base, isKnown } = address.meantBase(request);
  const host = isKnown ? URL.parse(base)!.host : undefined;
  const candidates = [
    ...authorization.authorizations(request).map(authorization.credentialOf),
    ...request.headers.map(({ value }) => value).filter(({ text }) => /^\s*eyJ/.test(text)),
    ...body.fields.filter(({ name, value }) =>
      /^(?:client_)?assertion$/.test(name) || /^eyJ/.test(value.text)
    ).map(({ value }) => value),
  ].filter(({ text }) => text.trim() !== "");
  const jwts = [...new Map(candidates.map((text) => [text.text, text])).values()]
    .map((text) => judgeJwt(text, host, fallbackHost, now));
  const facts: PastedFacts = { request, body, jwts };
  const mistakes = PASTED_RULES.flatMap(({ rule }) => rule(facts).slice(0, MOST_OF_A_KIND));
  return {
    facts,
    mistakes: [
      ...mistakes.filter(({ severity }) => severity === "error"),
      ...mistakes.filter(({ severity }) => severity !== "error"),
    ],
    verdicts: jwts.find(({ decoded }) => decoded)?.verdicts ?? [],
    unjudged: [
      ...(jwts.some(({ text }) => isOpen(text.text)) &&
          !mistakes.some(({ code }) => code === "wire-not-a-jwt")
        ? ["jwt" as const]
        : []),
      ...(request.moreHeaders ? ["headers" as const] : []),
      ...(request.bodyKind === "unknown" ? ["body" as const] : []),
    ],
  };
}

function judgeJwt(
  text: Traced,
  host: string | undefined,
  fallbackHost: string,
  now: number,
): PastedJwt {
  try {
    // Padding is a mistake of its own, behind which the members are to be read all the same.
    const decoded = decodeAssertion(text.text.replace(/=+(?=\.|$)/g, ""));
    const { aud } = decoded.claims;
    // Where the host is in a variable, either region may be meant.
    const meant = host ?? API_HOSTS.find((each) => each === aud) ?? fallbackHost;
    return { text, decoded, verdicts: judgeClaims(decoded, meant, now) };
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { reason, segments } = error.details;
    return {
      text,
      fault: { reason: String(reason), segments: Number(segments) },
      verdicts: [],
    };
  }
}
