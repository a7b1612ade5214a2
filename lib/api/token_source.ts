import type { TokenProvider } from "../provider/token_provider.ts";
import { DEFAULT_BASE_URL, invalid, parseBaseUrl } from "../token_request.ts";

/**
 * Where a token comes from: the token itself, a function that is asked before each request, or what
 * `createTokenProvider` gives.
 */
export type TokenSource =
  | string
  | ((refused?: string) => string | Promise<string>)
  | Pick<TokenProvider, "baseUrl" | "getToken" | "invalidate"> & { isShared?: boolean };

/** Gives the tokens of one client. */
export interface Tokens {
  /** The token of a request. */
  first(signal: AbortSignal): string | Promise<string>;
  /** What to try in place of a token that was refused; the same one or nothing when there is none. */
  next(refused: string, signal: AbortSignal): string | undefined | Promise<string>;
}

/**
 * Makes one way to ask of all kinds of source.
 *
 * @param source Where a token comes from.
 * @returns What gives it.
 */
export function tokensOf(source: TokenSource): Tokens {
  if (typeof source === "string") return { first: () => source, next: () => undefined };
  if (typeof source === "function") return { first: () => source(), next: source };
  const first = (signal: AbortSignal) => source.getToken(undefined, { signal });
  return {
    first,
    next: (refused, signal) => source.invalidate(refused) ? first(signal) : undefined,
  };
}

/**
 * Says where the tokens may go. Those of a provider go to the host that issued them alone.
 *
 * @param source Where a token comes from.
 * @param baseUrl Where the API is said to be.
 * @returns The base URL, without query and fragment.
 * @throws {CozeError} `base-url-insecure`, `base-url-not-api`; `usage-value` for another place than
 *   the provider's.
 */
export function baseUrlOf(source: TokenSource, baseUrl?: string): URL {
  const own = typeof source === "object" ? source.baseUrl : undefined;
  const base = plain(baseUrl ?? own ?? DEFAULT_BASE_URL);
  if (own !== undefined && plain(own).href !== base.href) {
    throw invalid("baseUrl", `that of the provider, ${own}`);
  }
  return base;
}

function plain(text: string): URL {
  const url = parseBaseUrl(text);
  url.pathname = url.pathname.replace(/\/+$/, "");
  // An empty "?" or "#" would stay at the end.
  url.search = url.hash = "";
  return url;
}
