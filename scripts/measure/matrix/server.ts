// Coze in memory, written from what is known of its protocol. It knows nothing of this project's
// library, emulator or doctor, so that what it says about them is worth something.

import type { KeyObject } from "node:crypto";
import { isSignedBy, parseBearer, type Parsed } from "./assertion.ts";
import type { Clock } from "./clock.ts";
import { firstRefusal, type Policy } from "./judge.ts";
import type { Chance } from "./random.ts";
import { type AppState, type Complaint, createSpeaker, type Wording } from "./wording.ts";

/** What answers requests. */
export type Handler = (request: Request) => Promise<Response>;

/** One registered app. */
export interface App {
  clientId: string;
  /** Public keys by key id. */
  keys: Readonly<Record<string, KeyObject>>;
  state?: AppState;
  /** Accounts and enterprises that it may ask for. */
  owners?: readonly string[];
}

/** What a server is like. */
export interface ServerOptions extends Policy {
  host: string;
  apps: readonly App[];
  wording: Wording;
  /** Whether the app's state, the path and the scope are looked at before the assertion. */
  outerFirst: boolean;
  /** Seconds by which times may be off. */
  tolerance: number;
  /** Most seconds from `iat` to `exp`. */
  longestLife: number;
  refusesReplay: boolean;
  sendsDate: boolean;
  sendsLogId: boolean;
  /** Whether texts hold ids and times that differ at each answer. */
  volatile: boolean;
  /** Status of `access_deny`, which is not documented. */
  deniedStatus: number;
  /** Error code for a path that may not be used, which is not documented. */
  pathError: "invalid_client" | "access_deny" | "invalid_request";
  /** How the API answers, when not as it should. */
  read?: { status: number; headers?: Record<string, string>; body: string };
}

const PATH = /^\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/([\w-]+)\/)?token$/;
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PERMISSIONS = ["Connector.botChat", "Connector.botUpdateProfile", "Connector.disconnectBot"];

/**
 * Makes a server.
 *
 * @param options What it is like.
 * @param clock The true time.
 * @param chance Chooses what nothing depends on.
 */
