import { signAssertion } from "./assertion.ts";
import { signingKey } from "./private_key.ts";
import { CozeError } from "./error.ts";
import { pause, type RequestOptions, send, startCall, TRANSIENT_CODES } from "./http.ts";
import {
  checkedCopy,
  type CozeApp,
  createTokenRequest,
  type TokenRequest,
} from "./token_request.ts";
import {
  type AccessToken,
  type LiveToken,
  MAX_TOKEN_BYTES,
  readTokenResponse,
} from "./token_response.ts";

const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 250;

/**
 * Exchanges a newly signed JWT for an access token.
 *
 * Retries `dns-failure`, `connection-refused`, `connection-lost`, `rate-limited` and `server-fault` at
 * most twice, each time with a new JWT: after `Retry-After`, or after about 0.25 s and 0.5 s. If the
 * wait would pass the deadline, the error is thrown at once. No JWT is sent twice. Redirects are not
 * followed.
 *
 * @param app The app and its key.
 * @param request The token to request.
 * @param options How it is sent.
 * @returns The token and when it ends.
 * @throws {CozeError}
 *   - nothing was sent: `config-missing`, `client-id-malformed`, `key-id-malformed`,
 *     `base-url-insecure`, `base-url-not-api`, `duration-out-of-range`, `usage`, and the
 *     `key-…` codes of {@linkcode importPrivateKey};
 *   - no response: `dns-failure`, `connection-refused`, `connection-lost`, `timeout`,
 *     `tls-untrusted`, `proxy-refused`, `sandbox-net`, `interrupted`;
 *   - no usable response: `answer-invalid`, `redirected`, `server-fault`, `rate-limited`;
 *   - refused: `client-refused`, `app-type-wrong`, `app-disabled`, `connector-not-bound`,
 *     `login-session-invalid`, `scope-rejected`, `wire-no-bearer`.
 * @throws What an injected `sleep` throws, or `fetch` by its own mistake (a TypeError).
 *
 * @example
 * ```ts ignore
 * const { accessToken } = await exchangeJwt({ clientId, keyId, privateKey });
 * ```
 */
export async function exchangeJwt(
  app: CozeApp,
  request: TokenRequest = {},
  options: RequestOptions = {},
): Promise<AccessToken> {
  const { accessToken, expiresAt, logId } = await exchange(app, request, options);
  return { accessToken, expiresAt, logId };
}

/** {@linkcode exchangeJwt} for the provider, which also needs the token's life. */
export async function exchange(
  app: CozeApp,
  request: TokenRequest,
  options: RequestOptions & { monotonic?: () => number },
  maxAttempts = MAX_ATTEMPTS,
): Promise<LiveToken> {
  const copy = checkedCopy(app, request);
  const call = startCall(options);
  const key = await signingKey(copy.app.privateKey);
  for (let attempt = 1;; attempt++) {
    try {
      const assertion = await signAssertion(copy.app, copy.request, key, call.now());
      const tokenRequest = createTokenRequest(copy.app, copy.request, assertion);
      const response = await send(tokenRequest, call, MAX_TOKEN_BYTES);
      return readTokenResponse(response, copy.request);
    } catch (error) {
      const delayMs = retryDelayMs(error, attempt);
      if (delayMs === undefined || attempt >= maxAttempts) throw error;
      // Throw this error now: it says more than the `timeout` that would follow.
      if (call.now() + delayMs >= call.deadline) throw error;
      await pause(delayMs, call);
    }
  }
}

/** Milliseconds until the next attempt; `undefined` if a retry cannot help. */
function retryDelayMs(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof CozeError) || !TRANSIENT_CODES.includes(error.code)) return undefined;
  const { retryAfterSeconds } = error.details;
  if (typeof retryAfterSeconds === "number") return retryAfterSeconds * 1000;
  return FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}
