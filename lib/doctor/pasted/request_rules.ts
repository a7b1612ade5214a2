import { TOKEN_PATH } from "./addresses.ts";
import type { Case, Evidence } from "./evidence.ts";
import { assignmentOf, expressionAt, type Field, isUnknown, readValue, UNKNOWN } from "./fields.ts";
import { isForeign, isProjectToken, type Jwt, JWT_MARK } from "./jwts.ts";
import { foundAt, LIKELY, type Mistake } from "./mistakes.ts";

/** Access tokens of all kinds, and authorization codes, by their prefix. */
export const ACCESS_TOKEN = /(?:cz[su]|pat|sat|cztei|code)_/;

/** A text that is only an access token, perhaps with quotes and the header name. */
export const TOKEN_ALONE =
  /^["'`\s]*(?:authorization["']?\s*[:=]\s*)?["'`]?(?:bearer\s+)?(cz[su]|pat|sat|cztei|code)_[\w-]{8,}["'`,;\s]*$/i;

/** Where a command or a request begins. */
export function startOf({ text }: Evidence): number {
  return Math.max(0, text.search(/curl|^(?:> )?(?:POST|GET)\b/im));
}

/** The path of the address. */
export function pathMistakes({ text, language, addresses, target, ...evidence }: Evidence) {
  const wrong = (reason: string) => foundAt(target?.at ?? 0, "wire-wrong-endpoint", reason);
  if (evidence.isSdk || addresses.some(({ path }) => TOKEN_PATH.test(path))) return [];
  // A variable or a placeholder may be the address.
  if (!target) return language === "curl" && !/\s(?:"?\$|'?<)/.test(text) ? wrong("missing") : [];
  if (target.kind === "base") return evidence.isCommand ? wrong("none") : [];
  return isUnknown(target.path) ? [] : wrong("other");
}

/** A call that sends a GET unless it is told otherwise. */
const GET_BY_DEFAULT =
  /\bfetch\s*\([^)\n]{0,200}\{(?![^;]{0,2000}method)|Invoke-RestMethod (?![^;]{0,2000}(?:-Method|-M\b|@\w))/i;

/** The verb of the request. */
export function methodMistakes(evidence: Evidence): Mistake[] {
  const { language, methods: [first, ...others], text, data, isCommand, isSdk } = evidence;
  const wrong = (at: number, method: string) =>
    foundAt(at, "wire-wrong-endpoint", "method", { details: { method } });
  const isCurl = language === "curl";
  const asGet = isCurl && /\s(?:-G|--get)\s/.exec(text);
  if (asGet) return wrong(asGet.index + 1, "GET");
  if (first) {
    // curl and HTTP do not change the case of the verb; the libraries of most languages do.
    const post = isCommand ? /^POST$/ : /^POST$/i;
    return [first, ...others].some(({ word }) => post.test(word))
      ? []
      : wrong(first.at, first.word);
  }
  if (isCurl && data.length === 0 && !/\s(?:-F|--form|-T)\b/.test(text)) {
    return wrong(startOf(evidence), /\s-I\b/.test(text) ? "HEAD" : "GET");
  }
  const call = isSdk ? null : GET_BY_DEFAULT.exec(text);
  return call ? wrong(call.index, "GET") : [];
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

/** The header with the JWT or token, and its value, also if the text assigns it to a variable. */
function bearerOf({ headers, text, jwts }: Evidence) {
  const header = headers.find(({ text }) => text.replaceAll(UNKNOWN, "") !== "") ?? headers[0];
  if (!header) return undefined;
  const value = resolved(text, header);
  const isEmpty = /^(?:\W*bearer)?\W*$/i.test(value) && !/[\ufffc\ue000-\ue03f]/.test(value);
  return { ...header, value, isEmpty, jwt: jwts.find(({ mark }) => value.includes(mark)) };
}

/** The value of a header, also when a variable holds it or its beginning. */
function resolved(text: string, { text: value, names }: Field): string {
  const at = value.includes(UNKNOWN) && names[0] ? assignmentOf(text, names.at(-1)!) : undefined;
  const assigned = at === undefined ? "" : readValue(text, at).text;
  const isKnown = JWT_MARK.test(assigned) || ACCESS_TOKEN.test(assigned) ||
    /^bearer\b/i.test(assigned);
  return isKnown ? value.replace(/\ufffc+/, () => assigned) : value;
}

const isAuthorization = (name: string) => /^authorization$/i.test(name);

/** Whether the Authorization header is there. */
export function noBearerMistakes(evidence: Case): Mistake[] {
  const { isSdk, isCommand, text, kind } = evidence;
  const wrong = (at: number, reason: string | false, more = {}) =>
    foundAt(at, "wire-no-bearer", reason || undefined, more);
  const bearer = bearerOf(evidence);
  if (bearer) {
    const { at, name, value, isEmpty, source } = bearer;
    const isWritten = isCommand || /^(?:""|''|``)$/.test(source) || /bearer[ \t]+$/i.test(value);
    if (isEmpty) return wrong(at, isWritten && "empty");
    return wrong(at, !isAuthorization(name.replace(/[^\x21-\x7e]/g, "")) && "name");
  }
  if (isSdk || HEADER_UNKNOWN.test(text)) return [];
  if (isCommand) return wrong(startOf(evidence), kind === "api-call" ? "call" : "absent");
  // In code the header may be set elsewhere.
  const setsHeaders = /headers?["']?\s*[:=]\s*[{[@]|\.header\(|addHeader\(/i.test(text);
  const at = Math.max(0, text.search(/oauth2/));
  return wrong(at, kind !== "api-call" && setsHeaders && "absent", LIKELY);
}

/** Headers of a command line from a file or a variable. */
export const HEADER_UNKNOWN = /(?:-H|--header)[ =]?["']?(?:@|\$(?!')|\ufffc)/;

/** A call that gives a JWT. */
const SIGNS = /^(?:await\s+)?[\w.:]*\b(?:encode|sign\w*|serialize\w*|createAssertion)\s*\(/i;

/** The form of the Authorization header. */
export function bearerMistakes(evidence: Case): Mistake[] {
  const { headers, isCommand, language, text, kind } = evidence;
  const bearer = bearerOf(evidence);
  if (!bearer || bearer.isEmpty) return [];
  const { value, at, jwt, name, names } = bearer;
  const wrong = (reasons: string[], more = {}) =>
    foundAt(at, "wire-bearer-malformed", reasons, more);
  // An invisible character in the name; another name is not about the form.
  if (!isAuthorization(name)) return wrong(/[^\x21-\x7e]/.test(name) ? ["name"] : []);
  if (/^\ufffc+$/.test(value)) {
    // A variable may hold "Bearer" and the JWT. Its name or its value may show that it is the JWT.
    const holdsJwt = names.some((name) => {
      const assigned = assignmentOf(text, name);
      return /jwt|assertion/i.test(name) ||
        assigned !== undefined && SIGNS.test(expressionAt(text, assigned));
    });
    const isBare = kind === "token-request" && holdsJwt && !/(?<!jwt-)bearer/i.test(text);
    return wrong(isBare ? ["scheme"] : [], { certainty: "likely" });
  }
  const reasons = FAULTS.filter(([, pattern]) => pattern.test(value)).map(([reason]) => reason);
  if (jwt?.damage.has("lines")) reasons.push("control");
  if (jwt?.damage.has("blank")) reasons.push("inside");
  const same = headers.filter(({ text, name }) => /bearer/i.test(text) && isAuthorization(name));
  if (isCommand && same.length > 1 && language !== "httpie") reasons.push("twice");
  return wrong(reasons, reasons.join() === "case" ? LIKELY : {});
}

/** What stands behind Bearer: a JWT for the token endpoint, an access token for a call. */
export function contentMistakes(evidence: Case): Mistake[] {
  const bearer = bearerOf(evidence);
  if (!bearer || bearer.isEmpty || !isAuthorization(bearer.name)) return [];
  const { value, at, jwt, source } = bearer;
  if (evidence.kind === "api-call") {
    const reason = jwt && isProjectToken(jwt) ? "project" : "assertion";
    return foundAt(at, "token-invalid", jwt && !jwt.damage.has("masked") ? reason : undefined);
  }
  const wrong = (reason: string, more = {}) => foundAt(at, "wire-not-an-assertion", reason, more);
  const content = value.replace(/^(?:\W*(?:bearer|token)\b[\s:=]*)*["'`<\s]*/i, "");
  if (ACCESS_TOKEN.test(content.slice(0, 6))) return wrong("token");
  if (jwt) return jwtDamage(jwt);
  // In single quotes, a shell does not replace a variable by its value.
  if (evidence.isCommand && /^'[^'"]*\$\{?[A-Za-z_]/.test(source)) return wrong("literal");
  if (content === "" || isUnknown(content) || /^basic\b/i.test(content)) return [];
  const segments = content.split(".").length;
  return wrong(segments === 3 ? "encoding" : "segments", { details: { segments } });
}

/** Why a JWT is none for the token endpoint. */
function jwtDamage(jwt: Jwt): Mistake[] {
  const { damage, claims, at } = jwt;
  const reasons = [
    isProjectToken(jwt) && "project",
    isForeign(jwt) && "foreign",
    damage.has("cut") && "cut",
    !claims && !damage.has("masked") && "encoding",
  ].filter((reason) => reason !== false);
  return foundAt(at, "wire-not-an-assertion", reasons[0]);
}

/** Why a JWT that stands without a request is none, or cannot be judged. */
export function jwtAloneMistakes({ jwt }: Case): Mistake[] {
  if (!jwt) return [];
  const damage = jwtDamage(jwt);
  const isMasked = damage.length === 0 && jwt.damage.has("masked");
  const masked = foundAt(jwt.at, "wire-not-an-assertion", isMasked ? "masked" : undefined, LIKELY);
  return [...damage, ...masked];
}

/** A token that stands alone is no assertion; one that occurs in a program is only named. */
export function accessTokenMistakes({ text, jwt }: Case): Mistake[] {
  if (jwt) {
    const isAlone = /^[^\n]{0,40}[\ue000-\ue03f]+\W*$/.test(text.trim());
    return foundAt(jwt.at, "wire-not-an-assertion", isAlone ? "project" : undefined);
  }
  const { 0: prefix, index } = ACCESS_TOKEN.exec(text) ?? {};
  const severity = TOKEN_ALONE.test(text) ? "error" : "note";
  const reason = prefix && `token-${prefix.slice(0, -1)}`;
  return foundAt(index, "wire-not-an-assertion", reason, { severity });
}
