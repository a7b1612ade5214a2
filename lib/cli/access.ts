import type { Fetch } from "../http.ts";
import { checkRequest, type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import { type Configuration, loadConfiguration, type LoadOptions } from "./config/configuration.ts";
import { type Arguments, type Context, parseDuration } from "./context.ts";

/** Who asks for a token, and what for. */
export interface Access {
  configuration: Configuration;
  request: TokenRequest;
  /** Absent when something that a request needs is missing. */
  app?: CozeApp & { baseUrl: string };
}

/** The documented name for a scope. Source: Coze's page oauth_jwt_channel. */
const BOT_CHAT = "Connector.botChat";

export function requestOf(args: Arguments): TokenRequest {
  const duration = args.value("duration");
  // A chat for a user needs that user's token.
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

/** Reads all that a token needs, and gives up the permission to read. */
export async function readAccess(context: Context, options: LoadOptions = {}): Promise<Access> {
  const request = requestOf(context.args);
  const configuration = await loadConfiguration(context, options);
  await context.io.dropRead();
  const { facts: { clientId, keyId, baseUrl }, privateKey } = configuration;
  if (!clientId || !keyId || !privateKey) return { configuration, request };
  const app = { clientId: clientId.text, keyId: keyId.text, privateKey, baseUrl: baseUrl.text };
  return { configuration, request, app };
}

/** What sends requests, with a log of them when `--trace` asks for it. */
export async function fetchOf({ args, io, output, redactor }: Context): Promise<Fetch> {
  const fetch = args.has("trace")
    ? (await import("./trace.ts")).traced(io, output, redactor)
    : io.fetch;
  return (request) => {
    redactor.add(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
    return fetch(request);
  };
}

/** Checks the request, and names a host that is not Coze's before anything is sent to it. */
export async function announce(
  { output, text }: Context,
  app: CozeApp & { baseUrl: string },
  request: TokenRequest,
): Promise<void> {
  checkRequest(app, request);
  const { host } = parseBaseUrl(app.baseUrl);
  const isForeign = !/^api\.coze\.(?:cn|com)$/.test(host);
  // Programs read stderr as one JSON line.
  if (isForeign && !output.json) output.say(await text("other-host", { host }));
}
