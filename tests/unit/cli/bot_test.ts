import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { CHAT } from "../../testing/scripted.ts";
import { botWorld, WORKSPACE } from "../../testing/bot_world.ts";

const CREATE = ["bot", "create", "node-chat2", "--workspace", WORKSPACE, "--prompt", "你是助手"];
const ALL = [...CREATE, "--publish", "--say", "你好"];

Deno.test("bot create takes fresh credentials to an answer in one command", async () => {
  const { run, asked, emulator } = await botWorld();
  const { exitCode, stdout, stderr } = await run(ALL);
  assertEquals(exitCode, 0, stderr);
  assertStringIncludes(stdout, "你好");
  const [, bot] = /^created: bot (7\d{18}) \(node-chat2\), a draft$/m.exec(stderr)!;
  const [, version] = /version (\d+)$/m.exec(stderr)!;
  assertMatch(
    stderr,
    new RegExp(`^published to the API channel: bot ${bot}, version ${version}$`, "m"),
  );
  const [, conversation] = /^conversation id (\d{19})$/m.exec(stderr)!;
  assertMatch(stderr, new RegExp(`^bot id ${bot}\nversion ${version}\nconversation id`, "m"));
  assertStringIncludes(
    stderr,
    `Go on: coze-jwt chat --bot ${bot} --conversation ${conversation}\n`,
  );
  assert(!stdout.includes(bot!), "stdout is the answer alone");
  assertEquals(asked(), [
    "GET /v1/bots",
    "POST /v1/bot/create",
    "POST /v1/bot/publish",
    "GET /v1/bots",
    "POST /v3/chat",
  ]);
  const { body } = emulator.journal.find(({ path }) => path === "/v1/bot/publish")!;
  assertEquals(body, { "bot_id": bot, "connector_ids": ["1024"] });
  assertEquals(emulator.journal.filter(({ path }) => path.endsWith("/token")).length, 1);
});

Deno.test("bot create prints the bot's id alone when nothing is said", async () => {
  const { run } = await botWorld();
  const { exitCode, stdout } = await run(CREATE);
  assertEquals(exitCode, 0);
  assertMatch(stdout, /^7\d{18}\n$/);
});

Deno.test("bot create --say without --publish talks to the draft", async () => {
  const { run, emulator } = await botWorld();
  const { exitCode, stdout, stderr } = await run([...CREATE, "--say", "你好"]);
  assertEquals(exitCode, 0, stderr);
  assertStringIncludes(stdout, "你好");
  assert(!/version/.test(stderr), stderr);
  const { body } = emulator.journal.find(({ path }) => path === "/v3/chat")!;
  assertEquals((body as Record<string, unknown>)["publish_status"], "unpublished_draft");
});

Deno.test("bot create --json is one object, with nothing beside it", async () => {
  const { run } = await botWorld();
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
  const { run, asked } = await botWorld({}, { publishDelayMs: 3500 });
  const { exitCode, stdout, stderr } = await run(ALL);
  assertEquals(exitCode, 0, stderr);
  assertStringIncludes(stdout, "你好");
  assertEquals(stderr.match(/^waiting until it is in the list/gm)?.length, 1);
  assertEquals(asked().slice(3, -1), Array(4).fill("GET /v1/bots"));
});

Deno.test("bot create gives up waiting after a minute, and says how to go on", async () => {
  const { run } = await botWorld({}, { publishDelayMs: 1e9 });
  const { exitCode, stdout, stderr } = await run(ALL);
  assertEquals([exitCode, stdout], [6, ""]);
  assertStringIncludes(stderr, "error[bot-not-published]");
  assertStringIncludes(stderr, "after 60 s it is not in the list");
  assertMatch(stderr, /^ {2}\$ coze-jwt chat '你好' --bot 7\d{18}$/m);
});

Deno.test("bot create refuses a second bot of one name, with the command that goes on", async () => {
  const { run, bot } = await botWorld();
  const id = await bot();
  const { exitCode, stdout, stderr } = await run(ALL);
  assertEquals([exitCode, stdout], [6, ""]);
  assertStringIncludes(
    stderr,
    `error[bot-exists]: There is a bot called node-chat2 already: ${id}`,
  );
  assertStringIncludes(
    stderr,
    `  $ coze-jwt bot publish ${id} --say '你好' --workspace ${WORKSPACE}\n`,
  );
  // And that command does go on.
  const next = await run(["bot", "publish", id, "--say", "你好", "--workspace", WORKSPACE]);
  assertEquals(next.exitCode, 0, next.stderr);
  assertStringIncludes(next.stdout, "你好");
  const again = await run(ALL);
  assertStringIncludes(again.stderr, `  $ coze-jwt chat '你好' --bot ${id}\n`);
});

