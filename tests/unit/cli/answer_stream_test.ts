import { assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../../../lib/api/chat_types.ts";
import { streamAnswer } from "../../../lib/cli/commands/answer_stream.ts";
import { answered, chat, IDS, message } from "../../testing/fake_bot.ts";
import type { World } from "../../testing/fake_io.ts";
import { createTerminal } from "../../testing/fake_terminal.ts";

/** What is on the screen, with what the model thinks in brackets, and what came back. */
async function shown(events: Iterable<ChatEvent>, world: Partial<World> = {}) {
  const { context } = createTerminal(world);
  const { io } = context;
  io.color = false;
  const pieces: string[] = [];
  const known: object[] = [];
  let stdout = "";
  io.writeStdout = (text) => (pieces.push(text), stdout += text);
  io.writeStderr = (text) => pieces.push(`[${text}]`);
  const result = streamAnswer(
    ReadableStream.from(events).values(),
    context,
    (ids) => known.push(ids),
  );
  await result.catch(() => {});
  const screen = pieces.join("").replaceAll("][", "");
  return { screen, stdout, pieces, known, result };
}

const said = (content: string, more = {}) => message("delta", content, more);
const thought = (reasoningContent: string, more = {}) => said("", { reasoningContent, ...more });
const whole = (content: string, more = {}) => message("completed", content, more);

Deno.test("streamAnswer() writes each piece as it comes, ends with a newline, and gives all", async () => {
  const deltas = [said("你好"), said("，a"), said("b c")];
  const events = [chat("created"), ...deltas, whole("你好，ab c"), chat("completed")];
  const { pieces, result, known } = await shown(events);
  assertEquals(pieces, ["你好", "，", "ab ", "c", "\n"]);
  assertEquals(await result, { text: "你好，ab c", followUps: [], status: "completed" });
  assertEquals(known[0], IDS);
});

const TYPES = ["verbose", "function_call", "tool_response", "knowledge", "question", "follow_up"];
const SHOWN: [what: string, screen: string, events: ChatEvent[]][] = [
  ["a message that comes only as a whole", "all\n", [whole("all"), chat("completed")]],
  [
    "no message twice",
    "1\n2\n4\n",
    [
      said("1"),
      whole("1"),
      whole("2\n", { id: "2" }),
      whole("", { id: "3" }),
      said("4", { id: "4" }),
    ],
  ],
  [
    "answers and nothing else",
    "yes\n",
    [
      ...["", ...TYPES].map((type) => said("no", { type, id: type })),
      ...["", ...TYPES].map((type) => whole("no", { type, id: type })),
      { event: "conversation.audio.delta", message: said("UENN").message },
      { event: "unknown", name: "later", data: "no" },
      ...answered("yes", "How?"),
      said("late", { id: "9" }),
    ],
  ],
  [
    "what the model thinks on lines of its own",
    "[well, let me\n]an answer\n[again\n]more\n",
    [
      ...[thought("well, "), thought("let me"), said("an answer")],
      whole("an answer", { reasoningContent: "well, let me" }),
      ...[thought("again", { id: "2" }), said("more", { id: "2" })],
    ],
  ],
  [
    "the answer whole though the model thinks in between",
    "an [\nhm\n]answer, [\nso\n]yes\n",
    [said("an "), thought("h"), thought("m"), said("answer, "), thought("so"), said("yes")],
  ],
  [
    "what was thought when only the whole tells it",
    "[hm\n]an answer\n",
    [whole("an answer", { reasoningContent: "hm" })],
  ],
  [
    "nothing that could steer the terminal, cut anywhere (security 11)",
    "[ab\n]",
    Array.from("a\x1b]52;c;ZXZpbA==\x07b\x1b[2J", (unit) => thought(unit)),
  ],
];
for (const [what, screen, events] of SHOWN) {
  Deno.test(`streamAnswer() writes ${what}`, async () => {
    const stdout = screen.replace(/\[[^]*?\]/g, "");
    const all = await shown(events);
    assertEquals([all.screen, all.stdout], [screen, stdout]);
    assertEquals(
      (await shown(events, { terminal: false })).screen,
      stdout,
      "without what is thought",
    );
  });
}

Deno.test("streamAnswer() writes the rest when the stream breaks, and passes the error on", async () => {
  for (const [event, screen] of [[said("half"), "half\n"], [thought("hm"), "[hm\n]"]] as const) {
    const all = await shown((function* () {
      yield event;
      throw new RangeError("broken");
    })());
    assertEquals(all.screen, screen);
    await assertRejects(() => all.result, RangeError, "broken");
  }
});
