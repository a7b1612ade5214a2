import type { BotAnswer, BotQuestion } from "./bot_answer.ts";
import type { Bot } from "./bot_record.ts";
import type { Conversation } from "./conversation_record.ts";
import type { JsonObject } from "./exchange.ts";
import type { Grant } from "./grants.ts";
import type { Refusal } from "./refusals.ts";

/** A workspace 工作空间 as the emulator knows it. */
export interface EmulatorWorkspace {
  /** Its id. */
  id: string;
  /**
   * Its name.
   *
   * @default {the name of the app that asks}
   */
  name?: string;
  /**
   * Its kind.
   *
   * @default {"personal"}
   */
  type?: "personal" | "team";
  /**
   * What the user is in it.
   *
   * @default {"owner"}
   */
  role?: "owner" | "admin" | "member";
}

/** How long things take, and what bots say. */
export interface Behaviour {
  /** How long after its publishing a bot is published, in milliseconds. */
  publishDelayMs: number;
  /** How long an answer takes that does not say so itself, in milliseconds. */
  answerMs: number;
  answer: (question: BotQuestion) => BotAnswer;
  /** The clock, in milliseconds since the epoch. */
  now: () => number;
  /** Waits between two events of a stream; ends early when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** All that the API keeps. */
export interface World extends Behaviour {
  workspaces: readonly EmulatorWorkspace[];
  bots: Map<string, Bot>;
  conversations: Map<string, Conversation>;
  createId: () => string;
}

/** One request that was found to have its token, its permissions and its parameters. */
export interface Call {
  grant: Grant;
  /** The first permission that the endpoint needs, for the words of refusals. */
  permission: string;
  /** The parameters of query and path. */
  query: Readonly<Record<string, string>>;
  body: JsonObject;
  /** The emulator's clock, in milliseconds since the epoch. */
  time: number;
}

/** How an endpoint replies: with data, with a stream of events, or not. */
export type Reply = { data?: unknown } | { stream: ReadableStream<Uint8Array> } | Refusal;

/** The user all things belong to; it has no meaning. */
export const OWNER_ID = "7300000000000000001";

/**
 * Turns the clock's time into what the API shows.
 *
 * @param ms Milliseconds since the epoch.
 * @returns Whole seconds since the epoch.
 */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
