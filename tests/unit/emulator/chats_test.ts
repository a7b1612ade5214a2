import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BotAnswer, BotQuestion } from "../../../lib/emulator/mod.ts";
import { readEvents, type SeenEvent, setUpApi, textOf } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

const FAILURE = { code: 5000, msg: "event interval error" };
const NO_USAGE = { token_count: 0, output_count: 0, input_count: 0 };

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

function dataOf(events: readonly SeenEvent[], name: string) {
  return events.filter(({ event }) => event === `conversation.${name}`).map(({ data }) => data);
}

function namesOf(chat: { id: string; conversation_id: string }) {
  return { conversation_id: chat.conversation_id, chat_id: chat.id };
}

Deno.test("createEmulator() streams the events that were seen, in form and order", async () => {
  const { read, bot, poll } = await prepare({ answerMs: 3000 });
  const { text, events } = await read("/suggest 你好");
  assertMatch(text, /^event:conversation\.chat\.created\ndata:\{"id":"7\d{18}",/);
  assertMatch(text, /\n\nevent:done\ndata:"\[DONE\]"\n\n$/);
  assertEquals(names(events), [
    ...["chat.created", "chat.in_progress", "message.delta"],
    ...Array(4).fill("message.completed"),
    ...["chat.completed", "done"],
  ]);
  const { id, conversation_id, section_id } = events[0]!.data;
  const chat = { id, conversation_id, bot_id: bot, created_at: NOW, section_id };
  const started = { completed_at: NOW, last_error: { code: 0, msg: "" }, usage: NO_USAGE };
  assertEquals(events[0]!.data, { ...chat, ...started, status: "created" });
  assertEquals(events[1]!.data, { ...chat, ...started, status: "in_progress" });
  const { data } = events.at(-2)!;
  const { usage } = data;
  const ended = { completed_at: NOW + 3, usage, status: "completed" };
  assertEquals(data, { ...chat, ...started, ...ended });
  assertEquals(usage.token_count, usage.input_count + usage.output_count);
  assert(usage.output_count > 0 && usage.input_count > 0);

  const messages = dataOf(events, "message.completed");
  const answer = {
    ...{ id: messages[0].id, conversation_id, bot_id: bot, chat_id: id, section_id },
    ...{ role: "assistant", type: "answer", content_type: "text" },
    content: "[node-chat2] 你说：你好（此前 0 轮）",
  };
  assertEquals(messages[0], answer);
  assertEquals(
    messages[1].content,
    '{"msg_type":"generate_answer_finish","data":"{\\"finish_reason\\":0,\\"FinData\\":\\"\\"}",' +
      '"from_module":null,"from_unit":null}',
  );
  const types = messages.map(({ type }) => type);
  assertEquals(types, ["answer", "verbose", "follow_up", "follow_up"]);
  assertEquals(new Set(messages.map(({ id }) => id)).size, 4);
  for (const delta of dataOf(events, "message.delta")) {
    assertEquals(delta, { ...answer, content: delta.content });
  }
  // What is polled is the same, the newest message first.
  const times = { created_at: NOW, updated_at: NOW };
  const listed = messages.map((message) => ({ ...message, ...times })).reverse();
  assertEquals((await poll(data, "message/list")).data, listed);
  const { section_id: _, ...polled } = { ...data, last_error: null };
  assertEquals((await poll(data)).data, polled);
});

Deno.test("createEmulator() is in progress until answerMs have passed", async () => {
  const { bot, ask, poll, clock } = await prepare({ answerMs: 1500 });
  const { data } = await ask(bot, "hi");
  const { id, conversation_id } = data;
  const chat = { id, conversation_id, bot_id: bot, created_at: NOW, last_error: null };
  assertEquals(data, { ...chat, status: "in_progress" });
  clock.ms += 1499;
  assertEquals((await poll(data)).data, { ...chat, status: "in_progress" });
  assertEquals((await poll(data, "message/list")).data, []);
  clock.ms += 1;
  const done = (await poll(data)).data;
  assertEquals(done, { ...chat, status: "completed", completed_at: NOW + 1, usage: done.usage });
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
    assertEquals(dataOf(events, "message.delta").map(({ content }) => content), pieces);
  }
});

