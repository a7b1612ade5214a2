import type { Verdict } from "../claims.ts";
import type { Finding } from "../finding.ts";
import { API_HOSTS } from "../hosts.ts";
import { type Address, hostMistakes, meantBase, targetOf } from "./addresses.ts";
import { type Answer, judgeAnswer } from "./answer.ts";
import { assertionMistakes, bodyMistakes, durationMistakes, scopeMistakes } from "./body_rules.ts";
import { codeMistakes, jwtMistakes, verdictsOf } from "./claims_rules.ts";
import { correctedCurl } from "./corrected.ts";
import { excerptOf } from "./excerpt.ts";
import { isForeign, isProjectToken } from "./jwts.ts";
import { asksForToken, kindOf, type PastedKind } from "./kind.ts";
import { type Mistake, mistake } from "./mistakes.ts";
import { damageOf, endpointMistakes, headerMistakes, isWhole, TOKEN } from "./request_rules.ts";
import { type Evidence, scan } from "./scan.ts";
import { readKey, readSettings } from "./settings.ts";
import { isOpen } from "./value.ts";

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
  const evidence = scan(source);
  const settings = readSettings(source);
  const key = readKey(source);
  const kind = kindOf(evidence, settings, key);
  const { answer } = evidence;
  const target = targetOf(evidence.addresses, evidence.language);
  const meant = meantBase(target);
  const own = meant && URL.parse(meant)!.host;
  // A request whose host is in a variable may be meant for either region.
  const isStrict = host !== undefined && kind === "assertion" && evidence.jwts.length > 0;
  const hosts = own ? [own] : isStrict ? [host] : [host ?? API_HOSTS[0]!, ...API_HOSTS];
  const jwt = evidence.jwts.find(({ claims }) => claims) ?? evidence.jwts[0];
  const isOwn = jwt?.claims !== undefined && !isProjectToken(jwt) && !isForeign(jwt);
  const verdicts = isOwn ? verdictsOf(jwt, hosts, now) : [];

  const ownMistakes: Mistake[] = [];
  const isRequest = /request|api-call/.test(kind);
  const isApi = isRequest && !asksForToken(evidence) &&
    evidence.addresses.some(({ kind }) => kind === "api");
  if (isRequest && isApi) {
    ownMistakes.push(...headerMistakes(evidence, true), ...hostMistakes(target));
  } else if (isRequest) {
    ownMistakes.push(...tokenRequest(evidence, target, hosts, now));
    if (isOwn) ownMistakes.push(...jwtMistakes(jwt, verdicts, "warning"));
  } else if (kind === "assertion" || (kind === "answer" && jwt)) {
    ownMistakes.push(...(jwt ? alone(evidence, verdicts) : codeMistakes(evidence, hosts, now)));
  } else if (kind === "settings") {
    ownMistakes.push(...settings?.mistakes ?? [], ...codeMistakes(evidence, hosts, now));
  } else if (kind === "web-flow") {
    const likely = { severity: "warning", certainty: "likely" } as const;
    const at = evidence.addresses[0]?.at;
    ownMistakes.push(mistake("config-wrong-client-type", at, "flow", likely));
  } else if (kind === "access-token") {
    const { 0: prefix, index } = TOKEN.exec(source)!;
    const reason = `token-${prefix.slice(0, -1)}`;
    ownMistakes.push(mistake("secret-pasted", index, reason, { severity: "note" }));
  }
  if (key && kind !== "none") {
    ownMistakes.push(kind === "settings" ? { ...key, severity: "note" } : key);
  }
  const mistakes = isRequest ? withTypography(ownMistakes, evidence) : ownMistakes;
  const isExplained = mistakes.some(({ severity }) => severity === "error");
  const said = answer && !isExplained ? judgeAnswer(answer, hosts[0]!) : [];
  const isCode = evidence.sends && !isWhole(evidence);
  const findings = onePerCode([...mistakes, ...said]).map(({ at, ...finding }): Finding => {
    if (at === undefined) return { ...finding, details: { source: "stdin", ...finding.details } };
    const place = excerptOf(source, at, isCode);
    const details = { ...finding.details, source: "stdin", line: place.line };
    return { ...finding, details, place };
  });
  return {
    kind,
    language: evidence.language,
    findings,
    verdicts,
    unjudged: isRequest && !isApi ? unjudgedOf(evidence, findings) : [],
    answer,
    settings: kind === "settings" ? settings?.names : undefined,
    corrected: isRequest && !isApi && isExplained ? correctedCurl(evidence, target) : undefined,
  };
}

