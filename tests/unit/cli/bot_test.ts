import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { loadWords } from "../../../lib/words/words.ts";
import { CHAT } from "../../testing/scripted.ts";
import { botWorld, silent, WORKSPACE } from "../../testing/bot_world.ts";
import { assertFailed } from "../../testing/fake_io.ts";

const en = await loadWords("en");
const IN_WORKSPACE = ["--workspace", WORKSPACE];
const CREATE = ["bot", "create", "node-chat2", ...IN_WORKSPACE, "--prompt", "你是助手"];
const ALL = [...CREATE, "--publish", "--say", "你好"];
const EVERY = ["listBot", "createBot", "publish", "chat", "listWorkspace"];
const without = (permission: string) => EVERY.filter((each) => each !== permission);

/** The commands that an output proposes. */
const commandsIn = (stderr: string) => stderr.match(/(?<=^ {2}\$ coze-jwt ).*$/gm) ?? [];

type Fetch = (request: Request) => Response | Promise<Response>;
/** The emulator, with another answer on one path. */
function except(emulator: Fetch, path: string, instead: Fetch) {
  return async (request: Request) =>
    await (new URL(request.url).pathname === path ? instead(request) : emulator(request));
}

Deno.test("bot create takes fresh credentials to an answer in one command", async () => {
  const { run, asked, emulator } = botWorld();
  const { exitCode, stderr } = await run(ALL);
  assertEquals(exitCode, 0, stderr);
  assertEquals(asked(), [
    "GET /v1/bots",
    "POST /v1/bot/create",
    "POST /v1/bot/publish",
    "GET /v1/bots",
    "POST /v3/chat",
  ]);
  const { body } = emulator.journal.find(({ path }) => path === "/v1/bot/publish")!;
  assertEquals((body as Record<string, unknown>)["connector_ids"], ["1024"]);
});

Deno.test("bot create prints the bot's id alone when nothing is said", async () => {
  const { exitCode, stdout } = await botWorld().run(CREATE);
  assertEquals(exitCode, 0);
  assertMatch(stdout, /^7\d{18}\n$/);
});

Deno.test("bot create --say without --publish talks to the draft", async () => {
  const { run, emulator } = botWorld();
  const { exitCode, stdout, stderr } = await run([...CREATE, "--say", "你好"]);
  assertEquals(exitCode, 0, stderr);
  assertStringIncludes(stdout, "你好");
  assert(!/version/.test(stderr), stderr);
  const { body } = emulator.journal.find(({ path }) => path === "/v3/chat")!;
  assertEquals((body as Record<string, unknown>)["publish_status"], "unpublished_draft");
});

Deno.test("bot create --json is one object, with nothing beside it", async () => {
  const { run } = botWorld();
  const { stdout, stderr } = await run([...ALL, "--json"]);
  assertEquals(stderr, "");
  const { botId, version, conversationId, chatId, answer } = JSON.parse(stdout);
  for (const id of [botId, conversationId, chatId]) assertMatch(id, /^\d{19}$/);
  assertMatch(version, /^\d+$/);
  assertStringIncludes(answer, "你好");
  const { stdout: draft } = await run([...CREATE, "--new", "--json"]);
  assertEquals(Object.keys(JSON.parse(draft)), ["botId"]);
});

Deno.test("bot create waits until the bot is listed as published, less and less often", async () => {
  const { run, asked } = botWorld({}, { publishDelayMs: 3500 });
  const { exitCode, stdout, stderr } = await run(ALL);
  assertEquals(exitCode, 0, stderr);
  assertStringIncludes(stdout, "你好");
  assertEquals(stderr.match(/^Waiting until it is listed/gm)?.length, 1);
  assertEquals(asked().slice(3, -1), Array(4).fill("GET /v1/bots"));
});

Deno.test("bot create gives up waiting after a minute, and says how to go on", async () => {
  const outcome = await botWorld({}, { publishDelayMs: 1e9 }).run(ALL);
  assertFailed(outcome, 6, "bot-not-published", /\b60 s\b/);
  assertMatch(commandsIn(outcome.stderr)[0]!, /^chat '你好' --bot 7\d{18}$/);
});

Deno.test("bot create refuses a second bot of one name, with the command that goes on", async () => {
  const { run, bot } = botWorld();
  const id = await bot();
  const outcome = await run(ALL);
  assertFailed(outcome, 6, "bot-exists", `node-chat2 already exists: ${id}`);
  const goOn = `bot publish ${id} --workspace ${WORKSPACE} --say '你好'`;
  assertEquals(commandsIn(outcome.stderr), [goOn]);
  const next = await run(goOn.replaceAll("'", "").split(" "));
  assertEquals(next.exitCode, 0, next.stderr);
  assertStringIncludes(next.stdout, "你好");
  assertEquals(commandsIn((await run(ALL)).stderr), [`chat '你好' --bot ${id}`]);
});

