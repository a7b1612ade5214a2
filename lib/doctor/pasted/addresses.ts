import { API_HOSTS, isLookalike } from "../hosts.ts";
import { baseUrlShape } from "../rules/configuration.ts";
import { type Mistake, pastedValue } from "./mistakes.ts";
import { hits } from "./text.ts";

/** What is said about an address. */
export interface Address {
  at: number;
  /** Scheme and host; absent when a variable holds them. */
  origin?: string;
  path: string;
  query: string;
  kind: "token" | "authorize" | "api" | "project" | "base" | "other";
}

/** A URL, a host of Coze without a scheme, or one of Coze's paths alone. */
const URLS = new RegExp(
  String.raw`(?:\b(https?):\/{1,2}([^\s"'\x60<>/?#\\)\]},;|^]+)|` +
    String.raw`(?<![\w./@:-])((?:[\w-]{1,40}\.){0,4}coze\.(?:cn|com|site)(?::\d+)?)(?![\w.-])|` +
    String.raw`(?<![\w./\ufffc-])(?=\/(?:api\/permission|oauth2?|v[123])\/))` +
    String.raw`(\/[^\s"'\x60<>?#\\)\];|^]*)?(\?[^\s"'\x60<>]*)?`,
  "gi",
);

/** Finds the addresses. */
export function addressesOf(text: string): Address[] {
  return hits(text, URLS).map(({ index, ...groups }): Address => {
    const { 1: scheme, 2: authority, 3: bare, 4: path = "", 5: query = "" } = groups;
    const host = authority ?? bare ?? "";
    // Without a scheme curl guesses http; a host without a path is only the name of one.
    const guessed = path === "" ? "https" : "http";
    const origin = /^$|[${}]|%s/.test(host) ? undefined : `${scheme ?? guessed}://${host}`;
    return { at: index, origin, path, query, kind: kindOf(host, path) };
  });
}

/** The three paths. Source: Coze's pages oauth_jwt and oauth_jwt_privilege. */
export const TOKEN_PATH =
  /\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/[^/]+\/)?token$/;
const LOOPBACK = /^localhost\b|^127\./i;

function kindOf(host: string, path: string): Address["kind"] {
  if (/\.coze\.site/i.test(host)) return "project";
  if (TOKEN_PATH.test(path)) return "token";
  if (/oauth2\/(?:authorize|device)/.test(path)) return "authorize";
  // Other services have such paths too.
  const mayBeCoze = host === "" || /coze/i.test(host) || LOOPBACK.test(host);
  if (/\/v[1-3]\//.test(path) && mayBeCoze) return "api";
  return path === "" || path === "/" ? "base" : "other";
}

/** Whether an address names Coze or this machine, or was meant to. */
export function isOfCoze({ origin = "", path, query }: Address): boolean {
  const host = URL.parse(origin)?.hostname ?? origin;
  return /coze/i.test(host + path + query) || LOOPBACK.test(host) || isLookalike(host);
}

/** The address of the call: scheme and host may stand apart from the path. */
export function targetOf(addresses: readonly Address[], isCommand: boolean): Address | undefined {
  const of = (kind: Address["kind"]) => addresses.filter((address) => address.kind === kind);
  const main = of("token")[0] ?? of("api")[0] ?? of("other").find(isOfCoze) ??
    of("other").find(({ path }) => path.includes("oauth")) ??
    (isCommand ? addresses.find(isOfCoze) ?? addresses[0] : undefined);
  const bases = of("base").filter(({ origin }) => origin);
  const base = bases.find(({ origin }) => API_HOSTS.some((host) => origin!.endsWith(`/${host}`))) ??
    bases.find(isOfCoze);
  if (!main) return base;
  return main.origin || !base ? main : { ...main, origin: base.origin, at: base.at };
}

/** A host that is not Coze's API, or is reached in clear. */
export function hostMistakes({ target }: { target?: Address }): Mistake[] {
  if (!target?.origin) return [];
  const findings = baseUrlShape({ baseUrl: pastedValue(target.origin)! });
  return findings.map((finding) => ({ ...finding, at: target.at }));
}

/** The API that a request calls, or was meant to call; nothing when it names none. */
export function meantBase(target: Address | undefined): string | undefined {
  const url = URL.parse(target?.origin ?? "");
  const [wrong] = hostMistakes({ target });
  if (!url || !wrong) return url?.origin;
  if (wrong.details.suggestion) return String(wrong.details.suggestion);
  return API_HOSTS.includes(url.hostname) ? `https://${url.hostname}` : undefined;
}
