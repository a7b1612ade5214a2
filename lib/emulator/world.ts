// The data that the emulator keeps, and the request and response that its parts pass on.

import type { BotAnswer, EmulatorApp, EmulatorOptions, Fault } from "./options.ts";
import type { JsonObject } from "./rules.ts";

/** The state of one emulator. */
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
  /** The user that the JWT named. */
  sessionName?: string;
  /** Seconds since the epoch. */
  expiresAt: number;
  /** The permissions that the scope narrows it to. */
  permissions?: readonly string[];
  /** The bots that the scope narrows it to. */
  botIds?: readonly string[];
}

/** A bot 智能体: its draft and its published versions. */
export interface Bot {
  id: string;
  workspaceId: string;
  /** Milliseconds since the epoch, here and below. */
  createdAt: number;
  updatedAt: number;
  draft: BotContent;
  /** The versions published to the API, oldest first. */
  versions: { version: string; content: BotContent; publishedAt: number }[];
}

/** The parts of a bot that the emulator keeps. */
export interface BotContent {
  name: string;
  description: string;
  prompt: string;
}

/** A conversation 会话, which holds chats. */
export interface Conversation {
  id: string;
  sectionId: string;
  name: string;
  metaData: JsonObject;
  /** The app that it belongs to, and the user, if the token named one. */
  clientId: string;
  sessionName?: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** The user's messages, oldest first. */
  said: string[];
  chats: Chat[];
}

/** One chat 对话: a question and its answer. */
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
  /** The messages of the bot as Coze shows them, in the order of the stream. */
  messages: readonly JsonObject[];
  /** How much the bot read and wrote: the emulator counts characters, not tokens. */
  usage: { token_count: number; output_count: number; input_count: number };
}

/** The parts of a JWT, not verified. */
export interface Jwt {
  header: JsonObject;
  claims: JsonObject;
  /** What the signature covers. */
  signed: string;
  signature: Uint8Array<ArrayBuffer>;
}

/** A request whose body was read. */
export interface Call {
  world: World;
  request: Request;
  url: URL;
  /** The value of each `:name` in the endpoint's path. */
  names: Readonly<Record<string, string | undefined>>;
  /** The body; undefined when it was over the limit. */
  text: string | undefined;
  /** The text after `Bearer `. */
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
