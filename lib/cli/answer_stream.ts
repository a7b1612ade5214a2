import type { Chat, ChatEvent, ChatReference, Message } from "../api/chat_types.ts";
import { ID } from "../api/json_members.ts";
import type { Redactor } from "./redactor.ts";
import { createTextStream } from "./text_stream.ts";

/** Where an answer goes. */
export interface AnswerOutput {
  /** Writes the next piece of the answer to stdout. It is clean. */
  answer(text: string): void;
  /** Writes the next piece of what the model thinks to stderr; absent where nobody reads it. */
  reasoning?(text: string): void;
  /** Is told the ids as soon as Coze tells them, so that the chat can be canceled. */
  ids?(ids: ChatReference): void;
  redactor: Redactor;
}

/** What came in a stream. */
export interface StreamedAnswer extends Partial<ChatReference> {
  /** The answer as it came, neither sanitised nor masked; several messages on lines of their own. */
  text: string;
  /** Questions the bot proposes, as they came. */
  followUps: string[];
  /** How the chat stood in the end. */
  chat?: Chat;
}

/**
 * Writes an answer as it comes. What is written ends with a newline, also when the stream breaks.
 *
 * @param events What happens in the chat.
 * @param output Where to write.
 * @returns What came.
 * @throws What `events` throws.
 */
export async function streamAnswer(
  events: AsyncIterable<ChatEvent>,
  output: AnswerOutput,
): Promise<StreamedAnswer> {
  const result: StreamedAnswer = { text: "", followUps: [] };
  const answer = createLines(output.answer, output.redactor);
  const reasoning = output.reasoning && createLines(output.reasoning, output.redactor);
  /** The messages of which pieces came, so that the whole says nothing new. */
  const answered = new Set<string>();
  const reasoned = new Set<string>();
  let current: string | undefined;
  let spoken: string | undefined;
  let thinking = false;

  function begin(id: string): void {
    if (id === current) return;
    stopThinking();
    answer.end();
    current = id;
  }
  function stopThinking(): void {
    if (thinking) reasoning?.end();
    thinking = false;
  }
  function think(id: string, text: string): void {
    if (!reasoning || text === "") return;
    begin(id);
    reasoned.add(id);
    // On a terminal both are on one screen.
    if (answer.isOpen() && !thinking) reasoning.write("\n");
    thinking = true;
    reasoning.write(text);
  }
  function say(id: string, text: string): void {
    if (text === "") return;
    begin(id);
    stopThinking();
    answered.add(id);
    answer.write(text);
    if (result.text !== "" && spoken !== id && !result.text.endsWith("\n")) result.text += "\n";
    result.text += text;
    spoken = id;
  }
  function know(ids: ChatReference): void {
    // They end in commands to be typed, and of messages nobody has looked at them.
    if (ID.test(ids.conversationId)) result.conversationId = ids.conversationId;
    if (ID.test(ids.chatId)) result.chatId = ids.chatId;
    const { conversationId, chatId } = result;
    if (conversationId && chatId) output.ids?.({ conversationId, chatId });
  }
  function take(message: Message, isWhole: boolean): void {
    const { id, type, content, reasoningContent = "" } = message;
    know(message);
    if (type === "follow_up" && isWhole) result.followUps.push(content);
    if (type !== "answer") return;
    if (!isWhole || !reasoned.has(id)) think(id, reasoningContent);
    if (!isWhole || !answered.has(id)) say(id, content);
  }

  try {
    for await (const event of events) {
      if (event.event === "done") break;
      if (event.event === "conversation.message.delta") take(event.message, false);
      else if (event.event === "conversation.message.completed") take(event.message, true);
      else if ("chat" in event) {
        result.chat = event.chat;
        know({ conversationId: event.chat.conversationId, chatId: event.chat.id });
      }
    }
  } finally {
    stopThinking();
    answer.end();
  }
  return result;
}

/** Writes texts, each to the end of a line. */
function createLines(write: (text: string) => void, redactor: Redactor) {
  let isOpen = false;
  const stream = createTextStream({
    redactor,
    write(text) {
      isOpen = !text.endsWith("\n");
      write(text);
    },
  });
  return {
    write: stream.write,
    isOpen: () => isOpen,
    end() {
      stream.end();
      if (isOpen) write("\n");
      isOpen = false;
    },
  };
}
