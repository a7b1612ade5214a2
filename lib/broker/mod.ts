/**
 * Access tokens for web pages and mini-programs, which cannot keep a private key. A handler on your
 * server gives each logged-in user a token of their own, and the page calls Coze with it.
 *
 * Needs `--allow-net=api.coze.cn`, and the permissions of your server.
 *
 * @example
 * ```ts ignore
 * import { createTokenProvider } from "@coze-jwt/coze-jwt";
 * import { createTokenBroker } from "@coze-jwt/coze-jwt/broker";
 *
 * const broker = createTokenBroker(createTokenProvider({ clientId, keyId, privateKey }), {
 *   origins: ["https://www.example.com"],
 *   user: async (request) => (await findSession(request.headers.get("cookie")))?.userId,
 * });
 * Deno.serve(broker);
 * ```
 *
 * @module
 */

export { createTokenBroker } from "./broker.ts";
export type { BrokerErrorCode, BrokerEvent, BrokerUser, TokenBrokerOptions } from "./options.ts";
