import { create } from "./djwt.ts";
import { CozeError } from "./error.ts";
import { checkRequestOptions } from "./http.ts";
import { parseObject } from "./json.ts";
import { signingKey } from "./private_key.ts";
import {
  checkedCopy,
  type CozeApp,
  parseBaseUrl,
  sessionClaims,
  type TokenRequest,
} from "./token_request.ts";

/** Lifetime of an assertion in seconds, whatever the lifetime of the token. */
export const ASSERTION_SECONDS = 600;

/** Header and claims of a JWT, decoded but not verified. */
export interface DecodedAssertion {
  /** `alg`, `typ`, `kid` and others. */
  header: Record<string, unknown>;
  /** `iss`, `aud`, `iat`, `exp`, `jti` and others. */
  claims: Record<string, unknown>;
}

/**
 * Signs the JWT that identifies the app. It lives 600 s and is good for one exchange: Coze refuses a
 * `jti` it has seen. Source of header and claims: Coze's page oauth_jwt, section 2.
 *
 * @param app The app and its key.
 * @param request The token to request; `sessionName` and `sessionContext` become claims.
 * @param options `now` is the clock, in milliseconds since the epoch.
 * @returns A JWT signed with RS256.
 * @throws {CozeError} As {@linkcode exchangeJwt} before it sends anything.
 *
 * @example
 * ```ts ignore
 * const assertion = await createAssertion({ clientId, keyId, privateKey });
 * ```
 */
export async function createAssertion(
  app: CozeApp,
  request: TokenRequest = {},
  options: { now?: () => number } = {},
): Promise<string> {
  checkRequestOptions(options);
  const { now = Date.now } = options;
  const copy = checkedCopy(app, request);
  const key = await signingKey(copy.app.privateKey);
  return await signAssertion(copy.app, copy.request, key, now());
}

/** Signs an assertion from checked arguments. */
export async function signAssertion(
  app: CozeApp,
  request: TokenRequest,
  key: CryptoKey,
  now: number,
): Promise<string> {
  const { header, claims } = assertionParts(app, request, now);
  try {
    return await create(header, claims, key);
  } catch {
    // The message of a foreign error can contain its input.
    throw new CozeError("key-damaged", "Cannot sign with this key", { reason: "sign" });
  }
}

/** The header and the claims of an assertion, with a new `jti` of 256 random bits. */
export function assertionParts(
  app: Pick<CozeApp, "clientId" | "keyId" | "baseUrl">,
  request: TokenRequest,
  now: number,
  seconds: number = ASSERTION_SECONDS,
) {
  const iat = Math.floor(now / 1000);
  const header = { alg: "RS256", typ: "JWT", kid: app.keyId } as const;
  const claims = {
    iss: app.clientId,
    aud: parseBaseUrl(app.baseUrl).host,
    iat,
    exp: iat + seconds,
    jti: crypto.getRandomValues(new Uint8Array(32)).toHex(),
    ...sessionClaims(request),
  };
  return { header, claims };
}

/**
 * Decodes a JWT. It does NOT verify the signature: nothing it returns is proven.
 *
 * @param jwt A JWT in compact form.
 * @returns Header and claims.
 * @throws {CozeError} `wire-not-an-assertion`
 *
 * @example
 * ```ts ignore
 * const { header, claims } = decodeAssertion(assertion);
 * console.log(header.kid, claims.exp);
 * ```
 */
export function decodeAssertion(jwt: string): DecodedAssertion {
  const segments = typeof jwt === "string" ? jwt.split(".") : [];
  const [header, claims] = segments.slice(0, 2).map(decodeSegment);
  if (segments.length === 3 && header && claims) return { header, claims };
  const message = "The JWT must have three parts, the first two JSON objects in base64url";
  const reason = segments.length === 3 ? "encoding" : "segments";
  throw new CozeError("wire-not-an-assertion", message, { reason, segments: segments.length });
}

function decodeSegment(segment: string): Record<string, unknown> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(segment, { alphabet: "base64url" });
    return parseObject(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
