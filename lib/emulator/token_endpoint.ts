// The token endpoint: its checks as a table, and the token that a request gets when all are passed.

import type { EmulatorApp } from "./options.ts";
import {
  findFault,
  integer,
  isObject,
  type JsonObject,
  list,
  object,
  oneOf,
  parseObject,
  required,
  type Shape,
  text,
} from "./rules.ts";
import { type Answer, type Call, type Grant, isJson, type Jwt, toSeconds } from "./world.ts";

/** The paths of Coze's pages oauth_jwt, oauth_jwt_collaborate and oauth_jwt_privilege. */
export const TOKEN_PATHS = [
  "/api/permission/oauth2/token",
  "/api/permission/oauth2/account/:account_id/token",
  "/api/permission/oauth2/enterprise_id/:enterprise_id/token",
];

/**
 * A token request as the checks see it. What it lacks is empty or absent here: the check that needs
 * it refuses before another check reads it.
 */
interface Exchange extends Call {
  header: JsonObject;
  claims: JsonObject;
  body: JsonObject;
  /** The app that `iss` names. */
  app?: EmulatorApp;
  /** The app that has the key of `kid`: the one of `iss` if both have it. */
  keyOwner?: EmulatorApp;
  /** Whether the key of `kid` verifies the signature as RS256, whatever `alg` says. */
  isSigned: boolean;
  nowSeconds: number;
}

/** The error codes of Coze's page oauth_jwt, as spelled there, with the status of each. */
const STATUS = {
  invalid_client: 401,
  access_deny: 403,
  invalid_request: 400,
  unsupported_grant_type: 400,
};

/** One row of the table: what is checked, on what evidence, and how a refusal is answered. */
interface Check {
  name: string;
  code: keyof typeof STATUS;
  /** Coze's own words; absent where they were not seen, the emulator's stand in for them then. */
  words?: string | ((exchange: Exchange) => string);
  refuses: (exchange: Exchange) => boolean;
  /**
   * Where rule and answer come from: `[DOC]` a page of Coze's developer guides, `[ISSUE]` an answer
   * of the real server in a public report, `[INF]` inference.
   */
  evidence: string;
}

