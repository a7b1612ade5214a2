import type { CozeClient } from "../../lib/api/client.ts";
import { converse } from "../../lib/cli/commands/conversation.ts";
import type { CozeError } from "../../lib/error.ts";
import { answered, createBot } from "./fake_bot.ts";
import type { World } from "./fake_io.ts";
import { createTerminal } from "./fake_terminal.ts";

export const REQUEST = { botId: "7379462189365198898", userId: "me" };

/** A conversation that has begun. */
export function begin(
  { world, request, cancelChat }: {
    world?: Partial<World>;
    request?: object;
    cancelChat?: CozeClient["cancelChat"];
  } = {},
) {
  const terminal = createTerminal(world);
  const bot = createBot(cancelChat);
  const problems: CozeError[] = [];
  const explain = (problem: CozeError) => Promise.resolve(problems.push(problem));
  const exitCode = converse(
    terminal.context,
    { client: bot.client, explain, chatCall: {} },
    { ...REQUEST, ...request },
    () => Promise.resolve(),
  );

  /** Enters a line at the prompt, and gives the call that it makes. */
  async function call(line: string) {
    await terminal.asked();
    const called = bot.called();
    terminal.enter(line);
    return await called;
  }

  /** The same, and lets the bot answer. */
  async function ask(line: string, ...events: Parameters<typeof answered>) {
    await (await call(line)).send(...answered(...events));
    await terminal.asked();
  }

  /** Leaves at the prompt with ^D. */
  async function leave(): Promise<number> {
    await terminal.asked();
    terminal.end();
    return await exitCode;
  }

  return { ...terminal, ...bot, problems, exitCode, call, ask, leave };
}
