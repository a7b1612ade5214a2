import { CozeError, type ErrorCode } from "./error.ts";

/** Who asks: one service app of Coze with one of its keys. */
export interface CozeApp {
  /** App ID (应用 ID) of the service app, digits: the claim `iss`. */
  clientId: string;
  /** Key id (公钥指纹, labelled "Public key" in the English console): the header member `kid`. */
  keyId: string;
  /** `private_key.pem` as text or bytes, or the result of {@linkcode importPrivateKey}. */
  privateKey: string | Uint8Array | CryptoKey;
  /**
   * Where Coze's API is; `aud` follows from it.
   *
   * @default {"https://api.coze.cn"}
   */
  baseUrl?: string;
}

/** What is asked for. Source: Coze's page oauth_jwt. */
export interface TokenRequest {
  /**
   * Lifetime of the access token in seconds, 1 to 86399.
   *
   * @default {900}
   */
  durationSeconds?: number;
  /** Narrows the token. Documented for channel apps only; leave it out unless you need it. */
  scope?: TokenScope;
  /** Your own user's id: isolates conversations per end user. The claim `session_name`. */
  sessionName?: string;
  /** Device billing (企业旗舰版 only). The claim `session_context`. */
  sessionContext?: SessionContext;
  /** Organisation or account id: asks on the account path. Not together with `enterpriseId`. */
  accountId?: string;
  /** Enterprise id of a 企业特权应用: asks on the enterprise path. */
  enterpriseId?: string;
}

/** Limits of a token. Source: Coze's page oauth_jwt_channel. */
export interface TokenScope {
  /** Names of permissions; `Connector.botChat` is the documented one. */
  permissions: string[];
  /** Only these bots; they must be published to the API. */
  botIds?: string[];
}

/** The device a conversation is billed to. Source: Coze's page oauth_jwt. */
export interface SessionContext {
  /** One of the two members. */
  deviceInfo: { deviceId?: string; customConsumer?: string };
}

/** The base URL that stands when none is given: Coze in China. */
export const DEFAULT_BASE_URL = "https://api.coze.cn";

/** The default lifetime of a token in seconds, Coze's own. */
export const DEFAULT_DURATION_SECONDS = 900;

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Checks what would make a request impossible; what merely looks wrong is sent.
 *
 * @param app Who asks.
 * @param request What is asked for.
 * @throws {CozeError} `config-missing`, `client-id-malformed`, `key-id-malformed`,
 *   `base-url-insecure`, `base-url-not-api`, `duration-out-of-range`, `usage-value`.
 */
export function checkRequest(app: Omit<CozeApp, "privateKey">, request: TokenRequest): void {
  checkId(app.clientId, "clientId", "client-id-malformed");
  checkId(app.keyId, "keyId", "key-id-malformed");
  parseBaseUrl(app.baseUrl ?? DEFAULT_BASE_URL);
  const { durationSeconds = DEFAULT_DURATION_SECONDS } = request;
  if (!Number.isInteger(durationSeconds) || durationSeconds < 1 || durationSeconds > 86_399) {
    throw new CozeError(
      "duration-out-of-range",
      `Cannot ask for a token of that lifetime: 1 to 86399 s, current value is ${durationSeconds}`,
      { value: String(durationSeconds) },
    );
  }
  for (const member of ["accountId", "enterpriseId"] as const) {
    const value = request[member];
    if (value !== undefined && !/^[\w-]{1,64}$/.test(value)) {
      throw invalid(member, "[A-Za-z0-9_-]{1,64}");
    }
  }
  if (request.accountId !== undefined && request.enterpriseId !== undefined) {
    throw invalid("enterpriseId", "accountId, enterpriseId: one of both");
  }
}

function checkId(value: unknown, member: string, code: ErrorCode): void {
  if (value === undefined || value === "") throw missing(member);
  if (typeof value === "string" && !CONTROL.test(value)) return;
  const reason = typeof value === "string" ? "control" : "type";
  throw new CozeError(code, `Cannot sign as ${member} is not a plain text`, { reason });
}

/**
 * Says that a member of the app is not there.
 *
 * @param member Its name.
 */
export function missing(member: string): CozeError {
  return new CozeError("config-missing", `Cannot sign without ${member}`, { names: member });
}

/**
 * Says that an argument has a form that cannot be used.
 *
 * @param name The argument.
 * @param expected The form it must have.
 */
export function invalid(name: string, expected: string): CozeError {
  return new CozeError("usage-value", `Cannot use ${name}: ${expected}`, { name, expected });
}

/**
 * Parses a base URL and refuses those that would give the assertion away.
 *
 * @param text An absolute URL; `http:` for loopback only.
 * @returns The URL; its `host` is the audience.
 * @throws {CozeError} `base-url-insecure`, `base-url-not-api`.
 */
export function parseBaseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    const message = "Cannot use the base URL as it is not a plain URL";
    throw new CozeError("base-url-not-api", message, { reason: "form" });
  }
  const { host } = url;
  if (url.username !== "" || url.password !== "") {
    const message = "Cannot use a base URL with a user name or password in it";
    throw new CozeError("base-url-insecure", message, { reason: "user-info", host });
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    const message = "Cannot send an assertion over http to another machine";
    throw new CozeError("base-url-insecure", message, { reason: "http", host });
  }
  return url;
}

/**
 * The address an assertion is sent to. Source: Coze's pages oauth_jwt and oauth_jwt_privilege.
 *
 * @param app Whose base URL counts.
 * @param request Whose account or enterprise id chooses the path.
 * @returns The absolute URL.
 */
export function tokenEndpoint(app: Pick<CozeApp, "baseUrl">, request: TokenRequest): URL {
  const url = parseBaseUrl(app.baseUrl ?? DEFAULT_BASE_URL);
  const { accountId, enterpriseId } = request;
  // Half a surrogate pair cannot be encoded.
  const encode = (id: string) => encodeURIComponent(id.toWellFormed());
  const owner = accountId !== undefined
    ? `account/${encode(accountId)}/`
    : enterpriseId !== undefined
    ? `enterprise_id/${encode(enterpriseId)}/`
    : "";
  // An empty "?" or "#" would stay at the end.
  url.search = url.hash = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/permission/oauth2/${owner}token`;
  return url;
}

/**
 * The body of a token request, member for member what the official SDK sends.
 *
 * @param request What is asked for.
 * @returns An object for `JSON.stringify`.
 */
export function tokenRequestBody(request: TokenRequest): Record<string, unknown> {
  const { durationSeconds = DEFAULT_DURATION_SECONDS, scope } = request;
  return {
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "duration_seconds": durationSeconds,
    ...(scope && {
      scope: {
        "account_permission": { "permission_list": scope.permissions },
        ...(scope.botIds && {
          "attribute_constraint": {
            "connector_bot_chat_attribute": { "bot_id_list": scope.botIds },
          },
        }),
      },
    }),
  };
}

/**
 * Builds the one POST that turns an assertion into a token. Unlike RFC 7523 the JWT goes into the
 * Authorization header and the body is JSON.
 *
 * @param app Whose endpoint is called.
 * @param request What is asked for.
 * @param assertion A JWT of {@linkcode createAssertion}, used for this request alone.
 * @returns The request, not sent yet.
 */
export function createTokenRequest(
  app: CozeApp,
  request: TokenRequest,
  assertion: string,
): Request {
  return new Request(tokenEndpoint(app, request), {
    method: "POST",
    headers: { "Content-Type": "application/json", "Authorization": `Bearer ${assertion}` },
    body: JSON.stringify(tokenRequestBody(request)),
    redirect: "manual",
  });
}
