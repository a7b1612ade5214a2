import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ANSWER, CHAT, events, LOG_ID, refusal } from "../../testing/scripted.ts";
import { botWorld } from "../../testing/bot_world.ts";

/** A world with a published bot, and what answers its chats in place of the emulator. */
async function talking(answer?: (request: Request) => Response | Promise<Response>) {
  const world = await botWorld();
  const bot = await world.bot("--publish");
  const seen: Request[] = [];
  const fetch = (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/v3/")) seen.push(request.clone());
    return answer && pathname === "/v3/chat"
      ? Promise.resolve(answer(request))
      : world.emulator(request);
  };
  return { ...world, bot, fetch, seen };
}

Deno.test("chat TEXT streams the answer to stdout and nothing else there", async () => {
  const { run, bot, emulator } = await talking();
  const { exitCode, stdout, stderr } = await run(["chat", "你好", "--bot", bot]);
  assertEquals([exitCode, stderr], [0, ""]);
  assertMatch(stdout, /^\[node-chat2\] .*你好.*\n$/);
  const { body } = emulator.journal.find(({ path }) => path === "/v3/chat")!;
  assertEquals((body as Record<string, unknown>)["user_id"], "coze-jwt");
});

Deno.test("chat takes the text from a pipe, without the newline at its end", async () => {
  const { run, bot, emulator } = await talking();
  for (const args of [["chat"], ["chat", "-"]]) {
    emulator.journal.length = 0;
    const { exitCode, stdout } = await run([...args, "--bot", bot], { stdin: "一\n二\r\n" });
    assertEquals(exitCode, 0);
    assertStringIncludes(stdout, "一");
    const { body } = emulator.journal.find(({ path }) => path === "/v3/chat")!;
    const messages = (body as { additional_messages: { content: string }[] }).additional_messages;
    assertEquals(messages.map(({ content }) => content), ["一\n二"]);
  }
});

Deno.test("chat without a text and without a terminal says so, and sends nothing", async () => {
  const { run, asked, emulator, bot } = await talking();
  emulator.journal.length = 0;
  for (
    const [args, world] of [
      [["chat"], { stdin: "" }],
      [["chat"], { stdin: " \n" }],
      [["chat", "--json"], { terminal: true }],
      [["chat", "-"], { terminal: true }],
      [["chat", " "], { terminal: true }],
    ] as const
  ) {
    const { exitCode, stdout, stderr } = await run([...args, "--bot", bot], world);
    assertEquals([exitCode, stdout], [2, ""]);
    assertStringIncludes(stderr, "usage-no-terminal");
  }
  const { exitCode, stderr } = await run(["chat"], { stdin: "x".repeat(1_000_001) });
  assertEquals(exitCode, 2);
  assertStringIncludes(stderr, "usage-value");
  assertEquals(asked(), []);
});

Deno.test("chat --json is one object with all ids", async () => {
  const { run, bot } = await talking();
  const { stdout, stderr } = await run(["chat", "/suggest 你好", "--bot", bot, "--json"]);
  assertEquals(stderr, "");
  const { answer, conversationId, chatId, followUps, status } = JSON.parse(stdout);
  assertStringIncludes(answer, "你好");
  assertMatch(conversationId, /^\d{19}$/);
  assertMatch(chatId, /^\d{19}$/);
  assertEquals([followUps.length, status], [2, "completed"]);
});

Deno.test("chat --conversation goes on with what was said before; --user names the user", async () => {
  const { run, bot, emulator } = await talking();
  const first = JSON.parse((await run(["chat", "一", "--bot", bot, "--json"])).stdout);
  assertStringIncludes(first.answer, "0");
  const { conversationId } = first;
  const args = ["chat", "二", "--bot", bot, "--user", "user-7", "--json"];
  const second = JSON.parse((await run([...args, "--conversation", conversationId])).stdout);
  assertStringIncludes(second.answer, "1");
  assertEquals(second.conversationId, conversationId);
  const { body } = emulator.journal.findLast(({ path }) => path === "/v3/chat")!;
  assertEquals((body as Record<string, unknown>)["user_id"], "user-7");
});

