import type { Chat, ChatEvent, Message } from "../../lib/api/chat_types.ts";
import type { CallOptions, ChatRequest, CozeClient } from "../../lib/api/mod.ts";
import { CozeError } from "../../lib/error.ts";

export const IDS = { conversationId: "7381473525342978089", chatId: "7382159487131697202" };

/** An event about the chat as a whole. */
export function chat(name: "created" | "completed" | "failed" | "requires_action", more = {}) {
  const { conversationId, chatId: id } = IDS;
  const chat: Chat = { id, conversationId, botId: "7379462189365198898", status: name, ...more };
  return { event: `conversation.chat.${name}` as const, chat };
}

/** A message, or a piece of one. */
export function message(name: "delta" | "completed", content: string, more: Partial<Message> = {}) {
  const message: Message = {
    ...IDS,
    id: "1",
    botId: "7379462189365198898",
    role: "assistant",
    type: "answer",
    contentType: "text",
    content,
    ...more,
  };
  return { event: `conversation.message.${name}` as const, message };
}

/** What a bot that answers in one piece sends. */
export function answered(text: string, ...followUps: string[]): ChatEvent[] {
  return [
    chat("created"),
    message("delta", text),
    message("completed", text),
    ...followUps.map((text, i) => message("completed", text, { id: `f${i}`, type: "follow_up" })),
    chat("completed"),
    { event: "done" },
  ];
}

/** What came in one call, and what the test answers. */
interface Call extends ChatRequest {
  /** Sends an event, and waits until it has been dealt with. */
  send(...events: ChatEvent[]): Promise<void>;
  /** Ends the stream, with an error or without. */
  end(error?: unknown): void;
}

/** A client whose bot says what the test says. */
export function createBot(cancelChat?: CozeClient["cancelChat"]) {
  const calls: Call[] = [];
  const canceled: [ids: object, options: CallOptions | undefined][] = [];
  let next = Promise.withResolvers<Call>();
  const nothing = () => {
    throw new Error("not for a conversation");
  };
  const client: CozeClient = {
    workspaces: nothing,
    bots: nothing,
    createBot: nothing,
    publishBot: nothing,
    ask: nothing,
    chat(request, options) {
      const { events, ...call } = createEvents(options?.signal);
      calls.push({ ...request, ...call });
      next.resolve(calls.at(-1)!);
      next = Promise.withResolvers();
      return events;
    },
    cancelChat(ids, options) {
      canceled.push([ids, options]);
      const { id, ...rest } = chat("created").chat;
      return cancelChat?.(ids, options) ?? Promise.resolve({ id, ...rest, status: "canceled" });
    },
  };
  return { client, calls, canceled, called: () => next.promise };
}

function createEvents(signal: AbortSignal | undefined) {
  const queue: ChatEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let dealtWith = Promise.withResolvers<void>();
  let error: unknown;
  let isOpen = true;
  const end = (why?: unknown) => {
    isOpen = false;
    error ??= why;
    wake.resolve();
  };
  signal?.addEventListener("abort", () => {
    queue.length = 0;
    end(new CozeError("interrupted", "Interrupted"));
  });
  async function* events(): AsyncGenerator<ChatEvent> {
    try {
      for (;;) {
        while (queue.length > 0) yield queue.shift()!;
        dealtWith.resolve();
        if (error) throw error;
        if (!isOpen) return;
        await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      dealtWith.resolve();
    }
  }
  return {
    events: events(),
    end,
    send(...more: ChatEvent[]) {
      queue.push(...more);
      dealtWith = Promise.withResolvers();
      wake.resolve();
      return dealtWith.promise;
    },
  };
}
