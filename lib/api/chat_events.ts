/** How a chat stands. The last four are final. Source: Coze's page chat_v3. */
export type ChatStatus =
  | "created"
  | "in_progress"
  | "completed"
  | "failed"
  | "requires_action"
  | "canceled";

/** One answer of a bot in the making. */
export interface Chat {
  /** The chat's id, 19 digits. */
  id: string;
  /** The conversation it belongs to: pass it on to go on with it. */
  conversationId: string;
  /** The bot that answers. */
  botId: string;
  /** How it stands; a status that Coze adds later comes through as it is. */
  status: ChatStatus | (string & Record<never, never>);
  /** Why it failed, when it did. `code` is Coze's number, as text. */
  lastError?: { code: string; message: string };
  /** What it cost, in tokens of the model. */
  usage?: { tokenCount: number; outputCount: number; inputCount: number };
  /** What the bot waits for, as Coze sends it, when `status` is `requires_action`. */
  requiredAction?: unknown;
  /** `X-Tt-Logid` of the answer that told it. */
  logId?: string;
}

/** One message of a chat, or the next piece of one. */
export interface Message {
  /** The message's id; all pieces of one message share it. */
  id: string;
  /** The conversation it belongs to. */
  conversationId: string;
  /** The chat it belongs to. */
  chatId: string;
  /** The bot that answers. */
  botId: string;
  /** Who speaks: `user` or `assistant`. */
  role: string;
  /** What it is: `answer`, `follow_up`, `verbose`, `function_call`, `tool_response`, … */
  type: string;
  /** The text, or its next piece; of `audio` events base64 of PCM, 24 kHz, 16 bits, mono. */
  content: string;
  /** `text` or `object_string`. */
  contentType: string;
  /** What the model thinks before it answers, or the next piece of that. */
  reasoningContent?: string;
}

/** What happens in a chat, by Coze's names. Each event is an object of its own. */
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
