import { createPublicKey, verify } from "node:crypto";
import { UNKNOWN } from "./answer.ts";
import { isJsonType, isObject, type JsonObject, memberOf, readObject } from "./parameters.ts";
import type { EmulatorApp } from "./world.ts";

/** A JWT taken apart, nothing in it verified. */
interface Jwt {
  header: JsonObject;
  claims: JsonObject;
  /** The bytes under the signature, as text. */
  signed: string;
  signature: Uint8Array;
}

/** One request as the checks see it; what it does not hold in a usable form is absent. */
export interface Exchange {
  /** The host that was called, with its port when it is not the default. */
  host: string;
  contentType: string | null;
  /** What follows `Bearer `. */
  bearer?: string;
  jwt?: Jwt;
  /** The app that `iss` names. */
  app?: EmulatorApp;
  /** The app that has the key of `kid`, and that key as PEM text. */
  keyOwner?: EmulatorApp;
  publicKey?: string;
  body?: JsonObject;
  accountId?: string;
  enterpriseId?: string;
  /** The emulator's clock, in whole seconds since the epoch. */
  nowSeconds: number;
  clockToleranceSeconds: number;
  maxLifetimeSeconds: number;
  /** Remembers a used `jti` of an `iss`; false when it was used before. Times in Unix seconds. */
  burn: (iss: string, jti: string, exp: number, nowSeconds: number) => boolean;
}

/** The three paths of Coze's pages oauth_jwt, oauth_jwt_collaborate and oauth_jwt_privilege. */
export const TOKEN_PATH =
  /^\/api\/permission\/oauth2\/(?:account\/([^/]+)\/|enterprise_id\/([^/]+)\/)?token$/;

/**
 * Takes a token request apart. Never throws: what is missing or malformed is left out, and refused
 * by the check that needs it.
 */
export function readExchange(
  request: Request,
  text: string,
  apps: readonly EmulatorApp[],
  limits: Pick<Exchange, "nowSeconds" | "clockToleranceSeconds" | "maxLifetimeSeconds" | "burn">,
): Exchange {
  const url = new URL(request.url);
  const bearer = readBearer(request);
  const jwt = bearer === undefined ? undefined : readJwt(bearer);
  const app = apps.find((app) => app.clientId === jwt?.claims["iss"]);
  const kid = jwt?.header["kid"];
  // hasOwn: a kid such as "constructor" names no key.
  const owners = apps.filter((app) => typeof kid === "string" && Object.hasOwn(app.keys, kid));
  const keyOwner = owners.find((owner) => owner === app) ?? owners[0];
  const [, accountId, enterpriseId] = TOKEN_PATH.exec(url.pathname) ?? [];
  return {
    ...limits,
    host: url.host,
    contentType: request.headers.get("content-type"),
    bearer,
    jwt,
    app,
    keyOwner,
    publicKey: keyOwner?.keys[kid as string],
    body: readObject(text),
    accountId: accountId && unescapeId(accountId),
    enterpriseId: enterpriseId && unescapeId(enterpriseId),
  };
}

/** Coze's pages write "Bearer {token}"; nothing shows that another case or spacing is taken. */
export function readBearer({ headers }: Request): string | undefined {
  return /^Bearer (\S+)$/.exec(headers.get("authorization") ?? "")?.[1];
}

/** JWS compact serialisation, RFC 7515 section 7.1. An empty signature is left to other checks. */
function readJwt(text: string): Jwt | undefined {
  const [header, claims, signature, ...rest] = text.split(".").map(decodeSegment);
  const signed = text.slice(0, text.lastIndexOf("."));
  if (!header || !claims || !signature || rest.length > 0) return undefined;
  const headerObject = readObject(new TextDecoder().decode(header));
  const claimsObject = readObject(new TextDecoder().decode(claims));
  return headerObject && claimsObject &&
    { header: headerObject, claims: claimsObject, signed, signature };
}