const saidIn = {
  en: (asked: string) => `[node-chat2] You said: ${asked} (prompt: You are.; turns before: 0)`,
  zh: (asked: string) => `[node-chat2] 你说：${asked}（提示词：You are.；此前 0 轮）`,
};

/** What the bot takes for the question, and how a command shapes the answer. */
const ANSWERS: [question: string, asked: string, manner: Partial<BotAnswer>, lang?: "zh"][] = [
  ["hello", "hello", {}],
  ["你好", "你好", {}, "zh"],
  ["/slow hi", "hi", { durationMs: 10_000 }],
  ["/slow", "/slow", { durationMs: 10_000 }],
  ["/think hi", "hi", { reasoning: 'The user says "hi".' }],
  ["/think 你好", "你好", { reasoning: "用户说的是“你好”。" }, "zh"],
  ["/suggest hi", "hi", { followUps: ['What does "hi" mean?', "What else can I ask?"] }],
  // These are no commands.
  ["/slower hi", "/slower hi", {}],
  ["/constructor hi", "/constructor hi", {}],
  [" /slow hi", " /slow hi", {}],
  ["/", "/", {}],
];

Deno.test("createEmulator() answers with bot, prompt and question, as a command says", async () => {
  for (const [question, asked, manner, language = "en"] of ANSWERS) {
    const { addBot, stream, waits, clock } = await setUpApi();
    const bot = await addBot({ prompt_info: { prompt: "You are.\r\nVery." } });
    const { events, said } = await stream(bot, question);
    const [answer, , ...followUps] = dataOf(events, "message.completed");
    const whole = saidIn[language](asked);
    assertEquals([said, answer.content], [whole, whole], question);
    const { durationMs = 200, reasoning, followUps: suggested = [] } = manner;
    assertEquals(Math.round(clock.ms - NOW * 1000), durationMs);
    assertEquals(waits.length, dataOf(events, "message.delta").length);
    assertEquals(textOf(events, "reasoning_content"), reasoning ?? "");
    assertEquals(answer.reasoning_content, reasoning);
    assertEquals(followUps.map(({ content }) => content), [...suggested]);
  }
});

/** How a stream breaks off, and what is polled then. */
const ENDS: [command: string, last: string[], end: RegExp, status: string, error: unknown][] = [
  // As was seen: one newline, and no `done`.
  ["/fail", ["chat.failed"], /[^\n]\n$/, "failed", FAILURE],
  ["/error", ["error"], /\n\nevent:error\ndata:.*event interval error"\}\n\n$/, "failed", FAILURE],
  ["/stop", [], /[^\n]\n\n$/, "completed", null],
];

Deno.test("createEmulator() ends a stream early for /fail, /error and /stop", async () => {
  for (const [command, last, end, status, error] of ENDS) {
    // The chat is over when its stream is, even if the clock stands still.
    const { bot, read, poll, ask } = await prepare({ sleep: () => Promise.resolve() });
    const { text, events, said } = await read(`${command}\none two three`);
    const head = ["chat.created", "chat.in_progress", "message.delta"];
    assertEquals(names(events), [...head, ...last]);
    assertMatch(text, end);
    const whole = "[node-chat2] You said: one two three (turns before: 0)";
    assert(said.length > 0 && said !== whole && whole.startsWith(said), said);
    for (const { last_error, failed_at } of dataOf(events, "chat.failed")) {
      assertEquals([last_error, failed_at], [FAILURE, NOW]);
    }
    const { data: chat } = events[0]!;
    const polled = (await poll(chat)).data;
    assertEquals([polled.status, polled.last_error], [status, error]);
    assertEquals((await poll(chat, "message/list")).data.length > 0, status === "completed");
    assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 0, "it is over");
  }
});

Deno.test("createEmulator() ends a chat by its time when the reader went away", async () => {
  const { bot, askStream, ask, poll, clock, waits } = await prepare();
  const reader = (await askStream(bot, "/slow hi")).body!.getReader();
  const chat = readEvents(new TextDecoder().decode((await reader.read()).value))[0]!.data;
  for (let i = 0; i < 2; i++) await reader.read();
  await reader.cancel();
  assertEquals(waits.length, 1, "nothing more is made");
  clock.ms = NOW * 1000 + 9999;
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 4016);
  clock.ms += 1;
  assertEquals((await poll(chat)).data.status, "completed");
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 0);
});

