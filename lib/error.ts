import { isObject } from "./json.ts";

/** Every code that the library's own functions throw. Codes are part of the interface. */
// deno-fmt-ignore
export type ErrorCode =
  // arguments
  | "usage" | "duration-out-of-range" | "config-missing" | "client-id-malformed"
  | "key-id-malformed" | "base-url-not-api" | "base-url-insecure" | "wire-not-an-assertion" | "interrupted"
  // private key
  | "key-is-public" | "key-is-encrypted" | "key-is-openssh" | "key-not-rsa" | "key-damaged"
  | "key-is-a-path"
  // network
  | "dns-failure" | "connection-refused" | "connection-lost" | "timeout" | "tls-untrusted"
  | "proxy-refused" | "sandbox-net"
  // any server
  | "rate-limited" | "server-fault" | "redirected" | "answer-invalid"
  // token endpoint
  | "client-refused" | "app-type-wrong" | "app-disabled" | "connector-not-bound"
  | "login-session-invalid" | "scope-rejected" | "wire-no-bearer"
  // API
  | "token-invalid" | "permission-missing" | "bot-not-published" | "resource-not-found"
  | "conversation-busy" | "request-invalid" | "content-refused" | "quota-exhausted" | "model-fault"
  | "api-refused";

/** Plain values that say more about an error, such as a line number. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** What the server said, in its own words: sanitised, secrets masked, at most 300 characters. */
export interface ServerAnswer {
  /** HTTP status. */
  status: number;
  /** `error_code` of the token endpoint, or the number `code` of the API, as text. */
  code?: string;
  /** `error_message` of the token endpoint, or `msg` of the API. */
  message?: string;
  /** `X-Tt-Logid`, the number that Coze's support asks for. */
  logId?: string;
}

/**
 * The one error class of this library. Switch on `code`; show `message` (English), or your own words
 * for `code` and `details`. It holds no secret and no `cause`, because the messages of other errors
 * can quote the `Authorization` header.
 *
 * @typeParam C The codes; those of the library unless a caller adds some.
 *
 * @example
 * ```ts ignore
 * const isKeyWrong = error instanceof CozeError && error.code.startsWith("key-");
 * ```
 */
export class CozeError<C extends string = ErrorCode> extends Error {
  /** Always `"CozeError"`. */
  override readonly name = "CozeError";
  /** What went wrong, stable over versions. */
  readonly code: C;
  /** The values behind the message. */
  readonly details: ErrorDetails;
  /** The server's words, when a server answered. */
  readonly server?: ServerAnswer;

  /**
   * Creates an error.
   *
   * @param code What went wrong.
   * @param message The same in English: a sentence without final period and without secrets.
   * @param details The values behind the message.
   * @param server The server's words.
   */
  constructor(code: C, message: string, details: ErrorDetails = {}, server?: ServerAnswer) {
    super(message);
    this.code = code;
    this.details = details;
    this.server = server;
  }
}

/** The error for an argument that does not have the expected form. */
export function invalidArgument(name: string, expected: string): CozeError {
  return new CozeError("usage", `"${name}" must be ${expected}`, { name, expected });
}

/** The error for an absent member of the app. */
export function missing(name: string): CozeError {
  return new CozeError("config-missing", `"${name}" is missing`, { names: name });
}

/** Returns the argument if it is an object. */
export function checkedObject<T extends object>(name: string, value: T): T {
  if (isObject(value)) return value;
  throw invalidArgument(name, "an object");
}

export function checkFunctions(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && typeof value !== "function") {
      throw invalidArgument(name, "a function");
    }
  }
}

/** The error for a response in which a member is missing or of a wrong type. */
export function malformed(member: string, server?: ServerAnswer): CozeError {
  const message = `The response has no usable "${member}"`;
  const details: ErrorDetails = server ? { member, status: server.status } : { member };
  return new CozeError("answer-invalid", message, details, server);
}