export function createServer(options: ServerOptions, clock: Clock, chance: Chance): Handler {
  const speak = createSpeaker(options.wording, chance);
  const seen = new Set<unknown>();
  const tokens = new Set<string>();
  const seconds = () => Math.floor(clock.now() / 1000);

  const answer = (status: number, body: unknown, more: Record<string, string> = {}) => {
    const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
    if (options.sendsDate) headers.set("date", new Date(clock.now()).toUTCString());
    if (options.sendsLogId) headers.set("x-tt-logid", logId());
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    return new Response(typeof body === "string" ? body : JSON.stringify(body), {
      status,
      headers,
    });
  };
  const logId = () =>
    new Date(clock.now()).toISOString().replace(/\D/g, "").slice(0, 14) +
    Array.from({ length: 18 }, () => chance.pick([..."0123456789ABCDEF"])).join("");

  const refuse = (complaint: Complaint, about = "") => {
    const [status, error] = errorOf(complaint, options);
    let message = speak(complaint, error);
    if (options.volatile && message !== "") {
      message += `: ${about.slice(0, 12)} at ${new Date(clock.now()).toISOString()}, ${logId()}`;
    }
    const code = error;
    return answer(status, { error, "error_code": code, "error_message": message });
  };

  const judge = (parsed: Parsed): [Complaint, string] | undefined => {
    const { header, claims } = parsed;
    const key = options.apps.map(({ keys }) => keys[String(header["kid"])]).find(Boolean);
    const app = options.apps.find(({ clientId }) => clientId === claims["iss"]);
    const check = firstRefusal({
      kid: key !== undefined,
      signature: key && isSignedBy(parsed, key),
      iss: !app ? "unknown" : String(header["kid"]) in app.keys ? "owns" : "exists",
      claims: claimsHold(claims, options),
      time: timeHolds(claims, seconds(), options.tolerance),
    }, options);
    return check && [check, String(check === "kid" ? header["kid"] : claims["iss"])];
  };

  const outer = (owner: string | undefined, app: App | undefined, body: Body): Complaint[] => {
    const complaints: Complaint[] = [];
    if (app?.state) complaints.push(app.state);
    if (owner !== undefined && !app?.owners?.includes(owner)) complaints.push("path");
    const names = body.scope?.["account_permission"]?.["permission_list"] ?? [];
    if (names.some((name) => !PERMISSIONS.includes(name))) complaints.push("scope");
    return complaints;
  };

  const exchange = async (request: Request, owner: string | undefined) => {
    const parsed = parseBearer(request.headers.get("authorization"));
    if (!parsed) return refuse("empty");
    const body: Body = await request.json().catch(() => ({}));
    if (body["grant_type"] !== GRANT) return refuse("grant", String(body["grant_type"]));
    const app = options.apps.find(({ clientId }) => clientId === parsed.claims["iss"]);
    const [outside] = outer(owner, app, body);
    if (options.outerFirst && outside) return refuse(outside);
    const [check, about] = judge(parsed) ?? [];
    if (check) return refuse(check, about);
    if (options.refusesReplay && seen.has(parsed.claims["jti"])) return refuse("replay");
    seen.add(parsed.claims["jti"]);
    if (outside) return refuse(outside);
    const token = `czs_${chance.text(48)}`;
    tokens.add(token);
    const life = body["duration_seconds"] ?? 900;
    return answer(200, { "access_token": token, "expires_in": seconds() + life });
  };

  const read = (request: Request) => {
    if (options.read) {
      return answer(options.read.status, options.read.body, options.read.headers);
    }
    const detail = { logid: logId() };
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    if (!tokens.has(token)) {
      return answer(401, { code: 4100, msg: "authentication is invalid", detail });
    }
    const workspaces = [{ id: "7388888888888888888", name: "Personal", "role_type": "owner" }];
    return answer(200, { code: 0, msg: "", data: { "total_count": 1, workspaces }, detail });
  };

  return async (request) => {
    const { pathname, host } = new URL(request.url);
    if (host !== options.host) throw new Error(`${host} is not served here`);
    const [isToken, owner] = PATH.exec(pathname) ?? [];
    if (isToken && request.method === "POST") return await exchange(request, owner);
    if (pathname === "/v1/workspaces" && request.method === "GET") return read(request);
    return answer(404, "404 page not found", { "content-type": "text/plain" });
  };
}

/** What is looked at of a body. */
interface Body {
  "grant_type"?: unknown;
  "duration_seconds"?: number;
  scope?: { "account_permission"?: { "permission_list"?: string[] } };
}

/** Status and error code. Those of the first row were seen, the other codes are documented. */
function errorOf(complaint: Complaint, options: ServerOptions): [number, string] {
  const statuses = { "invalid_client": 401, "invalid_request": 400 } as const;
  switch (complaint) {
    case "scope":
      return [400, "invalid_request"];
    case "grant":
      return [400, "unsupported_grant_type"];
    case "path":
      return options.pathError === "access_deny"
        ? [options.deniedStatus, "access_deny"]
        : [statuses[options.pathError], options.pathError];
    case "app-type-wrong":
    case "app-disabled":
    case "connector-not-bound":
    case "login-session-invalid":
      return [options.deniedStatus, "access_deny"];
    default:
      return [401, "invalid_client"];
  }
}

function claimsHold(claims: Record<string, unknown>, { host, longestLife }: ServerOptions) {
  const { aud, iss, iat, exp, jti } = claims;
  return aud === host && typeof iss === "string" && typeof jti === "string" && jti !== "" &&
    Number.isInteger(iat) && Number.isInteger(exp) && Number(exp) > Number(iat) &&
    Number(exp) - Number(iat) <= longestLife;
}

function timeHolds({ iat, exp }: Record<string, unknown>, now: number, tolerance: number) {
  return Number(iat) <= now + tolerance && Number(exp) > now - tolerance;
}