Deno.test("bot create --new makes another one of the name", async () => {
  const { run, bot, asked } = await botWorld();
  const id = await bot();
  const { exitCode, stdout } = await run([...CREATE, "--new"]);
  assertEquals(exitCode, 0);
  assert(stdout.trim() !== id);
  assertEquals(asked(), ["POST /v1/bot/create"]);
});

const REFUSED: [permission: string, made: RegExp, resume: RegExp][] = [
  ["listBot", /^$/, /^$/],
  [
    "createBot",
    /^$/,
    /^bot create node-chat2 --workspace \d+ --prompt '你是助手' --publish --say '你好'$/,
  ],
  ["publish", /^created: bot/m, /^bot publish 7\d{18} --say '你好' --workspace \d+$/],
  ["chat", /^published to the API/m, /^chat '你好' --bot 7\d{18}$/],
];
const EVERY = ["listBot", "createBot", "publish", "chat", "listWorkspace"];
for (const [permission, made, resume] of REFUSED) {
  Deno.test(`bot create stopped for want of ${permission} says what exists and how to go on`, async () => {
    const permissions = EVERY.filter((each) => each !== permission);
    const { run } = await botWorld({ permissions });
    const { exitCode, stdout, stderr } = await run(ALL);
    assertEquals([exitCode, stdout], [6, ""]);
    assertStringIncludes(
      stderr,
      `error[permission-missing]: The token is good, but lacks the permission ${permission}\n`,
    );
    assertMatch(stderr, /4101 .*logid \d{14}[0-9A-F]{20}/);
    // Where to tick it, and that it has to be authorised again.
    assertMatch(stderr, new RegExp(`help: Tick ${permission} .*权限.*Authorize \\(授权\\) again`));
    const [before] = stderr.split("error[") as [string];
    assertMatch(before, made);
    assertMatch(/^ {2}\$ coze-jwt (.*)$/m.exec(stderr)?.[1] ?? "", resume);
  });
}

Deno.test("bot create knows a workspace that the app was not authorised for", async () => {
  const { run } = await botWorld({ workspaces: [] });
  const { exitCode, stderr } = await run(ALL);
  assertEquals(exitCode, 6);
  assertStringIncludes(stderr, "error[workspace-not-granted]");
  assertStringIncludes(stderr, WORKSPACE);
});

Deno.test("bot create tells a scope from a missing permission", async () => {
  const { run } = await botWorld();
  const { exitCode, stderr } = await run([...ALL, "--scope-permission", "Connector.botChat"]);
  assertEquals(exitCode, 6);
  assertStringIncludes(stderr, "error[scope-narrows]");
});

Deno.test("bot create leaves open whether a lost request was carried out, and finds out", async () => {
  const { run, emulator } = await botWorld();
  const lost = (request: Request) =>
    new URL(request.url).pathname === "/v1/bot/create"
      ? emulator(request).then(() => Promise.reject(new TypeError("connection reset")))
      : emulator(request);
  const { exitCode, stderr } = await run(ALL, { fetch: lost });
  assertEquals(exitCode, 8);
  assertStringIncludes(stderr, "error[connection-lost]");
  assertStringIncludes(
    stderr,
    "whether the bot was created is not known; what follows finds out",
  );
  assertMatch(stderr, /^ {2}\$ coze-jwt bot create node-chat2 --workspace/m);
  assertStringIncludes((await run(ALL)).stderr, "error[bot-exists]");
});

Deno.test("bot create --new leaves it to the list whether a lost request was carried out", async () => {
  const { run, emulator, bot } = await botWorld();
  await bot();
  const lost = (request: Request) =>
    new URL(request.url).pathname === "/v1/bot/create"
      ? Promise.reject(new TypeError("connection reset"))
      : emulator(request);
  const { stderr } = await run([...CREATE, "--new"], { fetch: lost });
  assertStringIncludes(stderr, `  $ coze-jwt bot list --workspace ${WORKSPACE}\n`);
  const { stderr: json } = await run([...CREATE, "--new", "--json"], { fetch: lost });
  const { error } = JSON.parse(json);
  assertStringIncludes(error.message, "whether the bot was created is not known");
  assertStringIncludes(error.help, "$ coze-jwt bot list");
});

