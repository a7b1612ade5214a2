import { createEmulator } from "../../lib/emulator/mod.ts";
import { CLIENT_ID, KEY_ID, publicPem } from "./keys.ts";
import { serve } from "./servers.ts";
import { frame } from "./streams.ts";

export const BOT_ID = "7379462189365198898";
export const CONVERSATION_ID = "7381473525342978089";
const CHAT_ID = "7382159487131697202";

/** How one question is answered. */
interface Answering {
  question: string;
  conversationId: string | null;
  say(text: string): void;
  done(): void;
  /** Resolves when the client closes the connection. */
  hungUp: Promise<void>;
}

/**
 * A bot on loopback that answers as the test tells it. It shares no code with the library; its
 * tokens come from the emulator.
 */
export function servedBot(cancel: () => Response | Promise<Response> = canceled) {
  const keys = { [KEY_ID]: publicPem() };
  const emulator = createEmulator({ apps: [{ clientId: CLIENT_ID, keys }] });
  const cancels: unknown[] = [];
  const answers: Answering[] = [];
  const waiting: ((answering: Answering) => void)[] = [];

  async function handle(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/v3/chat/cancel") {
      cancels.push(await request.json());
      return await cancel();
    }
    if (pathname !== "/v3/chat") return await emulator(request);
    const { additional_messages: messages } = await request.json();
    const { answering, body } = createAnswer(
      messages.at(-1).content,
      searchParams.get("conversation_id"),
    );
    const take = waiting.shift();
    if (take) take(answering);
    else answers.push(answering);
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  const server = serve(handle);
  return {
    ...server,
    cancels,
    /** The next question, which may have arrived already. */
    asked: () => {
      const answer = answers.shift();
      return answer
        ? Promise.resolve(answer)
        : new Promise<Answering>((resolve) => waiting.push(resolve));
    },
  };
}

function canceled(): Response {
  const data = { id: CHAT_ID, "conversation_id": CONVERSATION_ID, status: "canceled" };
  return Response.json({ code: 0, msg: "", data });
}

function createAnswer(question: string, conversationId: string | null) {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (it) => void (controller = it),
    cancel: () => resolve(),
  });
  const ids = { "conversation_id": CONVERSATION_ID, "bot_id": BOT_ID };
  const send = (event: string, data: unknown) =>
    controller.enqueue(new TextEncoder().encode(frame(event, JSON.stringify(data))));
  const chat = (status: string) =>
    send(`conversation.chat.${status}`, {
      id: CHAT_ID,
      ...ids,
      status,
      "last_error": { code: 0, msg: "" },
    });
  const message = (event: string, content: string) =>
    send(`conversation.message.${event}`, {
      id: "1",
      ...ids,
      "chat_id": CHAT_ID,
      role: "assistant",
      type: "answer",
      content,
      "content_type": "text",
    });
  let whole = "";
  chat("created");
  chat("in_progress");
  const answering: Answering = {
    question,
    conversationId,
    hungUp,
    say(text) {
      whole += text;
      message("delta", text);
    },
    done() {
      message("completed", whole);
      chat("completed");
      send("done", "[DONE]");
      controller.close();
    },
  };
  return { answering, body };
}
