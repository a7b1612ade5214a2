import { API_HOSTS, isLookalike } from "../hosts.ts";
import { baseUrlShape } from "../rules/configuration.ts";
import { hits } from "./plain.ts";
import type { Mistake } from "./mistakes.ts";

/** What is said about an address. */
export interface Address {
  at: number;
  /** Scheme and host; absent when a variable holds them. */
  origin?: string;
  path: string;
  query: string;
  kind: "token" | "authorize" | "api" | "project" | "base" | "other";
}

const URLS =
  /\b(https?):\/{1,2}([^\s"'`<>/?#\\)\]},;|^]+)([^\s"'`<>?#\\)\];|^]*)(\?[^\s"'`<>]*)?|(?<![\w./@:-])((?:[\w-]{1,40}\.){0,4}coze\.(?:cn|com|site)(?::\d+)?)(?![\w.-])([/][^\s"'`<>?#\\)\];|^]*)?(\?[^\s"'`<>]*)?|(?<![\w./\ufffc-])(\/(?:api\/permission\/|oauth2?\/|v[123]\/|open_api\/)[^\s"'`<>?#\\)\]};|^]*)(\?[^\s"'`<>]*)?/gi;

/** Finds the addresses. */
export function addressesOf(text: string): Address[] {
  return hits(text, URLS).map((match): Address => {
    const [, scheme, authority, path1, query1, bare, path2, query2, path3, query3] = match;
    const path = path1 ?? path2 ?? path3 ?? "";
    const host = authority ?? bare;
    // Without a scheme curl guesses http; a host without a path is only the name of one.
    const origin = host === undefined || /[${}]|%s/.test(host)
      ? undefined
      : `${scheme ?? (path === "" ? "https" : "http")}://${host}`;
    return {
      at: match.index,
      origin,
      path,
      query: query1 ?? query2 ?? query3 ?? "",
      kind: kindOf(host ?? "", path),
    };
  });
}

/** The three paths. Source: Coze's pages oauth_jwt and oauth_jwt_privilege. */
export const TOKEN_PATH =
  /\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/[^/]+\/)?token$/;

function kindOf(host: string, path: string): Address["kind"] {
  if (/\.coze\.site/i.test(host)) return "project";
  if (TOKEN_PATH.test(path)) return "token";
  if (/oauth2\/(?:authorize|device)/.test(path)) return "authorize";
  // Other services have such paths too.
  if (/\/(?:v[1-3]|open_api)\//.test(path) && /^$|coze|^localhost|^127\./i.test(host)) return "api";
  if (path.replace(/\/$/, "") === "") return "base";
  return "other";
}

/** Whether an address names Coze or this machine, or was meant to. */
export function isOfCoze({ origin = "", path, query }: Address): boolean {
  const host = URL.parse(origin)?.hostname ?? origin;
  return /coze/i.test(host + path + query) || /^localhost$|^127\./i.test(host) || isLookalike(host);
}

/** The address of the call: scheme and host may stand apart from the path. */
export function targetOf(
  addresses: readonly Address[],
  language: string | undefined,
): Address | undefined {
  const main = addresses.find(({ kind }) => kind === "token") ??
    addresses.find(({ kind }) => kind === "api") ??
    addresses.find((each) => each.kind === "other" && isOfCoze(each)) ??
    addresses.find(({ kind, path }) => kind === "other" && /oauth/.test(path)) ??
    (language === "curl" || language === "http"
      ? addresses.find(isOfCoze) ?? addresses[0]
      : undefined);
  const bases = addresses.filter((each) => each.kind === "base" && each.origin);
  const base = bases.find(({ origin }) => /\/\/api\.coze\.(?:cn|com)$/.test(origin!)) ??
    bases.find(isOfCoze);
  if (!main) return base;
  return main.origin || !base ? main : { ...main, origin: base.origin, at: base.at };
}

/** A host that is not Coze's API, or is reached in clear. */
export function hostMistakes(target: Address | undefined): Mistake[] {
  if (!target?.origin) return [];
  return baseUrlShape({
    baseUrl: { text: target.origin, origin: "flag", source: "stdin", lost: [] },
  })
    .map((finding) => ({ ...finding, at: target.at }));
}

/** The API that a request calls, or was meant to call; nothing when it names none. */
export function meantBase(target: Address | undefined): string | undefined {
  const url = URL.parse(target?.origin ?? "");
  if (!url) return undefined;
  const [wrong] = hostMistakes(target);
  if (!wrong) return url.origin;
  const suggestion = wrong.details.suggestion;
  if (suggestion) return String(suggestion);
  return API_HOSTS.includes(url.hostname) ? `https://${url.hostname}` : undefined;
}
