// Judges whatever people paste. First evidence.ts reads the text in passes (characters, comments,
// JWTs, the answer, addresses, headers, members, the body), then kind.ts says what it is, and the
// rules below look at the evidence. Nothing is guessed: what a variable holds is not judged.

import type { Verdict } from "../claims.ts";
import type { Finding } from "../finding.ts";
import { API_HOSTS } from "../hosts.ts";
import type { FindingCode } from "../kinds.ts";
import { hostMistakes, meantBase } from "./addresses.ts";
import { type Answer, judgeAnswer } from "./answer.ts";
import { assertionMistakes, bodyMistakes, durationMistakes } from "./body_rules.ts";
import { codeMistakes, jwtMistakes, verdictsOf } from "./claims_rules.ts";
import { type Case, collect, type Evidence, type PastedKind } from "./evidence.ts";
import { isForeign, isProjectToken } from "./jwts.ts";
import { callsApi, kindOf } from "./kind.ts";
import { foundAt, LIKELY, type Mistake } from "./mistakes.ts";
import {
  accessTokenMistakes,
  bearerMistakes,
  contentMistakes,
  jwtAloneMistakes,
  methodMistakes,
  noBearerMistakes,
  pathMistakes,
} from "./request_rules.ts";
import { correctedCurl, excerptOf } from "./shown.ts";
import { isUnknown } from "./fields.ts";
import { withoutSecrets } from "./text.ts";

/** What is known of a pasted text. */
export interface Pasted {
  kind: PastedKind;
  /** The language or tool it is written in, when that shows. */
  language?: string;
  /** Errors first, each with its line. */
  findings: Finding[];
  /** Verdicts on the members of the JWT, when it can be read. */
  verdicts: Verdict[];
  /** What could not be judged, as only a program, a shell or a file knows it. */
  unjudged: ("jwt" | "headers" | "body")[];
  /** What the server said. */
  answer?: Answer;
  /** The settings in it, by their names in {@linkcode readSettings}. */
  settings?: readonly string[];
  /** The request as it should be, when it has errors. */
  corrected?: string;
}

/** The longest text that is judged, in characters. */
export const MAX_PASTED = 65_536;

/** Each rule, the codes that it finds, and the kinds of texts that it judges. */
// deno-fmt-ignore
const RULES: readonly (readonly [rule: (text: Case) => Mistake[], codes: string, kinds: string])[] = [
  [typographyMistakes, "wire-typography", "token-request api-call"],
  [assertionMistakes, "wire-assertion-in-body", "token-request"],
  [noBearerMistakes, "wire-no-bearer", "token-request api-call"],
  [bearerMistakes, "wire-bearer-malformed", "token-request api-call assertion answer"],
  [contentMistakes, "wire-not-an-assertion token-invalid", "token-request api-call"],
  [hostMistakes, "base-url-*", "token-request api-call"],
  [pathMistakes, "wire-wrong-endpoint", "token-request"],
  [methodMistakes, "wire-wrong-endpoint", "token-request"],
  [bodyMistakes, "wire-body-invalid", "token-request"],
  [durationMistakes, "duration-out-of-range", "token-request"],
  [jwtAloneMistakes, "wire-not-an-assertion", "assertion answer"],
  [({ settings }) => settings?.mistakes ?? [], "ids-* client-id-* key-id-* base-url-*", "settings"],
  [codeMistakes, "wire-claims-invalid ids-* client-id-* key-id-*", "token-request assertion settings"],
  [jwtMistakes, "wire-claims-invalid ids-* client-id-* key-id-*", "token-request assertion answer"],
  [webFlowMistakes, "config-wrong-client-type", "web-flow"],
  [accessTokenMistakes, "wire-not-an-assertion", "access-token project-token-or-call"],
  [keyMistakes, "secret-pasted key-is-public", "*"],
];

/** What one mistake causes is not said a second time. */
const CAUSED: readonly (readonly [cause: FindingCode, effect: RegExp])[] = [
  ["wire-assertion-in-body", /^wire-no-bearer/],
  ["wire-typography", /^wire-body-invalid\.(?:syntax|.*quote|client-type)/],
  ["wire-typography", /^wire-bearer-malformed\.(?:quotes|invisible)/],
];