/** Strict base64url: no padding, no blanks, no stray bits in the last character. */
function decodeSegment(segment: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.fromBase64(segment, { alphabet: "base64url" });
    const strict = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    return strict === segment ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function unescapeId(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** The name of one check, in journals and in the option `order`. */
export type CheckName =
  | ("bearer" | "jwt-form" | "alg" | "typ" | "kid" | "signature" | "iss" | "aud" | "claims")
  | ("issued-at" | "expiry" | "lifetime" | "jti")
  | ("app-state" | "login-session" | "app-type" | "connector")
  | ("content-type" | "body" | "grant-type" | "duration" | "scope" | "account" | "enterprise");

/** The error codes of Coze's page oauth_jwt, as spelled there. */
type ErrorCode =
  | ("invalid_request" | "invalid_client")
  | ("unsupported_grant_type" | "access_deny");

/** One row of the table: what is checked, on what evidence, and how a refusal is answered. */
interface Check {
  name: CheckName;
  status: number;
  code: ErrorCode;
  /** Coze's own words, with `{}` for what the rule fills in. */
  text: string | undefined;
  /** Whether to refuse: true, or what fills the `{}`. What it cannot evaluate it lets pass. */
  refuses: (exchange: Exchange) => boolean | string;
  /**
   * Where rule and answer come from: `[DOC]` a page of Coze's developer guides, `[ISSUE]` an answer
   * of the real server in a public report, `[INF]` inference.
   */
  evidence: string;
}

// deno-fmt-ignore
const CHECKS: readonly Check[] = [
  { name: "bearer", status: 401, code: "invalid_client", text: "invalid jwt: empty jwt token",
    refuses: ({ bearer }) => bearer === undefined,
    evidence: "[ISSUE] status and text were seen; [INF] that a missing Bearer JWT is the cause" },
  { name: "jwt-form", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: ({ bearer, jwt }) => bearer !== undefined && !jwt,
    evidence: "[DOC] oauth_jwt: it is a JWT; code. [INF] status" },
  { name: "alg", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: ({ jwt }) => jwt !== undefined && jwt.header["alg"] !== "RS256",
    evidence: "[DOC] oauth_jwt: fixed RS256; code. [INF] status" },
  { name: "typ", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: ({ jwt }) => jwt !== undefined && jwt.header["typ"] !== "JWT",
    evidence: "[DOC] oauth_jwt: required, fixed JWT; code. [INF] status, and that it is checked" },
  { name: "kid", status: 401, code: "invalid_client", text: "invalid jwt: kid not been registred",
    refuses: ({ jwt, keyOwner }) => jwt !== undefined && !keyOwner,
    evidence: "[ISSUE] coze-go #43, coze-py #148: status, code and text, in this spelling" },
  { name: "signature", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: hasForeignSignature,
    evidence: "[DOC] oauth_jwt: signed by the key of kid; code. [INF] status" },
  { name: "iss", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: ({ jwt, app, keyOwner }) => !!jwt && (!app || (!!keyOwner && keyOwner !== app)),
    evidence: "[DOC] oauth_jwt: the App ID, a string; code. [INF] status" },
  { name: "aud", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: ({ jwt, host }) => jwt !== undefined && jwt.claims["aud"] !== host,
    evidence: "[DOC] oauth_jwt: the endpoint's host; code. [INF] status, and that a port is part " +
      "of it" },
  { name: "claims", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: hasMalformedClaims,
    evidence: "[DOC] oauth_jwt: iat, exp, jti, session_name, session_context, their types, exp " +
      "later than iat; code; vibe_coding_websdk: connector_info. [INF] status" },
  { name: "issued-at", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: isFromTheFuture,
    evidence: "[DOC] oauth_jwt: valid from iat; code. [INF] status" },
  { name: "expiry", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: isExpired,
    evidence: "[DOC] oauth_jwt: valid until exp; code. [INF] status" },
  { name: "lifetime", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: livesTooLong,
    evidence: "[INF] all of it: no maximum is documented" },
  { name: "jti", status: 401, code: "invalid_client", text: UNKNOWN,
    refuses: isReplayed,
    evidence: "[DOC] oauth_jwt: a JWT can be used only once; code. [INF] status" },
  { name: "app-state", status: 403, code: "access_deny",
    text: "app: {} is currently deactivated by the owner",
    refuses: ({ app }) => app?.state === "disabled" && (app.name ?? app.clientId),
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "login-session", status: 403, code: "access_deny", text: "login session invalid",
    refuses: ({ app }) => app?.state === "login-required",
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "app-type", status: 403, code: "access_deny", text: "invalid app type",
    refuses: ({ app }) => app?.type === "web",
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "connector", status: 403, code: "access_deny",
    text: "connector app should bind connector id",
    refuses: ({ app }) => app?.type === "unbound-connector",
    evidence: "[DOC] oauth_jwt_channel, [ISSUE] coze-java #39: text. [INF] code and status" },
  { name: "content-type", status: 400, code: "invalid_request", text: UNKNOWN,
    refuses: ({ contentType }) => !isJsonType(contentType),
    evidence: "[DOC] oauth_jwt: application/json. [INF] code and status" },
  { name: "body", status: 400, code: "invalid_request", text: UNKNOWN,
    refuses: ({ body }) => !body,
    evidence: "[DOC] oauth_jwt: a JSON object. [INF] code and status" },
  { name: "grant-type", status: 400, code: "unsupported_grant_type",
    text: "not supported grant type: {}",
    refuses: hasOtherGrantType,
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "duration", status: 400, code: "invalid_request",
    text: "invalid request: duration_seconds",
    refuses: hasBadDuration,
    evidence: "[DOC] oauth_jwt: maximum, code, form of the text. [INF] status, and the minimum" },
  { name: "scope", status: 400, code: "invalid_request", text: UNKNOWN,
    refuses: hasBadScope,
    evidence: "[DOC] oauth_jwt_channel: shape; code. [ISSUE] status, for unknown names" },
  { name: "account", status: 400, code: "invalid_request", text: UNKNOWN,
    refuses: ({ app, accountId: id }) => !!app && !!id && !app.accounts?.includes(id),
    evidence: "[DOC] oauth_jwt, oauth_jwt_collaborate: the path. [INF] code and status" },
  { name: "enterprise", status: 400, code: "invalid_request", text: UNKNOWN,
    refuses: ({ app, enterpriseId: id }) => !!app && !!id && !app.enterprises?.includes(id),
    evidence: "[DOC] oauth_jwt_privilege: the path. [INF] code and status" },
];

/** All checks in the order in which they run when no other is asked for. Coze's is not known. */
export const DEFAULT_ORDER: readonly CheckName[] = CHECKS.map(({ name }) => name);

/** All checks, the given names first, the others in the default order. */
export function orderChecks(order: readonly CheckName[]): Check[] {
  const names = new Set(order);
  if (names.size < order.length) {
    throw new RangeError(`Cannot order checks as a name stands twice: current value is ${order}`);
  }
  return [...names.union(new Set(DEFAULT_ORDER))].map((name) => {
    const check = CHECKS.find((check) => check.name === name);
    if (!check) throw new RangeError(`Cannot order checks as there is none named '${name}'`);
    return check;
  });
}

/** Verifies RS256 whatever `alg` says, so that no order of checks lets `none` or HS256 in. */
function hasForeignSignature({ jwt, publicKey }: Exchange): boolean {
  if (!jwt || publicKey === undefined) return false;
  const key = createPublicKey(publicKey);
  if (key.asymmetricKeyType !== "rsa") {
    throw new TypeError(`Cannot verify as the app's key is not RSA: ${key.asymmetricKeyType}`);
  }
  return !verify("RSA-SHA256", new TextEncoder().encode(jwt.signed), key, jwt.signature);
}

function hasMalformedClaims({ jwt }: Exchange): boolean {
  if (!jwt) return false;
  const { iat, exp, jti } = jwt.claims;
  return !isInteger(iat) || !isInteger(exp) || exp <= iat || typeof jti !== "string" ||
    jti === "" || SESSION_CLAIMS.some((path) => !isOptionalText(jwt.claims, ...path));
}

/** The optional claims, all of them texts. */
const SESSION_CLAIMS = [
  ["session_name"],
  ["session_context", "device_info", "device_id"],
  ["session_context", "device_info", "custom_consumer"],
  ["session_context", "connector_info", "connector_id"],
];

/** Whether the objects on the way are objects, and what they lead to is a text or absent. */
function isOptionalText(value: unknown, ...path: string[]): boolean {
  if ((value ?? undefined) === undefined) return true;
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === "string";
  return isObject(value) && isOptionalText(value[name], ...rest);
}

function isFromTheFuture({ jwt, nowSeconds, clockToleranceSeconds }: Exchange): boolean {
  const iat = jwt?.claims["iat"];
  return isInteger(iat) && iat > nowSeconds + clockToleranceSeconds;
}

/** RFC 7519 section 4.1.4: not accepted on or after `exp`. */
function isExpired({ jwt, nowSeconds, clockToleranceSeconds }: Exchange): boolean {
  const exp = jwt?.claims["exp"];
  return isInteger(exp) && exp <= nowSeconds - clockToleranceSeconds;
}

function livesTooLong({ jwt, maxLifetimeSeconds }: Exchange): boolean {
  const { iat, exp } = jwt?.claims ?? {};
  return isInteger(iat) && isInteger(exp) && exp - iat > maxLifetimeSeconds;
}

/**
 * Whether Coze burns the `jti` of a request that it refuses is unknown. Here it is burnt when this
 * check is reached: not by what was refused before, and even when a later check refuses.
 */
function isReplayed({ jwt, burn, nowSeconds }: Exchange): boolean {
  const { iss, jti, exp } = jwt?.claims ?? {};
  return typeof iss === "string" && typeof jti === "string" && isInteger(exp) &&
    !burn(iss, jti, exp, nowSeconds);
}

/** How long a `jti` is remembered after its JWT expired: more than any tolerance for clocks. */
const AFTERLIFE_SECONDS = 86_400;

/**
 * Makes the memory that lets each JWT be used once. It forgets what has long expired, so that an
 * emulator may run for days.
 */
export function createJtiMemory(): Exchange["burn"] {
  const used = new Map<string, number>();
  let sweepAt = 1024;
  return (iss, jti, exp, nowSeconds) => {
    if (used.size >= sweepAt) {
      for (const [key, until] of used) if (until < nowSeconds) used.delete(key);
      sweepAt = 1024 + 2 * used.size;
    }
    const key = JSON.stringify([iss, jti]);
    if (used.has(key)) return false;
    used.set(key, exp + AFTERLIFE_SECONDS);
    return true;
  };
}

function hasOtherGrantType({ body }: Exchange): false | string {
  const grantType = body?.["grant_type"];
  if (!body || grantType === "urn:ietf:params:oauth:grant-type:jwt-bearer") return false;
  return typeof grantType === "string" ? grantType.slice(0, 200) : "";
}

function hasBadDuration({ body }: Exchange): boolean {
  const seconds = body?.["duration_seconds"];
  return seconds !== undefined && !(isInteger(seconds) && seconds >= 1 && seconds <= 86_399);
}

/** Null passes, since the Python SDK sends it; so do members only the Go SDK has. */
function hasBadScope({ app, body }: Exchange): boolean {
  const scope = body?.["scope"] ?? null;
  if (scope === null) return false;
  const names = memberOf(scope, "account_permission", "permission_list");
  if (!isTextList(names) || names.length === 0) return true;
  const constraint = memberOf(scope, "attribute_constraint");
  const bots = memberOf(constraint, "connector_bot_chat_attribute", "bot_id_list");
  if (constraint !== undefined && !isTextList(bots)) return true;
  const known = app?.scopes ?? ["Connector.botChat"];
  return app !== undefined && names.some((name) => !known.includes(name));
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
