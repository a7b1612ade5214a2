import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { sleepByTimer } from "../../../lib/emulator/event_stream.ts";
import { readEvents, type SeenEvent, setUpApi, textOf } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

type Options = Parameters<typeof setUpApi>[1];

async function prepare(options: Options = {}) {
  const api = await setUpApi({}, options);
  const bot = await api.addBot();
  const read = async (question: string, conversation?: string) => {
    const text = await (await api.askStream(bot, question, conversation)).text();
    return { text, events: readEvents(text) };
  };
  return { ...api, bot, read };
}

const names = (events: readonly SeenEvent[]) =>
  events.map(({ event }) => event.replace(/^conversation\./, ""))
    .filter((name, index, all) => name !== "message.delta" || all[index - 1] !== name);

Deno.test("createEmulator() streams the events that were seen, in their form and order", async () => {
  const { read, bot } = await prepare({ answerMs: 3000 });
  const { text, events } = await read("你好");
  assertMatch(text, /^event:conversation\.chat\.created\ndata:\{"id":"7\d{18}",/);
  assertMatch(text, /\n\nevent:done\ndata:"\[DONE\]"\n\n$/);
  assertEquals(names(events), [
    ...["chat.created", "chat.in_progress", "message.delta"],
    ...["message.completed", "message.completed", "chat.completed", "done"],
  ]);

  const { id, conversation_id, section_id } = events[0]!.data;
  const none = { token_count: 0, output_count: 0, input_count: 0 };
  assertEquals(events[0]!.data, {
    id,
    conversation_id,
    bot_id: bot,
    created_at: NOW,
    completed_at: NOW,
    last_error: { code: 0, msg: "" },
    status: "created",
    usage: none,
    section_id,
  });
  assertEquals(events[1]!.data, { ...events[0]!.data, status: "in_progress" });

  const [answer, verbose] = events.filter(({ event }) => event.endsWith("message.completed"));
  const message = {
    id: answer!.data.id,
    conversation_id,
    bot_id: bot,
    role: "assistant",
    type: "answer",
    content: "[node-chat2] 你说：你好（此前 0 轮）",
    content_type: "text",
    chat_id: id,
    section_id,
  };
  assertEquals(answer!.data, message);
  const deltas = events.filter(({ event }) => event.endsWith("message.delta"));
  for (const { data } of deltas) assertEquals(data, { ...message, content: data.content });
  assertEquals(verbose!.data.type, "verbose");
  assertEquals(
    verbose!.data.content,
    '{"msg_type":"generate_answer_finish","data":"{\\"finish_reason\\":0,\\"FinData\\":\\"\\"}",' +
      '"from_module":null,"from_unit":null}',
  );

  const { data } = events.at(-2)!;
  assertEquals([data.status, data.completed_at], ["completed", NOW + 3]);
  assertEquals(data.usage.token_count, data.usage.input_count + data.usage.output_count);
  assert(data.usage.output_count > 0 && data.usage.input_count > 0);
});

Deno.test("createEmulator() streams Chinese character by character, and other scripts by pieces of words", async () => {
  const { read } = await prepare({ answer: ({ text }) => ({ text }) });
  const pieces = async (question: string) => {
    const { events } = await read(question);
    assertEquals(textOf(events), question);
    return events.filter(({ event }) => event.endsWith("delta")).map(({ data }) => data.content);
  };
  assertEquals(await pieces("你好，世界"), ["你", "好", "，", "世", "界"]);
  assertEquals(await pieces("one two  three"), ["one ", "two  ", "thre", "e"]);
  assertEquals(await pieces("用Deno 写😀𠮷\n"), ["用", "Deno ", "写", "😀", "𠮷", "\n"]);
  assertEquals(await pieces(""), [""]);
});

Deno.test("createEmulator() spreads an answer over its time", async () => {
  const { read, waits, clock } = await prepare({ answerMs: 200 });
  const sum = (all: number[]) => Math.round(all.reduce((sum, wait) => sum + wait, 0));
  const { events } = await read("one two three");
  const deltas = events.filter(({ event }) => event.endsWith("delta")).length;
  assertEquals([waits.length, sum(waits)], [deltas, 200]);
  waits.length = 0;
  await read("/slow one two three");
  assertEquals(sum(waits), 10_000);
  assert(waits.length > 5 && Math.max(...waits) < 2000);
  assertEquals(Math.round(clock.ms - NOW * 1000), 10_200);
});

Deno.test("createEmulator() thinks before it answers for /think", async () => {
  const { read } = await prepare();
  const { events } = await read("/think 你好");
  const deltas = events.filter(({ event }) => event.endsWith("delta")).map(({ data }) => data);
  const first = deltas.findIndex(({ content }) => content !== "");
  assertEquals(deltas.findLastIndex((data) => "reasoning_content" in data), first - 1);
  assertEquals(textOf(events, "reasoning_content"), "用户说的是“你好”。");
  assertEquals(textOf(events), "[node-chat2] 你说：你好（此前 0 轮）");
  const answer = events.find(({ event }) => event.endsWith("message.completed"))!.data;
  assertEquals([answer.content, answer.reasoning_content], [
    ...[textOf(events), "用户说的是“你好”。"],
  ]);
});

Deno.test("createEmulator() proposes two questions after the answer for /suggest", async () => {
  const { read } = await prepare();
  const { events } = await read("/suggest hi");
  const completed = events.filter(({ event }) => event === "conversation.message.completed");
  assertEquals(completed.map(({ data }) => data.type), [
    ...["answer", "verbose", "follow_up", "follow_up"],
  ]);
  assertEquals(completed.slice(2).map(({ data }) => data.content), [
    'What does "hi" mean?',
    "What else can I ask?",
  ]);
  assertEquals(names(events).slice(-2), ["chat.completed", "done"]);
});

Deno.test("createEmulator() fails as was seen for /fail, with no done", async () => {
  const { read, poll } = await prepare();
  const { text, events } = await read("/fail one two three");
  assertEquals(names(events), [
    ...["chat.created", "chat.in_progress", "message.delta", "chat.failed"],
  ]);
  assertMatch(text, /[^\n]\n$/);
  const { data } = events.at(-1)!;
  assertEquals([data.status, data.last_error, data.failed_at], [
    ...["failed", { code: 5000, msg: "event interval error" }, NOW],
  ]);
  assertEquals((await poll(data)).data.status, "failed");
});

Deno.test("createEmulator() ends the stream in the middle of the answer for /stop", async () => {
  const { read, bot, ask } = await prepare();
  const { text, events } = await read("/stop one two three");
  assertEquals(names(events), ["chat.created", "chat.in_progress", "message.delta"]);
  assertMatch(text, /\}\n\n$/);
  const whole = "[node-chat2] You said: one two three (turns before: 0)";
  const said = textOf(events);
  assert(said.length > 0 && said !== whole && whole.startsWith(said));
  assertEquals((await ask(bot, "hi", events[0]!.data.conversation_id)).json.code, 0);
});

