import { quote } from "../../redact.ts";
import { DEFAULT_BASE_URL } from "../../token_request.ts";
import { API_HOSTS } from "../hosts.ts";
import { baseUrlShape } from "../rules/configuration.ts";
import { isOpen, type Mistake, mistake, type PastedFacts } from "./facts.ts";
import type { PastedHeader, PastedRequest } from "./pasted_request.ts";
import { cut, emptyTrace, type Place, placeOf, put, type Traced, UNKNOWN } from "./traced.ts";

/** The three paths. Source: Coze's pages oauth_jwt and oauth_jwt_privilege. */
const PATH = /^\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/[^/]+\/)?token$/;

/** An address in parts; the host is absent when only the shell knows it. */
interface Address {
  origin: Traced;
  path: Traced;
  base?: string;
}

function addressOf({ url }: PastedRequest): Address | undefined {
  if (!url) return undefined;
  const text = url.text.trimEnd();
  const [, scheme = "", authority] = /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)/i.exec(text)!;
  const end = scheme.length + authority!.length;
  const path = /^[^?#]*/.exec(text.slice(end))![0].length;
  const isKnown = !authority!.includes(UNKNOWN) && authority !== "";
  return {
    origin: cut(url, 0, end),
    path: cut(url, end, end + path),
    // As curl does, which guesses http.
    base: isKnown ? `${scheme || "http://"}${authority}` : undefined,
  };
}

function hostMistakes(base: string, origin: Traced): Mistake[] {
  return baseUrlShape({ baseUrl: { text: base, origin: "flag", source: "stdin", lost: [] } })
    .map((finding) => ({ ...finding, place: placeOf(origin) }));
}

/** A host that is not Coze's API, or is reached in clear. */
export function wrongHost({ request }: PastedFacts): Mistake[] {
  const address = addressOf(request);
  return address?.base ? hostMistakes(address.base, address.origin) : [];
}

/** Another path than that of the token endpoint. */
export function wrongPath({ request }: PastedFacts): Mistake[] {
  const address = addressOf(request);
  if (!address) {
    return request.form === "curl" ? [mistake("wire-wrong-endpoint", request.head, "missing")] : [];
  }
  const { path, origin, base } = address;
  // An address that is a variable may end in the path.
  if (PATH.test(path.text) || (!base && path.text === "")) return [];
  const place = placeOf(path.text === "" ? origin : path);
  return [mistake("wire-wrong-endpoint", place, path.text === "" ? "none" : "other")];
}

/** Another method than POST. */
export function wrongMethod({ request: { method } }: PastedFacts): Mistake[] {
  const name = method.text;
  if (name === "POST" || name.includes(UNKNOWN)) return [];
  const details = { method: name.replace(/\W/g, "").slice(0, 20) };
  const reason = details.method === "POST" ? "method-characters" : "method";
  return [mistake("wire-wrong-endpoint", placeOf(method), reason, details)];
}

/** The API that a request calls, or was meant to call; the default when it names none. */
export function meantBase(request: PastedRequest): { base: string; isKnown: boolean } {
  const address = addressOf(request);
  if (!address?.base) return { base: DEFAULT_BASE_URL, isKnown: false };
  const [wrong] = hostMistakes(address.base, address.origin);
  const url = URL.parse(address.base);
  if (!wrong && url) return { base: url.origin, isKnown: true };
  const suggestion = wrong?.details.suggestion;
  if (suggestion) return { base: String(suggestion), isKnown: true };
  return url && API_HOSTS.includes(url.hostname)
    ? { base: `https://${url.hostname}`, isKnown: true }
    : { base: DEFAULT_BASE_URL, isKnown: false };
}

/** The path of the token endpoint, with the account or enterprise that the request names. */
export function meantPath(request: PastedRequest): string {
  const path = addressOf(request)?.path.text ?? "";
  const owner = /\/(account|enterprise_id)\/([\w-]{1,64})\//.exec(path);
  return `/api/permission/oauth2/${owner ? `${owner[1]}/${owner[2]}/` : ""}token`;
}

