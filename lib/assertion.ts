import { CozeError, type ErrorCode } from "./error.ts";
import { create } from "./djwt.ts";
import { importPrivateKey } from "./private_key.ts";
import {
  checkRequest,
  type CozeApp,
  DEFAULT_BASE_URL,
  parseBaseUrl,
  type TokenRequest,
} from "./token_request.ts";

/** Lifetime of an assertion in seconds, whatever the lifetime of the token. */
export const ASSERTION_SECONDS = 600;

/** The header of an assertion. No option and no configuration can change `alg`. */
interface AssertionHeader {
  alg: "RS256";
  typ: "JWT";
  kid: string;
  [name: string]: unknown;
}

/** The claims of an assertion; times in seconds since the epoch. */
interface AssertionClaims {
  iss: string;
  aud: string;
  iat: number;
  exp: number;
  jti: string;
  [name: string]: unknown;
}

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
  return await signAssertion(app, request, key, options.now ?? Date.now);
}

/**
 * Signs with a key that is imported already.
 *
 * @param app Who asks.
 * @param request What is asked for.
 * @param key A key of {@linkcode signingKey}.
 * @param now The clock, in milliseconds since the epoch.
 * @returns A JWT signed RS256.
 * @throws {CozeError} `key-damaged`
 */
export async function signAssertion(
  app: CozeApp,
  request: TokenRequest,
  key: CryptoKey,
  now: () => number,
): Promise<string> {
  const { header, claims } = assertionParts(app, request, now);
  try {
    return await create(header, claims, key);
  } catch {
    // The words of other people's code can hold what it was given.
    throw new CozeError("key-damaged", "Cannot sign with the key as Web Crypto refuses it", {
      details: { reason: "sign" },
    });
  }
}

/**
 * Builds header and claims of an assertion, with a fresh `jti` of 256 random bits.
 *
 * @param app Who asks.
 * @param request What is asked for.
 * @param now The clock, in milliseconds since the epoch.
 * @returns What is to be signed.
 */
export function assertionParts(
  app: Pick<CozeApp, "clientId" | "keyId" | "baseUrl">,
  request: TokenRequest,
  now: () => number,
): { header: AssertionHeader; claims: AssertionClaims } {
  const iat = Math.floor(now() / 1000);
  const device = request.sessionContext?.deviceInfo;
  return {
    header: { alg: "RS256", typ: "JWT", kid: app.keyId },
    claims: {
      iss: app.clientId,
      aud: parseBaseUrl(app.baseUrl ?? DEFAULT_BASE_URL).host,
      iat,
      exp: iat + ASSERTION_SECONDS,
      jti: crypto.getRandomValues(new Uint8Array(32)).toHex(),
      ...(request.sessionName !== undefined && { "session_name": request.sessionName }),
      ...(device && {
        "session_context": {
          "device_info": {
            ...(device.deviceId !== undefined && { "device_id": device.deviceId }),
            ...(device.customConsumer !== undefined &&
              { "custom_consumer": device.customConsumer }),
          },
        },
      }),
    },
  };
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
  if (!(privateKey instanceof CryptoKey)) {
    throw new CozeError("config-missing", "Cannot sign without privateKey", {
      details: { value: "privateKey" },
    });
  }
  const { name, hash } = privateKey.algorithm as RsaHashedKeyAlgorithm;
  const wrong: ErrorCode | undefined = name === "RSA-PSS"
    ? "key-is-rsa-pss"
    : name !== "RSASSA-PKCS1-v1_5" || hash.name !== "SHA-256"
    ? "key-not-rsa"
    : privateKey.type !== "private" || !privateKey.usages.includes("sign")
    ? "key-is-public"
    : undefined;
  if (wrong) {
    const kind = hash ? `${name} with ${hash.name}` : name;
    throw new CozeError(wrong, `Cannot sign RS256 with the key given: ${kind}`, {
      details: { kind },
    });
  }
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
    let value: unknown;
    try {
      const bytes = Uint8Array.fromBase64(segment, { alphabet: "base64url" });
      value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      throw notAJwt("encoding", segments.length);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw notAJwt("encoding", segments.length);
    }
    return value as Record<string, unknown>;
  });
  return { header: header!, claims: claims! };
}

function notAJwt(reason: string, segments: number): CozeError {
  const message = reason === "segments"
    ? `Cannot decode the JWT as it has not three segments: ${segments}`
    : "Cannot decode the JWT as header or claims are not base64url of a JSON object";
  return new CozeError("wire-not-a-jwt", message, { details: { reason, segments } });
}
