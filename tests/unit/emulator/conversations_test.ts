import { assertEquals, assertMatch } from "@std/assert";
import type { BotQuestion } from "../../../lib/emulator/mod.ts";
import { readEvents, setUpApi, textOf } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

const SAY = (role: string, content: string) => ({ role, content, content_type: "text" });

Deno.test("createEmulator() creates conversations and shows them", async () => {
  const { call, addBot } = await setUpApi();
  const bot_id = await addBot();
  const body = { bot_id, name: "推荐杭州美食", meta_data: { uuid: "newid1234" } };
  const { data } = await call("POST", "/v1/conversation/create", body);
  assertMatch(data.id, /^7\d{18}$/);
  assertMatch(data.last_section_id, /^7\d{18}$/);
  assertEquals(data, {
    id: data.id,
    name: "推荐杭州美食",
    meta_data: { uuid: "newid1234" },
    created_at: NOW,
    updated_at: NOW,
    creator_id: data.creator_id,
    connector_id: "1024",
    last_section_id: data.last_section_id,
  });
  const path = `/v1/conversation/retrieve?conversation_id=${data.id}`;
  assertEquals((await call("GET", path)).data, data);
});

Deno.test("createEmulator() remembers in a conversation what was said before", async () => {
  const questions: BotQuestion[] = [];
  const { addBot, ask, askStream, clock } = await setUpApi({}, {
    answer: (question) => {
      questions.push(question);
      return { text: question.text };
    },
  });
  const bot = await addBot({ prompt_info: { prompt: "p" } });
  const { conversation_id } = (await ask(bot, "one")).data;
  clock.ms += 200;
  const events = readEvents(await (await askStream(bot, "two", conversation_id)).text());
  // "one", answered by "one", and "two".
  assertEquals(events.at(-2)!.data.usage, { token_count: 12, output_count: 3, input_count: 9 });
  await ask(bot, "three", conversation_id);
  await ask(bot, "elsewhere");
  assertEquals(
    questions,
    [["one", 0], ["two", 1], ["three", 2], ["elsewhere", 0]].map(
      ([text, turns]) => ({ text, turns, bot: { id: bot, name: "node-chat2", prompt: "p" } }),
    ),
  );
});

Deno.test("createEmulator() shows in its answers how many turns were before", async () => {
  const { addBot, askStream } = await setUpApi();
  const bot = await addBot();
  let conversation: string | undefined;
  for (let turn = 0; turn < 4; turn++) {
    const events = readEvents(await (await askStream(bot, `第${turn}问`, conversation)).text());
    conversation = events[0]!.data.conversation_id;
    assertEquals(textOf(events), `[node-chat2] 你说：第${turn}问（此前 ${turn} 轮）`);
  }
});

Deno.test("createEmulator() counts messages that are sent along and that a conversation began with", async () => {
  const { addBot, call, askStream } = await setUpApi();
  const bot = await addBot();
  const messages = [SAY("user", "a"), SAY("assistant", "b")];
  const { id } = (await call("POST", "/v1/conversation/create", { messages })).data;
  const says = async (conversation: string, additional_messages?: unknown[]) => {
    const more = { additional_messages };
    return textOf(readEvents(await (await askStream(bot, "", conversation, more)).text()));
  };
  assertEquals(await says(id), "[node-chat2] You said: a (turns before: 0)");
  assertEquals(
    await says(id, [...messages, SAY("user", "c")]),
    "[node-chat2] You said: c " +
      "(turns before: 2)",
  );
  const last = [SAY("user", "d"), SAY("assistant", "e")];
  assertEquals(await says(id, last), "[node-chat2] You said: d (turns before: 3)");
});

Deno.test("createEmulator() takes the text out of an object_string", async () => {
  const { addBot, askStream } = await setUpApi();
  const bot = await addBot();
  const content = JSON.stringify([{ type: "text", text: "看" }, { type: "image", file_id: "1" }]);
  const message = { role: "user", content, content_type: "object_string" };
  const more = { additional_messages: [message] };
  const events = readEvents(await (await askStream(bot, "", undefined, more)).text());
  assertEquals(textOf(events), "[node-chat2] 你说：看（此前 0 轮）");
});