Deno.test("bot create prints a command that can be typed, whatever the texts hold", async () => {
  const { run, bot } = await botWorld();
  const id = await bot();
  const command = async (...flags: string[]) => {
    const { stderr } = await run([
      "bot",
      "create",
      "node-chat2",
      ...flags,
      "--workspace",
      WORKSPACE,
    ]);
    return /^ {2}\$ coze-jwt ([^]*?)\n$/m.exec(stderr)?.[1];
  };
  const ending = ` --workspace ${WORKSPACE}`;
  assertEquals(
    await command("--publish", "--say=-5 °C"),
    `bot publish ${id} --say='-5 °C'${ending}`,
  );
  assertEquals(await command("--say=-5"), `chat --bot ${id} --draft -- -5`);
  assertEquals(
    await command("--publish", "--say", "it's $HOME\n`x`"),
    `bot publish ${id} --say 'it'\\''s $HOME\n\`x\`'${ending}`,
  );
  // What would be masked, and then mean something else, is left to the reader.
  for (const odd of ["Bearer authentication", "a\u200bb", "code_generator"]) {
    assertEquals(
      await command("--publish", "--say", odd),
      `bot publish ${id} --say "$TEXT"${ending}`,
    );
  }
});

Deno.test("bot publish refuses two ids, and an odd workspace before it publishes", async () => {
  const { run, bot, files, asked } = await botWorld();
  const id = await bot();
  const two = await run(["bot", "publish", id, "--bot", "1"]);
  assertEquals(two.exitCode, 2);
  assertStringIncludes(two.stderr, "error[usage-flag]");
  files["keys/.env"] += "COZE_WORKSPACE_ID=mine\n";
  const odd = await run(["bot", "publish", id]);
  assertEquals(odd.exitCode, 2);
  assertStringIncludes(odd.stderr, "keys/.env COZE_WORKSPACE_ID");
  assertEquals(asked(), []);
});

Deno.test("bot create bears a limit while it waits, and talks where it may not look", async () => {
  const { run, emulator } = await botWorld({}, { publishDelayMs: 500 });
  let limits = 0;
  const { exitCode, stderr } = await run(ALL, {
    fetch(request) {
      const isWait = request.url.includes("published_online");
      if (!isWait || ++limits > 1) return emulator(request);
      return Promise.resolve(new Response("", { status: 429 }));
    },
  });
  assertEquals(exitCode, 0, stderr);
  assertEquals(limits, 2);
  const blind = await botWorld({ permissions: ["createBot", "publish", "chat"] });
  const talked = await blind.run([...ALL, "--new"]);
  assertEquals(talked.exitCode, 0, talked.stderr);
});

Deno.test("bot create interrupted in the first answer goes on in the same conversation", async () => {
  const { run, emulator } = await botWorld();
  let stop = () => {};
  const first = `event:conversation.chat.created\ndata:${JSON.stringify(CHAT)}\n\n`;
  const { exitCode, stderr } = await run(ALL, {
    interrupt: (callback) => stop = () => callback(130),
    fetch(request) {
      if (new URL(request.url).pathname !== "/v3/chat") return emulator(request);
      setTimeout(stop, 0);
      // It begins, and stays silent.
      const body = new ReadableStream({
        start: (to) => to.enqueue(new TextEncoder().encode(first)),
      });
      const headers = { "content-type": "text/event-stream" };
      return Promise.resolve(new Response(body, { headers }));
    },
  });
  assertEquals(exitCode, 130);
  const ids = `--bot 7\\d{18} --conversation ${CHAT.conversation_id}`;
  assertMatch(stderr, new RegExp(`^ {2}\\$ coze-jwt chat '你好' ${ids}$`, "m"));
});

Deno.test("bot create says in JSON what exists when the next token is refused", async () => {
  const { run, emulator } = await botWorld();
  const { exitCode, stdout, stderr } = await run([...ALL, "--json"], {
    async fetch(request) {
      if (!request.url.endsWith("/v1/bot/publish")) return await emulator(request);
      emulator.apps[0]!.state = "disabled";
      return Response.json({ code: 4100, msg: "authentication is invalid" });
    },
  });
  assertEquals([exitCode, stdout], [5, ""]);
  const { error } = JSON.parse(stderr);
  assertEquals(error.code, "app-disabled");
  assertMatch(error.help, /\$ coze-jwt bot publish 7\d{18} --say '你好'/);
});

