// ^C in a conversation: it stops an answer, and only the second one leaves.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { CozeClient } from "../../../lib/api/client.ts";
import { CozeError } from "../../../lib/error.ts";
import type { Code } from "../../../lib/words/words.ts";
import { begin } from "../../testing/conversation_world.ts";
import { chat, IDS, message } from "../../testing/fake_bot.ts";

/** A conversation whose bot has begun to answer. */
async function answering(cancelChat?: CozeClient["cancelChat"], hasIds = true) {
  const conversation = begin({ cancelChat });
  const call = await conversation.call("one");
  if (hasIds) await call.send(chat("created"), message("delta", "half"));
  return conversation;
}

const IN_TWO_WAYS: [string, (of: { interrupt(): void; signal(code: 130): void }) => void][] = [
  ["^C in raw mode", (of) => of.interrupt()],
  ["SIGINT", (of) => of.signal(130)],
];
for (const [what, interrupt] of IN_TWO_WAYS) {
  Deno.test(`converse() stops the answer at ${what}, tells Coze once, and goes on (security 20)`, async () => {
    const all = await answering();
    const { ask, asked, canceled, calls, outcome, leave } = all;
    interrupt(all);
    await asked();
    assertEquals(canceled.map(([ids]) => ids), [IDS]);
    assertEquals(outcome.stdout, "half\n");
    assertEquals(outcome.stderr.match(/Answer stopped/g)?.length, 1);
    await ask("two", "whole");
    assertEquals(await leave(), 0);
    assertEquals([calls[1]!.conversationId, canceled.length], [IDS.conversationId, 1]);
    assertEquals(outcome.stdout, "half\nwhole\n");
  });
}

Deno.test("converse() just hangs up at ^C when Coze has told no ids yet", async () => {
  const { interrupt, canceled, leave } = await answering(undefined, false);
  interrupt();
  assertEquals([await leave(), canceled.length], [0, 0]);
});

Deno.test("converse() leaves with 130 at the second ^C, while Coze is being told (security 20)", async () => {
  let aborted = false;
  const called = Promise.withResolvers<void>();
  const { interrupt, canceled, exitCode, isOpen } = await answering((_, options) => {
    called.resolve();
    return new Promise((_, reject) => {
      options!.signal!.addEventListener("abort", () => {
        aborted = true;
        reject(new CozeError("interrupted", "Interrupted"));
      });
    });
  });
  interrupt();
  await called.promise;
  interrupt();
  assertEquals([await exitCode, canceled.length, aborted, isOpen()], [130, 1, true, false]);
});

Deno.test("converse() leaves with 130 at the second ^C, at the prompt (security 20)", async () => {
  const { interrupt, asked, canceled, exitCode, isOpen } = await answering();
  interrupt();
  await asked();
  interrupt();
  assertEquals([await exitCode, canceled.length, isOpen()], [130, 1, false]);
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

Deno.test("converse() forgets a ^C when the next question is asked", async () => {
  const { interrupt, ask, asked, leave, outcome } = begin();
  await asked();
  interrupt();
  await ask("one", "1");
  interrupt();
  await asked();
  assertEquals(outcome.stderr.match(/\^C again/g)?.length, 2);
  assertEquals(await leave(), 0);
});

Deno.test("converse() asks none of the lines entered before ^C", async () => {
  const { interrupt, asked, enter, calls, leave } = await answering();
  enter("two");
  interrupt();
  await asked();
  assertEquals([await leave(), calls.length], [0, 1]);
});

Deno.test("converse() ends as interrupted when the reader of stdout has gone, the chat canceled", async () => {
  const { context, call, canceled, exitCode, isOpen, problems } = begin();
  context.io.writeStdout = () => {
    throw new CozeError<Code>("interrupted", "gone");
  };
  await (await call("one")).send(chat("created"), message("delta", "an answer "));
  const error = await assertRejects(() => exitCode, CozeError);
  assertEquals([error.code, canceled.length, isOpen()], ["interrupted", 1, false]);
  assertEquals(problems, []);
});

Deno.test("converse() says when Coze could not be told, unless the answer was there already", async () => {
  const refusals = [
    new CozeError("connection-lost", "no"),
    new CozeError("request-invalid", "no", {}, { status: 200, code: "4104" }),
  ];
  const told = await Promise.all(refusals.map(async (error) => {
    const { interrupt, outcome, leave } = await answering(() => Promise.reject(error));
    interrupt();
    assertEquals(await leave(), 0);
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
  const { signal, asked, exitCode, isOpen } = begin();
  await asked();
  signal(143);
  assertEquals([await exitCode, isOpen()], [143, false]);
});

Deno.test("converse() ends with 143 at a termination signal between an answer and the prompt", async () => {
  const { signal, call, exitCode } = begin({
    cancelChat: () => {
      signal(143);
      return Promise.reject(new CozeError("connection-lost", "no"));
    },
  });
  const answering = await call("one");
  await answering.send(chat("created"));
  answering.end(new CozeError("timeout", "no"));
  assertEquals(await exitCode, 143);
});