Deno.test("bot create --new makes another one of the name", async () => {
  const { run, bot, asked } = botWorld();
  const id = await bot();
  const { exitCode, stdout } = await run([...CREATE, "--new"]);
  assertEquals(exitCode, 0);
  assert(stdout.trim() !== id);
  assertEquals(asked(), ["POST /v1/bot/create"]);
});

Deno.test("bot create knows a workspace that the app was not authorised for", async () => {
  const outcome = await botWorld({ workspaces: [] }).run(ALL);
  assertFailed(outcome, 6, "workspace-not-granted", WORKSPACE);
});

Deno.test("bot create tells a scope from a missing permission", async () => {
  const outcome = await botWorld().run([...ALL, "--scope-permission", "Connector.botChat"]);
  assertFailed(outcome, 6, "scope-narrows");
});

Deno.test("bot create leaves open whether a lost request was carried out, and finds out (security 14)", async () => {
  const { run, emulator } = botWorld();
  const fetch = except(emulator, "/v1/bot/create", async (request) => {
    await emulator(request);
    throw new TypeError("connection reset");
  });
  const outcome = await run(ALL, { fetch });
  assertFailed(outcome, 8, "connection-lost", en["made.unknown"]);
  assertMatch(commandsIn(outcome.stderr)[0]!, /^bot create node-chat2 --workspace/);
  assertStringIncludes((await run(ALL)).stderr, "error[bot-exists]");
  // A second bot of the name is no proof: the list tells.
  const again = [...CREATE, "--new"];
  const { stderr } = await run(again, { fetch });
  assertEquals(commandsIn(stderr), [`bot list --workspace ${WORKSPACE}`]);
  const { error } = JSON.parse((await run([...again, "--json"], { fetch })).stderr);
  assertStringIncludes(error.message, "whether the bot was created is not known");
  assertEquals(error.command, `coze-jwt bot list --workspace ${WORKSPACE}`);
});

Deno.test("bot create prints a command that can be typed, whatever the texts hold", async () => {
  const { run, bot } = botWorld();
  const id = await bot();
  const command = async (...flags: string[]) => {
    const { stderr } = await run(["bot", "create", "node-chat2", ...flags, ...IN_WORKSPACE]);
    return /^ {2}\$ coze-jwt ([^]*?)\n$/m.exec(stderr)?.[1];
  };
  const publish = (say: string) => `bot publish ${id} --workspace ${WORKSPACE} ${say}`;
  assertEquals(await command("--publish", "--say=-5 °C"), publish("--say='-5 °C'"));
  assertEquals(await command("--say=-5"), `chat --bot ${id} --draft -- -5`);
  const quoted = publish("--say 'it'\\''s $HOME\n`x`'");
  assertEquals(await command("--publish", "--say", "it's $HOME\n`x`"), quoted);
  // The flags that the next command takes too.
  const flags = ["--keys", "keys/", "--timeout=9s", "--lang", "en", "--prompt", "p", "--publish"];
  const kept =
    `bot publish ${id} --workspace ${WORKSPACE} --say x --keys keys/ --timeout 9s --lang en`;
  assertEquals(await command(...flags, "--say", "x"), kept);
  // What would be masked, and then mean something else, is left to the reader.
  for (const odd of ["Bearer authentication", "a\u200bb", "code_0123456789abcdef"]) {
    assertEquals(await command("--publish", "--say", odd), publish('--say "$TEXT"'));
  }
});

Deno.test("bot create prints no command that would fail again", async () => {
  const { run, bot } = botWorld();
  const id = await bot();
  const commands = async (args: string[], world = {}) =>
    commandsIn((await run(args, world)).stderr);
  assertEquals(await commands(["bot", "create", "x".repeat(21), ...IN_WORKSPACE]), []);
  const none = ["bot", "publish", "7500000000000009999", ...IN_WORKSPACE];
  assertEquals(await commands(none), [`bot list --workspace ${WORKSPACE}`]);
  const elsewhere = ["bot", "list", "--workspace", "7348293334293334099"];
  assertEquals(await commands(elsewhere), ["workspaces"]);
  const late = ["bot", "publish", id, "--timeout", "1s"];
  const hangs = (request: Request) =>
    request.url.endsWith("/v1/bot/publish")
      ? Promise.reject(new CozeError("timeout", "late"))
      : Promise.resolve(
        Response.json({ "access_token": "czs_0123456789abcdef", "expires_in": 900 }),
      );
  assertEquals(await commands(late, { fetch: hangs }), [`bot publish ${id}`]);
});

