import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ANSWER, CHAT, events, LOG_ID, refusal } from "../../testing/scripted.ts";
import { botWorld, silent } from "../../testing/bot_world.ts";
import { assertFailed, type World } from "../../testing/fake_io.ts";

/** A world with a published bot, and what answers its chats in place of the emulator. */
async function talking(answer?: (request: Request) => Response | Promise<Response>) {
  const world = botWorld();
  const bot = await world.bot("--publish");
  const seen: Request[] = [];
  const fetch = (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/v3/")) seen.push(request.clone());
    return answer && pathname === "/v3/chat"
      ? Promise.resolve(answer(request))
      : world.emulator(request);
  };
  /** Runs `chat` with these words. */
  const chat = (args: string[], more: Partial<World> = {}) =>
    world.run(["chat", "--bot", bot, ...args], { fetch, ...more });
  /** The body of the last chat. */
  const body = () =>
    world.emulator.journal.findLast(({ path }) => path === "/v3/chat")!.body as {
      "user_id": string;
      "additional_messages": { content: string }[];
    };
  return { ...world, bot, chat, body, seen };
}

Deno.test("chat TEXT streams the answer to stdout and nothing else there", async () => {
  const { chat, body } = await talking();
  const { exitCode, stdout, stderr } = await chat(["你好"]);
  assertEquals([exitCode, stderr], [0, ""]);
  assertMatch(stdout, /^\[node-chat2\] .*你好.*\n$/);
  assertEquals(body()["user_id"], "coze-jwt");
});

Deno.test("chat takes the text from a pipe, without the newline at its end", async () => {
  const { chat, body } = await talking();
  for (const args of [[], ["-"]]) {
    const { exitCode, stdout } = await chat(args, { stdin: "一\n二\r\n" });
    assertEquals(exitCode, 0);
    assertStringIncludes(stdout, "一");
    assertEquals(body()["additional_messages"].map(({ content }) => content), ["一\n二"]);
  }
});

Deno.test("chat without a text and without a terminal says so, and sends nothing", async () => {
  const { chat, asked } = await talking();
  const rows: [args: string[], world: Partial<World>, code: string][] = [
    [[], { stdin: "" }, "usage-no-terminal"],
    [[], { stdin: " \n" }, "usage-no-terminal"],
    [["--json"], { terminal: true }, "usage-no-terminal"],
    [["-"], { terminal: true }, "usage-no-terminal"],
    [[" "], { terminal: true }, "usage-no-terminal"],
    [[], { stdin: "x".repeat(1_000_001) }, "usage"],
  ];
  for (const [args, world, code] of rows) assertFailed(await chat(args, world), 2, code);
  assertEquals(asked(), []);
});

Deno.test("chat --json is one object with all ids", async () => {
  const { stdout, stderr } = await (await talking()).chat(["/suggest 你好", "--json"]);
  assertEquals(stderr, "");
  const { answer, conversationId, chatId, followUps, status } = JSON.parse(stdout);
  assertStringIncludes(answer, "你好");
  for (const id of [conversationId, chatId]) assertMatch(id, /^\d{19}$/);
  assertEquals([followUps.length, status], [2, "completed"]);
});

Deno.test("chat --conversation goes on with what was said before; --user names the user", async () => {
  const { chat, body } = await talking();
  const user = ["--user", "user-7", "--json"];
  const first = JSON.parse((await chat(["一", ...user])).stdout);
  assertStringIncludes(first.answer, "0");
  const { conversationId } = first;
  const go = ["--conversation", conversationId];
  const second = JSON.parse((await chat(["二", ...user, ...go])).stdout);
  assertStringIncludes(second.answer, "1");
  assertEquals(second.conversationId, conversationId);
  assertEquals(body()["user_id"], "user-7");
  // The conversation of one user is not found for another.
  assertFailed(await chat(["三", ...go]), 6, "resource-not-found");
});

Deno.test("chat --draft talks to a bot that is not published", async () => {
  const world = botWorld();
  const bot = await world.bot();
  const draft = await world.run(["chat", "你好", "--bot", bot, "--draft"]);
  assertEquals(draft.exitCode, 0, draft.stderr);
});

