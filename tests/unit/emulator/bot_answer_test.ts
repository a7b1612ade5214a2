import { assertEquals } from "@std/assert";
import { answerByText } from "../../../lib/emulator/bot_answer.ts";
import type { BotAnswer } from "../../../lib/emulator/mod.ts";
import { readEvents, setUpApi, textOf } from "../../testing/api_client.ts";

const BOT = { id: "7", name: "node-chat2", prompt: "" };
const say = (text: string, prompt = "", turns = 0) =>
  answerByText({ text, bot: { ...BOT, prompt }, turns });

Deno.test("createEmulator() answers with bot, prompt's first line, question and turns, in its language", () => {
  assertEquals(say("hello"), { text: "[node-chat2] You said: hello (turns before: 0)" });
  assertEquals(say("你好"), { text: "[node-chat2] 你说：你好（此前 0 轮）" });
  assertEquals(say("hello", "You are kind.\r\nVery.", 3), {
    text: "[node-chat2] You said: hello (prompt: You are kind.; turns before: 3)",
  });
  assertEquals(say("你好", "你是助手。\n很好。"), {
    text: "[node-chat2] 你说：你好（提示词：你是助手。；此前 0 轮）",
  });
});

Deno.test("createEmulator() takes the first word for a command only when it is one", () => {
  const manners: Record<string, Partial<BotAnswer>> = {
    "/slow hi": { durationMs: 10_000 },
    "/fail hi": { end: "failed" },
    "/stop hi": { end: "cut" },
    "/error\nhi": { end: "error" },
  };
  for (const [question, manner] of Object.entries(manners)) {
    const text = "[node-chat2] You said: hi (turns before: 0)";
    assertEquals(say(question), { text, ...manner });
  }
  assertEquals(say("/slow").text, "[node-chat2] You said: /slow (turns before: 0)");
  assertEquals(say("/slow").durationMs, 10_000);
  for (const plain of ["/slower hi", "/constructor hi", "/toString", " /slow hi", "slow", "/"]) {
    assertEquals(say(plain), { text: `[node-chat2] You said: ${plain} (turns before: 0)` });
  }
});

Deno.test("createEmulator() answers what the option answer says, in its manner", async () => {
  let next: BotAnswer = { text: "" };
  const { addBot, askStream, poll, clock } = await setUpApi({}, { answer: () => next });
  const bot = await addBot();
  next = { text: "a b", durationMs: 50, end: "failed", error: { code: 4013, msg: "model" } };
  const before = clock.ms;
  const events = readEvents(await (await askStream(bot, "hi")).text());
  assertEquals([textOf(events), clock.ms - before], ["a ", 50]);
  assertEquals(events.at(-1)!.data.last_error, next.error);
  assertEquals((await poll(events[0]!.data)).data.last_error, next.error);
  next = { text: "c", reasoning: "r", followUps: ["f"], durationMs: 0 };
  const more = readEvents(await (await askStream(bot, "hi")).text());
  assertEquals([textOf(more, "reasoning_content"), textOf(more)], ["r", "c"]);
  const types = more.filter(({ data }) => data.type).map(({ data }) => data.type);
  assertEquals(types, ["answer", "answer", "answer", "verbose", "follow_up"]);
});
