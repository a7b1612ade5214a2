import { type Address, hostMistakes, TOKEN_PATH } from "./addresses.ts";
import type { Credential } from "./fields.ts";
import { isForeign, isProjectToken, type Jwt, JWT_MARK } from "./jwts.ts";
import { type Mistake, mistake } from "./mistakes.ts";
import type { Evidence } from "./scan.ts";
import { HOLE, isOpen } from "./value.ts";

/** The one grant type for a JWT. Source: Coze's page oauth_jwt. */
export const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Access tokens of all kinds, and authorization codes. */
export const TOKEN = /(?:cz[su]|pat|sat|cztei|code)_/;

/** Whether all that is sent stands in the text, so that what is absent is not sent. */
export function isWhole({ language }: Evidence): boolean {
  return language === "curl" || language === "http" || language === "wget" || language === "httpie";
}

/** Host, path and method. */
export function endpointMistakes(evidence: Evidence, target: Address | undefined): Mistake[] {
  return [...hostMistakes(target), ...pathMistakes(evidence, target), ...methodMistakes(evidence)];
}

function pathMistakes(evidence: Evidence, target: Address | undefined): Mistake[] {
  if (evidence.isSdk || target?.kind === "token") return [];
  if (!target) {
    const isHidden = evidence.language !== "curl" || /\s(?:"?\$|'?<)/.test(evidence.text);
    return isHidden ? [] : [mistake("wire-wrong-endpoint", 0, "missing")];
  }
  if (evidence.addresses.some(({ path }) => TOKEN_PATH.test(path))) return [];
  if (target.kind === "base") {
    return isWhole(evidence) ? [mistake("wire-wrong-endpoint", target.at, "none")] : [];
  }
  return isOpen(target.path) ? [] : [mistake("wire-wrong-endpoint", target.at, "other")];
}

function methodMistakes(evidence: Evidence): Mistake[] {
  const { language, methods, text, data, isSdk } = evidence;
  const wrong = (at: number, verb: string) => [
    mistake("wire-wrong-endpoint", at, "method", { details: { method: verb } }),
  ];
  const verbs = methods.filter(({ verb }) => !/^HTTPGET$/i.test(verb));
  if (language === "curl") {
    if (/\s(?:-G|--get)\s/.test(text)) return wrong(text.search(/\s(?:-G|--get)\s/) + 1, "GET");
    if (verbs.length === 0 && data.length === 0 && !/\s(?:-F|--form|-T)\b/.test(text)) {
      return wrong(Math.max(0, text.search(/curl/i)), /\s-I\b/.test(text) ? "HEAD" : "GET");
    }
  }
  // A call that sends a GET unless it is told otherwise.
  const silent =
    /\bfetch\s*\([^)\n]{0,200}\{(?![^;]{0,2000}method)|Invoke-RestMethod (?![^;]{0,2000}(?:-Method|-M\b|@\w))/i;
  if (verbs.length === 0 && silent.test(text) && !isSdk) return wrong(text.search(silent), "GET");
  // curl and HTTP send the verb as it is written.
  const post = isWhole(evidence) ? /^POST$/ : /^post$/i;
  if (verbs.length === 0 || verbs.some(({ verb }) => post.test(verb))) return [];
  return wrong(verbs[0]!.at, verbs[0]!.verb);
}

/** What can be wrong with the value of the header. */
const FAULTS: readonly (readonly [reason: string, pattern: RegExp])[] = [
  ["basic", /^basic\b/i],
  ["scheme", /^(?!\W*bearer|basic)[^\s\ufffc]/i],
  // deno-lint-ignore no-control-regex -- they are what is looked for
  ["control", /[\x00-\x08\x0a-\x1f\x7f-\x9f]/],
  ["invisible", /[\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/],
  ["quotes", /["'`“”‘’]/],
  ["doubled", /^["']?bearer[ \t:]*bearer\b/i],
  ["colon-after", /^bearer[ \t]*[:=]/i],
  ["case", /^(?!Bearer)[Bb][Ee][Aa][Rr][Ee][Rr]/],
  ["no-blank", /^bearer(?=[^\s:=])/i],
  ["blanks", /^bearer(?: [ \t]+|\t[ \t]*)(?=\S)/i],
  ["trailing", /[^ \t][ \t]+$/],
  ["inside", /^bearer[ \t]+(?!bearer)[^\s]+[ \t]+\S/i],
];

/** The Authorization header: whether it is there, is well-formed, and holds a JWT. */
export function headerMistakes(evidence: Evidence, wantsToken = false): Mistake[] {
  const { credentials, jwts, text, language } = evidence;
  if (credentials.length === 0) return evidence.isSdk ? [] : missingHeader(evidence, wantsToken);
  const own = credentials.find(({ text }) => text !== "" && !/^\ufffc+$/.test(text)) ??
    credentials[0]!;
  const { text: value, name, at } = own;
  // A shell does not look into single quotes, so a variable in them is sent as it is.
  const isUnread = isWhole(evidence) && /^'[^'"]*\$\{?[A-Za-z_]/.test(own.source);
  const found: Mistake[] = [];
  if (/^(?:\W*bearer)?\W*$/i.test(value) && !value.includes(HOLE) && !JWT_MARK.test(value)) {
    return isWhole(evidence) || /bearer[ \t]+$/i.test(value)
      ? [mistake("wire-no-bearer", at, "empty")]
      : [];
  }
  if (!/^authorization$/i.test(name)) {
    const isMeant = /^authorization$/i.test(name.replace(/[^\x21-\x7e]/g, ""));
    return [mistake(isMeant ? "wire-bearer-malformed" : "wire-no-bearer", at, "name")];
  }
  // A variable may hold all of the header, or a text that begins with Bearer.
  const resolved = resolve(evidence, own);
  if (/^\ufffc+$/.test(resolved)) {
    const isBare = own.names.some((each) => /jwt|assertion/i.test(each)) &&
      !/(?<!jwt-)bearer/i.test(text) && !wantsToken;
    return isBare ? [mistake("wire-bearer-malformed", at, "scheme", { certainty: "likely" })] : [];
  }
  const faults = FAULTS.filter(([, pattern]) => pattern.test(resolved)).map(([reason]) => reason);
  const jwt = jwtIn(resolved, jwts);
  if (jwt?.damage.has("lines")) faults.push("control");
  if (jwt?.damage.has("blank")) faults.push("inside");
  const doubled = credentials.filter(({ text, name }) =>
    /bearer/i.test(text) && /^authorization$/i.test(name)
  );
  if (isWhole(evidence) && doubled.length > 1 && language !== "httpie") faults.push("twice");
  if (faults.length > 0) {
    found.push(mistake("wire-bearer-malformed", at, faults[0]!, {
      evidence: faults.slice(1).map((reason) => `wire-bearer-malformed.evidence.${reason}`),
      certainty: faults[0] === "case" ? "likely" : "proven",
      severity: faults.every((reason) => reason === "case") ? "warning" : "error",
    }));
  }
  const content = resolved.replace(/^(?:\W*(?:bearer|basic|token)\b[\s:=]*)*["'`<\s]*/i, "");
  if (faults.includes("basic")) return found;
  return [...found, ...contentMistakes(content, jwt, own, isUnread, wantsToken)];
}

/** A variable of which the literal value stands in the text. */
function resolve({ text }: Evidence, { text: value, names }: Credential): string {
  if (!value.includes(HOLE) || names.length === 0) return value;
  const name = names.at(-1)!;
  const assigned = new RegExp(
    `(?<![\\w.])\\$?${name}["']?\\s{0,10}(?::\\s?\\w+\\s?)?(?::=|=>|=|:)\\s{0,10}[fFbBrRu]?(["'\`]?)([^"'\`\\n;]{1,200})\\1`,
  ).exec(text);
  const literal = assigned?.[2] ?? "";
  const isKnown = JWT_MARK.test(literal) || TOKEN.test(literal) || /^bearer\b/i.test(literal);
  return isKnown ? value.replace(/\ufffc+/, interpolatedTail(literal)) : value;
}

function interpolatedTail(literal: string): string {
  return /^bearer\s*$/i.test(literal)
    ? `${literal}${HOLE}`
    : literal.replace(/\$?\{[^}]*\}/g, HOLE);
}

function jwtIn(text: string, jwts: readonly Jwt[]): Jwt | undefined {
  const mark = JWT_MARK.exec(text)?.[0][0];
  return jwts.find((jwt) => jwt.mark === mark);
}

/** What stands behind Bearer. */
function contentMistakes(
  content: string,
  jwt: Jwt | undefined,
  own: Credential,
  isUnread: boolean,
  wantsToken: boolean,
): Mistake[] {
  const wrong = (reason: string, certainty: Mistake["certainty"] = "proven", segments = 0) => [
    mistake("wire-not-an-assertion", own.at, reason, { certainty, details: { segments } }),
  ];
  if (wantsToken) {
    if (!jwt || jwt.damage.has("masked")) return [];
    return [mistake("token-invalid", jwt.at, isProjectToken(jwt) ? "project" : "assertion")];
  }
  if (TOKEN.test(content.slice(0, 6))) return wrong("token");
  if (jwt) {
    if (isProjectToken(jwt)) return wrong("project");
    if (isForeign(jwt)) return wrong("foreign");
    return damageOf(jwt);
  }
  if (isUnread) return wrong("literal", "likely");
  if (content === "" || isOpen(content)) return [];
  const segments = content.split(".").length;
  return wrong(segments === 3 ? "encoding" : "segments", "proven", segments);
}

/** Why a JWT cannot be read. */
export function damageOf(jwt: Jwt): Mistake[] {
  if (jwt.damage.has("masked")) return [];
  const reason = jwt.damage.has("cut") ? "cut" : !jwt.claims ? "encoding" : undefined;
  return reason ? [mistake("wire-not-an-assertion", jwt.at, reason)] : [];
}

function missingHeader(evidence: Evidence, wantsToken: boolean): Mistake[] {
  const { text, jwts, language } = evidence;
  // The JWT in another header, or Basic by curl's option.
  const user = /\s(?:-u|--user)[ =]?["']?[^\s"']/.exec(text);
  if (language === "curl" && user) {
    return [mistake("wire-bearer-malformed", user.index + 1, "basic")];
  }
  const other =
    /(?:-H|--header)[ =]?\$?["']?[\w-]+\s{0,3}[:=]\s{0,3}(?:Bearer )?[\ue000-\ue03f]|^(?:> )?(?!Referer)[\w-]+:\s{0,3}(?:Bearer )?[\ue000-\ue03f]/im
      .exec(text);
  if (other && jwts.length > 0) return [mistake("wire-no-bearer", other.index, "other-header")];
  const noColon = /authorization[ \t]+bearer/i.exec(text);
  if (noColon) return [mistake("wire-bearer-malformed", noColon.index, "colon")];
  if (/(?:-H|--header)[ =]?["']?[@$\ufffc]/.test(text)) return [];
  const at = Math.max(0, text.search(/curl|^(?:> )?(?:POST|GET)\b/im));
  if (isWhole(evidence)) return [mistake("wire-no-bearer", at, wantsToken ? "call" : "absent")];
  if (wantsToken) return [];
  // In code the header may be set elsewhere.
  if (!/headers?["']?\s*[:=]\s*(?:\{|\[|@\{|new )|\.header\(|addHeader\(/i.test(text)) return [];
  const call = Math.max(0, text.search(/oauth2/));
  const likely = { severity: "warning", certainty: "likely" } as const;
  return [mistake("wire-no-bearer", call, "absent", likely)];
}
