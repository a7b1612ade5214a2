import type { Facts } from "../doctor/facts.ts";
import { CozeError } from "../error.ts";
import type { Fetch } from "../http.ts";
import { checkRequest, type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import { type Configuration, loadConfiguration, type LoadOptions } from "./config/configuration.ts";
import { type Arguments, type CliError, type Context, parseDuration } from "./context.ts";
import type { Io } from "./io.ts";

/** What a command needs to send a token request. */
export interface Access {
  app: CozeApp & { baseUrl: string };
  request: TokenRequest;
  facts: Facts;
  options: { fetch: Fetch; now: Io["now"]; sleep: Io["sleep"]; timeoutMs: number };
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
export async function readAccess(
  context: Context,
  options: LoadOptions = {},
): Promise<Configuration & { request: TokenRequest }> {
  const request = requestOf(context.args);
  const configuration = await loadConfiguration(context, options);
  await context.io.dropRead();
  return { ...configuration, request };
}

/** Runs a command that needs a token. Explains what is missing, or why there is none. */
export async function withAccess(
  context: Context,
  act: (access: Access) => Promise<number>,
): Promise<number> {
  const { facts, privateKey, request } = await readAccess(context);
  const { clientId, keyId, baseUrl, clientType } = facts;
  const isService = (clientType?.text ?? "jwt") === "jwt";
  // Loaded on demand: `token` reads the rules and the words only after an error.
  const problems = () => import("./problems.ts");
  if (!clientId || !keyId || !privateKey || !isService) {
    return (await problems()).refuseToSend(context, facts);
  }
  const app = { clientId: clientId.text, keyId: keyId.text, privateKey, baseUrl: baseUrl.text };
  try {
    checkRequest(app, request);
    const { io: { now, sleep }, output, text, timeoutMs } = context;
    const { host } = parseBaseUrl(app.baseUrl);
    // Before the first request, tell the user when the host is not Coze's own. With --json, stderr
    // holds at most one line of JSON.
    let isTold = output.json || /^api\.coze\.(?:cn|com)$/.test(host);
    const send = await fetchOf(context);
    const fetch: Fetch = async (request) => {
      if (!isTold) output.say(await text("other-host", { host }));
      isTold = true;
      return await send(request);
    };
    return await act({ app, request, facts, options: { fetch, now, sleep, timeoutMs } });
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    return (await problems()).explainFailure(context, { ...facts, request }, error as CliError);
  }
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