Deno.test("bot create says in JSON what went wrong and how to go on", async () => {
  const { run } = await botWorld({ permissions: EVERY.filter((each) => each !== "publish") });
  const { stdout, stderr } = await run([...ALL, "--json"]);
  assertEquals(stdout, "");
  const { error } = JSON.parse(stderr);
  assertEquals([error.code, error.server.code], ["permission-missing", "4101"]);
  assertMatch(error.help, /coze-jwt bot publish 7\d{18} --say '你好'/);
});

Deno.test("bot create interrupted half-way ends with 130 and says how to go on", async () => {
  const { run, emulator } = await botWorld();
  let stop = () => {};
  const { exitCode, stdout, stderr } = await run(ALL, {
    interrupt: (callback) => stop = () => callback(130),
    fetch: async (request) => {
      if (new URL(request.url).pathname === "/v1/bot/publish") stop();
      return await emulator(request);
    },
  });
  assertEquals([exitCode, stdout], [130, ""]);
  assertMatch(stderr, /^created: bot/m);
  assertStringIncludes(stderr, "error[interrupted]");
  assertMatch(stderr, /^ {2}\$ coze-jwt bot publish 7\d{18} --say '你好'/m);
});

const USAGE: [args: string[], code: string, word: string][] = [
  [["bot", "create"], "usage-value", "coze-jwt bot create NAME"],
  [["bot", "create", "a", "b"], "usage-value", "coze-jwt bot create NAME"],
  [["bot", "crate", "a"], "usage-command", "bot create"],
  [["bot", "list", "--prompt", "x"], "usage-flag", "--prompt"],
  [["bot", "create", "x", "--workspace", "https://x"], "usage-value", "--workspace"],
  [["bot", "publish", "node-chat2"], "usage-value", "  $ coze-jwt bot list\n"],
  [["bot", "list", "--workspace", "mine"], "usage-value", "  $ coze-jwt workspaces\n"],
  [["chat", "x", "--bot", "node-chat2"], "usage-value", "a name is none"],
  [["chat", "two", "words"], "usage-value", "in quotes"],
  [["bot", "delete", "x"], "usage-command", "bot create, bot publish, bot list"],
  [["bot", "create", "x".repeat(21), "--workspace", WORKSPACE], "usage-value", "20"],
];
for (const [args, code, word] of USAGE) {
  Deno.test(`${args.join(" ").slice(0, 40)} is refused as ${code}`, async () => {
    const { run } = await botWorld();
    const { exitCode, stdout, stderr } = await run(args);
    assertEquals([exitCode, stdout], [2, ""]);
    assertStringIncludes(stderr, `error[${code}]`);
    assertStringIncludes(stderr, word);
  });
}

for (
  const [args, name] of [
    [["bot", "create", "x"], "COZE_WORKSPACE_ID"],
    [["bot", "list"], "COZE_WORKSPACE_ID"],
    [["bot", "publish"], "COZE_BOT_ID"],
    [["chat", "x"], "COZE_BOT_ID"],
  ] as const
) {
  Deno.test(`${args.join(" ")} says which id is missing and where it is found`, async () => {
    const { run, asked } = await botWorld();
    const { exitCode, stderr } = await run([...args]);
    assertEquals(exitCode, 3);
    assertStringIncludes(stderr, `error[config-missing]: Not set: --`);
    assertStringIncludes(stderr, name);
    assertMatch(stderr, /^ {2}\$ coze-jwt (?:workspaces|bot list)$/m);
    assertEquals(asked(), []);
  });
}

Deno.test("workspaces refuses a base URL that would give the token away, and says where it stands", async () => {
  const { run, files, asked } = await botWorld();
  files["keys/.env"] += "COZE_BASE_URL=http://api.coze.cn\n";
  const { exitCode, stderr } = await run(["workspaces"]);
  assertEquals([exitCode, asked()], [3, []]);
  assertStringIncludes(stderr, "error[base-url-insecure]");
  assertStringIncludes(stderr, " --> keys/.env COZE_BASE_URL");
});