Deno.test("chat without its permission is not told about a workspace", async () => {
  const world = botWorld({ permissions: ["listWorkspace"] });
  world.files["keys/.env"] += "COZE_WORKSPACE_ID=7348293334293334099\n";
  const outcome = await world.run(["chat", "x", "--bot", "7379462189365198898"]);
  assertFailed(outcome, 6, "permission-missing");
  assertEquals(world.asked(), ["POST /v3/chat"]);
});

Deno.test("chat takes a text behind -- as it is, and says so where it was not", async () => {
  const { chat } = await talking();
  assertStringIncludes((await chat(["--", "-5 °C"])).stdout, "-5 °C");
  assertFailed(await chat(["-5"]), 2, "usage", "behind --");
});

Deno.test("chat shows reasoning dimmed and follow-up questions numbered, on stderr", async () => {
  const { chat } = await talking();
  const thought = await chat(["/think 1+1"], { terminal: true });
  assertStringIncludes(thought.stderr, "\x1b[2m");
  assert(!thought.stdout.includes("\x1b"));
  assertMatch((await chat(["/suggest x"])).stderr, /^ {2}1 {2}.+\n {2}2 {2}.+\n$/);
});

Deno.test("chat in a conversation that is busy says so", async () => {
  const { chat } = await talking(() => refusal(4016));
  const outcome = await chat(["二", "--conversation", CHAT.conversation_id]);
  assertFailed(outcome, 6, "conversation-busy", `4016 words, logid ${LOG_ID}`);
});

for (const signal of [130, 143] as const) {
  Deno.test(`chat TEXT that is interrupted tells the server, and ends with ${signal} (security 20)`, async () => {
    let stop = () => {};
    const { chat, seen } = await talking(() => (setTimeout(() => stop(), 0), silent()));
    const { exitCode, stderr } = await chat(["你好"], {
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
  const { chat } = await talking(saying(...hostile));
  const { stdout, stderr } = await chat(["x"], { terminal: true });
  assertEquals(stdout, "abcd\n");
  for (const escape of ["\x1b]", "\x1b[2J"]) assert(!stderr.includes(escape));
});

Deno.test("chat does not repeat the token, also split over pieces (security 12)", async () => {
  let token = "";
  const { chat } = await talking((request) => {
    token = request.headers.get("authorization")!.slice("Bearer ".length);
    return saying("It is ", token.slice(0, 9), token.slice(9), "!")();
  });
  for (const more of [[], ["--json"], ["--trace"]]) {
    const { stdout, stderr } = await chat(["x", ...more]);
    assert(token.length > 20);
    assert(!(stdout + stderr).includes(token), stdout + stderr);
    assertStringIncludes(stdout, "It is czs_em…(");
  }
});

Deno.test("chat prints no id that a shell would take for more (security 13)", async () => {
  for (const odd of [{ "conversation_id": "`x`" }, { "chat_id": "`x`" }]) {
    const { chat } = await talking(() =>
      events(["conversation.message.completed", { ...ANSWER, ...odd }], ["done", "[DONE]"])
    );
    const { stdout, stderr } = await chat(["x"], { terminal: true });
    assertStringIncludes(stdout, ANSWER.content);
    assert(!stderr.includes("`x`") && !stderr.includes("Go on"), stderr);
  }
});

Deno.test("chat gets a new token when the first has ended, and is sent once more", async () => {
  const { run, bot, emulator } = await talking();
  let refused = false;
  const fetch = (request: Request) => {
    if (refused || !request.url.endsWith("/v3/chat")) return emulator(request);
    refused = true;
    return Promise.resolve(refusal(4100));
  };
  const { exitCode } = await run(["chat", "你好", "--bot", bot], { fetch });
  assertEquals(exitCode, 0);
  const paths = emulator.journal.map(({ path }) => path.split("/").at(-1));
  assertEquals(paths, ["token", "token", "chat"]);
});
