import { assertEquals, assertMatch } from "@std/assert";
import { readEvents, setUpApi, textOf } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

/** An emulator with a published bot. */
async function prepare(options: Parameters<typeof setUpApi>[1] = {}) {
  const api = await setUpApi({}, options);
  return { ...api, bot: await api.addBot() };
}

Deno.test("createEmulator() answers a chat in progress at once, completed after answerMs", async () => {
  const { bot, ask, poll, clock } = await prepare({ answerMs: 1500 });
  const meta_data = { uuid: "1" };
  const { status, json, data } = await ask(bot, "hi", undefined, { meta_data });
  assertEquals([status, json.code], [200, 0]);
  assertMatch(`${data.id} ${data.conversation_id}`, /^7\d{18} 7\d{18}$/);
  const head = { id: data.id, conversation_id: data.conversation_id, bot_id: bot };
  const chat = { ...head, created_at: NOW, meta_data, status: "in_progress", last_error: null };
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
});

Deno.test("createEmulator() takes both verbs to retrieve a chat", async () => {
  const { bot, ask, call } = await prepare();
  const { id, conversation_id } = (await ask(bot, "hi")).data;
  const path = `/v3/chat/retrieve?conversation_id=${conversation_id}&chat_id=${id}`;
  const [got, posted] = [await call("GET", path), await call("POST", path)];
  assertEquals([got.data.id, posted.data], [id, got.data]);
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
  const slow = (await ask(bot, "/slow hi")).data;
  const failing = (await ask(bot, "/fail hi")).data;
  const broken = (await ask(bot, "/error hi")).data;
  const cut = (await ask(bot, "/stop hi")).data;
  clock.ms += 9999;
  const status = async (chat: typeof slow) => (await poll(chat)).data.status;
  assertEquals(await status(slow), "in_progress");
  assertEquals([await status(broken), await status(cut)], ["failed", "completed"]);
  const { data } = await poll(failing);
  assertEquals([data.status, data.failed_at, data.last_error], [
    "failed",
    NOW,
    { code: 5000, msg: "event interval error" },
  ]);
  assertEquals((await poll(failing, "message/list")).data, []);
  clock.ms += 1;
  assertEquals(await status(slow), "completed");
});

Deno.test("createEmulator() cancels a running chat once, and frees its conversation", async () => {
  const { bot, ask, poll, call, clock } = await prepare();
  const chat = (await ask(bot, "/slow hi")).data;
  const names = { conversation_id: chat.conversation_id, chat_id: chat.id };
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 4016);
  const canceled = await call("POST", "/v3/chat/cancel", names);
  assertEquals([canceled.json.code, canceled.data.id, canceled.data.status], [
    ...[0, chat.id, "canceled"],
  ]);
  assertEquals((await poll(chat)).data.status, "canceled");
  assertEquals((await ask(bot, "hi", chat.conversation_id)).json.code, 0);
  clock.ms += 60_000;
  assertEquals((await poll(chat)).data.status, "canceled");
  assertEquals((await poll(chat, "message/list")).data, []);
  assertEquals((await call("POST", "/v3/chat/cancel", names)).json.code, 4104);
});

Deno.test("createEmulator() answers 4104 to the cancelling of a chat that is over", async () => {
  const { bot, ask, call, clock } = await prepare();
  for (const question of ["hi", "/fail hi"]) {
    const chat = (await ask(bot, question)).data;
    clock.ms += 200;
    const names = { conversation_id: chat.conversation_id, chat_id: chat.id };
    const { status, json } = await call("POST", "/v3/chat/cancel", names);
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

Deno.test("createEmulator() answers 4002 and 4001 for conversations and chats that do not exist", async () => {
  const { bot, ask, call, poll, emulator } = await prepare();
  const one = (await ask(bot, "hi")).data;
  const two = (await ask(bot, "hi")).data;
  const codes = async (conversation_id: string, id: string) => {
    const names = { conversation_id, chat_id: id };
    return [
      (await poll({ conversation_id, id })).json.code,
      (await poll({ conversation_id, id }, "message/list")).json.code,
      (await call("POST", "/v3/chat/cancel", names)).json.code,
    ];
  };
  assertEquals(await codes("7", one.id), [4002, 4002, 4002]);
  assertEquals(await codes(one.conversation_id, "7"), [4001, 4001, 4001]);
  assertEquals(await codes(one.conversation_id, two.id), [4001, 4001, 4001]);
  assertEquals((await ask(bot, "hi", "7")).json.code, 4002);
  assertEquals((await call("GET", "/v1/conversation/retrieve?conversation_id=7")).json.code, 4002);
  // The token's app is the one that asked for it.
  emulator.apps[0]!.clientId = "2";
  assertEquals(await codes(one.conversation_id, one.id), [4002, 4002, 4002]);
});

Deno.test("createEmulator() answers 4007 to a chat that neither streams nor is saved", async () => {
  const { bot, ask } = await prepare();
  const { status, json } = await ask(bot, "hi", undefined, { auto_save_history: false });
  assertEquals([status, json.code], [200, 4007]);
});

Deno.test("createEmulator() keeps nothing of a chat that is not saved", async () => {
  const { bot, askStream, poll, ask } = await prepare();
  const events = readEvents(
    await (await askStream(bot, "hi", undefined, { auto_save_history: false })).text(),
  );
  const chat = events[0]!.data;
  assertEquals((await poll(chat)).json.code, 4001);
  const { json, entry } = await ask(bot, "hi", chat.conversation_id, { additional_messages: [] });
  assertEquals([json.code, entry?.reason], [4000, "there is no message"]);
  const next = readEvents(await (await askStream(bot, "hi", chat.conversation_id)).text());
  assertEquals(textOf(next), "[node-chat2] You said: hi (turns before: 0)");
});
