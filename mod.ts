/**
 * From a Coze (扣子) service-app key to an access token: Web Crypto imports the private key, djwt
 * signs the RS256 JWT, one POST exchanges it.
 *
 * Needs `--allow-net=api.coze.cn`, and `--allow-read=keys` if you read the key from there yourself.
 *
 * @example
 * ```ts ignore
 * import { exchangeJwt } from "@coze-jwt/coze-jwt";
 *
 * const { accessToken, expiresAt } = await exchangeJwt({
 *   clientId: "1127900106117",
 *   keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
 *   privateKey: await Deno.readFile("keys/private_key.pem"),
 * });
 * ```
 *
 * @module
 */

export { createAssertion, decodeAssertion, type DecodedAssertion } from "./lib/assertion.ts";
export { CozeError, type ErrorCode, type ErrorDetails, type ServerAnswer } from "./lib/error.ts";
export { exchangeJwt } from "./lib/exchange.ts";
export { type Fingerprints, fingerprints } from "./lib/fingerprint.ts";
export type { Fetch, RequestOptions } from "./lib/http.ts";
export { importPrivateKey } from "./lib/private_key.ts";
export {
  createTokenProvider,
  type TokenProvider,
  type TokenProviderOptions,
} from "./lib/token_provider.ts";
export type { TokenEvent } from "./lib/token_event.ts";
export type { TokenStore } from "./lib/token_store.ts";
export type { CozeApp, SessionContext, TokenRequest, TokenScope } from "./lib/token_request.ts";
export type { AccessToken } from "./lib/token_response.ts";
