import { assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../../../lib/api/chat_events.ts";
import { streamAnswer, type StreamedAnswer } from "../../../lib/cli/answer_stream.ts";
import { createRedactor } from "../../../lib/cli/redactor.ts";
import { answered, chat, IDS, message } from "../../testing/fake_bot.ts";

/** What is on the screen, with what the model thinks in brackets, and what came back. */
async function shown(events: ChatEvent[], reasons = true) {
  const pieces: [where: string, text: string][] = [];
  const known: object[] = [];
  const result = await streamAnswer(streamOf(events), {
    answer: (text) => pieces.push(["answer", text]),
    ...(reasons && { reasoning: (text: string) => pieces.push(["reasoning", text]) }),
    ids: (ids) => known.push(ids),
    redactor: createRedactor(),
  });
  const screen = pieces.map(([where, text]) => where === "answer" ? text : `[${text}]`).join("");
  const stdout = pieces.filter(([where]) => where === "answer").map(([, text]) => text).join("");
  return { screen: screen.replaceAll("][", ""), stdout, pieces, known, result };
}

async function* streamOf(events: ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}

const thought = (reasoningContent: string, more = {}) =>
  message("delta", "", { reasoningContent, ...more });

Deno.test("streamAnswer() writes each piece as it comes, and ends with a newline", async () => {
  const { pieces, result, known } = await shown([
    chat("created"),
    message("delta", "你好"),
    message("delta", "，a"),
    message("delta", "b c"),
    message("completed", "你好，ab c"),
    chat("completed", { usage: { tokenCount: 3, outputCount: 1, inputCount: 2 } }),
    { event: "done" },
  ]);
  assertEquals(pieces.map(([, text]) => text), ["你好", "，", "ab ", "c", "\n"]);
  const expected: StreamedAnswer = {
    ...IDS,
    text: "你好，ab c",
    followUps: [],
    chat: chat("completed", { usage: { tokenCount: 3, outputCount: 1, inputCount: 2 } }).chat,
  };
  assertEquals(result, expected);
  assertEquals(known[0], IDS);
});

Deno.test("streamAnswer() writes a message that comes only as a whole, and no other twice", async () => {
  const whole = [message("completed", "all"), chat("completed")];
  assertEquals((await shown(whole)).stdout, "all\n");
  const { stdout, result } = await shown([
    message("delta", "one"),
    message("completed", "one"),
    message("completed", "two\n", { id: "2" }),
    message("completed", "", { id: "3" }),
    message("delta", "four", { id: "4" }),
  ]);
  assertEquals([stdout, result.text], ["one\ntwo\nfour\n", "one\ntwo\nfour"]);
});

Deno.test("streamAnswer() writes answers to stdout and nothing else", async () => {
  const types = ["verbose", "function_call", "tool_response", "knowledge", "question", ""];
  const { stdout, result } = await shown([
    ...types.flatMap((type) => [
      message("delta", "no", { type, id: type }),
      message("completed", "no", { type, id: type }),
    ]),
    message("delta", "no", { type: "follow_up" }),
    { event: "conversation.audio.delta", message: message("delta", "UENN").message },
    { event: "unknown", name: "later", data: "no" },
    ...answered("yes", "How?", "Why?"),
    message("delta", "late", { id: "9" }),
  ]);
  assertEquals([stdout, result.text, result.followUps], ["yes\n", "yes", ["How?", "Why?"]]);
});

Deno.test("streamAnswer() writes what the model thinks on lines of its own", async () => {
  const events = [
    thought("well, "),
    thought("let me"),
    message("delta", "an answer"),
    message("completed", "an answer", { reasoningContent: "well, let me" }),
    thought("again", { id: "2" }),
    message("delta", "more", { id: "2" }),
  ];
  assertEquals((await shown(events)).screen, "[well, let me\n]an answer\n[again\n]more\n");
  assertEquals((await shown(events, false)).screen, "an answer\nmore\n");
});

Deno.test("streamAnswer() keeps the answer whole though the model thinks in between", async () => {
  const { screen, stdout } = await shown([
    message("delta", "an "),
    thought("h"),
    thought("m"),
    message("delta", "answer, "),
    thought("so"),
    message("delta", "yes"),
  ]);
  assertEquals([screen, stdout], ["an [\nhm\n]answer, [\nso\n]yes\n", "an answer, yes\n"]);
});

Deno.test("streamAnswer() writes what was thought when only the whole tells it", async () => {
  const whole = message("completed", "an answer", { reasoningContent: "hm" });
  assertEquals((await shown([whole])).screen, "[hm\n]an answer\n");
});

Deno.test("streamAnswer() tells the ids once it knows both", async () => {
  const { known, result } = await shown([
    message("delta", "a", { conversationId: "7", chatId: "" }),
    message("delta", "b", { conversationId: "", chatId: "8" }),
  ]);
  assertEquals(known, [{ conversationId: "7", chatId: "8" }]);
  assertEquals([result.conversationId, result.chatId], ["7", "8"]);
});

Deno.test("streamAnswer() gives the chat as it ended", async () => {
  const lastError = { code: "5000", message: "event interval error" };
  const { result, stdout } = await shown([
    chat("created"),
    message("delta", "ha"),
    chat("failed", { lastError }),
  ]);
  assertEquals([result.chat?.status, result.chat?.lastError, stdout], [
    "failed",
    lastError,
    "ha\n",
  ]);
});

async function* breaking(first: ChatEvent): AsyncGenerator<ChatEvent> {
  yield first;
  throw new RangeError("broken");
}

Deno.test("streamAnswer() writes the rest when the stream breaks, and passes the error on", async () => {
  let screen = "";
  const output = {
    answer: (text: string) => screen += text,
    reasoning: (text: string) => screen += `[${text}]`,
    redactor: createRedactor(),
  };
  for (const event of [message("delta", "half"), thought("hm")]) {
    await assertRejects(() => streamAnswer(breaking(event), output), RangeError, "broken");
  }
  assertEquals(screen, "half\n[hm][\n]");
});

Deno.test("streamAnswer() writes nothing that could steer the terminal, cut anywhere (security 11)", async () => {
  const text = "a\x1b]52;c;ZXZpbA==\x07b\x1b[2J";
  const deltas = text.split("").flatMap((unit) => [
    thought(unit),
    message("delta", unit, { id: "2" }),
  ]);
  const thoughts = text.split("").map((unit) => thought(unit, { id: "3" }));
  assertEquals((await shown(thoughts)).screen, "[ab\n]");
  const { stdout } = await shown(deltas.filter((event) => event.message.id === "2"));
  assertEquals(stdout, "ab\n");
});