Deno.test("bot create prints no command that would fail again", async () => {
  const { run, bot } = await botWorld();
  const id = await bot();
  const commands = async (args: string[], world = {}) =>
    (await run(args, world)).stderr.match(/^ {2}\$ .*$/gm) ?? [];
  const long = ["bot", "create", "x".repeat(21), "--workspace", WORKSPACE];
  assertEquals(await commands(long), []);
  const none = ["bot", "publish", "7500000000000009999", "--workspace", WORKSPACE];
  assertEquals(await commands(none), [`  $ coze-jwt bot list --workspace ${WORKSPACE}`]);
  const elsewhere = ["bot", "list", "--workspace", "7348293334293334099"];
  assertEquals(await commands(elsewhere), ["  $ coze-jwt workspaces"]);
  const late = ["bot", "publish", id, "--timeout", "1s"];
  const hangs = (request: Request) =>
    request.url.endsWith("/v1/bot/publish")
      ? Promise.reject(new CozeError("timeout", "late"))
      : Promise.resolve(
        Response.json({ "access_token": "czs_0123456789abcdef", "expires_in": 900 }),
      );
  assertEquals(await commands(late, { fetch: hangs }), [`  $ coze-jwt bot publish ${id}`]);
});

Deno.test("workspaces names a host that is not Coze's only when it sends to it", async () => {
  const { run } = await botWorld();
  const flags = ["--base-url", "http://127.0.0.1:1"];
  assert(!(await run(["bot", "list", ...flags])).stderr.includes("not Coze's own host"));
});

Deno.test("bot without more says what there is, with exit code 2", async () => {
  const { run } = await botWorld();
  const { exitCode, stdout, stderr } = await run(["bot"]);
  assertEquals([exitCode, stdout], [2, ""]);
  assertStringIncludes(stderr, "bot publish");
});

Deno.test("bot list and workspaces are tables on a terminal, tab-separated in a pipe", async () => {
  const { run, bot } = await botWorld();
  const id = await bot("--publish");
  await run(["bot", "create", "草稿机器人", "--workspace", WORKSPACE]);
  const piped = await run(["bot", "list", "--workspace", WORKSPACE]);
  assertEquals(piped.exitCode, 0, piped.stderr);
  const rows = piped.stdout.trimEnd().split("\n").map((line) => line.split("\t"));
  assertEquals(rows.map(([, name, status]) => [name, status]).sort(), [
    ["node-chat2", "published"],
    ["草稿机器人", "draft"],
  ]);
  assert(rows.some(([each]) => each === id));
  const shown = await run(["bot", "list", "--workspace", WORKSPACE], { terminal: true });
  assertMatch(shown.stdout, /^id {2,}name {2,}status {2,}updated/);
  const columns = shown.stdout.trimEnd().split("\n").slice(1)
    .map((line) => line.replace(/[\u4e00-\u9fff]/g, "xx").search(/published|draft/));
  assertEquals(new Set(columns).size, 1, shown.stdout);
  const listed = await run(["workspaces"]);
  assertEquals(listed.stdout, `${WORKSPACE}\t测试空间\towner\tpersonal\n`);
  const json = JSON.parse((await run(["workspaces", "--json"])).stdout);
  assertEquals(json[0].id, WORKSPACE);
  assertEquals(
    JSON.parse((await run(["bot", "list", "--workspace", WORKSPACE, "--json"])).stdout).length,
    2,
  );
});

Deno.test("COZE_WORKSPACE_ID and COZE_BOT_ID in .env stand for the flags", async () => {
  const { run, bot, files } = await botWorld();
  const id = await bot("--publish");
  files["keys/.env"] += `COZE_WORKSPACE_ID=${WORKSPACE}\nCOZE_BOT_ID=${id}\n`;
  assertStringIncludes((await run(["bot", "list"])).stdout, id);
  assertStringIncludes((await run(["chat", "你好"])).stdout, "你好");
});

Deno.test("bot list shows nothing in a pipe and the head on a terminal when there is no bot", async () => {
  const { run } = await botWorld();
  const args = ["bot", "list", "--workspace", WORKSPACE];
  assertEquals((await run(args)).stdout, "");
  assertMatch((await run(args, { terminal: true })).stdout, /^id/);
});

Deno.test("bot create without a token explains the refusal of the token", async () => {
  const { run, emulator } = await botWorld();
  emulator.apps[0]!.state = "disabled";
  const { exitCode, stderr } = await run(ALL);
  assertEquals(exitCode, 5);
  assertStringIncludes(stderr, "error[app-disabled]");
  assertStringIncludes(stderr, "coze-jwt doctor");
});
