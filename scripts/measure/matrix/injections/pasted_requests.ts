import { signJwt } from "../server/jwt.ts";
import type { Setup } from "../setup.ts";

/** A request before it is written in a format. */
export interface Pasted {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Header and claims of a correct JWT. */
export function partsOf({ user, clock, chance }: Setup) {
  const iat = Math.floor(clock.now / 1000) - 2;
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
 * Signs a JWT with the user's key.
 *
 * @param setup The user and the time.
 * @param claims Claims that differ; `undefined` removes one.
 * @param header Members of the header that differ; `undefined` removes one.
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

/** The correct request for an access token. */
export function goodRequest(setup: Setup): Pasted {
  return {
    method: "POST",
    url: `https://api.coze.${setup.user.region}/api/permission/oauth2/token`,
    headers: { "Content-Type": "application/json", "Authorization": `Bearer ${jwtOf(setup)}` },
    body: JSON.stringify({ "grant_type": GRANT, "duration_seconds": 900 }),
  };
}

/** The body of RFC 7523, as a form. */
export function formOf(more: Record<string, string> = {}): string {
  return new URLSearchParams({ "grant_type": GRANT, ...more }).toString();
}

const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes a request as HTTP. */
const http = ({ method, url, headers, body }: Pasted, spell = (name: string) => name) => {
  const { pathname, host } = new URL(url);
  const all = Object.entries({ "Host": host, ...headers });
  const lines = all.map(([name, value]) => `${spell(name)}: ${value}`);
  return [`${method} ${pathname} HTTP/1.1`, ...lines, "", body].join("\n");
};

/** Formats in which people paste a request. */
export const FORMATS: Readonly<Record<string, (request: Pasted) => string>> = {
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
  "raw": (request) => http(request),
  "raw with CRLF and lower case": (request) =>
    http(request, (name) => name.toLowerCase()).replaceAll("\n", "\r\n"),
};
