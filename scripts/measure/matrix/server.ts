// A token endpoint in memory, written from Coze's documentation. It shares no code with the library,
// the emulator and the doctor, so it cannot share their mistakes.

import { Buffer } from "node:buffer";
import { type KeyObject, verify } from "node:crypto";
import type { Chance } from "./random.ts";
import { APP_STATES, createSpeaker } from "./wording.ts";
import type { AppState, Check, Refusal, Wording } from "./wording.ts";

/** The true time in milliseconds. */
export interface Clock {
  now: number;
}

export type Handler = (request: Request) => Promise<Response>;

/** A registered app. */
export interface App {
  clientId: string;
  /** Public keys by key id. */
  keys: Readonly<Record<string, KeyObject>>;
  state?: AppState;
  /** Accounts and enterprises whose tokens it may request. */
  owners?: readonly string[];
}

/** How a server checks an assertion. */
export interface Policy {
  order: readonly Check[];
  /** What to do with a check that needs the key of an unknown key id. */
  unverifiable: "skip" | "refuse";
  /** Whether the App ID must only exist, or own the key id too. */
  issuer: "exists" | "owns-kid";
}

/** Facts about an assertion. */
export interface AssertionFacts {
  /** The key id is registered. */
  kid: boolean;
  /** The key of the key id signed it; `undefined` if the key id is unknown. */
  signature: boolean | undefined;
  /** The App ID is unknown, exists, or owns the key id. */
  iss: "owns" | "exists" | "unknown";
  claims: boolean;
  time: boolean;
}

/** The first check that refuses an assertion, if any. */
export function firstRefusal(facts: AssertionFacts, policy: Policy): Check | undefined {
  const { kid, signature, iss, claims, time } = facts;
  const { order, unverifiable, issuer } = policy;
  const isOwned = iss === "owns" || issuer === "exists" || !kid && unverifiable === "skip";
  const passes: Record<Check, boolean> = {
    kid,
    signature: signature ?? unverifiable === "skip",
    iss: iss !== "unknown" && isOwned,
    claims,
    time,
  };
  return order.find((check) => !passes[check]);
}

/** How a server behaves. */
export interface ServerOptions extends Policy {
  host: string;
  apps: readonly App[];
  wording: Wording;
  /** Whether it checks the app's state, the path and the scope before the assertion. */
  outerFirst: boolean;
  /** Seconds by which `iat` may be in the future, and `exp` in the past. */
  tolerance: number;
  /** Longest accepted time from `iat` to `exp`, in seconds. */
  longestLife: number;
  sendsDate: boolean;
  /** Whether its messages contain ids and times, which differ in each response. */
  volatile: boolean;
  /** HTTP status of `access_deny`; not documented. */
  deniedStatus: number;
  /** Error code for an account that the app may not use; not documented. */
  pathError: "invalid_client" | "access_deny" | "invalid_request";
}

/** Reads the JWT of an Authorization header, if it holds one. */
export function parseBearer(authorization: string | null) {
  const [, header = "", claims = "", signature = ""] =
    /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]*)$/.exec(authorization ?? "") ?? [];
  if (header === "") return undefined;
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, "base64url").toString());
  const signed = `${header}.${claims}`;
  return {
    header: read(header),
    claims: read(claims),
    signed,
    signature: Buffer.from(signature, "base64url"),
  };
}

type Jwt = NonNullable<ReturnType<typeof parseBearer>>;

export function isSignedBy({ header, signed, signature }: Jwt, publicKey: KeyObject): boolean {
  return header["alg"] === "RS256" &&
    verify("RSA-SHA256", Buffer.from(signed), publicKey, signature);
}

const PATH = /^\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/([\w-]+)\/)?token$/;
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PERMISSIONS = ["Connector.botChat", "Connector.botUpdateProfile", "Connector.disconnectBot"];

/** What the server reads of a request body. */
interface Body {
  [name: string]: unknown;
  scope?: { "account_permission"?: { "permission_list"?: string[] } };
}