/** What the rules for its kind find in a text, the first finding of each code, errors first. */
function mistakesOf(text: Case): Mistake[] {
  const found = RULES.filter(([, , kinds]) => kinds === "*" || kinds.split(" ").includes(text.kind))
    .flatMap(([rule]) => rule(text));
  const has = (cause: FindingCode) => found.some(({ code }) => code === cause);
  const own = found.filter(({ code, details: { reason } }) =>
    !CAUSED.some(([cause, effect]) => has(cause) && effect.test(`${code}.${reason}`))
  );
  const isExplained = own.some(({ severity }) => severity === "error");
  if (text.answer && !isExplained) {
    // An answer alone is rarely one of the emulator that the configuration names.
    const isAlone = text.addresses.length === 0 && !API_HOSTS.includes(text.hosts[0]!);
    own.push(...judgeAnswer(text.answer, isAlone ? API_HOSTS[0]! : text.hosts[0]!));
  }
  return own.filter(({ code }, at) => own.findIndex((each) => each.code === code) === at)
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function typographyMistakes({ typographic: [first, ...others] }: Case): Mistake[] {
  const details = { count: 1 + others.length };
  return foundAt(first, "wire-typography", first === undefined ? undefined : "count", { details });
}

/** The web flow is of another type of app. */
function webFlowMistakes({ addresses }: Case): Mistake[] {
  return foundAt(addresses[0]?.at, "config-wrong-client-type", "flow", LIKELY);
}

/** A key has its place in settings, and in no other text. */
function keyMistakes({ key, kind }: Case): Mistake[] {
  return key ? [kind === "settings" ? { ...key, severity: "note" } : key] : [];
}

const SEVERITIES: readonly string[] = ["error", "warning", "note"];

/**
 * Judges any text: says what it is, and what is wrong with it. Sends nothing.
 *
 * @param text At most {@linkcode MAX_PASTED} characters of it are looked at.
 * @param options `host` is the one that a JWT alone is for; without it, either region's. `now` is in
 * milliseconds.
 */
export function judgePasted(
  text: string,
  { host, now = Date.now() }: { host?: string; now?: number } = {},
): Pasted {
  const source = text.slice(0, MAX_PASTED);
  const evidence = collect(source);
  const { answer, language, settings, jwts } = evidence;
  const kind = kindOf(evidence);
  const hosts = hostsOf(evidence, kind, host);
  const jwt = jwts.find(({ claims }) => claims) ?? jwts[0];
  const isMeant = jwt?.claims !== undefined && !isProjectToken(jwt) && !isForeign(jwt);
  const verdicts = isMeant ? verdictsOf(jwt, hosts, now) : [];
  const requested = callsApi(evidence) ? "api-call" : "token-request";
  const subject = kind === "request-with-answer" ? requested : kind;
  const mistakes = mistakesOf({ ...evidence, kind: subject, hosts, now, jwt, verdicts });
  const isCode = evidence.sends && !evidence.isCommand;
  const findings = mistakes.map(({ at, ...finding }): Finding => {
    const place = at === undefined ? undefined : excerptOf(source, at, isCode);
    const line = place && { line: place.line };
    const details = Object.entries({ source: "stdin", ...finding.details, ...line })
      .map(([name, value]) => [name, typeof value === "string" ? withoutSecrets(value) : value]);
    return { ...finding, place, details: Object.fromEntries(details) };
  });
  const isRequest = subject === "token-request";
  // What only the answer tells has no place in the request.
  const isWrong = findings.some(({ severity, place }) => severity === "error" && place);
  return {
    kind,
    language,
    findings,
    verdicts,
    unjudged: isRequest ? unjudgedOf(evidence, findings) : [],
    answer,
    settings: kind === "settings" ? settings?.names : undefined,
    corrected: isRequest && isWrong ? withoutSecrets(correctedCurl(evidence)) : undefined,
  };
}

/** The hosts that may be meant. Where the host is in a variable, that is either region's. */
function hostsOf({ target, jwts }: Evidence, kind: PastedKind, host?: string): string[] {
  const meant = meantBase(target);
  if (meant) return [URL.parse(meant)!.host];
  if (host === undefined) return [...API_HOSTS];
  return kind === "assertion" && jwts.length > 0 ? [host] : [host, ...API_HOSTS];
}

/** What could not be judged of a request for a token. */
function unjudgedOf(evidence: Evidence, findings: readonly Finding[]): Pasted["unjudged"] {
  const { headers, data, jwts, text } = evidence;
  const found = findings.map(({ code }) => code);
  const isHidden = headers.some(({ text }) => isUnknown(text)) ||
    jwts.some(({ damage }) => damage.has("masked"));
  const isHeaderJudged = /wire-(?:no-bearer|assertion-in-body|bearer-malformed)/.test(found.join());
  const isBodyHidden = data.length > 0
    ? data.some(({ text }) => /^(?:@|\ufffc+$)/.test(text))
    : !/grant_?type/i.test(text) && !found.includes("wire-body-invalid");
  const hidden = {
    jwt: isHidden && !found.includes("wire-not-an-assertion"),
    headers: headers.length === 0 && !isHeaderJudged,
    body: isBodyHidden,
  };
  return (["jwt", "headers", "body"] as const).filter((part) => hidden[part]);
}
