import { CozeError, type ErrorCode } from "./error.ts";
import { create } from "./djwt.ts";
import { importPrivateKey, RS256 } from "./key/private_key.ts";
import {
  checkRequest,
  type CozeApp,
  DEFAULT_BASE_URL,
  missing,
  parseBaseUrl,
  type TokenRequest,
} from "./token_request.ts";

/** Lifetime of an assertion in seconds, whatever the lifetime of the token. */
export const ASSERTION_SECONDS = 600;

/** Header and claims of a JWT, as they stand in it. */
export interface DecodedAssertion {
  /** `alg`, `typ`, `kid`, and whatever else is there. */
  header: Record<string, unknown>;
  /** `iss`, `aud`, `iat`, `exp`, `jti`, and whatever else is there. */
  claims: Record<string, unknown>;
}

/**
 * Signs the JWT that proves who asks. It lives 600 s and is good for one exchange: Coze refuses a
 * `jti` it has seen. Source of header and claims: Coze's page oauth_jwt, section 2.
 *
 * @param app Who asks.
 * @param request What is asked for; `sessionName` and `sessionContext` go into the claims.
 * @param options `now` is the clock, in milliseconds since the epoch.
 * @returns A JWT signed RS256.
 * @throws {CozeError} The codes of {@linkcode exchangeJwt} that need no answer.
 *
 * @example
 * ```ts ignore
 * const assertion = await createAssertion({
 *   clientId: "1127900106117",
 *   keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
 *   privateKey: await Deno.readFile("keys/private_key.pem"),
 * });
 * ```
 */
export async function createAssertion(
  app: CozeApp,
  request: TokenRequest = {},
  options: { now?: () => number } = {},
): Promise<string> {
  checkRequest(app, request);
  const key = await signingKey(app.privateKey);
  const { header, claims } = assertionParts(app, request, options.now ?? Date.now);
  try {
    return await create(header, claims, key);
  } catch {
    // Other people's words can hold what they were given, so they are not passed on.
    throw new CozeError("key-damaged", "Cannot sign with the key", { reason: "sign" });
  }
}

/**
 * Builds header and claims of an assertion, with a fresh `jti` of 256 random bits.
 *
 * @param app Who asks.
 * @param request What is asked for.
 * @param now The clock, in milliseconds since the epoch.
 * @param seconds How long it lives.
 * @returns What is to be signed.
 */
export function assertionParts(
  app: Pick<CozeApp, "clientId" | "keyId" | "baseUrl">,
  request: TokenRequest,
  now: () => number,
  seconds: number = ASSERTION_SECONDS,
) {
  const iat = Math.floor(now() / 1000);
  const device = request.sessionContext?.deviceInfo;
  const header = { alg: "RS256", typ: "JWT", kid: app.keyId } as const;
  const claims = {
    iss: app.clientId,
    aud: parseBaseUrl(app.baseUrl ?? DEFAULT_BASE_URL).host,
    iat,
    exp: iat + seconds,
    jti: crypto.getRandomValues(new Uint8Array(32)).toHex(),
    // JSON leaves out what is undefined.
    "session_name": request.sessionName,
    "session_context": device && {
      "device_info": { "device_id": device.deviceId, "custom_consumer": device.customConsumer },
    },
  };
  return { header, claims };
}

/**
 * The key to sign with: an imported one is checked for what it can do, a PEM is imported.
 *
 * @param privateKey Any form of {@linkcode CozeApp.privateKey}.
 * @returns A key for RS256.
 * @throws {CozeError} The codes of {@linkcode importPrivateKey}, `config-missing`.
 */
export async function signingKey(privateKey: CozeApp["privateKey"]): Promise<CryptoKey> {
  if (typeof privateKey === "string" || privateKey instanceof Uint8Array) {
    return await importPrivateKey(privateKey);
  }
  if (!(privateKey instanceof CryptoKey)) throw missing("privateKey");
  const { name, hash } = privateKey.algorithm as RsaHashedKeyAlgorithm;
  const code: ErrorCode | undefined = name === "RSA-PSS"
    ? "key-is-rsa-pss"
    : name !== RS256.name || hash.name !== RS256.hash
    ? "key-not-rsa"
    : !privateKey.usages.includes("sign")
    ? "key-is-public"
    : undefined;
  const kind = hash ? `${name} with ${hash.name}` : name;
  if (code) throw new CozeError(code, `Cannot sign RS256 with the key given: ${kind}`, { kind });
  return privateKey;
}

/**
 * Shows what is in a JWT. Does NOT verify the signature: nothing it returns is proven.
 *
 * @param jwt A JWT in compact form.
 * @returns Header and claims.
 * @throws {CozeError} `wire-not-a-jwt`
 *
 * @example
 * ```ts
 * import { decodeAssertion } from "../mod.ts";
 *
 * const { header } = decodeAssertion("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiIxIn0.c2ln");
 * console.log(header.kid); // "a"
 * ```
 */
export function decodeAssertion(jwt: string): DecodedAssertion {
  const segments = jwt.split(".");
  if (segments.length !== 3) throw notAJwt("segments", segments.length);
  const [header, claims] = segments.slice(0, 2).map((segment) => {
    try {
      const bytes = Uint8Array.fromBase64(segment, { alphabet: "base64url" });
      const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      if (Object.prototype.toString.call(value) === "[object Object]") return value;
    } catch {
      // Said below, as for JSON that is no object.
    }
    throw notAJwt("encoding", 3);
  });
  return { header, claims };
}

function notAJwt(reason: string, segments: number): CozeError {
  const message = "Cannot decode the JWT as it is not three parts of base64url with JSON in two";
  return new CozeError("wire-not-a-jwt", message, { reason, segments });
}
