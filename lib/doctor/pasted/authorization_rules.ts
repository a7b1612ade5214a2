import { isOpen } from "./body.ts";
import { type Mistake, mistake, type PastedFacts } from "./mistake.ts";
import type { PastedHeader, PastedRequest } from "./pasted_request.ts";
import { cut, emptyTrace, placeOf, put, type Traced } from "./traced.ts";

/** What looks like a JWT, whole or cut short. */
export const JWT_LIKE = /eyJ[\w-]{10,}(?:\.[\w-]*)*/;
const TOKEN = /^(?:czs|czu|pat|code)_/;

/** What can be wrong with the value of the header; the group is the place. */
const FAULTS: readonly (readonly [reason: string, pattern: RegExp])[] = [
  ["basic", /^(basic)\b/di],
  ["scheme", /^(?!bearer|basic|["'`“”‘’])([^\s]+)/di],
  // deno-lint-ignore no-control-regex -- they are what is looked for
  ["control", /([\x00-\x08\x0a-\x1f\x7f-\x9f]+)/d],
  ["invisible", /([\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufeff]+)/d],
  ["full-width", /([\u3000\uff01-\uff5e]+)/d],
  ["quotes", /(["'`“”‘’])/d],
  ["doubled", /^["']?bearer[ \t:]*(bearer)\b/di],
  ["case", /^["']?(?!Bearer)([Bb][Ee][Aa][Rr][Ee][Rr])/d],
  ["no-blank", /^["']?(bearer)(?=[^\s\u00a0\u2000-\u200f\u3000\ufeff])/di],
  ["blanks", /^["']?bearer( [ \t]+|\t[ \t]*)(?=\S)/di],
  ["trailing", /[^ \t]([ \t]+)$/d],
  ["inside", /^["']?bearer[ \t]+(?:bearer[ \t]+|(?!bearer\b))[^ \t]+([ \t]+)(?=\S)/di],
];

/** Name of a header as it was meant: full-width and invisible characters, blanks and case aside. */
function meant({ name }: PastedHeader): string {
  return name.text.normalize("NFKC").replace(/[^\x21-\x7e]/g, "").toLowerCase();
}

/**
 * The headers that are, or were meant to be, the Authorization header.
 *
 * @param request The request.
 */
export function authorizations({ headers }: PastedRequest): PastedHeader[] {
  return headers.filter((header) => /^authorization(?:$|bearer|=|eyj)/.test(meant(header)));
}

/**
 * Takes the JWT out of an Authorization header, whatever stands around it.
 *
 * @param header The header.
 * @returns The text that must be a JWT; empty when there is none.
 */
export function credentialOf({ name, value, line }: PastedHeader): Traced {
  const text = value.text === "" && name.text === line.text ? name : value;
  const scheme = /^["'`]*(?:authorization\b)?(?:[\s\W]*bearer(?![\w.-]{0,3}\.)[\s:]*)*["'`<]*/i;
  const before = /^["'`\s]*(?:basic\b|digest\b|token\b)/i.test(text.text)
    ? text.text.length
    : scheme.exec(text.text)![0].replace(/<$/, "").length;
  const result = emptyTrace(text.from[before] ?? text.start);
  for (const match of text.text.slice(before).matchAll(/[\x21-\x7e\ufffc]+/g)) {
    const part = match[0].replace(/["'`]+$/, "");
    put(result, part, text, before + match.index, before + match.index + part.length);
  }
  return result;
}

/** No JWT in the Authorization header. */
export function missingBearer({ request, body }: PastedFacts): Mistake[] {
  const own = authorizations(request);
  if (own.length > 0) {
    return own.filter((header) => /^["'\s]*(?:bearer)?["'\s]*$/i.test(header.value.text))
      .filter(({ name, line }) => name.text !== line.text)
      .map(({ line }) => mistake("wire-no-bearer", placeOf(line), "empty"));
  }
  if (request.moreHeaders) return [];
  const other = request.headers.find(({ value }) => JWT_LIKE.test(value.text));
  if (other) return [mistake("wire-no-bearer", placeOf(other.name), "other-header")];
  const inBody = body.fields.some(({ name }) => name === "assertion");
  return [mistake("wire-no-bearer", request.head, inBody ? "in-body" : "absent")];
}

/** An Authorization header that is not "Bearer", one blank, the JWT. */
export function malformedBearer({ request }: PastedFacts): Mistake[] {
  const own = authorizations(request);
  const found: Mistake[] = [];
  const add = (reason: string, part: Traced) =>
    found.push(mistake("wire-bearer-malformed", placeOf(part), reason));
  for (const [index, { name, value, line }] of own.entries()) {
    if (index > 0) add("twice", line);
    if (name.text === line.text) add("colon", line);
    else if (!/^authorization$/i.test(name.text)) add("name", name);
    // An empty value is said to be missing.
    if (!/^(?:bearer\s*)?$/i.test(value.text)) {
      for (const [reason, pattern] of FAULTS) {
        const at = pattern.exec(value.text)?.indices?.[1];
        if (at) add(reason, cut(value, ...at));
      }
    }
  }
  return found;
}

/** What stands in the place of the JWT is none. */
export function notAJwt({ request, jwts }: PastedFacts): Mistake[] {
  return jwts.flatMap(({ fault, text }): Mistake[] => {
    if (!fault) return [];
    const { reason, segments } = fault;
    const wrong = (reason: string) =>
      mistake("wire-not-a-jwt", placeOf(text), reason, { segments });
    // In single quotes a shell leaves a variable as it is, and so it is sent.
    if (request.form === "curl" && text.text.startsWith("$")) {
      return [{ ...wrong("literal"), certainty: "likely" }];
    }
    if (isOpen(text.text)) return [];
    if (TOKEN.test(text.text)) return [wrong("token")];
    return [wrong(/\.\.\.|^eyJ[\w-]{0,20}\.*$/.test(text.text) ? "cut" : reason)];
  });
}