function tokenRequest(
  evidence: Evidence,
  target: Address | undefined,
  hosts: string[],
  now: number,
): Mistake[] {
  const inBody = assertionMistakes(evidence);
  const header = headerMistakes(evidence);
  return [
    ...inBody,
    // That the JWT stands in the body says that it does not stand in the header.
    ...header.filter(({ code }) => inBody.length === 0 || code !== "wire-no-bearer"),
    ...endpointMistakes(evidence, target),
    ...bodyMistakes(evidence),
    ...codeMistakes(evidence, hosts, now),
    ...durationMistakes(evidence),
    ...scopeMistakes(evidence),
  ];
}

/** A JWT without a request. */
function alone(evidence: Evidence, verdicts: readonly Verdict[]): Mistake[] {
  const [jwt] = evidence.jwts;
  if (!jwt) return [];
  if (isForeign(jwt)) return [mistake("wire-not-an-assertion", jwt.at, "foreign")];
  if (jwt.damage.has("masked")) {
    return [mistake("wire-not-an-assertion", jwt.at, "masked", { severity: "warning" })];
  }
  const faulty = damageOf(jwt);
  const bearer = evidence.credentials.length > 0
    ? headerMistakes(evidence).filter(({ code }) => code === "wire-bearer-malformed")
    : [];
  return [...bearer, ...faulty, ...(jwt.claims ? jwtMistakes(jwt, verdicts, "note") : [])];
}

/** Adds typographic characters; what they cause is not said a second time. */
function withTypography(mistakes: Mistake[], { typographic }: Evidence): Mistake[] {
  const caused = ({ code, details }: Mistake) =>
    (code === "wire-body-invalid" &&
      /syntax|end|quotes|unquoted|client-type/.test(String(details.reason))) ||
    (code === "wire-bearer-malformed" &&
      /quotes|full-width|invisible/.test(String(details.reason)));
  const details = { count: typographic.length };
  const own = mistake("wire-typography", typographic[0], "count", { details });
  return typographic.length === 0 ? mistakes : [own, ...mistakes.filter((each) => !caused(each))];
}

/** Keeps the first finding of each code, errors first. */
function onePerCode(mistakes: readonly Mistake[]): Mistake[] {
  const seen = new Map(mistakes.toReversed().map((each) => [each.code, each]));
  return mistakes.filter((each) => seen.get(each.code) === each)
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function unjudgedOf(evidence: Evidence, findings: readonly Finding[]): Pasted["unjudged"] {
  const { credentials, data, jwts, text } = evidence;
  const has = (code: string) => findings.some((finding) => finding.code === code);
  const isHidden = credentials.some(({ text }) => isOpen(text)) ||
    jwts.some(({ damage }) => damage.has("masked"));
  const isSaid = ["wire-no-bearer", "wire-assertion-in-body", "wire-bearer-malformed"].some(has);
  const isBodyHidden = data.some(({ text }) => /^(?:@|\ufffc+$)/.test(text)) ||
    (data.length === 0 && !/grant_?type/i.test(text) && !has("wire-body-invalid"));
  const hidden = {
    jwt: isHidden && !has("wire-not-an-assertion"),
    headers: credentials.length === 0 && !isSaid,
    body: isBodyHidden,
  };
  return (["jwt", "headers", "body"] as const).filter((part) => hidden[part]);
}