/** All checks, in the order in which they run. Coze's order is not known. */
// deno-fmt-ignore
const CHECKS: readonly Check[] = [
  { name: "bearer", code: "invalid_client", words: "invalid jwt: empty jwt token",
    refuses: ({ bearer }) => bearer === undefined,
    evidence: "[ISSUE] status and text were seen; [INF] that a missing Bearer JWT is the cause" },
  { name: "jwt-form", code: "invalid_client", refuses: ({ jwt }) => !jwt,
    evidence: "[DOC] oauth_jwt: it is a JWT; code. [INF] status" },
  { name: "alg", code: "invalid_client", refuses: ({ header }) => header["alg"] !== "RS256",
    evidence: "[DOC] oauth_jwt: fixed RS256; code. [INF] status" },
  { name: "typ", code: "invalid_client", refuses: ({ header }) => header["typ"] !== "JWT",
    evidence: "[DOC] oauth_jwt: required, fixed JWT; code. [INF] status, and that it is checked" },
  { name: "kid", code: "invalid_client", words: "invalid jwt: kid not been registred",
    refuses: ({ keyOwner }) => !keyOwner,
    evidence: "[ISSUE] coze-go #43, coze-py #148: status, code and text, in this spelling" },
  { name: "signature", code: "invalid_client", refuses: ({ isSigned }) => !isSigned,
    evidence: "[DOC] oauth_jwt: signed by the key of kid; code. [INF] status" },
  { name: "iss", code: "invalid_client", refuses: ({ app, keyOwner }) => !app || keyOwner !== app,
    evidence: "[DOC] oauth_jwt: the App ID, a string; code. [INF] status" },
  { name: "aud", code: "invalid_client",
    // The Go and Python SDKs name a port, the Java SDK does not.
    refuses: ({ claims: { aud }, url }) => aud !== url.host && aud !== url.hostname,
    evidence: "[DOC] oauth_jwt: the endpoint's host; code. [INF] status, and a port in it" },
  { name: "claims", code: "invalid_client",
    refuses: ({ claims }) =>
      findFault(claims, CLAIMS) !== undefined || Number(claims["exp"]) <= Number(claims["iat"]),
    evidence: "[DOC] oauth_jwt: iat, exp, jti, session_name, session_context, their types, exp " +
      "later than iat; code; vibe_coding_websdk: connector_info. [INF] status" },
  { name: "issued-at", code: "invalid_client",
    refuses: ({ claims, nowSeconds }) => Number(claims["iat"]) > nowSeconds,
    evidence: "[DOC] oauth_jwt: valid from iat; code. [INF] status, and that no skew is allowed" },
  { name: "expiry", code: "invalid_client",
    // RFC 7519 section 4.1.4: not accepted on or after `exp`.
    refuses: ({ claims, nowSeconds }) => Number(claims["exp"]) <= nowSeconds,
    evidence: "[DOC] oauth_jwt: valid until exp; code. [INF] status, and that no skew is allowed" },
  { name: "jti", code: "invalid_client", refuses: isReplayed,
    evidence: "[DOC] oauth_jwt: a JWT can be used only once; code. [INF] status, and that the " +
      "checks above do not use it up and those below do" },
  { name: "app-state", code: "access_deny",
    words: ({ app }) => `app: ${app!.clientId} is currently deactivated by the owner`,
    refuses: ({ app }) => app?.state === "disabled",
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "login-session", code: "access_deny", words: "login session invalid",
    refuses: ({ app }) => app?.state === "login-required",
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "app-type", code: "access_deny", words: "invalid app type",
    refuses: ({ app }) => app?.type === "web",
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "connector", code: "access_deny", words: "connector app should bind connector id",
    refuses: ({ app }) => app?.type === "unbound-connector",
    evidence: "[DOC] oauth_jwt_channel, [ISSUE] coze-java #39: text. [INF] code and status" },
  { name: "content-type", code: "invalid_request", refuses: ({ request }) => !isJson(request),
    evidence: "[DOC] oauth_jwt: application/json. [INF] code and status" },
  { name: "body", code: "invalid_request", refuses: ({ text }) => !parseObject(text!),
    evidence: "[DOC] oauth_jwt: a JSON object. [INF] code and status" },
  { name: "grant-type", code: "unsupported_grant_type",
    words: ({ body: { grant_type: given } }) =>
      `not supported grant type: ${typeof given === "string" ? given.slice(0, 200) : ""}`,
    refuses: ({ body }) => body["grant_type"] !== "urn:ietf:params:oauth:grant-type:jwt-bearer",
    evidence: "[DOC] oauth_jwt: code and text. [INF] status" },
  { name: "duration", code: "invalid_request", words: "invalid request: duration_seconds",
    refuses: ({ body }) => findFault(body, { duration_seconds: integer(1, 86_399) }) !== undefined,
    evidence: "[DOC] oauth_jwt: maximum, code, form of the text. [INF] status, and the minimum" },
  { name: "scope", code: "invalid_request",
    refuses: ({ body }) => findFault(body, { scope: SCOPE }) !== undefined,
    evidence: "[DOC] oauth_jwt_channel: shape; code. [ISSUE] status, for unknown names" },
  { name: "account", code: "invalid_request",
    refuses: ({ app, names: { account_id: id } }) => !!id && !app?.accounts?.includes(id),
    evidence: "[DOC] oauth_jwt, oauth_jwt_collaborate: the path. [INF] code and status" },
  { name: "enterprise", code: "invalid_request",
    refuses: ({ app, names: { enterprise_id: id } }) => !!id && !app?.enterprises?.includes(id),
    evidence: "[DOC] oauth_jwt_privilege: the path. [INF] code and status" },
];

const CLAIMS: Shape = {
  iat: required(integer()),
  exp: required(integer()),
  jti: required(text(1)),
  session_name: text(),
  session_context: object({
    device_info: object({ device_id: text(), custom_consumer: text() }),
    connector_info: object({ connector_id: text() }),
  }),
};

/** The names in a scope that Coze documents. The Go SDK may send more members. */
const SCOPE_NAMES = ["Connector.botChat", "Connector.botUpdateProfile", "Connector.disconnectBot"];

const SCOPE = object({
  account_permission: required(object({
    permission_list: required(list(oneOf(...SCOPE_NAMES), 1)),
  })),
  attribute_constraint: object({
    connector_bot_chat_attribute: required(object({ bot_id_list: required(list(text())) })),
  }),
});

