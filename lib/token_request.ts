import { checkedObject, CozeError, type ErrorCode, invalidArgument, missing } from "./error.ts";
import type { HttpRequest } from "./http.ts";
import { isObject } from "./json.ts";

/** One service app of Coze with one of its keys. */
export interface CozeApp {
  /** App ID (应用 ID) of the service app, digits (not checked): the claim `iss`. */
  clientId: string;
  /**
   * Key id (公钥指纹, labelled "Public key" in the English console), 43 characters of base64url (not
   * checked): the header member `kid`.
   */
  keyId: string;
  /** `private_key.pem` as text or bytes, or the result of {@linkcode importPrivateKey}. */
  privateKey: string | Uint8Array | CryptoKey;
  /**
   * The URL of Coze's API; its host is the claim `aud`.
   *
   * @default {"https://api.coze.cn"}
   */
  baseUrl?: string;
}

/** The token to request. Source: Coze's page oauth_jwt. */
export interface TokenRequest {
  /**
   * Lifetime of the access token in whole seconds, 1 to 86399.
   *
   * @default {900}
   */
  durationSeconds?: number;
  /** Narrows the token. Documented for channel apps only; leave it out unless you need it. */
  scope?: TokenScope;
  /**
   * Your own user's id, 1 to 256 characters: keeps the conversations of your users apart. The claim
   * `session_name`.
   */
  sessionName?: string;
  /** The claim `session_context`. */
  sessionContext?: SessionContext;
  /**
   * Organisation or account id, `[A-Za-z0-9_-]{1,64}`: uses the account path. Not together with
   * `enterpriseId`.
   */
  accountId?: string;
  /** Enterprise id of a 企业特权应用, of the same form: uses the enterprise path. */
  enterpriseId?: string;
}

/** Limits of a token. Source: Coze's page oauth_jwt_channel. */
export interface TokenScope {
  /** Names of permissions; `Connector.botChat` is the documented one. */
  permissions: string[];
  /** Only these bots; they must be published to the API. */
  botIds?: string[];
}

/** What a token is bound to. */
export interface SessionContext {
  /**
   * The device that is billed (企业旗舰版 only): give one of its members. Source: Coze's page
   * oauth_jwt.
   */
  deviceInfo?: { deviceId?: string; customConsumer?: string };
  /**
   * The channel the token is bound to: `"999"` is the Chat SDK, `"2001"` the Web SDK of AI 编程. Such
   * a token probably works only for that channel. Source: Coze's page vibe_coding_websdk.
   */
  connectorInfo?: { connectorId: string };
}

/** The base URL when none is given: Coze in China. */
export const DEFAULT_BASE_URL = "https://api.coze.cn";

/** Coze's own default. */
export const DEFAULT_DURATION_SECONDS = 900;

/** The longest lifetime that Coze documents. */
const MAX_DURATION_SECONDS = 86_399;

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const TEXT = "a non-empty text";
/** The form of the members of a request; one marked `true` is required in its object. */
const FORMS: readonly [path: string, isValid: (value: unknown) => boolean, string, true?][] = [
  [
    "sessionName",
    (name) => isText(name) && name.length <= 256,
    "1 to 256 characters without control characters",
  ],
  ["sessionContext", isObject, "an object"],
  ["sessionContext.deviceInfo", isObject, "an object"],
  ["sessionContext.deviceInfo.deviceId", isText, TEXT],
  ["sessionContext.deviceInfo.customConsumer", isText, TEXT],
  ["sessionContext.connectorInfo", isObject, "an object"],
  ["sessionContext.connectorInfo.connectorId", isText, TEXT, true],
  ["scope", isObject, "an object"],
  ["scope.permissions", isTextList, "a list of non-empty texts", true],
  ["scope.botIds", isTextList, "a list of non-empty texts"],
  ["accountId", isOwnerId, "[A-Za-z0-9_-]{1,64}"],
  ["enterpriseId", isOwnerId, "[A-Za-z0-9_-]{1,64}"],
];

/** Refuses what can never work. A value that only looks wrong is sent. */
export function checkRequest(app: Omit<CozeApp, "privateKey">, request: TokenRequest): void {
  checkAppId(app.clientId, "clientId", "client-id-malformed");
  checkAppId(app.keyId, "keyId", "key-id-malformed");
  parseBaseUrl(app.baseUrl);
  checkTokenRequest(request);
}

export function checkTokenRequest(request: TokenRequest): void {
  const { durationSeconds, accountId, enterpriseId } = request;
  if (durationSeconds !== undefined) checkDuration(durationSeconds);
  for (const [path, isValid, expected, isRequired] of FORMS) {
    const names = path.split(".");
    const parent = names.slice(0, -1).reduce<unknown>(memberOf, request);
    const value = memberOf(parent, names.at(-1)!);
    if (value === undefined && !(isRequired && parent !== undefined)) continue;
    if (!isValid(value)) throw invalidArgument(path, expected);
  }
  if (accountId !== undefined && enterpriseId !== undefined) {
    throw invalidArgument("enterpriseId", "absent when accountId is given");
  }
}

