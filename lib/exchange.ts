import { createAssertion, signingKey } from "./assertion.ts";
import { CozeError, type ErrorCode } from "./error.ts";
import {
  checkRequest,
  type CozeApp,
  createTokenRequest,
  type TokenRequest,
} from "./token_request.ts";
import {
  type AccessToken,
  type IssuedToken,
  MAX_ANSWER_BYTES,
  readIssuedToken,
} from "./token_response.ts";
import { type Call, type RequestOptions, send, startCall } from "./transport.ts";

/** What may pass by itself. */
const RETRIED: readonly ErrorCode[] = [
  "rate-limited",
  "server-fault",
  "connection-lost",
  "connection-refused",
  "dns-failure",
];
const MAX_ATTEMPTS = 3;
const FIRST_DELAY_MS = 250;

/**
 * Exchanges a freshly signed JWT for an access token: the main job of this library.
 *
 * Network errors, 429 and 5xx are tried again at most twice, with `Retry-After` and jitter, each
 * time with a new JWT, all within one deadline. Redirects are never followed.
 *
 * @param app Who asks.
 * @param request What is asked for.
 * @param options How it is sent.
 * @returns The token and when it ends.
 * @throws {CozeError}
 *   - nothing was sent: `config-missing`, `client-id-malformed`, `key-id-malformed`,
 *     `base-url-insecure`, `base-url-not-api`, `duration-out-of-range`, `usage-value`, and the
 *     `key-…` codes of {@linkcode importPrivateKey};
 *   - no answer: `dns-failure`, `connection-refused`, `connection-lost`, `timeout`,
 *     `tls-untrusted`, `proxy-refused`, `sandbox-net`, `interrupted`;
 *   - no usable answer: `answer-not-json`, `answer-too-large`, `answer-invalid`, `redirected`,
 *     `server-fault`, `rate-limited`;
 *   - refused: `client-refused`, `app-type-wrong`, `app-disabled`, `connector-not-bound`,
 *     `login-session-invalid`, `scope-rejected`, `wire-no-bearer`.
 *
 * @example
 * ```ts ignore
 * const { accessToken, expiresAt } = await exchangeJwt({
 *   clientId: "1127900106117",
 *   keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
 *   privateKey: await Deno.readFile("keys/private_key.pem"),
 * }, { durationSeconds: 3600 });
 * ```
 */
export async function exchangeJwt(
  app: CozeApp,
  request: TokenRequest = {},
  options: RequestOptions = {},
): Promise<AccessToken> {
  return (await issueToken(app, request, options)).token;
}

/**
 * As {@linkcode exchangeJwt}, with the token's life for whoever keeps the token.
 *
 * @param app Who asks.
 * @param request What is asked for.
 * @param options How it is sent.
 * @returns The token and its life.
 * @throws {CozeError} As {@linkcode exchangeJwt}.
 */
export async function issueToken(
  app: CozeApp,
  request: TokenRequest,
  options: RequestOptions,
): Promise<IssuedToken> {
  checkRequest(app, request);
  const signer = { ...app, privateKey: await signingKey(app.privateKey) };
  const call = startCall(options);
  for (let attempt = 1;; attempt++) {
    try {
      const assertion = await createAssertion(signer, request, call);
      const answer = await send(
        createTokenRequest(app, request, assertion),
        call,
        MAX_ANSWER_BYTES,
      );
      return readIssuedToken(answer, request);
    } catch (error) {
      if (!(error instanceof CozeError) || !await waitToRetry(error, attempt, call)) throw error;
    }
  }
}

/** Waits before the next attempt; false when there is to be none. */
async function waitToRetry(error: CozeError, attempt: number, call: Call): Promise<boolean> {
  if (!RETRIED.includes(error.code) || attempt >= MAX_ATTEMPTS) return false;
  const { retryAfterSeconds } = error.details;
  const jitter = 0.5 + Math.random();
  const ms = typeof retryAfterSeconds === "number"
    ? retryAfterSeconds * 1000
    : FIRST_DELAY_MS * 2 ** (attempt - 1) * jitter;
  // An error that is known now is worth more than a time-out later.
  if (call.now() + ms >= call.deadline) return false;
  try {
    await call.sleep(ms, call.signal);
  } catch (error) {
    // A sleep may reject when it is aborted; the next attempt says so in our words.
    if (!call.signal.aborted) throw error;
  }
  return true;
}
