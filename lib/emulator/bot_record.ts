import type { JsonObject } from "./exchange.ts";
import type { Refusal } from "./refusals.ts";
import { refuseWorkspace } from "./workspaces.ts";
import type { Call, World } from "./world.ts";

/** The channel API 渠道; what is not published to it cannot be chatted with. */
export const API_CONNECTOR = "1024";

/** A bot 智能体: its draft, and what was published of it. */
export interface Bot {
  id: string;
  workspaceId: string;
  /** Milliseconds since the epoch, here and below. */
  createdAt: number;
  updatedAt: number;
  /** The members of its creation and updates, as they came. */
  draft: JsonObject;
  /** Oldest first. */
  versions: BotVersion[];
}

/** The draft as it was when it was published. */
export interface BotVersion {
  version: string;
  content: JsonObject;
  connectors: readonly string[];
  publishedAt: number;
  /** From when on it is there. */
  visibleAt: number;
}

/**
 * Finds the newest published version.
 *
 * @param bot The bot.
 * @param time The emulator's clock.
 * @param connector The channel it must have been published to; any when absent.
 * @returns The version, or undefined when there is none yet.
 */
export function publishedVersion(
  { versions }: Bot,
  time: number,
  connector?: string,
): BotVersion | undefined {
  return versions.findLast(({ visibleAt, connectors }) =>
    visibleAt <= time && (connector === undefined || connectors.includes(connector))
  );
}

/**
 * Finds the bot that a request is about.
 *
 * @param call The request.
 * @param world What there is.
 * @param id The bot's id.
 * @returns The bot, or a refusal when it does not exist or the token does not reach it.
 */
export function findBot(call: Call, world: World, id: string): Bot | Refusal {
  const resource = `bot_id=${id}`;
  const bot = world.bots.get(id);
  if (!bot) return { refused: 4200, filling: resource };
  const refusal = refuseWorkspace(call, world, bot.workspaceId, resource);
  if (refusal) return refusal;
  const { grant, permission } = call;
  if (grant.botIds?.includes(id) ?? true) return bot;
  return {
    refused: 4101,
    filling: `${resource} ${permission}`,
    reason: "scope leaves this bot out",
  };
}
