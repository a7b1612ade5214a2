import { assert, assertEquals, assertMatch } from "@std/assert";
import { answerByText, sleepByTimer } from "../../../lib/emulator/chat_answer.ts";
import type { BotAnswer } from "../../../lib/emulator/mod.ts";
import { readEvents, type SeenEvent, setUpApi } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

const FAULT = { code: 5000, msg: "event interval error" };

/** An emulator with a published bot, and what reads its answers. */
async function prepare(options: Parameters<typeof setUpApi>[1] = {}) {
  const api = await setUpApi({}, options);
  const bot = await api.addBot();
  return { ...api, bot, read: (question: string) => api.stream(bot, question) };
}

/** The events by name, a run of deltas as one. */
function names(events: readonly SeenEvent[]): string[] {
  return events.map(({ event }) => event.replace(/^conversation\./, ""))
    .filter((name, index, all) => name !== "message.delta" || all[index - 1] !== name);
}

function deltasOf(events: readonly SeenEvent[]) {
  return events.filter(({ event }) => event === "conversation.message.delta")
    .map(({ data }) => data);
}

function completedOf(events: readonly SeenEvent[]) {
  return events.filter(({ event }) => event === "conversation.message.completed")
    .map(({ data }) => data);
}

Deno.test("createEmulator() streams the events that were seen, in form and order", async () => {
  const { read, bot } = await prepare({ answerMs: 3000 });
  const { text, events } = await read("你好");
  assertMatch(text, /^event:conversation\.chat\.created\ndata:\{"id":"7\d{18}",/);
  assertMatch(text, /\n\nevent:done\ndata:"\[DONE\]"\n\n$/);
  assertEquals(names(events), [
    ...["chat.created", "chat.in_progress", "message.delta"],
    ...["message.completed", "message.completed", "chat.completed", "done"],
  ]);

  const { id, conversation_id, section_id } = events[0]!.data;
  assertEquals(events[0]!.data, {
    id,
    conversation_id,
    bot_id: bot,
    created_at: NOW,
    completed_at: NOW,
    last_error: { code: 0, msg: "" },
    status: "created",
    usage: { token_count: 0, output_count: 0, input_count: 0 },
    section_id,
  });
  assertEquals(events[1]!.data, { ...events[0]!.data, status: "in_progress" });

  const [answer, verbose] = completedOf(events);
  const message = {
    id: answer.id,
    conversation_id,
    bot_id: bot,
    role: "assistant",
    type: "answer",
    content: "[node-chat2] 你说：你好（此前 0 轮）",
    content_type: "text",
    chat_id: id,
    section_id,
  };
  assertEquals(answer, message);
  for (const data of deltasOf(events)) assertEquals(data, { ...message, content: data.content });
  assertEquals(verbose.type, "verbose");
  assertEquals(
    verbose.content,
    '{"msg_type":"generate_answer_finish","data":"{\\"finish_reason\\":0,\\"FinData\\":\\"\\"}",' +
      '"from_module":null,"from_unit":null}',
  );

  const { data } = events.at(-2)!;
  assertEquals([data.status, data.completed_at], ["completed", NOW + 3]);
  assertEquals(data.usage.token_count, data.usage.input_count + data.usage.output_count);
  assert(data.usage.output_count > 0 && data.usage.input_count > 0);
});

Deno.test("createEmulator() streams Chinese by characters, the rest by words", async () => {
  const { read } = await prepare({ answer: ({ text }) => ({ text }) });
  const answers = [
    ["你", "好", "，", "世", "界"],
    ["one ", "two  ", "thre", "e"],
    ["用", "Deno ", "写", "😀", "𠮷", "\n"],
    [""],
  ];
  for (const pieces of answers) {
    const { events } = await read(pieces.join(""));
    assertEquals(deltasOf(events).map(({ content }) => content), pieces);
  }
});

Deno.test("createEmulator() spreads an answer over its time", async () => {
  const { read, waits, clock } = await prepare({ answerMs: 200 });
  const sum = (all: number[]) => Math.round(all.reduce((sum, wait) => sum + wait, 0));
  const { events } = await read("one two three");
  assertEquals([waits.length, sum(waits)], [deltasOf(events).length, 200]);
  waits.length = 0;
  await read("/slow one two three");
  assertEquals(sum(waits), 10_000);
  assert(waits.length > 5 && Math.max(...waits) < 2000);
  assertEquals(Math.round(clock.ms - NOW * 1000), 10_200);
});

Deno.test("answerByText() tells bot, prompt, question and turns, in its language", () => {
  const rows: [question: string, prompt: string, turns: number, text: string][] = [
    ["hello", "", 0, "You said: hello (turns before: 0)"],
    ["你好", "", 0, "你说：你好（此前 0 轮）"],
    ["hello", "You are.\r\nVery.", 3, "You said: hello (prompt: You are.; turns before: 3)"],
    ["你好", "你是助手。\n很好。", 0, "你说：你好（提示词：你是助手。；此前 0 轮）"],
  ];
  for (const [question, prompt, turns, text] of rows) {
    const bot = { id: "7", name: "b", prompt };
    assertEquals(answerByText({ text: question, bot, turns }), { text: `[b] ${text}` });
  }
});

Deno.test("answerByText() takes the first word for a command only when it is one", () => {
  const bot = { id: "7", name: "b", prompt: "" };
  const rows: [question: string, asked: string, manner?: Partial<BotAnswer>][] = [
    ["/slow hi", "hi", { durationMs: 10_000 }],
    ["/slow", "/slow", { durationMs: 10_000 }],
    ["/fail hi", "hi", { end: "failed" }],
    ["/stop hi", "hi", { end: "cut" }],
    ["/think hi", "hi", { reasoning: 'The user says "hi".' }],
    ["/error\nhi", "hi", { end: "error" }],
    ["/suggest hi", "hi", { followUps: ['What does "hi" mean?', "What else can I ask?"] }],
    ...["/slower hi", "/constructor hi", "/toString", " /slow hi", "slow", "/"]
      .map((plain) => [plain, plain] as [string, string]),
  ];
  for (const [text, asked, manner] of rows) {
    const expected = { text: `[b] You said: ${asked} (turns before: 0)`, ...manner };
    assertEquals(answerByText({ text, bot, turns: 0 }), expected);
  }
});

Deno.test("createEmulator() answers what the option answer says, in its manner", async () => {
  let next: BotAnswer = { text: "" };
  const { read, poll, clock } = await prepare({ answer: () => next });
  next = { text: "a b", durationMs: 50, end: "failed", error: { code: 4013, msg: "model" } };
  const before = clock.ms;
  const { events, said } = await read("hi");
  assertEquals([said, clock.ms - before], ["a ", 50]);
  assertEquals(events.at(-1)!.data.last_error, next.error);
  assertEquals((await poll(events[0]!.data)).data.last_error, next.error);
  next = { text: "cd", reasoning: "rs", followUps: ["f"], durationMs: 0 };
  const more = await read("hi");
  const deltas = deltasOf(more.events).map(({ content, reasoning_content = "" }) =>
    reasoning_content + content
  );
  assertEquals(deltas.join(""), "rscd");
  assertEquals(
    completedOf(more.events).map(({ type, content }) => [type, content]).toSpliced(1, 1),
    [
      ["answer", "cd"],
      ["follow_up", "f"],
    ],
  );
  assertEquals(completedOf(more.events)[0].reasoning_content, "rs");
});

Deno.test("createEmulator() ends a stream early for /fail, /error and /stop", async () => {
  const { read, poll, bot, ask } = await prepare();
  const head = ["chat.created", "chat.in_progress", "message.delta"];
  const failed = await read("/fail one two three");
  assertEquals(names(failed.events), [...head, "chat.failed"]);
  // As was seen: one newline, and no `done`.
  assertMatch(failed.text, /[^\n]\n$/);
  const { data } = failed.events.at(-1)!;
  assertEquals([data.status, data.last_error, data.failed_at], ["failed", FAULT, NOW]);
  assertEquals((await poll(data)).data.status, "failed");

  const broken = await read("/error hi");
  assertEquals(names(broken.events), [...head, "error"]);
  assertEquals(broken.events.at(-1)!.data, FAULT);
  assertEquals((await poll(broken.events[0]!.data)).data.last_error, FAULT);

  const { events, text, said } = await read("/stop one two three");
  assertEquals(names(events), head);
  assertMatch(text, /\}\n\n$/);
  const whole = "[node-chat2] You said: one two three (turns before: 0)";
  assert(said.length > 0 && said !== whole && whole.startsWith(said));
  assertEquals((await ask(bot, "hi", events[0]!.data.conversation_id)).json.code, 0);
});

Deno.test("createEmulator() ends a chat by its time when the reader went away", async () => {
  const asleep = Promise.withResolvers<AbortSignal>();
  const { bot, askStream, ask, poll, clock } = await prepare({
    // It never ends by itself, as a client may go away in any wait.
    sleep: (_, signal) => {
      asleep.resolve(signal);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  const reader = (await askStream(bot, "/slow hi")).body!.getReader();
  const chat = readEvents(new TextDecoder().decode((await reader.read()).value))[0]!.data;
  await reader.read();
  const waiting = reader.read();
  const signal = await asleep.promise;
  assertEquals(signal.aborted, false);
  await reader.cancel();
  assertEquals([(await waiting).done, signal.aborted], [true, true]);

  clock.ms += 9999;
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 4016);
  clock.ms += 1;
  assertEquals((await poll(chat)).data.status, "completed");
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 0);
});

Deno.test("sleepByTimer() ends by its timer, or by its signal and leaves no timer", async () => {
  await sleepByTimer(0, new AbortController().signal);
  const gone = new AbortController();
  const slept = sleepByTimer(3_600_000, gone.signal);
  gone.abort();
  await slept;
});