Deno.test("chat to a bot that is not published prints the publish command with its id", async () => {
  const world = await botWorld();
  const bot = await world.bot();
  const { exitCode, stdout, stderr } = await world.run(["chat", "你好", "--bot", bot]);
  assertEquals([exitCode, stdout], [6, ""]);
  assertStringIncludes(stderr, `error[bot-not-published]: The bot ${bot} is not published`);
  assertMatch(stderr, /server said: 4015 .*logid \d{14}[0-9A-F]{20}/);
  assertStringIncludes(stderr, `  $ coze-jwt bot publish ${bot}\n`);
  const draft = await world.run(["chat", "你好", "--bot", bot, "--draft"]);
  assertEquals(draft.exitCode, 0, draft.stderr);
});

Deno.test("chat without its permission is not told about a workspace", async () => {
  const world = await botWorld({ permissions: ["listWorkspace"] });
  world.files["keys/.env"] += "COZE_WORKSPACE_ID=7348293334293334099\n";
  const { exitCode, stderr } = await world.run(["chat", "x", "--bot", "7379462189365198898"]);
  assertEquals(exitCode, 6);
  assertStringIncludes(stderr, "error[permission-missing]");
  assertEquals(world.asked(), ["POST /v3/chat"]);
});

Deno.test("chat takes a text behind -- as it is, and says so where it was not", async () => {
  const { run, bot } = await talking();
  const { stdout } = await run(["chat", "--bot", bot, "--", "-5 °C"]);
  assertStringIncludes(stdout, "-5 °C");
  const { exitCode, stderr } = await run(["chat", "-5", "--bot", bot]);
  assertEquals(exitCode, 2);
  assertStringIncludes(stderr, "behind --");
});

Deno.test("chat shows reasoning dimmed and follow-up questions numbered, on stderr", async () => {
  const { run, bot } = await talking();
  const thought = await run(["chat", "/think 1+1", "--bot", bot], { terminal: true });
  assertStringIncludes(thought.stderr, "\x1b[2m");
  assert(!thought.stdout.includes("\x1b"));
  const asked = await run(["chat", "/suggest x", "--bot", bot]);
  assertMatch(asked.stderr, /^ {2}1 {2}.+\n {2}2 {2}.+\n$/);
});

const FAILURES: [text: string, code: string, exitCode: number, arrived: boolean][] = [
  ["/fail x", "model-fault", 8, true],
  ["/error x", "model-fault", 8, true],
  ["/stop x", "connection-lost", 8, true],
];
for (const [text, code, expected, arrived] of FAILURES) {
  Deno.test(`chat ${text} ends as ${code}, keeps what arrived, and tells the log id`, async () => {
    const { run, bot } = await talking();
    const { exitCode, stdout, stderr } = await run(["chat", text, "--bot", bot]);
    assertEquals([exitCode, stdout !== ""], [expected, arrived]);
    assert(stdout.endsWith("\n"));
    assertStringIncludes(stderr, `error[${code}]`);
    assertMatch(stderr, /logid \d{14}[0-9A-F]{20}/);
  });
}

Deno.test("chat in a conversation that is busy says so", async () => {
  const { run, bot, fetch } = await talking(() => refusal(4016));
  const args = ["chat", "二", "--bot", bot, "--conversation", CHAT.conversation_id];
  const { exitCode, stderr } = await run(args, { fetch });
  assertEquals(exitCode, 6);
  assertStringIncludes(stderr, "error[conversation-busy]");
  assertStringIncludes(stderr, `4016 words, logid ${LOG_ID}`);
});

