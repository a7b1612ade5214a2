/** Every code an error or a finding can carry. Codes are part of the interface: never renamed, never reused. */
// deno-fmt-ignore
export type ErrorCode =
  // usage
  | "usage-command" | "usage-flag" | "usage-value" | "usage-no-terminal" | "duration-out-of-range"
  | "file-exists"
  | "file-unwritable" | "interrupted" | "unexpected"
  // configuration
  | "config-missing" | "config-shadowed" | "config-mixed-sources" | "config-file-malformed"
  | "config-wrong-client-type" | "client-id-malformed" | "client-id-is-web-client"
  | "client-id-looks-like-bot-id" | "ids-swapped" | "key-id-malformed" | "key-id-is-public-key"
  | "base-url-not-api" | "base-url-lookalike" | "base-url-insecure"
  // key
  | "key-file-missing" | "key-file-unreadable" | "key-is-public" | "key-is-certificate"
  | "key-is-encrypted" | "key-is-openssh" | "key-not-rsa" | "key-is-rsa-pss" | "key-too-short"
  | "key-damaged" | "key-is-a-path" | "key-repaired" | "key-several-blocks" | "key-file-mode"
  | "key-symlink"
  // refused by the token endpoint
  | "client-refused" | "wrong-region" | "key-id-unknown" | "key-mismatch" | "client-id-unknown"
  | "clock-skew" | "assertion-lifetime" | "app-type-wrong" | "app-disabled" | "connector-not-bound"
  | "login-session-invalid" | "scope-rejected" | "account-path-refused" | "wire-no-bearer"
  | "redirected"
  // a request that somebody pasted
  | "wire-assertion-in-body" | "wire-bearer-malformed" | "wire-not-a-jwt" | "wire-wrong-grant"
  | "wire-wrong-path" | "wire-wrong-method" | "wire-body-not-json" | "wire-claims-invalid"
  | "wire-scope-in-claims" | "audience-mismatch"
  // after the token
  | "token-invalid" | "token-other-region" | "permission-missing" | "scope-narrows"
  | "workspace-not-granted" | "bot-not-published" | "bot-exists" | "resource-not-found"
  | "conversation-busy" | "request-invalid" | "content-refused" | "quota-exhausted" | "model-fault"
  // between here and there
  | "rate-limited" | "dns-failure" | "connection-refused" | "connection-lost" | "timeout"
  | "tls-untrusted" | "proxy-refused" | "answer-not-json" | "answer-too-large" | "answer-invalid"
  | "server-fault" | "sandbox-net" | "sandbox-read" | "sandbox-write";

/** Plain values that say more about an error, such as the line of the damage. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** What the server said, in its own words (sanitised, at most 300 characters). */
export interface ServerAnswer {
  /** HTTP status. */
  status: number;
  /** `error_code` of the token endpoint, or the number `code` of the other endpoints, as text. */
  code?: string;
  /** `error_message` or `msg`. */
  message?: string;
  /** `X-Tt-Logid`, the number that Coze's support asks for. */
  logId?: string;
}

/**
 * The one error of this library. Switch on `code`; show `message` (English) or render your own
 * words from `code` and `details`. It holds no secret and no `cause`, because foreign messages can
 * quote the request's `Authorization` header.
 *
 * @example
 * ```ts
 * import { CozeError, importPrivateKey } from "../mod.ts";
 *
 * try {
 *   await importPrivateKey("-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n");
 * } catch (error) {
 *   if (!(error instanceof CozeError) || error.code !== "key-is-public") throw error;
 * }
 * ```
 */
export class CozeError extends Error {
  /** Always `"CozeError"`. */
  override readonly name = "CozeError";
  /** What went wrong, stable over versions. */
  readonly code: ErrorCode;
  /** The values behind the message. */
  readonly details: ErrorDetails;
  /** The server's words, when it was the server that refused. */
  readonly server?: ServerAnswer;

  /**
   * Makes an error.
   *
   * @param code What went wrong.
   * @param message The same in English: a sentence without final period and without secrets.
   * @param details The values behind the message.
   * @param server The server's words.
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, server?: ServerAnswer) {
    super(message);
    this.code = code;
    this.details = details;
    if (server) this.server = server;
  }
}