/** Copies the arguments, so that later changes have no effect, and checks them. */
export function checkedCopy(
  app: CozeApp,
  request: TokenRequest,
): { app: CozeApp; request: TokenRequest } {
  const { clientId, keyId, privateKey, baseUrl } = checkedObject("app", app);
  const copy = { app: { clientId, keyId, privateKey, baseUrl }, request: copyRequest(request) };
  checkRequest(copy.app, copy.request);
  return copy;
}

/** A deep copy of the members of a request that this library knows. */
export function copyRequest(request: TokenRequest): TokenRequest {
  const { durationSeconds, scope, sessionName, sessionContext, accountId, enterpriseId } =
    checkedObject("request", request);
  const known = { durationSeconds, scope, sessionName, sessionContext, accountId, enterpriseId };
  try {
    return structuredClone(known);
  } catch {
    throw invalidArgument("request", "plain data, without functions");
  }
}

function memberOf(object: unknown, name: string): unknown {
  return isObject(object) ? object[name] : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !CONTROL.test(value);
}

function isTextList(value: unknown): boolean {
  // `value.every` would skip the holes of a list.
  return Array.isArray(value) && [...value].every(isText);
}

function isOwnerId(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value);
}

function checkAppId(value: unknown, name: string, code: ErrorCode): void {
  if (value === undefined || value === "") throw missing(name);
  // A longer one may be a private key.
  if (isText(value) && String(value).length <= 100) return;
  const reason = typeof value !== "string" ? "type" : isText(value) ? "characters" : "control";
  const message = `"${name}" must have at most 100 characters, none of them a control character`;
  throw new CozeError(code, message, { reason });
}

function checkDuration(seconds: unknown): void {
  const isNumber = typeof seconds === "number";
  if (isNumber && Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_DURATION_SECONDS) {
    return;
  }
  const text = typeof seconds === "object" ? "object" : String(seconds);
  // A longer text may be a key or a token in the wrong place.
  const value = isNumber || text.length <= 8 ? text : typeof seconds;
  const message = `A token lives 1 to ${MAX_DURATION_SECONDS} seconds; you asked for ${value}`;
  throw new CozeError("duration-out-of-range", message, { value });
}

/**
 * Parses a base URL and refuses one that would give the assertion away: `http:` is for loopback
 * only. The result has no query, no fragment, no slash after a path; its `host` is the `aud`.
 */
export function parseBaseUrl(text: string = DEFAULT_BASE_URL): URL {
  const url = typeof text === "string" ? URL.parse(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    const message = "The base URL must be an https URL without query and fragment";
    throw new CozeError("base-url-not-api", message, { reason: "form" });
  }
  const { host } = url;
  if (url.username !== "" || url.password !== "") {
    const message = "The base URL must not contain a user name or a password";
    throw new CozeError("base-url-insecure", message, { reason: "user-info", host });
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    const message = "The base URL must be https: http is for this machine only";
    throw new CozeError("base-url-insecure", message, { reason: "http", host });
  }
  // An empty "?" or "#" would stay at the end.
  url.search = url.hash = "";
  url.pathname = url.pathname.replace(/(?<!\/)\/+$/, "");
  return url;
}

export function urlAt(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/$/, "") + path;
  return url;
}

/** The token endpoint. Source: Coze's pages oauth_jwt and oauth_jwt_privilege. */
export function tokenEndpoint(
  { baseUrl }: Pick<CozeApp, "baseUrl">,
  { accountId, enterpriseId }: TokenRequest,
): URL {
  // Half a surrogate pair cannot be encoded.
  const encode = (id: string) => encodeURIComponent(id.toWellFormed());
  const owner = accountId !== undefined
    ? `account/${encode(accountId)}/`
    : enterpriseId !== undefined
    ? `enterprise_id/${encode(enterpriseId)}/`
    : "";
  return urlAt(parseBaseUrl(baseUrl), `/api/permission/oauth2/${owner}token`);
}

/** The JSON body of a token request, with the members that the official SDK sends. */
export function tokenRequestBody(request: TokenRequest): Record<string, unknown> {
  const { durationSeconds = DEFAULT_DURATION_SECONDS, scope } = request;
  return {
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "duration_seconds": durationSeconds,
    scope: scope && {
      "account_permission": { "permission_list": scope.permissions },
      "attribute_constraint": scope.botIds && {
        "connector_bot_chat_attribute": { "bot_id_list": scope.botIds },
      },
    },
  };
}

/** The session claims. JSON.stringify leaves out members that are `undefined`. */
export function sessionClaims({ sessionName, sessionContext }: TokenRequest) {
  const { deviceInfo, connectorInfo } = sessionContext ?? {};
  return {
    "session_name": sessionName,
    "session_context": (deviceInfo || connectorInfo) && {
      "device_info": deviceInfo && {
        "device_id": deviceInfo.deviceId,
        "custom_consumer": deviceInfo.customConsumer,
      },
      "connector_info": connectorInfo && { "connector_id": connectorInfo.connectorId },
    },
  };
}

/**
 * The POST that turns an assertion into a token. Unlike RFC 7523, the JWT goes into the
 * Authorization header and the body is JSON.
 */
export function createTokenRequest(
  app: Pick<CozeApp, "baseUrl">,
  request: TokenRequest,
  assertion: string,
): HttpRequest {
  return {
    method: "POST",
    url: tokenEndpoint(app, request),
    bearer: assertion,
    body: tokenRequestBody(request),
  };
}
