// ^C in a conversation: it stops an answer, and only the second one leaves.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CozeClient } from "../../../lib/api/client.ts";
import { converse } from "../../../lib/cli/conversation.ts";
import { CozeError } from "../../../lib/error.ts";
import { answered, chat, createBot, IDS, message } from "../../testing/fake_bot.ts";
import { createTerminal } from "../../testing/fake_terminal.ts";

const REQUEST = { botId: "7379462189365198898", userId: "me" };

/** A conversation whose bot has begun to answer. */
async function answering(cancelChat?: CozeClient["cancelChat"], hasIds = true) {
  const terminal = createTerminal();
  const bot = createBot(cancelChat);
  const explain = (problem: unknown) => Promise.reject(problem);
  const exitCode = converse(terminal.run, bot.client, REQUEST, { explain });
  await terminal.asked();
  const called = bot.called();
  terminal.enter("one");
  const call = await called;
  if (hasIds) await call.send(chat("created"), message("delta", "half"));
  return { ...terminal, ...bot, exitCode, call };
}

const IN_TWO_WAYS: [string, (of: { interrupt(): void; signal(code: 130): void }) => void][] = [
  ["^C in raw mode", (of) => of.interrupt()],
  ["SIGINT", (of) => of.signal(130)],
];
for (const [what, interrupt] of IN_TWO_WAYS) {
  Deno.test(`converse() stops the answer at ${what}, tells Coze once, and goes on (security 20)`, async () => {
    const all = await answering();
    const { asked, enter, called, canceled, calls, outcome, end, exitCode } = all;
    interrupt(all);
    await asked();
    assertEquals(canceled.map(([ids]) => ids), [IDS]);
    assertEquals(outcome.stdout, "half\n");
    assertEquals(outcome.stderr.match(/Answer stopped/g)?.length, 1);
    const next = called();
    enter("two");
    await (await next).send(...answered("whole"));
    await asked();
    end();
    assertEquals(await exitCode, 0);
    assertEquals([calls[1]!.conversationId, canceled.length], [IDS.conversationId, 1]);
    assertEquals(outcome.stdout, "half\nwhole\n");
  });
}

Deno.test("converse() just hangs up at ^C when Coze has told no ids yet", async () => {
  const { interrupt, asked, canceled, end, exitCode } = await answering(undefined, false);
  interrupt();
  await asked();
  end();
  assertEquals([await exitCode, canceled.length], [0, 0]);
});

Deno.test("converse() leaves with 130 at the second ^C, while Coze is being told (security 20)", async () => {
  let aborted = false;
  const { interrupt, canceled, exitCode, isOpen } = await answering((_, options) => {
    called.resolve();
    return new Promise((_, reject) => {
      options!.signal!.addEventListener("abort", () => {
        aborted = true;
        reject(new CozeError("interrupted", "Interrupted"));
      });
    });
  });
  const called = Promise.withResolvers<void>();
  interrupt();
  await called.promise;
  interrupt();
  assertEquals(await exitCode, 130);
  assertEquals([canceled.length, aborted, isOpen()], [1, true, false]);
});

Deno.test("converse() leaves with 130 at the second ^C, at the prompt (security 20)", async () => {
  const { interrupt, asked, canceled, exitCode, isOpen } = await answering();
  interrupt();
  await asked();
  interrupt();
  assertEquals(await exitCode, 130);
  assertEquals([canceled.length, isOpen()], [1, false]);
});

Deno.test("converse() says how to leave at the first ^C of an empty prompt (security 20)", async () => {
  const { interrupt, asked, enter, outcome, exitCode } = begin();
  await asked();
  interrupt();
  await asked();
  assertStringIncludes(outcome.stderr, "> ^C again or /exit leaves\n> ");
  enter("");
  await asked();
  interrupt();
  assertEquals(await exitCode, 130);
});

Deno.test("converse() clears what is typed at ^C, and says so", async () => {
  const { interrupt, type, asked, outcome, calls, exitCode } = begin();
  for (let i = 0; i < 2; i++) {
    await asked();
    type("half a quest");
    interrupt();
  }
  await asked();
  assertEquals(outcome.stderr.match(/Line cleared/g)?.length, 2);
  interrupt();
  assertEquals([await exitCode, calls.length], [130, 0]);
});

Deno.test("converse() forgets a ^C when the next question is asked", async () => {
  const { interrupt, asked, enter, called, end, exitCode, outcome } = begin();
  await asked();
  interrupt();
  await asked();
  const next = called();
  enter("one");
  await (await next).send(...answered("1"));
  await asked();
  interrupt();
  await asked();
  assertEquals(outcome.stderr.match(/\^C again/g)?.length, 2);
  end();
  assertEquals(await exitCode, 0);
});

Deno.test("converse() drops the lines entered ahead at ^C, and says how many", async () => {
  const { interrupt, asked, enter, calls, outcome, end, exitCode } = await answering();
  enter("two");
  enter("three");
  interrupt();
  await asked();
  assertStringIncludes(outcome.stderr, "not asked: 2\n");
  end();
  assertEquals([await exitCode, calls.length], [0, 1]);
});

Deno.test("converse() says when Coze could not be told, unless the answer was there already", async () => {
  const refusals = [
    new CozeError("connection-lost", "no"),
    new CozeError("request-invalid", "no", {}, { status: 200, code: "4104" }),
  ];
  const told = await Promise.all(refusals.map(async (error) => {
    const { interrupt, asked, outcome, end, exitCode } = await answering(() =>
      Promise.reject(error)
    );
    interrupt();
    await asked();
    end();
    assertEquals(await exitCode, 0);
    return /could not be told.*: [a-z-]+$/m.test(outcome.stderr);
  }));
  assertEquals(told, [true, false]);
});

Deno.test("converse() ends with 143 at a termination signal, the chat canceled (security 20)", async () => {
  const { signal, canceled, exitCode, isOpen, outcome } = await answering();
  signal(143);
  assertEquals(await exitCode, 143);
  assertEquals([canceled.map(([ids]) => ids), isOpen()], [[IDS], false]);
  assert(canceled[0]![1]!.timeoutMs! <= 5000);
  assert(!outcome.stderr.includes("^C again"));
});

Deno.test("converse() ends with 143 at a termination signal at the prompt (security 20)", async () => {
  const { signal, type, asked, exitCode, isOpen } = begin();
  await asked();
  type("half");
  signal(143);
  assertEquals([await exitCode, isOpen()], [143, false]);
});

function begin() {
  const terminal = createTerminal();
  const bot = createBot();
  const explain = (problem: unknown) => Promise.reject(problem);
  return {
    ...terminal,
    ...bot,
    exitCode: converse(terminal.run, bot.client, REQUEST, { explain }),
  };
}
