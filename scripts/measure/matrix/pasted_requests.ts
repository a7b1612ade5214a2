// Requests as people paste them, told in the tools they use.

import { signJwt } from "./assertion.ts";
import type { Setup } from "./setup.ts";

/** A request before it is put into words. */
export interface Pasted {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Header and claims of a JWT that is as it should be. */
export function partsOf({ user, clock, chance }: Setup) {
  const iat = Math.floor(clock.now() / 1000) - 2;
  const header: Record<string, unknown> = { alg: "RS256", typ: "JWT", kid: user.keyId };
  const claims: Record<string, unknown> = {
    iss: user.clientId,
    aud: `api.coze.${user.region}`,
    iat,
    exp: iat + 600,
    jti: chance.text(43),
  };
  return { header, claims };
}

/**
 * Signs a JWT of which something may be changed; what is set to `undefined` is left out.
 *
 * @param setup Who signs.
 * @param claims Claims that differ.
 * @param header Members of the header that differ.
 */
export function jwtOf(
  setup: Setup,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): string {
  const parts = partsOf(setup);
  const { privateKey } = setup.user.pair;
  return signJwt({ ...parts.header, ...header }, { ...parts.claims, ...claims }, privateKey);
}

/**
 * The one correct request.
 *
 * @param setup Who asks.
 * @param jwt Another JWT than the right one.
 */
export function goodRequest(setup: Setup, jwt = jwtOf(setup)): Pasted {
  return {
    method: "POST",
    url: `https://api.coze.${setup.user.region}/api/permission/oauth2/token`,
    headers: { "Content-Type": "application/json", "Authorization": `Bearer ${jwt}` },
    body: JSON.stringify({ "grant_type": GRANT, "duration_seconds": 900 }),
  };
}

/** The body of RFC 7523, as a form. */
export function formOf(more: Record<string, string> = {}): string {
  return new URLSearchParams({ "grant_type": GRANT, ...more }).toString();
}

const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The ways of telling a request. */
export const TELLINGS: Readonly<Record<string, (request: Pasted) => string>> = {
  "curl": ({ method, url, headers, body }) =>
    [
      `curl -X ${method} ${shell(url)}`,
      ...Object.entries(headers).map(([name, value]) => `  -H ${shell(`${name}: ${value}`)}`),
      ...(body ? [`  -d ${shell(body)}`] : []),
    ].join(" \\\n"),
  "curl in one line": ({ method, url, headers, body }) =>
    [
      "curl",
      ...(method === "POST" && body ? [] : ["--request", method]),
      ...Object.entries(headers).map(([name, value]) => `--header "${name}: ${value}"`),
      ...(body ? [`--data-raw ${shell(body)}`] : []),
      url,
    ].join(" "),
  "raw": ({ method, url, headers, body }) => {
    const { pathname, host } = new URL(url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return [`${method} ${pathname} HTTP/1.1`, `Host: ${host}`, ...lines, "", body].join("\n");
  },
  "raw with CRLF and lower case": ({ method, url, headers, body }) => {
    const { pathname, host } = new URL(url);
    const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`);
    return [`${method} ${pathname} HTTP/1.1`, `host: ${host}`, ...lines, "", body].join("\r\n");
  },
};
