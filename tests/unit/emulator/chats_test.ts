import { assertEquals, assertMatch } from "@std/assert";
import type { BotQuestion } from "../../../lib/emulator/mod.ts";
import { setUpApi } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

const ID = /^7\d{18}$/;

/** An emulator with a published bot. */
async function prepare(options: Parameters<typeof setUpApi>[1] = {}) {
  const api = await setUpApi({}, options);
  return { ...api, bot: await api.addBot() };
}

function namesOf(chat: { id: string; conversation_id: string }) {
  return { conversation_id: chat.conversation_id, chat_id: chat.id };
}

Deno.test("createEmulator() answers in progress at once, completed after answerMs", async () => {
  const { bot, ask, poll, call, clock } = await prepare({ answerMs: 1500 });
  const { status, json, data } = await ask(bot, "hi");
  assertEquals([status, json.code], [200, 0]);
  for (const id of [data.id, data.conversation_id]) assertMatch(id, ID);
  const head = { id: data.id, conversation_id: data.conversation_id, bot_id: bot };
  const more = { meta_data: {}, last_error: null };
  const chat = { ...head, ...more, created_at: NOW, status: "in_progress" };
  assertEquals(data, chat);
  assertEquals((await poll(data, "message/list")).data, []);

  clock.ms += 1499;
  assertEquals((await poll(data)).data, chat);
  clock.ms += 1;
  const done = (await poll(data)).data;
  const { usage } = done;
  assertEquals(done, { ...chat, status: "completed", completed_at: NOW + 1, usage });
  assertEquals(usage.token_count, usage.input_count + usage.output_count);
  assertEquals([usage.input_count > 0, usage.output_count > 0], [true, true]);
  // The official SDK for JavaScript posts.
  const path = `/v3/chat/retrieve?${new URLSearchParams(namesOf(data))}`;
  assertEquals((await call("POST", path)).data, done);
});

Deno.test("createEmulator() lists the messages of a completed chat, the newest first", async () => {
  const { bot, ask, poll, clock } = await prepare();
  const chat = (await ask(bot, "/suggest 你好")).data;
  clock.ms += 200;
  const { data } = await poll(chat, "message/list");
  const types = data.map(({ type }: { type: string }) => type);
  assertEquals(types, ["follow_up", "follow_up", "verbose", "answer"]);
  const answer = data.at(-1);
  assertEquals(answer, {
    id: answer.id,
    conversation_id: chat.conversation_id,
    bot_id: bot,
    role: "assistant",
    type: "answer",
    content: "[node-chat2] 你说：你好（此前 0 轮）",
    content_type: "text",
    chat_id: chat.id,
    section_id: answer.section_id,
    created_at: NOW,
    updated_at: NOW,
  });
  assertEquals(JSON.parse(data.at(-2).content)["msg_type"], "generate_answer_finish");
  assertEquals(new Set(data.map(({ id }: { id: string }) => id)).size, 4);
});

Deno.test("createEmulator() lets a slow chat take ten seconds and a failing one fail", async () => {
  const { bot, ask, poll, clock } = await prepare();
  const [slow, failing, broken, cut] = await Array.fromAsync(
    ["/slow", "/fail", "/error", "/stop"],
    async (manner) => (await ask(bot, `${manner} hi`)).data,
  );
  clock.ms += 9999;
  const status = async (chat: typeof slow) => (await poll(chat)).data.status;
  assertEquals(await status(slow), "in_progress");
  assertEquals([await status(broken), await status(cut)], ["failed", "completed"]);
  const { data } = await poll(failing);
  const error = { code: 5000, msg: "event interval error" };
  assertEquals([data.status, data.failed_at, data.last_error], ["failed", NOW, error]);
  assertEquals((await poll(failing, "message/list")).data, []);
  clock.ms += 1;
  assertEquals(await status(slow), "completed");
});

Deno.test("createEmulator() cancels a running chat, and answers 4104 at its end", async () => {
  const { bot, ask, poll, call, clock } = await prepare();
  const chat = (await ask(bot, "/slow hi")).data;
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 4016);
  const { json, data } = await call("POST", "/v3/chat/cancel", namesOf(chat));
  assertEquals([json.code, data.id, data.status], [0, chat.id, "canceled"]);
  const next = (await ask(bot, "hi", chat.conversation_id)).data;
  const failing = (await ask(bot, "/fail hi")).data;
  clock.ms += 60_000;
  assertEquals((await poll(chat)).data.status, "canceled");
  assertEquals((await poll(chat, "message/list")).data, []);
  for (const over of [chat, next, failing]) {
    const { status, json } = await call("POST", "/v3/chat/cancel", namesOf(over));
    assertEquals([status, json.code], [200, 4104]);
  }
});

Deno.test("createEmulator() runs one chat at a time in a conversation", async () => {
  const { bot, ask, clock, addBot } = await prepare();
  const { conversation_id } = (await ask(bot, "hi")).data;
  const other = await addBot({ name: "other" });
  for (const stream of [false, true]) {
    const { status, json } = await ask(other, "hi", conversation_id, { stream });
    assertEquals([status, json.code], [200, 4016]);
  }
  assertEquals((await ask(bot, "hi")).json.code, 0, "another conversation");
  clock.ms += 200;
  assertEquals((await ask(other, "hi", conversation_id)).json.code, 0);
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
  const { addBot, ask, stream, clock } = await setUpApi({}, {
    answer: (question) => {
      questions.push(question);
      return { text: question.text };
    },
  });
  const id = await addBot({ prompt_info: { prompt: "p" } });
  const { conversation_id } = (await ask(id, "one")).data;
  clock.ms += 200;
  const { events } = await stream(id, "two", conversation_id);
  // "one", answered by "one", and "two".
  assertEquals(events.at(-2)!.data.usage, { token_count: 12, output_count: 3, input_count: 9 });
  await ask(id, "three", conversation_id);
  await ask(id, "elsewhere");
  const bot = { id, name: "node-chat2", prompt: "p" };
  assertEquals(questions, [
    { text: "one", turns: 0, bot },
    { text: "two", turns: 1, bot },
    { text: "three", turns: 2, bot },
    { text: "elsewhere", turns: 0, bot },
  ]);
});
