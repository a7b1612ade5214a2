// Coze in memory, written from its protocol. It shares no code with the library, the emulator and
// the doctor, so it cannot share their mistakes.

import type { KeyObject } from "node:crypto";
import type { Chance } from "../random.ts";
import { type Check, firstRefusal, type Policy } from "./checks.ts";
import { isSignedBy, type Jwt, parseBearer } from "./jwt.ts";
import { type AppState, createSpeaker, type Refusal, type Wording } from "./wording.ts";

/** The true time, which passes only when something adds to it. */
export interface Clock {
  /** Milliseconds since the epoch. */
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

/** How a server behaves. */
export interface ServerOptions extends Policy {
  host: string;
  apps: readonly App[];
  wording: Wording;
  /** Whether it checks the app's state, the path and the scope before the assertion. */
  outerFirst: boolean;
  /** Most seconds by which `iat` and `exp` may be off. */
  tolerance: number;
  /** Most seconds from `iat` to `exp`. */
  longestLife: number;
  refusesReplay: boolean;
  sendsDate: boolean;
  sendsLogId: boolean;
  /** Whether its texts hold ids and times, which differ in each response. */
  volatile: boolean;
  /** HTTP status of `access_deny`; not documented. */
  deniedStatus: number;
  /** Error code for an account that the app may not use; not documented. */
  pathError: "invalid_client" | "access_deny" | "invalid_request";
  /** What the API responds instead of the workspaces. */
  read?: { status: number; headers?: Record<string, string>; body: string };
}

const PATH = /^\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/([\w-]+)\/)?token$/;
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PERMISSIONS = ["Connector.botChat", "Connector.botUpdateProfile", "Connector.disconnectBot"];

/**
 * Makes a server.
 *
 * @param options How it behaves.
 * @param clock The true time.
 * @param chance Chooses tokens, log ids and words.
 */
export function createServer(options: ServerOptions, clock: Clock, chance: Chance): Handler {
  const speak = createSpeaker(options.wording, chance);
  const usedJtis = new Set<unknown>();
  const tokens = new Set<string>();
  const seconds = () => Math.floor(clock.now / 1000);

  const respond = (status: number, body: unknown, more: Record<string, string> = {}) => {
    const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
    if (options.sendsDate) headers.set("date", new Date(clock.now).toUTCString());
    if (options.sendsLogId) headers.set("x-tt-logid", logId());
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    return new Response(typeof body === "string" ? body : JSON.stringify(body), {
      status,
      headers,
    });
  };
  const logId = () =>
    new Date(clock.now).toISOString().replace(/\D/g, "").slice(0, 14) +
    Array.from({ length: 18 }, () => chance.pick([..."0123456789ABCDEF"])).join("");

  const refuse = (refusal: Refusal, about: unknown = "") => {
    const [status, error] = errorOf(refusal, options);
    let message = speak(refusal, error);
    if (options.volatile && message !== "") {
      const begin = String(about).slice(0, 12);
      message += `: ${begin} at ${new Date(clock.now).toISOString()}, ${logId()}`;
    }
    return respond(status, { error, "error_code": error, "error_message": message });
  };

  const refusalOf = (jwt: Jwt, app: App | undefined): Check | undefined => {
    const { header, claims } = jwt;
    const keyId = String(header["kid"]);
    const key = options.apps.map(({ keys }) => keys[keyId]).find(Boolean);
    return firstRefusal({
      kid: key !== undefined,
      signature: key && isSignedBy(jwt, key),
      iss: !app ? "unknown" : keyId in app.keys ? "owns" : "exists",
      claims: areClaimsValid(claims, options),
      time: isTimeValid(claims, seconds(), options.tolerance),
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
    const body: Body = await request.json().catch(() => ({}));
    if (body["grant_type"] !== GRANT) return refuse("grant", body["grant_type"]);
    const { header, claims } = jwt;
    const app = options.apps.find(({ clientId }) => clientId === claims["iss"]);
    const outer = outerRefusalOf(owner, app, body);
    if (options.outerFirst && outer) return refuse(outer);
    const check = refusalOf(jwt, app);
    if (check) return refuse(check, check === "kid" ? header["kid"] : claims["iss"]);
    if (options.refusesReplay && usedJtis.has(claims["jti"])) return refuse("replay");
    usedJtis.add(claims["jti"]);
    if (outer) return refuse(outer);
    const token = `czs_${chance.text(48)}`;
    tokens.add(token);
    const life = body["duration_seconds"] ?? 900;
    return respond(200, { "access_token": token, "expires_in": seconds() + life });
  };

  const listWorkspaces = (request: Request) => {
    if (options.read) {
      return respond(options.read.status, options.read.body, options.read.headers);
    }
    const detail = { logid: logId() };
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    if (!tokens.has(token)) {
      return respond(401, { code: 4100, msg: "authentication is invalid", detail });
    }
    const workspaces = [{ id: "7388888888888888888", name: "Personal", "role_type": "owner" }];
    return respond(200, { code: 0, msg: "", data: { "total_count": 1, workspaces }, detail });
  };

  return async (request) => {
    const { pathname, host } = new URL(request.url);
    if (host !== options.host) throw new Error(`this server is not ${host}`);
    const [isToken, owner] = PATH.exec(pathname) ?? [];
    if (isToken && request.method === "POST") return await exchange(request, owner);
    if (pathname === "/v1/workspaces" && request.method === "GET") return listWorkspaces(request);
    return respond(404, "404 page not found", { "content-type": "text/plain" });
  };
}

/** The members of a request body that the server reads. */
interface Body {
  "grant_type"?: unknown;
  "duration_seconds"?: number;
  scope?: { "account_permission"?: { "permission_list"?: string[] } };
}

/** HTTP status and error code. */
function errorOf(refusal: Refusal, options: ServerOptions): [number, string] {
  switch (refusal) {
    case "scope":
      return [400, "invalid_request"];
    case "grant":
      return [400, "unsupported_grant_type"];
    case "path": {
      const statuses = {
        "access_deny": options.deniedStatus,
        "invalid_client": 401,
        "invalid_request": 400,
      };
      return [statuses[options.pathError], options.pathError];
    }
    case "app-type-wrong":
    case "app-disabled":
    case "connector-not-bound":
    case "login-session-invalid":
      return [options.deniedStatus, "access_deny"];
    default:
      return [401, "invalid_client"];
  }
}

function areClaimsValid(claims: Record<string, unknown>, { host, longestLife }: ServerOptions) {
  const { aud, iss, iat, exp, jti } = claims;
  return aud === host && typeof iss === "string" && typeof jti === "string" && jti !== "" &&
    Number.isInteger(iat) && Number.isInteger(exp) && Number(exp) > Number(iat) &&
    Number(exp) - Number(iat) <= longestLife;
}

function isTimeValid({ iat, exp }: Record<string, unknown>, now: number, tolerance: number) {
  return Number(iat) <= now + tolerance && Number(exp) > now - tolerance;
}
