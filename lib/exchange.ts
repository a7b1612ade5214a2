import { signAssertion } from "./assertion.ts";
import { signingKey } from "./private_key.ts";
import { CozeError } from "./error.ts";
import { type Call, pause, type RequestOptions, send, startCall, TRANSIENT_CODES } from "./http.ts";
import {
  copyArguments,
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
 * Exchanges a newly signed JWT for an access token: the main job of this library.
 *
 * Retries `dns-failure`, `connection-refused`, `connection-lost`, 429 and 5xx at most twice, each time
 * with a new JWT: after `Retry-After`, or after about 0.25 s and 0.5 s. An error whose wait would pass
 * the deadline is thrown at once. No JWT is sent twice. Redirects are not followed.
 *
 * @param app The app and its key.
 * @param request What is asked for.
 * @param options How it is sent.
 * @returns The token and when it ends.
 * @throws {CozeError}
 *   - nothing was sent: `config-missing`, `client-id-malformed`, `key-id-malformed`,
 *     `base-url-insecure`, `base-url-not-api`, `duration-out-of-range`, `usage-value`, and the
 *     `key-…` codes of {@linkcode importPrivateKey};
 *   - no response: `dns-failure`, `connection-refused`, `connection-lost`, `timeout`,
 *     `tls-untrusted`, `proxy-refused`, `sandbox-net`, `interrupted`;
 *   - no usable response: `answer-not-json`, `answer-too-large`, `answer-invalid`, `redirected`,
 *     `server-fault`, `rate-limited`;
 *   - refused: `client-refused`, `app-type-wrong`, `app-disabled`, `connector-not-bound`,
 *     `login-session-invalid`, `scope-rejected`, `wire-no-bearer`.
 * @throws What an injected `fetch` throws by a mistake of its own, such as a TypeError.
 *
 * @example
 * ```ts ignore
 * const app = { clientId, keyId, privateKey };
 * const { accessToken, expiresAt } = await exchangeJwt(app, { durationSeconds: 3600 });
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
  const copy = copyArguments(app, request);
  const call = startCall(options);
  const key = await signingKey(copy.app.privateKey);
  for (let attempt = 1;; attempt++) {
    try {
      const assertion = await signAssertion(copy.app, copy.request, key, call.now());
      const tokenRequest = createTokenRequest(copy.app, copy.request, assertion);
      const response = await send(tokenRequest, call, MAX_TOKEN_BYTES);
      return readTokenResponse(response, copy.request);
    } catch (error) {
      if (attempt >= maxAttempts || !await waitForRetry(error, attempt, call)) throw error;
    }
  }
}

/** Waits before the next attempt; false when none would help or the deadline comes first. */
async function waitForRetry(error: unknown, attempt: number, call: Call): Promise<boolean> {
  if (!(error instanceof CozeError) || !TRANSIENT_CODES.includes(error.code)) return false;
  const { retryAfterSeconds } = error.details;
  const backoffMs = FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  const ms = typeof retryAfterSeconds === "number" ? retryAfterSeconds * 1000 : backoffMs;
  // Throw this error now: it says more than the `timeout` that would follow.
  if (call.now() + ms >= call.deadline) return false;
  await pause(ms, call);
  return true;
}
