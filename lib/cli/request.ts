import type { TokenRequest } from "../token_request.ts";
import { type Arguments, parseDuration } from "./arguments.ts";

/** The documented name for a scope. Source: Coze's page oauth_jwt_channel. */
const BOT_CHAT = "Connector.botChat";

/**
 * Reads what is asked for from the flags.
 *
 * @param args The command line.
 * @returns A request; members that were not given are absent.
 * @throws {CozeError} `usage-value`
 */
export function requestOf(args: Arguments): TokenRequest {
  const duration = args.value("duration");
  const user = chats(args) ? args.value("user") : undefined;
  const sessionName = args.value("session-name") ?? user;
  const accountId = args.value("account-id");
  const enterpriseId = args.value("enterprise-id");
  const botIds = args.list("scope-bot");
  const permissions = args.list("scope-permission");
  const scope = (botIds.length > 0 || permissions.length > 0) && {
    permissions: permissions.length > 0 ? permissions : [BOT_CHAT],
    ...(botIds.length > 0 && { botIds }),
  };
  return {
    ...(duration !== undefined && { durationSeconds: parseDuration(duration, "duration") }),
    ...(sessionName !== undefined && { sessionName }),
    ...(accountId !== undefined && { accountId }),
    ...(enterpriseId !== undefined && { enterpriseId }),
    ...(scope && { scope }),
  };
}

/** Whoever talks for a user asks for that user's token, which does for the whole command. */
function chats(args: Arguments): boolean {
  return args.command === "chat" || args.has("say");
}