/** A stream that is opened and then stays silent. */
function silent(): Response {
  const first = `event:conversation.chat.created\ndata:${JSON.stringify(CHAT)}\n\n`;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

for (const signal of [130, 143] as const) {
  Deno.test(`chat TEXT that is interrupted tells the server, and ends with ${signal} (security 20)`, async () => {
    let stop = () => {};
    const { run, bot, fetch, seen } = await talking(() => {
      setTimeout(() => stop(), 0);
      return silent();
    });
    const { exitCode, stderr } = await run(["chat", "你好", "--bot", bot], {
      fetch,
      interrupt: (callback) => stop = () => callback(signal),
    });
    assertEquals(exitCode, signal);
    assertStringIncludes(stderr, "error[interrupted]");
    const cancels = seen.filter(({ url }) => url.endsWith("/v3/chat/cancel"));
    assertEquals(await Promise.all(cancels.map((each) => each.json())), [
      { "conversation_id": CHAT.conversation_id, "chat_id": CHAT.id },
    ]);
  });
}

/** Deltas that hold a text, cut where the list is cut. */
function saying(...pieces: string[]): () => Response {
  return () =>
    events(
      ["conversation.chat.created", CHAT],
      ...pieces.map((content) =>
        ["conversation.message.delta", { ...ANSWER, content }] as [string, unknown]
      ),
      ["conversation.message.completed", { ...ANSWER, content: pieces.join("") }],
      ["conversation.chat.completed", { ...CHAT, status: "completed" }],
      ["done", "[DONE]"],
    );
}

Deno.test("chat lets nothing steer the terminal, also split over pieces (security 11)", async () => {
  const hostile = "a\x1b]52;c;aGk=\x07b\x1b[2Jc\u202ed\u200b";
  for (let at = 0; at <= hostile.length; at++) {
    const { run, bot, fetch } = await talking(saying(hostile.slice(0, at), hostile.slice(at)));
    const { stdout, stderr } = await run(["chat", "x", "--bot", bot], { fetch, terminal: true });
    assertEquals(stdout, "abcd\n");
    for (const escape of ["\x1b]", "\x1b[2J"]) assert(!stderr.includes(escape));
  }
});

Deno.test("chat does not repeat the token, also split over pieces (security 12)", async () => {
  let token = "";
  const { run, bot, fetch } = await talking((request) => {
    token = request.headers.get("authorization")!.slice("Bearer ".length);
    return saying("It is ", token.slice(0, 9), token.slice(9), "!")();
  });
  for (const more of [[], ["--json"], ["--trace"]]) {
    const { stdout, stderr } = await run(["chat", "x", "--bot", bot, ...more], { fetch });
    assert(token.length > 20);
    assert(!(stdout + stderr).includes(token), stdout + stderr);
    assertStringIncludes(stdout, "It is czs_em…(");
  }
});

Deno.test("chat shows an answer that comes whole, and each of several on its line", async () => {
  const message = (id: string, content: string) =>
    ["conversation.message.completed", { ...ANSWER, id, content }] as [string, unknown];
  const { run, bot, fetch } = await talking(() =>
    events(
      ["conversation.chat.created", CHAT],
      message("1", "一"),
      message("2", "二"),
      ["conversation.chat.completed", { ...CHAT, status: "completed" }],
      ["done", "[DONE]"],
    )
  );
  assertEquals((await run(["chat", "x", "--bot", bot], { fetch })).stdout, "一\n二\n");
});

Deno.test("chat prints no id that a shell would take for more (security 13)", async () => {
  for (const odd of [{ "conversation_id": "`x`" }, { "chat_id": "`x`" }]) {
    const { run, bot, fetch } = await talking(() =>
      events(["conversation.message.completed", { ...ANSWER, ...odd }], ["done", "[DONE]"])
    );
    const { stdout, stderr } = await run(["chat", "x", "--bot", bot], { fetch, terminal: true });
    assertStringIncludes(stdout, ANSWER.content);
    assert(!stderr.includes("`x`") && !stderr.includes("Go on"), stderr);
  }
});

Deno.test("chat on a terminal prints the command that goes on", async () => {
  const { run, bot } = await talking();
  const { stderr } = await run(["chat", "你好", "--bot", bot, "--user", "u"], { terminal: true });
  assertMatch(
    stderr,
    new RegExp(`Go on: coze-jwt chat --bot ${bot} --conversation \\d{19} --user u$`, "m"),
  );
});

Deno.test("chat gets a new token when the first has ended, and is sent once more", async () => {
  const { run, bot, emulator } = await talking();
  let refused = false;
  const fetch = (request: Request) => {
    if (refused || !request.url.endsWith("/v3/chat")) return emulator(request);
    refused = true;
    return Promise.resolve(Response.json({ code: 4100, msg: "authentication is invalid" }));
  };
  emulator.journal.length = 0;
  const { exitCode } = await run(["chat", "你好", "--bot", bot], { fetch });
  assertEquals(exitCode, 0);
  const paths = emulator.journal.map(({ path }) => path.split("/").at(-1));
  assertEquals(paths, ["token", "token", "chat"]);
});