/** What looks like a JWT, whole or cut short. */
const JWT_LIKE = /eyJ[\w-]{10,}(?:\.[\w-]*)*/;
export const TOKEN = /^(?:czs|czu|pat|code)_/;

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

/** The headers that are, or were meant to be, the Authorization header. */
export function authorizations({ headers }: PastedRequest): PastedHeader[] {
  return headers.filter((header) => /^authorization(?:$|bearer|=|eyj)/.test(meant(header)));
}

/** Takes the JWT out of an Authorization header, whatever stands around it; empty without one. */
export function credentialOf({ name, value, line }: PastedHeader): Traced {
  const text = value.text === "" && name.text === line.text ? name : value;
  const scheme = /^["'`]*(?:authorization\b)?(?:[\s\W]*bearer(?![\w.-]{0,3}\.)[\s:]*)*["'`<]*/i;
  const before = /^["'`\s]*(?:basic\b|digest\b|token\b)/i.test(text.text)
    ? text.text.length
    : scheme.exec(text.text)![0].replace(/<$/, "").length;
  const result = emptyTrace(text.from[before] ?? text.start);
  for (const match of text.text.slice(before).matchAll(/[\x21-\x7e\ufffc]+/g)) {
    const part = match[0].replace(/(?<!["'`])["'`]+$/, "");
    put(result, part, text, before + match.index, before + match.index + part.length);
  }
  return result;
}

/** No JWT in the Authorization header. */
export function missingBearer({ request, body }: PastedFacts): Mistake[] {
  const own = authorizations(request);
  if (own.length > 0) {
    return own.filter((header) => /^["'\s]*(?:bearer["'\s]*)?$/i.test(header.value.text))
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

/** Something else where the JWT should be. */
export function notAJwt({ request, jwts }: PastedFacts): Mistake[] {
  return jwts.flatMap(({ fault, text }): Mistake[] => {
    if (!fault) return [];
    const { reason, segments } = fault;
    const wrong = (reason: string) =>
      mistake("wire-not-an-assertion", placeOf(text), reason, { segments });
    // In single quotes a shell leaves a variable as it is, and so it is sent.
    if (request.form === "curl" && text.text.startsWith("$")) {
      return [{ ...wrong("literal"), certainty: "likely" }];
    }
    if (isOpen(text.text)) return [];
    if (TOKEN.test(text.text)) return [wrong("token")];
    return [wrong(/\.\.\.|^eyJ[\w-]{0,20}\.*$/.test(text.text) ? "cut" : reason)];
  });
}

/** The one grant type for a JWT. Source: Coze's page oauth_jwt. */
export const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** The one documented name of a permission. Source: Coze's page oauth_jwt_channel. */
const DOCUMENTED_PERMISSION = "Connector.botChat";

/** A JWT among the values of the body or the address. */
export function assertionInBody({ body }: PastedFacts): Mistake[] {
  return body.fields
    .filter(({ name, value }) => /^(?:client_)?assertion$/.test(name) || JWT_LIKE.test(value.text))
    .map(({ namePlace, json }) =>
      mistake("wire-assertion-in-body", namePlace, json ? "json" : "form")
    );
}

/** A body that is not JSON, or does not say that it is. */
export function badBody({ request, body }: PastedFacts): Mistake[] {
  const { bodyKind, head } = request;
  const text = request.body;
  const wrong = (place: Place, reason: string) => [mistake("wire-body-invalid", place, reason)];
  if (bodyKind === "none") return wrong(head, "none");
  if (bodyKind === "multipart") return wrong(placeOf(text!), "multipart");
  if (bodyKind === "query") return wrong(placeOf(text!), "query");
  if (body.form === "form" && !isOpen(text!.text)) {
    // Of a body with a form's type one finding says all.
    return wrong(placeOf(text!), text!.text.trim() === "" ? "none" : "form");
  }
  const found: Mistake[] = [];
  if (body.mistake !== undefined && !text!.text.includes(UNKNOWN)) {
    const rest = text!.text.slice(body.mistake);
    const reason = /^[A-Za-z_$]/.test(rest) && !/^"|'/.test(rest)
      ? "unquoted"
      : rest.startsWith("'")
      ? "single-quotes"
      : /^[}\]]/.test(rest) && /,\s*$/.test(text!.text.slice(0, body.mistake))
      ? "comma"
      : rest === ""
      ? "end"
      : "syntax";
    const at = Math.min(body.mistake, text!.text.length - 1);
    found.push(...wrong(placeOf(cut(text!, at, at + 1)), reason));
  } else if (body.root && !body.root.members) found.push(...wrong(placeOf(text!), "object"));
  const { type, typeText } = body;
  if (typeText === undefined || isOpen(typeText)) return found;
  if (!/^application\/json\s*(?:;|$)/i.test(typeText)) {
    const place = type ? placeOf(type) : text ? placeOf(text) : head;
    const reason = type ? "type" : typeText === "" ? "no-type" : "client-type";
    found.push(mistake("wire-body-invalid", place, reason, { type: quote(typeText, 60) }));
  }
  return found;
}

/** Another grant type, or none. */
export function badGrantType({ request, body }: PastedFacts): Mistake[] {
  const field = body.fields.find(({ name }) => name === "grant_type");
  if (field) {
    const { value, json } = field;
    if ((json ? json.value === GRANT_TYPE : value.text === GRANT_TYPE) || isOpen(value.text)) {
      return [];
    }
    const details = { value: quote(value.text, 60) };
    return [mistake("wire-body-invalid", placeOf(value), "grant", details)];
  }
  const known = (body.root?.members && body.mistake === undefined) ||
    (body.form === "form" && !isOpen(request.body!.text));
  if (!known || request.body!.text.trim() === "") return [];
  return [mistake("wire-body-invalid", placeOf(request.body!), "no-grant")];
}

/** A lifetime that Coze does not give, or that is no number. */
export function badDuration({ body }: PastedFacts): Mistake[] {
  return body.fields.filter(({ name }) => name === "duration_seconds").flatMap((field) => {
    const { value, json } = field;
    if (isOpen(value.text) || json?.value === null) return [];
    const isString = typeof json?.value === "string";
    const inRange = durationOf(value.text) !== undefined;
    if (inRange && !isString) return [];
    const details = { value: quote(value.text, 40) };
    const reason = inRange ? "string" : "range";
    return [mistake("duration-out-of-range", placeOf(value), reason, details)];
  });
}

/** Reads a lifetime: 1 to 86399 seconds. */
export function durationOf(text: string): number | undefined {
  const seconds = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return seconds >= 1 && seconds <= 86_399 ? seconds : undefined;
}

/** A scope of another form or with other names than documented. */
export function badScope({ request, body }: PastedFacts): Mistake[] {
  const field = body.fields.find(({ name }) => name === "scope");
  if (!field || isOpen(field.value.text) || field.json?.value === null) return [];
  const list = field.json?.members?.get("account_permission")?.node.members
    ?.get("permission_list")?.node.items;
  if (!list || list.some(({ value }) => typeof value !== "string")) {
    const form = mistake("scope-rejected", placeOf(field.value), "form");
    return [{ ...form, certainty: "likely" }];
  }
  return list.filter(({ value }) => value !== DOCUMENTED_PERMISSION && !isOpen(String(value)))
    .map(({ value, from, to }) => ({
      ...mistake("scope-rejected", placeOf(cut(request.body!, from, to)), "name", {
        value: quote(String(value), 60),
      }),
      severity: "warning",
      certainty: "likely",
    }));
}