const REFUSED: [args: string[], path: string, code: number, commands: RegExp][] = [
  [["publish", "7"], "/v1/bot/publish", 4100, /^doctor$/],
  [["publish", "7", "--scope-bot=7"], "/v1/bot/publish", 4101, /^bot publish 7$/],
  [["list", "--scope-bot=7"], "/v1/bots", 4101, /^bot list$/],
  [["create", "x", "--new"], "/v1/bot/create", 4028, /^$/],
  [["create", "x", "--publish", "--say=hi"], "/v3/chat", 4015, /^chat hi --bot \d+$/],
];
for (const [args, path, code, commands] of REFUSED) {
  Deno.test(`bot ${args.join(" ")} prints no circle after ${code}`, async () => {
    const { run, emulator } = botWorld();
    const fetch = except(emulator, path, () => Response.json({ code, msg: "no" }));
    const { stderr } = await run(["bot", ...args, "--workspace", WORKSPACE], { fetch });
    assertMatch(commandsIn(stderr).join().replace(/ --workspace \d+/, ""), commands);
  });
}

Deno.test("bot publish refuses two ids, and an odd workspace before it publishes", async () => {
  const { run, bot, files, asked } = botWorld();
  const id = await bot();
  assertFailed(await run(["bot", "publish", id, "--bot", "1"]), 2, "usage");
  files["keys/.env"] += "COZE_WORKSPACE_ID=mine\n";
  const odd = await run(["bot", "publish", id]);
  assertFailed(odd, 2, "usage", "keys/.env COZE_WORKSPACE_ID");
  assertEquals(asked(), []);
});

Deno.test("bot create bears a limit while it waits, and talks where it may not look", async () => {
  const { run, emulator } = botWorld({}, { publishDelayMs: 500 });
  let limits = 0;
  const { exitCode, stderr } = await run(ALL, {
    fetch(request) {
      const isWait = request.url.includes("published_online");
      if (!isWait || ++limits > 1) return emulator(request);
      return Promise.resolve(new Response("", { status: 429 }));
    },
  });
  assertEquals([exitCode, limits], [0, 2], stderr);
  const blind = botWorld({ permissions: ["createBot", "publish", "chat"] });
  const talked = await blind.run([...ALL, "--new"]);
  assertEquals(talked.exitCode, 0, talked.stderr);
});

const STOPPED: [path: string, resume: RegExp][] = [
  ["/v1/bot/publish", /^bot publish 7\d{18} --workspace \d+ --say '你好'$/],
  [
    "/v3/chat",
    new RegExp(`^chat '你好' --bot 7\\d{18} --conversation ${CHAT.conversation_id}$`),
  ],
];
for (const [path, resume] of STOPPED) {
  Deno.test(`bot create interrupted at ${path} ends with 130 and says how to go on (security 20)`, async () => {
    const { run, emulator } = botWorld();
    let stop = () => {};
    const outcome = await run(ALL, {
      interrupt: (callback) => stop = () => callback(130),
      fetch: except(emulator, path, (request) => {
        if (path !== "/v3/chat") return stop(), emulator(request);
        setTimeout(stop, 0);
        return silent();
      }),
    });
    assertFailed(outcome, 130, "interrupted", /^Created the draft of bot/m);
    assertMatch(commandsIn(outcome.stderr)[0]!, resume);
  });
}

Deno.test("bot create says in JSON what went wrong, what exists and how to go on", async () => {
  const missing = await botWorld({ permissions: without("publish") }).run([...ALL, "--json"]);
  assertEquals(missing.stdout, "");
  const { error } = JSON.parse(missing.stderr);
  assertEquals([error.code, error.server.code], ["permission-missing", "4101"]);
  const goOn = new RegExp(`^coze-jwt bot publish 7\\d{18} --workspace ${WORKSPACE} --say '你好'$`);
  assertMatch(error.command, goOn);
  // And when the next token is refused.
  const { run, emulator } = botWorld();
  const fetch = except(emulator, "/v1/bot/publish", () => {
    emulator.apps[0]!.state = "disabled";
    return Response.json({ code: 4100, msg: "authentication is invalid" });
  });
  const disabled = await run([...ALL, "--json"], { fetch });
  assertEquals([disabled.exitCode, disabled.stdout], [5, ""]);
  const { code, command } = JSON.parse(disabled.stderr).error;
  assertEquals(code, "app-disabled");
  assertMatch(command, goOn);
});

