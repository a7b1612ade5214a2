/** A message that is sent. Source: Coze's page chat_v3. */
export interface EnterMessage {
  /** The speaker. */
  role: "user" | "assistant";
  /** The text; for `object_string` the JSON text of a list of parts. */
  content: string;
  /**
   * How the content is read.
   *
   * @default {"text"}
   */
  contentType?: "text" | "object_string";
}

/** A question to a bot. Source: Coze's page chat_v3. */
export interface ChatRequest {
  /** The bot. */
  botId: string;
  /** Any text that tells your users apart; Coze keeps their conversations apart by it. */
  userId: string;
  /** The user's text; or up to 100 messages, the user's last. */
  messages: string | readonly EnterMessage[];
  /**
   * The conversation to continue; only one chat at a time can run in it.
   *
   * @default {a new one}
   */
  conversationId?: string;
  /**
   * Whether to talk to the draft, published or not.
   *
   * @default {false}
   */
  draft?: boolean;
}

/** The ids of a chat. */
export interface ChatReference {
  /** The conversation. */
  conversationId: string;
  /** The chat in it. */
  chatId: string;
}

/** The status of a chat. The last four are final. Source: Coze's page chat_v3. */
export type ChatStatus =
  | "created"
  | "in_progress"
  | "completed"
  | "failed"
  | "requires_action"
  | "canceled";

/** One answer of a bot, finished or not. */
export interface Chat {
  /** The chat's id, 19 digits. */
  id: string;
  /** The conversation it belongs to: pass it on to continue the conversation. */
  conversationId: string;
  /** The bot that answers; empty where Coze sends none, as for workflows. */
  botId: string;
  /** Its status; one that Coze adds later comes through as it is. */
  status: ChatStatus | (string & Record<never, never>);
  /** Why it failed. `code` is Coze's number, as text. */
  lastError?: { code: string; message: string };
  /** Its cost in tokens of the model. */
  usage?: { tokenCount: number; outputCount: number; inputCount: number };
  /** What the bot waits for, as Coze sends it, when `status` is `requires_action`. */
  requiredAction?: unknown;
  /** `X-Tt-Logid` of the response. */
  logId?: string;
}

/** One message of a chat, or the next piece of one. */
export interface Message {
  /** The message's id; all pieces of one message share it. */
  id: string;
  /** The conversation it belongs to. */
  conversationId: string;
  /** The chat it belongs to; like the three below, empty where Coze sends none. */
  chatId: string;
  /** The bot that answers. */
  botId: string;
  /** The speaker: `user` or `assistant`. */
  role: string;
  /** `text` or `object_string`. */
  contentType: string;
  /** Its kind: `answer`, `follow_up`, `verbose`, `function_call`, `tool_response`, … */
  type: string;
  /** The text, or its next piece; of `audio` events base64 of PCM, 24 kHz, 16 bits, mono. */
  content: string;
  /** What the model thinks before it answers, or the next piece of that. */
  reasoningContent?: string;
}

/** An event of a chat, by Coze's names. */
export type ChatEvent =
  | {
    event:
      | "conversation.chat.created"
      | "conversation.chat.in_progress"
      | "conversation.chat.completed"
      | "conversation.chat.failed"
      | "conversation.chat.requires_action";
    chat: Chat;
  }
  | {
    event:
      | "conversation.message.delta"
      | "conversation.message.completed"
      | "conversation.audio.delta";
    message: Message;
  }
  | { event: "done" }
  | {
    /** An event this library does not know; `name` is Coze's and `data` the text as it came. */
    event: "unknown";
    name: string;
    data: string;
  };

/** A whole answer. */
export interface ChatAnswer {
  /** The bot's text: what had arrived if it waits (`requires_action`) or was canceled. */
  text: string;
  /** What the model thought before the answer, if Coze sends it. */
  reasoning?: string;
  /** Questions that the bot proposes. */
  followUps: string[];
  /** How the chat ended. */
  chat: Chat;
  /** The completed messages, function calls included; by polling, none unless the chat completed. */
  messages: Message[];
}
