import type { EmulatorApp } from "./app.ts";
import type { Burn } from "./jti_memory.ts";

/** A JSON object whose members are still to be checked. */
export type JsonObject = Record<string, unknown>;

/** A JWT taken apart, nothing in it verified. */
export interface Jwt {
  header: JsonObject;
  claims: JsonObject;
  /** The bytes under the signature, as text. */
  signed: string;
  signature: Uint8Array;
}

/** One request as the checks see it. What it does not hold, or holds in no usable form, is absent. */
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
  burn: Burn;
}

/** The members of an exchange that come from the emulator and not from the request. */
export type Surroundings = Pick<
  Exchange,
  "nowSeconds" | "clockToleranceSeconds" | "maxLifetimeSeconds" | "burn"
>;

/** The three paths of Coze's pages oauth_jwt, oauth_jwt_collaborate and oauth_jwt_privilege. */
const TOKEN_PATH =
  /^\/api\/permission\/oauth2\/(?:account\/([^/]+)\/|enterprise_id\/([^/]+)\/)?token$/;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/**
 * Tells whether a path is one of the three token paths.
 *
 * @param path The path of a URL, without query.
 * @returns True for the plain, the account and the enterprise path.
 */
export function isTokenPath(path: string): boolean {
  return TOKEN_PATH.test(path);
}

/**
 * Takes a token request apart. Never throws: what is missing or malformed is left out, and refused
 * by the check whose business it is.
 *
 * @param request The request; only its URL and headers are read.
 * @param text Its body.
 * @param apps The apps as they are now.
 * @param surroundings Clock, limits and the memory of used `jti`.
 * @returns The parts.
 */
export function readExchange(
  request: Request,
  text: string,
  apps: readonly EmulatorApp[],
  surroundings: Surroundings,
): Exchange {
  const url = new URL(request.url);
  // Coze's pages write "Bearer {token}"; nothing shows that another case or spacing is taken.
  const bearer = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  const jwt = bearer === undefined ? undefined : readJwt(bearer);
  const app = apps.find((app) => app.clientId === jwt?.claims["iss"]);
  const kid = jwt?.header["kid"];
  // hasOwn: a kid such as "constructor" names no key.
  const owners = apps.filter((app) => typeof kid === "string" && Object.hasOwn(app.keys, kid));
  const keyOwner = owners.find((owner) => owner === app) ?? owners[0];
  const [, accountId, enterpriseId] = TOKEN_PATH.exec(url.pathname) ?? [];
  return {
    ...surroundings,
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
    return bytes.toBase64(BASE64URL) === segment ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a JSON object.
 *
 * @param text The text.
 * @returns The object, or undefined when it is none.
 */
export function readObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Tells a JSON object from the other JSON values.
 *
 * @param value What JSON.parse gave, or a member of it.
 * @returns True for an object, false for an array, null and the rest.
 */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unescapeId(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
