import type { Answer } from "./answer.ts";
import type { EmulatorApp } from "./app.ts";
import { isObject } from "./exchange.ts";

/** A token that was given out. */
interface Grant {
  app: EmulatorApp;
  /** Seconds since the epoch. */
  expiresAt: number;
  /** The permissions it was narrowed to, when a scope was asked for. */
  scope?: readonly string[];
}

/** Coze's page list_workspace. */
const PATH = "/v1/workspaces";
const PERMISSION = "listWorkspace";
const HINT = "Please verify whether the resource ID or token is correct, and ensure that the " +
  "necessary permissions are enabled at https://coze.cn/open/oauth/pats.";

/** The first endpoint behind the token: it shows whether a token is good. */
export interface Workspaces {
  /** Remembers a token that was given out. */
  remember(answer: Answer, app: EmulatorApp, body: unknown): void;
  /** Answers the list of workspaces; undefined for another path. */
  answer(request: Request, nowSeconds: number, logId: string): Answer | undefined;
}

/**
 * Makes the endpoint. Refusals have the API's envelope `{"code","msg"}`. That 4101 comes with
 * status 200 was seen; status and words of 4100 are inferred.
 *
 * @returns The endpoint, knowing no token yet.
 */
export function createWorkspaces(): Workspaces {
  const grants = new Map<string, Grant>();
  return {
    remember({ body }, app, asked) {
      if (!isObject(body)) return;
      const expiresAt = Number(body["expires_in"]);
      const scope = scopeOf(asked);
      grants.set(String(body["access_token"]), { app, expiresAt, ...(scope && { scope }) });
    },
    answer(request, nowSeconds, logId) {
      const { pathname } = new URL(request.url);
      if (pathname !== PATH) return undefined;
      if (request.method !== "GET") {
        return {
          status: 405,
          headers: { allow: "GET" },
          body: { emulator: "only GET is answered" },
        };
      }
      for (const [token, { expiresAt }] of grants) {
        if (expiresAt <= nowSeconds) grants.delete(token);
      }
      const [, token] = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
      const grant = grants.get(token ?? "");
      if (!grant) return refusal(401, 4100, "authentication is invalid", logId);
      const { app, scope } = grant;
      const allowed = app.permissions?.includes(PERMISSION) ?? true;
      if (!allowed || (scope && !scope.includes(PERMISSION))) {
        return refusal(
          200,
          4101,
          `Your token does not have permission to access ${PERMISSION}. ${HINT}`,
          logId,
        );
      }
      const name = app.name ?? app.clientId;
      const workspaces = [{ id: "7400000000000000001", name, "role_type": "owner" }];
      const data = { workspaces, "total_count": workspaces.length };
      return { status: 200, body: { code: 0, msg: "", data, detail: { logid: logId } } };
    },
  };
}

function refusal(status: number, code: number, msg: string, logId: string): Answer {
  const body = { code, msg, detail: { logid: logId } };
  return { status, body, errorCode: String(code) };
}

function scopeOf(body: unknown): string[] | undefined {
  const scope = isObject(body) ? body["scope"] : undefined;
  const permission = isObject(scope) ? scope["account_permission"] : undefined;
  const list = isObject(permission) ? permission["permission_list"] : undefined;
  return Array.isArray(list) ? list.map(String) : undefined;
}
