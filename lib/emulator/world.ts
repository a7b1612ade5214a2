// What the emulator knows: apps, workspaces, tokens, bots, conversations and chats.

import type { Refusal } from "./answer.ts";
import type { JsonObject } from "./parameters.ts";

/** An OAuth app as the emulator knows it. Change it at any time: the next request sees it. */
export interface EmulatorApp {
  /** The App ID 应用 ID, which the JWT names as `iss`. */
  clientId: string;
  /**
   * The app's name, as refusals quote it.
   *
   * @default {clientId}
   */
  name?: string;
  /** The public keys by key id (公钥指纹, the JWT's `kid`): RSA, as SPKI PEM text. */
  keys: Record<string, string>;
  /**
   * The kind of app: normal (普通), connector (渠道) with or without a bound connector, or a client
   * type that cannot use JWT at all.
   *
   * @default {"normal"}
   */
  type?: "normal" | "connector" | "unbound-connector" | "web";
  /**
   * Whether the app may be used: `disabled` by its owner, or its owner has to log in again.
   *
   * @default {"enabled"}
   */
  state?: "enabled" | "disabled" | "login-required";
  /**
   * The ids accepted in the path `account/{account_id}/token`.
   *
   * @default {[]}
   */
  accounts?: string[];
  /**
   * The ids accepted in the path `enterprise_id/{enterprise_id}/token`.
   *
   * @default {[]}
   */
  enterprises?: string[];
  /**
   * The names accepted in `scope.account_permission.permission_list`.
   *
   * @default {["Connector.botChat"]}
   */
  scopes?: string[];
  /**
   * The permissions it was authorised for, by the names of Coze's pages, such as `listWorkspace`. In
   * a scope `Connector.botChat` stands for `chat`.
   *
   * @default {all}
   */
  permissions?: string[];
  /**
   * The ids of the workspaces it was authorised for.
   *
   * @default {all}
   */
  workspaces?: string[];
}

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

/** A conversation 会话: what chats have in common. */
export interface Conversation {
  id: string;
  sectionId: string;
  /** The app it belongs to. */
  clientId: string;
  name: string;
  metaData: JsonObject;
  connectorId: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** What was in it before its first chat. */
  messages: readonly ChatMessage[];
  /** Oldest first. */
  chats: Chat[];
}

/** A message that was sent along, or an answer that was given. */
export interface ChatMessage {
  role: string;
  content: string;
  contentType: string;
}

/** One chat 对话: what was asked, and the answer that is being given. */
export interface Chat {
  id: string;
  conversationId: string;
  sectionId: string;
  botId: string;
  /** Milliseconds since the epoch, here and below. */
  createdAt: number;
  durationMs: number;
  /** When its stream came to its end, which may be before the clock says so. */
  endedAt?: number;
  isCanceled: boolean;
  /** Whether the conversation remembers it. */
  isSaved: boolean;
  metaData: JsonObject;
  /** What was sent along with it. */
  messages: readonly ChatMessage[];
  answer: BotAnswer;
  /** What the bot had to read and what it wrote, in characters: the emulator has no tokens. */
  inputCount: number;
  outputCount: number;
  /** The ids of the messages that {@linkcode answerMessages} makes. */
  messageIds: readonly string[];
}

/** What a bot is asked. */
export interface BotQuestion {
  /** The text of the user's last message. */
  text: string;
  /** The bot that is asked, as published or as draft: its id, its name, its prompt. */
  bot: { id: string; name: string; prompt: string };
  /** How many times the user had spoken before in this conversation. */
  turns: number;
}

/** What a bot answers, and how. */
export interface BotAnswer {
  /** The answer. */
  text: string;
  /**
   * What it thinks before it answers, sent as `reasoning_content`.
   *
   * @default {none}
   */
  reasoning?: string;
  /**
   * Questions it proposes after the answer.
   *
   * @default {[]}
   */
  followUps?: readonly string[];
  /**
   * How many milliseconds the answer takes.
   *
   * @default {answerMs}
   */
  durationMs?: number;
  /**
   * How the chat ends: well; with `conversation.chat.failed`; with an event `error`; or with a
   * stream that ends in the middle of the answer, the chat being completed nevertheless.
   *
   * @default {"completed"}
   */
  end?: "completed" | "failed" | "error" | "cut";
  /**
   * What `failed` and `error` tell.
   *
   * @default {code 5000, "event interval error"}
   */
  error?: { code: number; msg: string };
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

/** A request whose token, permissions and parameters are good. */
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

/** How an endpoint replies: with data, with a stream of events, or with a refusal. */
export type Reply = { data?: unknown } | { stream: ReadableStream<Uint8Array> } | Refusal;

/** The user that everything belongs to. */
export const OWNER_ID = "7300000000000000001";

/** The API shows times in whole seconds. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
