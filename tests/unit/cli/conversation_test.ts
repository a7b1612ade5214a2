import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { converse } from "../../../lib/cli/conversation.ts";
import { CozeError, type ErrorCode } from "../../../lib/error.ts";
import { answered, chat, createBot, IDS, message } from "../../testing/fake_bot.ts";
import type { World } from "../../testing/fake_io.ts";
import { createTerminal } from "../../testing/fake_terminal.ts";

const REQUEST = { botId: "7379462189365198898", userId: "me" };

/** A conversation that has begun. */
function begin(options: { world?: Partial<World>; request?: object } = {}) {
  const terminal = createTerminal(options.world);
  const bot = createBot();
  const problems: CozeError[] = [];
  const explain = (problem: CozeError) => Promise.resolve(void problems.push(problem));
  const request = { ...REQUEST, ...options.request };
  const exitCode = converse(terminal.run, bot.client, request, { explain });
  /** Asks at the prompt, and lets the bot answer. */
  async function ask(line: string, ...events: Parameters<typeof answered>) {
    await terminal.asked();
    const called = bot.called();
    terminal.enter(line);
    const call = await called;
    await call.send(...answered(...events));
    await terminal.asked();
    return call;
  }
  return { ...terminal, ...bot, problems, exitCode, ask };
}

Deno.test("converse() asks what is typed, and shows answers on stdout and nothing else", async () => {
  const { ask, asked, enter, exitCode, outcome, isOpen } = begin();
  await ask("你好", "你好！");
  await ask("more", "a\nb");
  await asked();
  enter("/exit");
  assertEquals(await exitCode, 0);
  assertEquals(outcome.stdout, "你好！\na\nb\n");
  assertEquals(outcome.stderr.match(/> /g)?.length, 3);
  assertStringIncludes(outcome.stderr, "7379462189365198898");
  assertEquals(isOpen(), false);
});

Deno.test("converse() goes on with the conversation of the first answer", async () => {
  const { ask, calls, end, exitCode } = begin();
  await ask("one", "1");
  await ask("two", "2");
  end();
  assertEquals(await exitCode, 0);
  const { conversationId } = IDS;
  assertEquals(calls.map((call) => [call.messages, call.conversationId, call.botId, call.userId]), [
    ["one", undefined, REQUEST.botId, "me"],
    ["two", conversationId, REQUEST.botId, "me"],
  ]);
});

Deno.test("converse() begins with the conversation and the draft it is given", async () => {
  const { ask, calls, end, exitCode } = begin({ request: { conversationId: "7", draft: true } });
  await ask("one", "1");
  end();
  await exitCode;
  assertEquals([calls[0]!.conversationId, calls[0]!.draft], ["7", true]);
});

Deno.test("converse() asks again after an empty line, and gives the bot other lines with /", async () => {
  const { ask, asked, enter, calls, end, exitCode } = begin();
  await asked();
  enter("");
  await asked();
  enter("  \t");
  await ask("/help  me", "no");
  await ask("  indented", "yes");
  await asked();
  end();
  assertEquals(await exitCode, 0);
  assertEquals(calls.map((call) => call.messages), ["/help  me", "  indented"]);
});

Deno.test("converse() asks each of several lines that were entered at once", async () => {
  const { asked, enter, called, calls, end, exitCode } = begin();
  await asked();
  let next = called();
  for (const line of ["one", "", "two", "three"]) enter(line);
  for (const text of ["one", "two", "three"]) {
    const call = await next;
    assertEquals(call.messages, text);
    next = called();
    await call.send(...answered(text));
  }
  await asked();
  end();
  assertEquals([await exitCode, calls.length], [0, 3]);
});

Deno.test("converse() numbers the questions a bot proposes, and a number asks", async () => {
  const { ask, calls, outcome, end, exitCode } = begin();
  await ask("one", "1", "How\nmuch?", "Why\x1b[2J?");
  assertStringIncludes(outcome.stderr, "\n  1  How much?\n  2  Why?\n> ");
  await ask("3", "none");
  await ask("1", "the questions are gone");
  await ask("again", "1", "A", "B");
  await ask(" 2 ", "b");
  end();
  await exitCode;
  assertEquals(calls.map((call) => call.messages), ["one", "3", "1", "again", "B"]);
  assertEquals(outcome.stdout, "1\nnone\nthe questions are gone\n1\nb\n");
  assertStringIncludes(outcome.stderr, "> B\n");
});

