import { decodeAssertion } from "../../assertion.ts";
import { CozeError, type ErrorDetails } from "../../error.ts";
import { judgeClaims, type Verdict } from "../claims.ts";
import type { FindingCode } from "../kinds.ts";
import { API_HOSTS } from "../hosts.ts";
import {
  isOpen,
  type Mistake,
  mistake,
  type PastedFacts,
  type PastedJwt,
  readBody,
} from "./facts.ts";
import type { PastedRequest } from "./pasted_request.ts";
import * as rules from "./request_rules.ts";
import { placeOf, type Traced } from "./traced.ts";

interface PastedRule {
  rule: (facts: PastedFacts) => Mistake[];
  codes: readonly FindingCode[];
}

/** Which rule yields which codes. A new mistake is one line here and its words. */
// deno-fmt-ignore
export const PASTED_RULES: readonly PastedRule[] = [
  { rule: rules.assertionInBody, codes: ["wire-assertion-in-body"] },
  { rule: rules.missingBearer, codes: ["wire-no-bearer"] },
  { rule: rules.malformedBearer, codes: ["wire-bearer-malformed"] },
  { rule: rules.notAJwt, codes: ["wire-not-an-assertion"] },
  { rule: rules.wrongMethod, codes: ["wire-wrong-endpoint"] },
  { rule: rules.badBody, codes: ["wire-body-invalid"] },
  { rule: rules.badGrantType, codes: ["wire-body-invalid"] },
  { rule: rules.wrongHost, codes: ["base-url-not-api", "base-url-lookalike", "base-url-insecure"] },
  { rule: rules.wrongPath, codes: ["wire-wrong-endpoint"] },
  { rule: badClaims, codes: ["wire-claims-invalid"] },
  { rule: rules.badDuration, codes: ["duration-out-of-range"] },
  { rule: rules.badScope, codes: ["scope-rejected"] },
];

/** More findings of one rule do not help, and each takes time to show. */
const MOST_OF_A_KIND = 5;

/** What was found in a pasted request. */
interface PastedReport {
  facts: PastedFacts;
  /** All mistakes, errors first, otherwise in the order of the table. */
  mistakes: Mistake[];
  /** Verdicts on the JWT, when it can be read. */
  verdicts: Verdict[];
  /** What could not be judged, as only the shell or a file knows it. */
  unjudged: ("jwt" | "headers" | "body")[];
}

/** The fallback host counts when the request names none. */
export function judgeRequest(
  request: PastedRequest,
  fallbackHost: string,
  now: number,
): PastedReport {
  const body = readBody(request);
  const { base, isKnown } = rules.meantBase(request);
  const host = isKnown ? URL.parse(base)!.host : undefined;
  const candidates = [
    ...rules.authorizations(request).map(rules.credentialOf),
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
          !mistakes.some(({ code }) => code === "wire-not-an-assertion")
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
    const decoded = decodeAssertion(text.text.replace(/(?<!=)=+(?=\.|$)/g, ""));
    const { aud } = decoded.claims;
    // Where the host is in a variable, either region may be meant.
    const meant = host ?? API_HOSTS.find((each) => each === aud) ?? fallbackHost;
    return { text, decoded, verdicts: judgeClaims(decoded, meant, now) };
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { reason, segments } = error.details;
    const fault = { reason: String(reason), segments: Number(segments) };
    return { text, fault, verdicts: [] };
  }
}

/** Members of header and claims that are not as documented, and padding. */
function badClaims({ jwts }: PastedFacts): Mistake[] {
  return jwts.flatMap(({ text, verdicts }) => {
    const place = placeOf(text);
    const wrong = verdicts.filter(({ mark }) => mark === "wrong");
    const found = wrong.length === 0
      ? []
      : [mistake("wire-claims-invalid", place, ...namesOf(wrong))];
    // RFC 7515, section 2: base64url without padding.
    return /=(?:\.|$)/.test(text.text) && verdicts.length > 0
      ? [...found, mistake("wire-claims-invalid", place, "padding")]
      : found;
  });
}

/** The reason, which chooses the sentence, and its values. */
export function namesOf(wrong: readonly Verdict[]): [reason: string, details: ErrorDetails] {
  const names = wrong.map(({ name }) => name).join(", ");
  const host = wrong.find(({ details }) => details.host)?.details.host;
  return host === undefined ? ["members", { names }] : ["audience", { names, host }];
}