Deno.test("bot create without a token explains the refusal of the token", async () => {
  const { run, emulator } = botWorld();
  emulator.apps[0]!.state = "disabled";
  assertFailed(await run(ALL), 5, "app-disabled", "coze-jwt doctor");
});

const USAGE: [args: string[], code: string, word: string][] = [
  [["bot", "create"], "usage", "NAME"],
  [["bot", "create", "a", "b"], "usage", "NAME"],
  [["bot", "crate", "a"], "usage", "bot create"],
  [["bot", "list", "--prompt", "x"], "usage", "--prompt"],
  [["bot", "create", "x", "--workspace", "https://x"], "usage", "--workspace"],
  [["bot", "publish", "node-chat2"], "usage", "  $ coze-jwt bot list\n"],
  [["bot", "list", "--workspace", "mine"], "usage", "  $ coze-jwt workspaces\n"],
  [["chat", "x", "--bot", "node-chat2"], "usage", "not the name"],
  [["chat", "two", "words"], "usage", "into quotes"],
  [["bot", "delete", "x"], "usage", "bot create, bot publish, bot list"],
];
for (const [args, code, word] of USAGE) {
  Deno.test(`${args.join(" ").slice(0, 40)} is refused as ${code}`, async () => {
    assertFailed(await botWorld().run(args), 2, code, word);
  });
}

Deno.test("bot create leaves it to Coze whether a name is too long", async () => {
  const outcome = await botWorld().run(["bot", "create", "x".repeat(21), ...IN_WORKSPACE]);
  assertFailed(outcome, 6, "request-invalid", "1 to 20 characters");
});

const MISSING: [args: string[], name: string, command: string][] = [
  [["bot", "create", "x"], "COZE_WORKSPACE_ID", "workspaces"],
  [["bot", "list"], "COZE_WORKSPACE_ID", "workspaces"],
  [["bot", "publish"], "COZE_BOT_ID", "bot list"],
  [["chat", "x"], "COZE_BOT_ID", "bot list"],
];
for (const [args, name, command] of MISSING) {
  Deno.test(`${args.join(" ")} says which id is missing and where it is found`, async () => {
    const { run, asked } = botWorld();
    const outcome = await run(args);
    assertFailed(outcome, 3, "config-missing", "Not set: --", name);
    assertEquals(commandsIn(outcome.stderr), [command]);
    assertEquals(asked(), []);
  });
}

Deno.test("workspaces refuses a base URL that would give the token away, and says where it stands (security 6)", async () => {
  const { run, files, emulator } = botWorld();
  files["keys/.env"] += "COZE_BASE_URL=http://api.coze.cn\n";
  const outcome = await run(["workspaces"]);
  assertFailed(outcome, 3, "base-url-insecure", " --> keys/.env COZE_BASE_URL");
  assertEquals(emulator.journal, []);
});

Deno.test("bot list names a host that is not Coze's only when it sends to it", async () => {
  const { stderr } = await botWorld().run(["bot", "list", "--base-url", "http://127.0.0.1:1"]);
  assert(!stderr.includes("not Coze's API"));
});

Deno.test("bot list and workspaces are tab-separated in a pipe, and JSON", async () => {
  const { run, bot } = botWorld();
  const list = ["bot", "list", ...IN_WORKSPACE];
  assertEquals((await run(list)).stdout, "");
  const id = await bot("--publish");
  await run(["bot", "create", "草稿机器人", ...IN_WORKSPACE]);
  const piped = await run(list);
  assertEquals(piped.exitCode, 0, piped.stderr);
  const rows = piped.stdout.trimEnd().split("\n").map((line) => line.split("\t"));
  const expected = [["node-chat2", "published"], ["草稿机器人", "draft"]];
  assertEquals(rows.map(([, name, status]) => [name!, status!]).sort(), expected);
  assert(rows.some(([each]) => each === id));
  assertEquals(JSON.parse((await run([...list, "--json"])).stdout).length, 2);
  const listed = await run(["workspaces"]);
  assertEquals(listed.stdout, `${WORKSPACE}\t测试空间\towner\tpersonal\n`);
  assertEquals(JSON.parse((await run(["workspaces", "--json"])).stdout)[0].id, WORKSPACE);
});

Deno.test("COZE_WORKSPACE_ID and COZE_BOT_ID in .env stand for the flags", async () => {
  const { run, bot, files } = botWorld();
  const id = await bot("--publish");
  files["keys/.env"] += `COZE_WORKSPACE_ID=${WORKSPACE}\nCOZE_BOT_ID=${id}\n`;
  assertStringIncludes((await run(["bot", "list"])).stdout, id);
  assertStringIncludes((await run(["chat", "你好"])).stdout, "你好");
});