Deno.test("converse() keeps the proposed questions until there is an answer", async () => {
  const { ask, asked, enter, called, calls, end, exitCode } = begin();
  await ask("one", "1", "A");
  let next = called();
  enter("1");
  (await next).end(new CozeError("rate-limited", "no"));
  await asked();
  next = called();
  enter("1");
  await (await next).send(chat("failed"));
  (await next).end();
  await ask("1", "a");
  end();
  await exitCode;
  assertEquals(calls.map((call) => call.messages), ["one", "A", "A", "A"]);
});

Deno.test("converse() dims what the model thinks on a terminal with colours, on stderr", async () => {
  const thinks = async (world: Partial<World>) => {
    const { asked, enter, called, outcome, end, exitCode, run } = begin({ world });
    if (world.terminal === undefined) run.io.color = false;
    const next = called();
    await asked();
    enter("q");
    const call = await next;
    await call.send(message("delta", "", { reasoningContent: "hm " }), ...answered("yes"));
    await asked();
    end();
    await exitCode;
    assertEquals(outcome.stdout, "yes\n");
    return outcome.stderr;
  };
  assertStringIncludes(await thinks({ terminal: true }), "\x1b[2mhm \x1b[0m\x1b[2m\n\x1b[0m");
  assertStringIncludes(await thinks({}), "> hm \n> ");
  assert(!(await thinks({ terminal: false })).includes("hm"));
});

Deno.test("converse() tells an error and goes on with the conversation", async () => {
  const { ask, asked, enter, called, calls, problems, end, exitCode } = begin();
  await ask("one", "1");
  for (const code of ["rate-limited", "conversation-busy", "timeout", "server-fault"] as const) {
    const next = called();
    enter(code);
    (await next).end(new CozeError(code, "no"));
    await asked();
  }
  const lastError = { code: "5000", message: "event interval error" };
  const next = called();
  enter("fails");
  await (await next).send(message("delta", "ha"), chat("failed", { lastError }));
  (await next).end();
  await ask("on", "2");
  end();
  assertEquals(await exitCode, 0);
  assertEquals(problems.map((each) => each.code), [
    "rate-limited",
    "conversation-busy",
    "timeout",
    "server-fault",
    "model-fault",
  ]);
  assertEquals(calls.at(-1)!.conversationId, IDS.conversationId);
});

const POINTLESS: [ErrorCode, exitCode: number][] = [
  ["token-invalid", 5],
  ["bot-not-published", 6],
  ["sandbox-net", 9],
  // Nothing was answered yet, so there is no such bot.
  ["resource-not-found", 6],
];
for (const [code, expected] of POINTLESS) {
  Deno.test(`converse() leaves after ${code}, which would come again`, async () => {
    const { asked, enter, called, problems, exitCode, isOpen } = begin();
    const next = called();
    await asked();
    enter("one");
    (await next).end(new CozeError(code, "no"));
    assertEquals(await exitCode, expected);
    assertEquals([problems.length, isOpen()], [1, false]);
  });
}

Deno.test("converse() says when the bot waits for a tool", async () => {
  const { asked, enter, called, outcome, end, exitCode } = begin();
  const next = called();
  await asked();
  enter("one");
  const call = await next;
  await call.send(chat("requires_action"));
  call.end();
  await asked();
  assertStringIncludes(outcome.stderr, "waits for the result of a tool");
  end();
  await exitCode;
});

Deno.test("converse() gives the terminal back when something unexpected happens (security 20)", async () => {
  const { asked, enter, called, exitCode, isOpen } = begin();
  const next = called();
  await asked();
  enter("one");
  (await next).end(new RangeError("odd"));
  await assertRejects(() => exitCode, RangeError, "odd");
  assertEquals(isOpen(), false);
});