/** Makes a server. `chance` chooses tokens, log ids and messages. */
export function createServer(options: ServerOptions, clock: Clock, chance: Chance): Handler {
  const speak = createSpeaker(options.wording, chance);
  const usedJtis = new Set<unknown>();
  const tokens = new Set<string>();
  const seconds = () => Math.floor(clock.now / 1000);
  const logId = () =>
    new Date(clock.now).toISOString().replace(/\D/g, "").slice(0, 14) + chance.digits(18);

  const respond = (status: number, body: unknown) => {
    const headers = new Headers({ "x-tt-logid": logId() });
    if (options.sendsDate) headers.set("date", new Date(clock.now).toUTCString());
    return Response.json(body, { status, headers });
  };

  const refuse = (refusal: Refusal, about: unknown = "") => {
    const [status, error] = errorOf(refusal, options);
    let message = speak(refusal, error);
    if (options.volatile && message !== "") {
      const time = new Date(clock.now).toISOString();
      message += `: ${String(about).slice(0, 12)} at ${time}, ${logId()}`;
    }
    return respond(status, { error, "error_code": error, "error_message": message });
  };

  const refusalOf = (jwt: Jwt, app: App | undefined): Check | undefined => {
    const { header, claims: { aud, iss, iat, exp, jti } } = jwt;
    const keyId = String(header["kid"]);
    const key = options.apps.map(({ keys }) => keys[keyId]).find(Boolean);
    const life = Number(exp) - Number(iat);
    return firstRefusal({
      kid: key !== undefined,
      signature: key && isSignedBy(jwt, key),
      iss: !app ? "unknown" : keyId in app.keys ? "owns" : "exists",
      claims: aud === options.host && typeof iss === "string" && Boolean(jti) &&
        Number.isInteger(iat) && Number.isInteger(exp) && life > 0 && life <= options.longestLife,
      time: Number(iat) <= seconds() + options.tolerance &&
        Number(exp) > seconds() - options.tolerance,
    }, options);
  };

  /** The refusal by the app's state, the path or the scope. */
  const outerRefusalOf = (owner: string | undefined, app: App | undefined, body: Body) => {
    const names = body.scope?.["account_permission"]?.["permission_list"] ?? [];
    if (app?.state) return app.state;
    if (owner !== undefined && !app?.owners?.includes(owner)) return "path";
    return names.every((name) => PERMISSIONS.includes(name)) ? undefined : "scope";
  };

  const exchange = async (request: Request, owner: string | undefined) => {
    const jwt = parseBearer(request.headers.get("authorization"));
    if (!jwt) return refuse("empty");
    const body: Body = await request.json();
    if (body["grant_type"] !== GRANT) return refuse("grant", body["grant_type"]);
    const { header, claims } = jwt;
    const app = options.apps.find(({ clientId }) => clientId === claims["iss"]);
    const outer = outerRefusalOf(owner, app, body);
    if (options.outerFirst && outer) return refuse(outer);
    const check = refusalOf(jwt, app);
    if (check) return refuse(check, check === "kid" ? header["kid"] : claims["iss"]);
    if (usedJtis.has(claims["jti"])) return refuse("replay");
    usedJtis.add(claims["jti"]);
    if (outer) return refuse(outer);
    const token = `czs_${chance.text(48)}`;
    tokens.add(`Bearer ${token}`);
    const life = Number(body["duration_seconds"] ?? 900);
    return respond(200, { "access_token": token, "expires_in": seconds() + life });
  };

  return async (request) => {
    const [isToken, owner] = PATH.exec(new URL(request.url).pathname) ?? [];
    if (isToken && request.method === "POST") return await exchange(request, owner);
    // Every other request is one for the list of workspaces.
    return tokens.has(request.headers.get("authorization") ?? "")
      ? respond(200, { code: 0, msg: "", data: { "total_count": 0, workspaces: [] } })
      : respond(401, { code: 4100, msg: "authentication is invalid" });
  };
}

/** HTTP status and error code. */
function errorOf(refusal: Refusal, { deniedStatus, pathError }: ServerOptions): [number, string] {
  if (refusal === "scope") return [400, "invalid_request"];
  if (refusal === "grant") return [400, "unsupported_grant_type"];
  const isState = (APP_STATES as readonly string[]).includes(refusal);
  const error = isState ? "access_deny" : refusal === "path" ? pathError : "invalid_client";
  const statuses = { "access_deny": deniedStatus, "invalid_client": 401, "invalid_request": 400 };
  return [statuses[error], error];
}