Deno.test("createEmulator() waits for real by default", async () => {
  const { bot, read } = await prepare({ sleep: undefined, answerMs: 5 });
  assert(bot !== "");
  assertEquals(names((await read("hi")).events).at(-1), "done");
});

Deno.test("createEmulator() runs one chat at a time in a conversation, until it is canceled", async () => {
  const { bot, ask, poll, call, clock, addBot } = await prepare();
  const chat = (await ask(bot, "/slow hi")).data;
  const other = await addBot({ name: "other" });
  for (const stream of [false, true]) {
    const { json } = await ask(other, "hi", chat.conversation_id, { stream });
    assertEquals(json.code, 4016);
    assertEquals(json.msg, "conversation already has a running chat (emulator)");
  }
  assertEquals((await ask(bot, "hi")).json.code, 0, "another conversation");
  const { json, data } = await call("POST", "/v3/chat/cancel", namesOf(chat));
  assertEquals([json.code, data.id, data.status], [0, chat.id, "canceled"]);
  const next = (await ask(bot, "hi", chat.conversation_id)).data;
  const failing = (await ask(bot, "/fail hi")).data;
  clock.ms += 60_000;
  assertEquals((await poll(chat)).data.status, "canceled");
  assertEquals((await poll(chat, "message/list")).data, []);
  for (const over of [chat, next, failing]) {
    assertEquals((await call("POST", "/v3/chat/cancel", namesOf(over))).json.code, 4104);
  }
});

Deno.test("createEmulator() answers 4002 and 4001 for ids that do not exist", async () => {
  const { bot, ask, call, poll, emulator } = await prepare();
  const one = (await ask(bot, "hi")).data;
  const two = (await ask(bot, "hi")).data;
  const codes = async (conversation_id: string, id: string) => [
    (await poll({ conversation_id, id })).json.code,
    (await poll({ conversation_id, id }, "message/list")).json.code,
    (await call("POST", "/v3/chat/cancel", namesOf({ conversation_id, id }))).json.code,
  ];
  assertEquals(await codes("7", one.id), [4002, 4002, 4002]);
  assertEquals(await codes(one.conversation_id, "7"), [4001, 4001, 4001]);
  assertEquals(await codes(one.conversation_id, two.id), [4001, 4001, 4001]);
  assertEquals((await ask(bot, "hi", "7")).json.code, 4002);
  // The token's app is the one that asked for it.
  emulator.apps[0]!.clientId = "2";
  assertEquals(await codes(one.conversation_id, one.id), [4002, 4002, 4002]);
});

Deno.test("createEmulator() remembers in a conversation what was said before", async () => {
  const questions: BotQuestion[] = [];
  const { addBot, ask, stream, call, clock } = await setUpApi({}, {
    answer: (question) => {
      questions.push(question);
      return { text: question.text, durationMs: 100 };
    },
  });
  const id = await addBot({ prompt_info: { prompt: "p" } });
  const about = { name: "n", meta_data: { a: "b" } };
  const created = await call("POST", "/v1/conversation/create", { bot_id: id, ...about });
  const { id: conversation } = created.data;
  const path = `/v1/conversation/retrieve?conversation_id=${conversation}`;
  const { data } = await call("GET", path);
  assertEquals(data, { ...data, ...about, id: conversation });
  await ask(id, "one", conversation);
  clock.ms += 100;
  const { events } = await stream(id, "two", conversation);
  const { usage } = events.at(-2)!.data;
  assertEquals(usage, { token_count: 9, output_count: 3, input_count: 6 });
  await ask(id, "three", conversation);
  await ask(id, "elsewhere");
  const messages = [{ role: "user", content: "before" }, { role: "assistant", content: "a" }];
  const other = (await call("POST", "/v1/conversation/create", { messages })).data.id;
  await call("POST", `/v3/chat?conversation_id=${other}`, { bot_id: id, user_id: "u" });
  const bot = { id, name: "node-chat2", prompt: "p" };
  assertEquals(questions, [
    { text: "one", turns: 0, bot },
    { text: "two", turns: 1, bot },
    { text: "three", turns: 2, bot },
    { text: "elsewhere", turns: 0, bot },
    { text: "before", turns: 0, bot },
  ]);
});