export const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;
/** For Web Crypto. In a bundle, `node:crypto` would slow down the start of every command. */
export const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

async function verify({ signed, signature }: Jwt, pem: string): Promise<boolean> {
  const spki = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, ""));
  const key = await crypto.subtle.importKey("spki", spki, RS256, false, ["verify"]);
  return await crypto.subtle.verify(RS256, key, signature, new TextEncoder().encode(signed));
}

/** Whether this JWT was used before; uses it up. */
function isReplayed({ claims: { iss, jti }, world: { usedJwts } }: Exchange): boolean {
  const key = JSON.stringify([iss, jti]);
  const isUsed = usedJwts.has(key);
  usedJwts.add(key);
  return isUsed;
}

/** Answers a token request: with a token, or with the refusal of the first check that fails. */
export async function answerTokenRequest(call: Call): Promise<Answer> {
  const exchange = await readExchange(call);
  const check = CHECKS.find(({ refuses }) => refuses(exchange));
  if (!check) return issueToken(exchange);
  const { name, code, words } = check;
  const stem = code === "invalid_client" ? "invalid jwt" : "invalid request";
  const message = (typeof words === "function" ? words(exchange) : words) ??
    `${stem} (emulator: ${name})`;
  const body = { error: code, error_code: code, error_message: message };
  return { status: STATUS[code], body, errorCode: code, refusedBy: name };
}

async function readExchange(call: Call): Promise<Exchange> {
  const { jwt } = call;
  const { header = {}, claims = {} } = jwt ?? {};
  const { apps } = call.world;
  const app = apps.find(({ clientId }) => clientId === claims["iss"]);
  const kid = header["kid"];
  // hasOwn: a kid such as "constructor" names no key.
  const owners = apps.filter(({ keys }) => typeof kid === "string" && Object.hasOwn(keys, kid));
  const keyOwner = owners.find((owner) => owner === app) ?? owners[0];
  return {
    ...call,
    header,
    claims,
    body: parseObject(call.text!) ?? {},
    app,
    keyOwner,
    isSigned: !!keyOwner && await verify(jwt!, keyOwner.keys[String(kid)]!),
    nowSeconds: toSeconds(call.time),
  };
}

/** Page oauth_jwt: these two members, the prefix `czs_`, 900 seconds by default. */
function issueToken({ app, claims, body, world, nowSeconds }: Exchange): Answer {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const token = `czs_emulator_${random.toBase64(BASE64URL)}`;
  const expiresAt = nowSeconds + Number(body["duration_seconds"] ?? 900);
  // `CLAIMS` has checked that it is a text.
  const sessionName = claims["session_name"] as string | undefined;
  world.grants.set(token, { app: app!, sessionName, expiresAt, ...readScope(body["scope"]) });
  return { status: 200, body: { access_token: token, expires_in: expiresAt } };
}

/** A scope has names of its own for permissions. Source: Coze's page oauth_jwt_channel. */
const PERMISSION_OF: Readonly<Record<string, string>> = { "Connector.botChat": "chat" };

/** That a scope narrows the token was seen for a normal app too. */
function readScope(scope: unknown): Pick<Grant, "permissions" | "botIds"> {
  if (!isObject(scope)) return {};
  const { account_permission, attribute_constraint } = scope as {
    account_permission: { permission_list: string[] };
    attribute_constraint?: { connector_bot_chat_attribute: { bot_id_list: string[] } };
  };
  return {
    permissions: account_permission.permission_list.map((name) => PERMISSION_OF[name] ?? name),
    botIds: attribute_constraint?.connector_bot_chat_attribute.bot_id_list,
  };
}

/** Takes a JWT apart; undefined when it is none (JWS compact serialisation, RFC 7515 section 7.1). */
export function readJwt(token: string): Call["jwt"] {
  const segments = token.split(".").map(decodeSegment);
  const [header, claims] = segments.map((bytes) => parseObject(new TextDecoder().decode(bytes)));
  const signature = segments[2];
  if (segments.length !== 3 || !header || !claims || !signature) return undefined;
  return { header, claims, signed: token.slice(0, token.lastIndexOf(".")), signature };
}

/** Strict base64url: no padding, no blanks, no stray bits in the last character. */
function decodeSegment(segment: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(segment, BASE64URL);
    return bytes.toBase64(BASE64URL) === segment ? bytes : undefined;
  } catch {
    return undefined;
  }
}
