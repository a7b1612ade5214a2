// What the caller of createEmulator() gives.

/** What the emulator is to be like. */
export interface EmulatorOptions {
  /** The apps that may ask for tokens; none by default. */
  apps?: readonly EmulatorApp[];
  /** The workspaces there are; by default one, named "emulator". */
  workspaces?: readonly EmulatorWorkspace[];
  /** Responses to the first requests, one each; these requests are not judged. None by default. */
  faults?: readonly Fault[];
  /**
   * What bots answer; by default the question, with the bot's name and prompt. `/slow`, `/fail`,
   * `/stop`, `/error`, `/think` and `/suggest` before a question then show what else may come.
   */
  answer?: (question: BotQuestion) => BotAnswer;
  /** How many milliseconds an answer without `durationMs` takes; 200 by default. */
  answerMs?: number;
  /**
   * How many milliseconds after the call a publication takes effect; 0 by default. Until then the
   * bot is in no list of published bots and its chats are refused with 4015. Coze's value is unknown.
   */
  publishDelayMs?: number;
  /** The clock, in milliseconds since the epoch; `Date.now` by default. */
  now?: () => number;
  /**
   * Waits this many milliseconds between two events of a stream; by default with a timer. A test
   * with a virtual clock moves it on here.
   */
  sleep?: (ms: number) => Promise<void>;
}

/** An OAuth app as the emulator knows it. Change it at any time: the next request sees it. */
export interface EmulatorApp {
  /** The App ID 应用 ID, which the JWT names as `iss`. */
  clientId: string;
  /** The public keys by key id (公钥指纹, the JWT's `kid`): RSA, as SPKI PEM text. */
  keys: Record<string, string>;
  /**
   * The kind of app: normal (普通), the default; connector (渠道) without a bound channel; or a web
   * app, which cannot use JWT at all.
   */
  type?: "normal" | "unbound-connector" | "web";
  /** Whether the app works: `disabled` by its owner, or its owner has to log in again. */
  state?: "enabled" | "disabled" | "login-required";
  /** The ids accepted in the path `account/{account_id}/token`; none by default. */
  accounts?: string[];
  /** The ids accepted in the path `enterprise_id/{enterprise_id}/token`; none by default. */
  enterprises?: string[];
  /** What it is authorised for, by names of Coze's pages such as `listWorkspace`; by default all. */
  permissions?: string[];
  /** The ids of the workspaces that it is authorised for; by default all. */
  workspaces?: string[];
}

/** A workspace 工作空间 as the emulator knows it. */
export interface EmulatorWorkspace {
  /** Its id. */
  id: string;
  /** Its name. */
  name: string;
  /** Its kind; `personal` by default. */
  type?: "personal" | "team";
  /** The user's role in it; `owner` by default. */
  role?: "owner" | "admin" | "member";
}

/** A response that one request gets without being judged: 503, 429, a redirect, HTML, half a JSON. */
export interface Fault {
  /** The HTTP status, 200 to 599. */
  status: number;
  /** Headers that are added to the usual ones or replace them; the content type is JSON else. */
  headers?: Record<string, string>;
  /** The body: a text as it stands, an object as JSON; empty by default. */
  body?: string | object;
}

/** What a bot is asked. */
export interface BotQuestion {
  /** The text of the user's last message. */
  text: string;
  /** The bot that is asked, as published or as draft: its id, its name, its prompt. */
  bot: { id: string; name: string; prompt: string };
  /** How many messages the user had sent before in this conversation. */
  turns: number;
}

/** What a bot answers, and how. */
export interface BotAnswer {
  /** The answer. */
  text: string;
  /** What the bot thinks before it answers, sent as `reasoning_content`; nothing by default. */
  reasoning?: string;
  /** Questions that the bot suggests after the answer; none by default. */
  followUps?: readonly string[];
  /** How many milliseconds the answer takes; by default the option `answerMs`. */
  durationMs?: number;
  /**
   * How the chat ends: well, the default; with `conversation.chat.failed`; with an event `error`;
   * or with a stream that ends in the middle of the answer although the chat is completed.
   */
  end?: "completed" | "failed" | "error" | "cut";
}
