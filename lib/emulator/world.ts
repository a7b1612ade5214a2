// What the emulator keeps, and the request and response as its parts see them.

import type { BotAnswer, EmulatorApp, EmulatorOptions, Fault } from "./options.ts";
import type { JsonObject } from "./rules.ts";

/** All that one emulator knows. */
export interface World extends Required<Omit<EmulatorOptions, "faults">> {
  /** The tokens that were issued. */
  grants: Map<string, Grant>;
  /** The `iss` and `jti` of the JWTs that were used. */
  usedJwts: Set<string>;
  bots: Map<string, Bot>;
  conversations: Map<string, Conversation>;
  createId: () => string;
}

/** A token that was issued. */
export interface Grant {
  app: EmulatorApp;
  /** Seconds since the epoch. */
  expiresAt: number;
  /** The permissions that the scope narrows it to. */
  permissions?: readonly string[];
  /** The bots that the scope narrows it to. */
  botIds?: readonly string[];
}

/** A bot 智能体: its draft, and what was published of it. */
export interface Bot {
  id: string;
  workspaceId: string;
  /** Milliseconds since the epoch, here and below. */
  createdAt: number;
  updatedAt: number;
  draft: BotContent;
  /** What was published to the API, oldest first. */
  versions: { version: string; content: BotContent; publishedAt: number }[];
}

/** What the emulator keeps of what a bot is made of. */
export interface BotContent {
  name: string;
  description: string;
  prompt: string;
}

/** A conversation 会话: what chats have in common. */
export interface Conversation {
  id: string;
  sectionId: string;
  name: string;
  metaData: JsonObject;
  /** The app it belongs to. */
  clientId: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** What the user has said in it. */
  said: string[];
  chats: Chat[];
}

/** One chat 对话: the answer that is being given. */
export interface Chat {
  id: string;
  conversation: Conversation;
  botId: string;
  /** Milliseconds since the epoch, here and below. */
  createdAt: number;
  /** When the answer ends by the clock, or ended in the stream. */
  endsAt: number;
  isCanceled: boolean;
  answer: BotAnswer;
  /** The answer and what follows it, as Coze shows them, in the order of the stream. */
  messages: readonly JsonObject[];
  /** How much the bot read and wrote, in characters: the emulator has no tokens. */
  usage: { token_count: number; output_count: number; input_count: number };
}

/** A JWT taken apart, nothing in it verified. */
export interface Jwt {
  header: JsonObject;
  claims: JsonObject;
  /** What the signature covers. */
  signed: string;
  signature: Uint8Array;
}

/** A request that was read. */
export interface Call {
  world: World;
  request: Request;
  url: URL;
  /** What stands in the place of each `:name` in the endpoint's path. */
  names: Readonly<Record<string, string | undefined>>;
  /** The body; undefined when it was over the limit. */
  text: string | undefined;
  /** What follows `Bearer `. */
  bearer?: string;
  jwt?: Jwt;
  /** The emulator's clock, in milliseconds since the epoch. */
  time: number;
  logId: string;
}

/** A response before it is sent, with what the journal says about it. */
export interface Answer extends Fault {
  /** The error code of a refusal. */
  errorCode?: string;
  /** The check of the token endpoint that refused, or `fault`. */
  refusedBy?: string;
  /** Why the API refused, in the emulator's words. */
  reason?: string;
}

/** Coze shows times in whole seconds. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** Whether a Content-Type header says JSON. */
export function isJson({ headers }: Request): boolean {
  return /^application\/json\s*(;|$)/i.test(headers.get("content-type") ?? "");
}
