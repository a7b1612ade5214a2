// The options of createEmulator().

/** How the emulator behaves. */
export interface EmulatorOptions {
  /** The apps that may ask for tokens; none by default. */
  apps?: readonly EmulatorApp[];
  /** The workspaces; by default one, named "emulator". */
  workspaces?: readonly EmulatorWorkspace[];
  /** Responses to the first requests, one each, given without any check; none by default. */
  faults?: readonly Fault[];
  /**
   * What bots answer; by default the question, with the bot's name and prompt. A question
   * that begins with `/slow`, `/fail`, `/stop`, `/error`, `/think` or `/suggest` changes the way.
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
   * with a virtual clock advances the clock here.
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
  /** The permissions it has, named as in Coze's pages (`listWorkspace`); by default all. */
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

/** A response that one request gets without any check: 503, 429, a redirect, HTML, broken JSON. */
export interface Fault {
  /** The HTTP status, 200 to 599. */
  status: number;
  /** Headers that are added to the usual ones or replace them; by default the type is JSON. */
  headers?: Record<string, string>;
  /** The body: a text is sent unchanged, an object as JSON; empty by default. */
  body?: string | object;
}

/** What a bot is asked. */
export interface BotQuestion {
  /** The text of the user's last message. */
  text: string;
  /** The bot that is asked, published or draft. */
  bot: { id: string; name: string; prompt: string };
  /** How many messages the user sent earlier in this conversation. */
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
