import type { Answer } from "./answer.ts";
import type { EmulatorApp } from "./app.ts";
import { isObject, type JsonObject } from "./exchange.ts";

/** A token that was given out. */
export interface Grant {
  app: EmulatorApp;
  /** Seconds since the epoch. */
  expiresAt: number;
  /** The permissions it was narrowed to, when a scope was asked for. */
  permissions?: readonly string[];
  /** The bots it was narrowed to. */
  botIds?: readonly string[];
}

/** The tokens that were given out. */
export interface Grants {
  /** Remembers a token: the answer that holds it, its app, and the request's body. */
  remember(answer: Answer, app: EmulatorApp, body: JsonObject | undefined): void;
  /** Finds what a request's Authorization header stands for. */
  find(authorization: string | null, nowSeconds: number): Grant | undefined;
}

/** A scope has names of its own for permissions. Source: Coze's page oauth_jwt_channel. */
const PERMISSION_OF: Readonly<Record<string, string>> = { "Connector.botChat": "chat" };

/**
 * Makes the memory of tokens. It forgets those that have ended.
 *
 * @returns The memory, empty.
 */
export function createGrants(): Grants {
  const grants = new Map<string, Grant>();
  return {
    remember({ body }, app, asked) {
      if (!isObject(body)) return;
      const expiresAt = Number(body["expires_in"]);
      grants.set(String(body["access_token"]), { app, expiresAt, ...scopeOf(asked) });
    },
    find(authorization, nowSeconds) {
      for (const [token, { expiresAt }] of grants) {
        if (expiresAt <= nowSeconds) grants.delete(token);
      }
      const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
      return grants.get(token ?? "");
    },
  };
}

/**
 * Tells whether a token may do something: its app was authorised for it, and no scope leaves it out.
 *
 * @param grant What is known of the token.
 * @param permission A permission by its name in Coze's pages, such as `createBot`.
 * @returns True when it may.
 */
export function allows({ app, permissions }: Grant, permission: string): boolean {
  const authorised = app.permissions?.includes(permission) ?? true;
  return authorised && (permissions?.includes(permission) ?? true);
}

/**
 * That a scope narrows the token was seen for a normal app too. `[INF]` that a list of no bots means
 * none; what Coze does with one is unknown.
 */
function scopeOf(body: JsonObject | undefined): Pick<Grant, "permissions" | "botIds"> {
  const scope = memberOf(body, "scope");
  const names = memberOf(memberOf(scope, "account_permission"), "permission_list");
  const attributes = memberOf(scope, "attribute_constraint");
  const botIds = memberOf(memberOf(attributes, "connector_bot_chat_attribute"), "bot_id_list");
  return {
    ...(Array.isArray(names) && {
      permissions: names.map(String).map((name) => PERMISSION_OF[name] ?? name),
    }),
    ...(Array.isArray(botIds) && { botIds: botIds.map(String) }),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
