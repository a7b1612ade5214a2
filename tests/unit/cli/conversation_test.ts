import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import type { Code } from "../../../lib/words/words.ts";
import { answered, chat, IDS, message } from "../../testing/fake_bot.ts";
import type { World } from "../../testing/fake_io.ts";
import { begin, REQUEST } from "../../testing/conversation_world.ts";

Deno.test("converse() asks what is typed, and shows answers on stdout and nothing else", async () => {
  const { ask, enter, exitCode, outcome, isOpen } = begin();
  await ask("你好", "你好！");
  await ask("more", "a\nb");
  enter("／exit");
  assertEquals(await exitCode, 0);
  assertEquals(outcome.stdout, "你好！\na\nb\n");
  assertEquals(outcome.stderr.match(/> /g)?.length, 3);
  assertStringIncludes(outcome.stderr, REQUEST.botId);
  assertEquals(isOpen(), false);
});

Deno.test("converse() goes on with the conversation of the first answer", async () => {
  const { ask, calls, leave } = begin();
  await ask("one", "1");
  await ask("two", "2");
  assertEquals(await leave(), 0);
  assertEquals(calls.map((call) => [call.messages, call.conversationId, call.botId, call.userId]), [
    ["one", undefined, REQUEST.botId, "me"],
    ["two", IDS.conversationId, REQUEST.botId, "me"],
  ]);
});

Deno.test("converse() begins with the conversation and the draft it is given", async () => {
  const { ask, calls, leave } = begin({ request: { conversationId: "7", draft: true } });
  await ask("one", "1");
  await leave();
  assertEquals([calls[0]!.conversationId, calls[0]!.draft], ["7", true]);
});

Deno.test("converse() asks again after an empty line, and gives the bot other lines with /", async () => {
  const { ask, asked, enter, calls, leave } = begin();
  for (const empty of ["", "  \t"]) {
    await asked();
    enter(empty);
  }
  await ask("/help  me", "no");
  await ask("  indented", "yes");
  assertEquals(await leave(), 0);
  assertEquals(calls.map((call) => call.messages), ["/help  me", "  indented"]);
});

Deno.test("converse() asks each of several lines that were entered at once", async () => {
  const { asked, enter, called, calls, leave } = begin();
  await asked();
  let next = called();
  for (const line of ["one", "", "two", "three"]) enter(line);
  for (const text of ["one", "two", "three"]) {
    const call = await next;
    assertEquals(call.messages, text);
    next = called();
    await call.send(...answered(text));
  }
  assertEquals([await leave(), calls.length], [0, 3]);
});

Deno.test("converse() numbers the questions a bot proposes, and a number asks", async () => {
  const { ask, calls, outcome, leave } = begin();
  await ask("one", "1", "How\nmuch?", "Why\x1b[2J?");
  assertStringIncludes(outcome.stderr, "\n  1  How much?\n  2  Why?\n> ");
  await ask("3", "none");
  await ask("1", "the questions are gone");
  await ask("again", "1", "A", "B");
  await ask(" ２ ", "b");
  await leave();
  assertEquals(calls.map((call) => call.messages), ["one", "3", "1", "again", "B"]);
  assertEquals(outcome.stdout, "1\nnone\nthe questions are gone\n1\nb\n");
  assertStringIncludes(outcome.stderr, "> B\n");
});

Deno.test("converse() keeps the proposed questions until there is an answer", async () => {
  const { ask, call, calls, leave } = begin();
  await ask("one", "1", "A");
  (await call("1")).end(new CozeError("rate-limited", "no"));
  const failing = await call("1");
  await failing.send(chat("failed"));
  failing.end();
  await ask("1", "a");
  await leave();
  assertEquals(calls.map((each) => each.messages), ["one", "A", "A", "A"]);
});

Deno.test("converse() dims what the model thinks on a terminal with colours, on stderr", async () => {
  const thinks = async (world: Partial<World>) => {
    const { call, outcome, leave, context } = begin({ world });
    if (world.terminal === undefined) context.io.color = false;
    const thought = message("delta", "", { reasoningContent: "hm " });
    await (await call("q")).send(thought, ...answered("yes"));
    await leave();
    assertEquals(outcome.stdout, "yes\n");
    return outcome.stderr;
  };
  assertStringIncludes(await thinks({ terminal: true }), "\x1b[2mhm \x1b[0m\x1b[2m\n\x1b[0m");
  assertStringIncludes(await thinks({}), "> hm \n> ");
  assert(!(await thinks({ terminal: false })).includes("hm"));
});

Deno.test("converse() tells an error and goes on with the conversation", async () => {
  const { ask, call, calls, problems, leave } = begin();
  await ask("one", "1");
  const passing = ["rate-limited", "conversation-busy", "timeout", "server-fault"] as const;
  for (const code of passing) (await call(code)).end(new CozeError(code, "no"));
  const failing = await call("fails");
  const lastError = { code: "5000", message: "event interval error" };
  await failing.send(message("delta", "ha"), chat("failed", { lastError }));
  failing.end();
  await ask("on", "2");
  assertEquals(await leave(), 0);
  assertEquals(problems.map((each) => each.code), [...passing, "model-fault"]);
  assertEquals(calls.at(-1)!.conversationId, IDS.conversationId);
});

const POINTLESS: [Code, exitCode: number][] = [
  ["token-invalid", 5],
  ["bot-not-published", 6],
  // Nothing was answered yet, so there is no such bot.
  ["resource-not-found", 6],
  ["sandbox-net", 9],
  ["file-unwritable", 2],
];
for (const [code, expected] of POINTLESS) {
  Deno.test(`converse() leaves after ${code}, which would come again`, async () => {
    const { call, problems, exitCode, isOpen } = begin();
    (await call("one")).end(new CozeError(code, "no"));
    assertEquals([await exitCode, problems.length, isOpen()], [expected, 1, false]);
  });
}

Deno.test("converse() says when the bot waits for a tool", async () => {
  const { call, outcome, leave } = begin();
  const waiting = await call("one");
  await waiting.send(chat("requires_action"));
  waiting.end();
  await leave();
  assertStringIncludes(outcome.stderr, "waits for the result of a tool");
});

Deno.test("converse() gives the terminal back when something unexpected happens (security 20)", async () => {
  const { call, exitCode, isOpen } = begin();
  (await call("one")).end(new RangeError("odd"));
  await assertRejects(() => exitCode, RangeError, "odd");
  assertEquals(isOpen(), false);
});