Deno.test("createEmulator() sends the event error for /error, and nothing after it", async () => {
  const { read, poll } = await prepare();
  const { events } = await read("/error hi");
  assertEquals(names(events).slice(-2), ["message.delta", "error"]);
  assertEquals(events.at(-1)!.data, { code: 5000, msg: "event interval error" });
  assertEquals((await poll(events[0]!.data)).data.last_error.code, 5000);
});

Deno.test("createEmulator() lets a stream that is canceled run on to its end", async () => {
  const { bot, askStream, call, poll, emulator } = await prepare();
  const reader = (await askStream(bot, "hi")).body!.getReader();
  const decoder = new TextDecoder();
  let text = decoder.decode((await reader.read()).value);
  const chat = readEvents(text)[0]!.data;
  const names = { conversation_id: chat.conversation_id, chat_id: chat.id };
  assertEquals((await call("POST", "/v3/chat/cancel", names)).data.status, "canceled");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
  }
  assertEquals(readEvents(text).at(-1), { event: "done", data: "[DONE]" });
  assertEquals((await poll(chat)).data.status, "canceled");
  assertEquals(emulator.journal.at(-1)?.path, "/v3/chat/retrieve");
});

Deno.test("createEmulator() frees the conversation of a stream whose reader went away by its time", async () => {
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

Deno.test("createEmulator() waits by timers that end with their stream", async () => {
  const { bot, askStream } = await prepare({ sleep: undefined });
  // The sanitizer of this test sees a timer that is left.
  const reader = (await askStream(bot, "/slow hi")).body!.getReader();
  for (let i = 0; i < 2; i++) await reader.read();
  const waiting = reader.read();
  // The timer is set within the tasks that are due.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await reader.cancel();
  assertEquals((await waiting).done, true);
});

Deno.test("sleepByTimer() ends by its timer, or by its signal", async () => {
  const { signal } = new AbortController();
  await sleepByTimer(0, signal);
  const gone = new AbortController();
  const slept = sleepByTimer(3_600_000, gone.signal);
  gone.abort();
  await slept;
});

Deno.test("createEmulator() makes no more of a stream than is read", async () => {
  const { bot, askStream, ask, waits } = await prepare();
  const reader = (await askStream(bot, "/slow hi")).body!.getReader();
  for (let i = 0; i < 2; i++) await reader.read();
  await ask(bot, "hi");
  assertEquals(waits, []);
  await reader.read();
  assertEquals(waits.length, 1);
});

Deno.test("createEmulator() breaks the stream when the sleep it was given fails", async () => {
  const { bot, askStream } = await prepare({ sleep: () => Promise.reject(new Error("awake")) });
  const response = await askStream(bot, "hi");
  await assertRejects(() => response.text(), Error, "awake");
});
