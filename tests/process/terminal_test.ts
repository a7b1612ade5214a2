import { assertEquals, assertMatch } from "@std/assert";
import { BOT_ID, CONVERSATION_ID, servedBot } from "../testing/chat_server.ts";
import { folder } from "../testing/process.ts";
import { testWith } from "../testing/needs.ts";
import { openTerminal } from "../testing/terminal.ts";

const PROMPT = "\n> ";

/** A conversation on a terminal, at its first prompt. */
async function chatting(options: { cancel?: () => Promise<Response>; columns?: number } = {}) {
  const place = await folder();
  const bot = servedBot(options.cancel);
  const terminal = openTerminal({
    ...options,
    cwd: place.cwd,
    flags: [`--allow-net=${bot.host}`, "--allow-read=keys"],
    args: ["chat", "--bot", BOT_ID, "--base-url", `http://${bot.host}`, "--lang", "en"],
  });
  await terminal.until(PROMPT);
  return {
    ...terminal,
    ...bot,
    asked: () => terminal.whileOpen(bot.asked()),
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]();
      await bot[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

function test(name: string, fn: () => Promise<void>): void {
  testWith(["terminal"], name, fn);
}

test("chat on a terminal takes Chinese, edits it, and ends at /exit (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("你好吗\x7f，扣子\x1b[D\x1b[D\x7f。\r");
  const answering = await chat.asked();
  assertEquals(answering.question, "你好。扣子");
  answering.say("[很好");
  await chat.until("[很好");
  answering.say("！");
  answering.done();
  assertEquals(await chat.until(PROMPT), "！");
  await chat.type("/exit\r");
  assertEquals(await chat.left(), { code: 0, isSane: true });
  assertEquals(chat.cancels, []);
});

test("chat on a terminal takes a long text that is pasted, key by key only where keys are typed", async () => {
  await using chat = await chatting();
  const text = "扣子\tCoze ".repeat(6000);
  await chat.type(`${text}\x7f\x7f。\r`);
  const answering = await chat.asked();
  assertEquals(answering.question, `${text.slice(0, -2)}。`);
  answering.done();
  await chat.until(PROMPT);
  await chat.type("\x04");
  assertEquals(await chat.left(), { code: 0, isSane: true });
});

test("chat on a terminal leaves at two ^C that arrive at once (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("half a question\x03\x03");
  assertEquals(await chat.left(), { code: 130, isSane: true });
});

test("chat on a terminal ends at ^D and ignores ^Z (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("\x1a\x04");
  assertEquals(await chat.left(), { code: 0, isSane: true });
});

test("chat on a terminal: ^C stops the answer, tells Coze once, and goes on (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("one\r");
  const first = await chat.asked();
  first.say("half an ");
  await chat.until("half an ");
  await chat.type("\x03");
  await first.hungUp;
  assertMatch(await chat.until(PROMPT), /^\n[^\n]*\^C again[^\n]*$/);
  await chat.type("two\r");
  const second = await chat.asked();
  assertEquals([second.question, second.conversationId], ["two", CONVERSATION_ID]);
  second.say("whole");
  second.done();
  await chat.until("whole");
  await chat.until(PROMPT);
  await chat.type("/exit\r");
  assertEquals(await chat.left(), { code: 0, isSane: true });
  assertEquals(chat.cancels, [{
    "conversation_id": CONVERSATION_ID,
    "chat_id": "7382159487131697202",
  }]);
});

test("chat on a terminal: the second ^C leaves with 130, at the prompt (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("half a question");
  await chat.until("half a question");
  await chat.type("\x03");
  await chat.until(PROMPT);
  await chat.type("\x03");
  assertEquals(await chat.left(), { code: 130, isSane: true });
});

test("chat on a terminal: the second ^C leaves with 130, while Coze is told (security 20)", async () => {
  const told = Promise.withResolvers<void>();
  const over = Promise.withResolvers<Response>();
  const cancel = () => {
    told.resolve();
    return over.promise;
  };
  await using chat = await chatting({ cancel });
  await chat.type("one\r");
  (await chat.asked()).say("half ");
  await chat.until("half ");
  await chat.type("\x03");
  await told.promise;
  await chat.type("\x03");
  assertEquals(await chat.left(), { code: 130, isSane: true });
  assertEquals(chat.cancels.length, 1);
  over.resolve(Response.json({}));
});

test("chat on a terminal: SIGINT from elsewhere stops the answer too (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("one\r");
  const answering = await chat.asked();
  answering.say("half ");
  await chat.until("half ");
  chat.kill("SIGINT");
  await answering.hungUp;
  await chat.until(PROMPT);
  await chat.type("\x04");
  assertEquals(await chat.left(), { code: 0, isSane: true });
  assertEquals(chat.cancels.length, 1);
});

test("chat on a terminal: SIGTERM cancels the answer and ends with 143 (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("one\r");
  (await chat.asked()).say("half ");
  await chat.until("half ");
  chat.kill("SIGTERM");
  assertEquals(await chat.left(), { code: 143, isSane: true });
  assertEquals(chat.cancels.length, 1);
});

test("chat on a terminal: SIGTERM at the prompt ends with 143 (security 20)", async () => {
  await using chat = await chatting();
  await chat.type("half a question");
  await chat.until("half a question");
  chat.kill("SIGTERM");
  assertEquals(await chat.left(), { code: 143, isSane: true });
});

test("chat on a terminal asks each of the lines that are pasted at once", async () => {
  await using chat = await chatting();
  await chat.type("one\r\n二\r\n\r\nthree\rfour\u2028five");
  for (const question of ["one", "二", "three", "four"]) {
    const answering = await chat.asked();
    assertEquals(answering.question, question);
    answering.say(`[${question}]`);
    answering.done();
    await chat.until(`\n[${question}]\n`);
  }
  // The last line was not ended yet.
  await chat.until("> five");
  await chat.type("\r");
  const last = await chat.asked();
  assertEquals(last.question, "five");
  last.done();
  await chat.until(PROMPT);
  await chat.type("\x04");
  assertEquals(await chat.left(), { code: 0, isSane: true });
});

test("chat on a terminal keeps what is typed during an answer out of it", async () => {
  await using chat = await chatting({ columns: 20 });
  await chat.type("one\r");
  const first = await chat.asked();
  first.say("an answer ");
  await chat.until("an answer ");
  // More than a line of this terminal, and edited.
  // More than a line of this terminal, and edited.
  await chat.type(`next${"x".repeat(30)}${"\x7f".repeat(30)}\rand ${"y".repeat(30)}\x7f`);
  for (const piece of ["in ", "many ", "parts "]) {
    first.say(piece);
    assertEquals(await chat.until(piece), "");
  }
  first.done();
  for (const question of ["next", `and ${"y".repeat(29)}z`]) {
    if (question !== "next") await chat.type("z\r");
    const answering = await chat.asked();
    assertEquals(answering.question, question);
    answering.done();
  }
  await chat.type("\x04");
  assertEquals(await chat.left(), { code: 0, isSane: true });
});

test("chat on a terminal goes on after Alt+Enter, which is no Enter", async () => {
  await using chat = await chatting();
  await chat.type("one\x1b\r two\r");
  const answering = await chat.asked();
  assertEquals(answering.question, "one two");
  answering.done();
  await chat.until(PROMPT);
  await chat.type("\x04");
  assertEquals(await chat.left(), { code: 0, isSane: true });
});
