import { DEFAULT_BASE_URL } from "../../token_request.ts";
import { API_HOSTS, baseUrlShape } from "../configuration_rules.ts";
import { type Mistake, mistake, type PastedFacts } from "./mistake.ts";
import type { PastedRequest } from "./pasted_request.ts";
import { cut, placeOf, type Traced, UNKNOWN } from "./traced.ts";

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
    ...(isKnown && { base: `${scheme || "http://"}${authority}` }),
  };
}

const hostMistakes = (base: string, origin: Traced) =>
  baseUrlShape({ baseUrl: { text: base, origin: "flag", source: "stdin", lost: [] } })
    .map((finding): Mistake => ({ ...finding, place: placeOf(origin) }));

/** A host that is not Coze's API, or is reached in clear. */
export function host({ request }: PastedFacts): Mistake[] {
  const address = addressOf(request);
  return address?.base ? hostMistakes(address.base, address.origin) : [];
}

/** Another path than that of the token endpoint. */
export function path({ request }: PastedFacts): Mistake[] {
  const address = addressOf(request);
  if (!address) {
    return request.form === "curl" ? [mistake("wire-wrong-path", request.head, "missing")] : [];
  }
  const { path, origin, base } = address;
  // An address that is a variable may end in the path.
  if (PATH.test(path.text) || (!base && path.text === "")) return [];
  const place = placeOf(path.text === "" ? origin : path);
  return [mistake("wire-wrong-path", place, path.text === "" ? "none" : "other")];
}

/** Another method than POST. */
export function method({ request: { method } }: PastedFacts): Mistake[] {
  const name = method.text;
  if (name === "POST" || name.includes(UNKNOWN)) return [];
  const details = { method: name.replace(/\W/g, "").slice(0, 20) };
  const reason = details.method === "POST" ? "characters" : "other";
  return [mistake("wire-wrong-method", placeOf(method), reason, details)];
}

/**
 * The API that a request calls, or was meant to call.
 *
 * @param request The request.
 * @returns An origin, and whether the request names it; else it is the default.
 */
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

/**
 * The path that a request was meant to have.
 *
 * @param request The request.
 * @returns The path of the token endpoint, with the account or enterprise that the request names.
 */
export function meantPath(request: PastedRequest): string {
  const path = addressOf(request)?.path.text ?? "";
  const owner = /\/(account|enterprise_id)\/([\w-]{1,64})\//.exec(path);
  return `/api/permission/oauth2/${owner ? `${owner[1]}/${owner[2]}/` : ""}token`;
}
