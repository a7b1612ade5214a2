import type { Fetch } from "../http.ts";
import { checkRequest, type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import { type Configuration, loadConfiguration, type LoadOptions } from "./config/configuration.ts";
import { type Arguments, type Context, parseDuration } from "./context.ts";

/** The app and its token request. */
export interface Access {
  configuration: Configuration;
  request: TokenRequest;
  /** Absent when the configuration is incomplete. */
  app?: CozeApp & { baseUrl: string };
}

/** The documented name for a scope. Source: Coze's page oauth_jwt_channel. */
const BOT_CHAT = "Connector.botChat";

export function requestOf(args: Arguments): TokenRequest {
  const duration = args.value("duration");
  // A chat with --user needs the token of that session.
  const isChat = args.command === "chat" || args.has("say");
  const botIds = [...args.list("scope-bot")];
  const permissions = [...args.list("scope-permission")];
  const hasScope = botIds.length > 0 || permissions.length > 0;
  return {
    durationSeconds: duration === undefined ? undefined : parseDuration(duration, "duration"),
    sessionName: args.value("session-name") ?? (isChat ? args.value("user") : undefined),
    accountId: args.value("account-id"),
    enterpriseId: args.value("enterprise-id"),
    scope: hasScope
      ? {
        permissions: permissions.length > 0 ? permissions : [BOT_CHAT],
        botIds: botIds.length > 0 ? botIds : undefined,
      }
      : undefined,
  };
}

/** Reads the configuration and the key, then drops the read permission. */
export async function readAccess(context: Context, options: LoadOptions = {}): Promise<Access> {
  const request = requestOf(context.args);
  const configuration = await loadConfiguration(context, options);
  await context.io.dropRead();
  const { facts: { clientId, keyId, baseUrl, clientType }, privateKey } = configuration;
  const isService = (clientType?.text ?? "jwt") === "jwt";
  if (!clientId || !keyId || !privateKey || !isService) return { configuration, request };
  const app = { clientId: clientId.text, keyId: keyId.text, privateKey, baseUrl: baseUrl.text };
  return { configuration, request, app };
}

/** The fetch of a run; with `--trace` it logs requests and responses. */
export async function fetchOf({ args, io, output, redactor }: Context): Promise<Fetch> {
  const fetch = args.has("trace")
    ? (await import("./trace.ts")).traced(io, output, redactor)
    : io.fetch;
  return (request) => {
    redactor.add(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
    return fetch(request);
  };
}

/** Checks the request. Before anything is sent, tells the user when the host is not Coze's own. */
export async function announce(
  { output, text }: Context,
  app: CozeApp & { baseUrl: string },
  request: TokenRequest,
): Promise<void> {
  checkRequest(app, request);
  const { host } = parseBaseUrl(app.baseUrl);
  const isForeign = !/^api\.coze\.(?:cn|com)$/.test(host);
  // With --json, stderr holds one line of JSON at most.
  if (isForeign && !output.json) output.say(await text("other-host", { host }));
}
