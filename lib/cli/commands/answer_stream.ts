import { chatFailure } from "../../api/chat_json.ts";
import type { Chat, ChatEvent, ChatReference, Message } from "../../api/chat_types.ts";
import { ID } from "../../api/json_members.ts";
import type { Context } from "../context.ts";
import { createMaskedStream } from "../masked_stream.ts";
import type { Redactor } from "../output.ts";

/**
 * Streams an answer to stdout, and on a terminal the reasoning to stderr; with `--json` nothing. The
 * output ends with a newline, also when the stream breaks. The result is neither sanitised nor masked.
 */
export async function streamAnswer(
  events: AsyncIterable<ChatEvent>,
  { io, output, redactor, text }: Pick<Context, "io" | "output" | "redactor" | "text">,
  onIds: (ids: ChatReference) => void,
) {
  const answer = createLines(redactor, (text) => output.json || io.writeStdout(text));
  const isShown = io.stderrIsTerminal && !output.json;
  const thoughts = createLines(
    redactor,
    (text) => isShown && io.writeStderr(output.mark("dim", text)),
  );
  /** Text by message id. A completed message repeats its deltas. */
  const answered = new Map<string, string>();
  const thought = new Set<string>();
  const followUps: string[] = [];
  let currentId = "";
  let isThinking = false;
  let chat: Chat | undefined;

  function begin(id: string, thinks: boolean): void {
    if (isThinking && !(thinks && id === currentId)) thoughts.end();
    if (id !== currentId) answer.end();
    // A terminal shows stdout and stderr together.
    if (thinks && !isThinking && answer.isOpen()) thoughts.write("\n");
    currentId = id;
    isThinking = thinks;
  }
  function show({ id, content, reasoningContent = "" }: Message, isWhole: boolean): void {
    if (reasoningContent !== "" && !(isWhole && thought.has(id))) {
      begin(id, true);
      thought.add(id);
      thoughts.write(reasoningContent);
    }
    if (content !== "" && !(isWhole && answered.has(id))) {
      begin(id, false);
      answered.set(id, (answered.get(id) ?? "") + content);
      answer.write(content);
    }
  }
  function tellIds(conversationId: string, chatId: string): void {
    // The ids become part of printed commands, so check their form.
    if (ID.test(conversationId) && ID.test(chatId)) onIds({ conversationId, chatId });
  }

  try {
    for await (const event of events) {
      if (event.event === "done") break;
      if ("chat" in event) {
        chat = event.chat;
        tellIds(chat.conversationId, chat.id);
      } else if ("message" in event && event.event !== "conversation.audio.delta") {
        const { message } = event;
        const isWhole = event.event === "conversation.message.completed";
        tellIds(message.conversationId, message.chatId);
        if (message.type === "answer") show(message, isWhole);
        else if (message.type === "follow_up" && isWhole) followUps.push(message.content);
      }
    }
  } finally {
    thoughts.end();
    answer.end();
  }
  if (chat?.status === "failed") throw chatFailure(chat);
  const { status = "" } = chat ?? {};
  if (status === "requires_action" && !output.json) output.say(await text("chat-action"));
  return { text: [...answered.values()].join("\n"), followUps, status };
}

export function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Writes texts and ends each with a newline. */
function createLines(redactor: Redactor, write: (text: string) => void) {
  let isOpen = false;
  const stream = createMaskedStream(redactor, (text) => {
    isOpen = !text.endsWith("\n");
    write(text);
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
