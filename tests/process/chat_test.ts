import { assertEquals } from "@std/assert";
import { BOT_ID, servedBot } from "../testing/chat_server.ts";
import { folder, start, whileRunning } from "../testing/process.ts";

/** A chat whose answer has begun. */
async function answering(server: ReturnType<typeof servedBot>, cwd: string) {
  const flags = [`--allow-net=${server.host}`, "--allow-read=keys"];
  const args = ["chat", "question", "--bot", BOT_ID, "--base-url", `http://${server.host}`];
  const child = start({ cwd, flags, args });
  const answer = await whileRunning(child, server.asked());
  answer.say("one ");
  const reader = child.stdout.getReader();
  await reader.read();
  return { child, answer, reader };
}

const ENDS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
for (const signal of ENDS) {
  Deno.test(`chat TEXT cancels the chat on ${signal} (security 20)`, async () => {
    await using place = await folder();
    await using server = servedBot();
    const { child, answer, reader } = await answering(server, place.cwd);
    child.kill(signal);
    await reader.cancel();
    await child.stderr.cancel();
    assertEquals((await child.status).code, signal === "SIGINT" ? 130 : 143);
    await answer.hungUp;
    assertEquals(server.cancels.length, 1);
  });
}

Deno.test("chat TEXT cancels the chat when the reader of stdout closes, as head does", async () => {
  await using place = await folder();
  await using server = servedBot();
  const { child, answer, reader } = await answering(server, place.cwd);
  await reader.cancel();
  await child.stderr.cancel();
  answer.say("two three ");
  assertEquals((await child.status).code, 130);
  await answer.hungUp;
  assertEquals(server.cancels.length, 1);
});
