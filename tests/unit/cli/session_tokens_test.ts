import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { botWorld, WORKSPACE } from "../../testing/bot_world.ts";

type World = Awaited<ReturnType<typeof botWorld>>;

/** The session names of the exchanges, and the users of the chats. */
function namesIn({ emulator }: World) {
  const value = (holder: unknown, name: string) =>
    (holder as Record<string, unknown> | undefined)?.[name];
  return {
    sessions: emulator.journal.filter(({ path }) => path.endsWith("/token"))
      .map(({ claims }) => value(claims, "session_name")),
    users: emulator.journal.filter(({ path }) => path === "/v3/chat")
      .map(({ body }) => value(body, "user_id")),
  };
}

const CHATS: [flags: string[], session: string | undefined, user: string][] = [
  [[], undefined, "coze-jwt"],
  [["--user", "user-7"], "user-7", "user-7"],
  [["--session-name", "s"], "s", "coze-jwt"],
  [["--user", "user-7", "--session-name", "s"], "s", "user-7"],
];
for (const [flags, session, user] of CHATS) {
  Deno.test(`chat ${flags.join(" ")} asks for one token, of ${session ?? "nobody"}`, async () => {
    const world = await botWorld();
    const bot = await world.bot("--publish");
    const { exitCode, stderr } = await world.run(["chat", "你好", "--bot", bot, ...flags]);
    assertEquals(exitCode, 0, stderr);
    assertEquals(namesIn(world), { sessions: [session], users: [user] });
  });
}

Deno.test("bot create and bot publish ask for a token of --user where they chat, and else for nobody's", async () => {
  const world = await botWorld();
  const user = ["--workspace", WORKSPACE, "--user", "user-7"];
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await world.run([...args, ...user]);
    assertEquals(exitCode, 0, stderr);
    return stdout.trim();
  };
  const bot = await run("bot", "create", "one");
  await run("bot", "publish", bot);
  await run("bot", "publish", bot, "--say", "你好");
  await run("bot", "create", "two", "--say", "你好");
  assertEquals(namesIn(world), {
    sessions: [undefined, undefined, "user-7", "user-7"],
    users: ["user-7", "user-7"],
  });
});

Deno.test("bot create exchanges once for all that it does", async () => {
  const world = await botWorld({}, { publishDelayMs: 30_000 });
  const { exitCode, stderr } = await world.run(
    ["bot", "create", "b", "--workspace", WORKSPACE, "--publish", "--say", "你好"],
  );
  assertEquals(exitCode, 0, stderr);
  assertEquals(namesIn(world).sessions.length, 1);
  assert(world.asked().length > 4);
});

Deno.test("bot create gets a new token before the first one ends, while it waits", async () => {
  const world = await botWorld({}, { publishDelayMs: 50_000 });
  const create = ["bot", "create", "b", "--workspace", WORKSPACE, "--publish", "--duration", "20s"];
  const { exitCode, stderr } = await world.run(create);
  assertEquals(exitCode, 0, stderr);
  const { sessions } = namesIn(world);
  assert(sessions.length > 2 && sessions.length < 10, String(sessions.length));
  assert(world.emulator.journal.every(({ status }) => status === 200));
});

Deno.test("chat that is interrupted while it waits for a token ends the exchange, and sends no other", async () => {
  const world = await botWorld();
  let stop = () => {};
  const asked: string[] = [];
  let wasAborted = false;
  const { exitCode, stderr } = await world.run(["chat", "你好", "--bot", "7379462189365198898"], {
    interrupt: (callback) => stop = () => callback(130),
    fetch: ({ url, signal }) =>
      new Promise((_resolve, reject) => {
        asked.push(new URL(url).pathname);
        signal.addEventListener("abort", () => {
          wasAborted = true;
          reject(signal.reason);
        });
        stop();
      }),
  });
  assertEquals([exitCode, wasAborted], [130, true]);
  assertEquals(asked, ["/api/permission/oauth2/token"]);
  assertStringIncludes(stderr, "error[interrupted]");
});

Deno.test("chat names a host that is not Coze's once, before anything is sent", async () => {
  const world = await botWorld();
  const bot = await world.bot("--publish");
  let said = "";
  const { exitCode, stderr } = await world.run(
    ["chat", "你好", "--bot", bot, "--base-url", "https://coze.example"],
    { fetch: (request) => (said ||= "sent", world.emulator(request)) },
  );
  assertEquals([exitCode, said], [0, "sent"]);
  assertEquals(stderr.match(/coze\.example, which is not/g)?.length, 1);
  assert(stderr.startsWith("Sending to coze.example"), stderr);
});

Deno.test("bot publish waits for no token that it does not need any more", async () => {
  const world = await botWorld();
  const bot = await world.bot();
  let tokens = 0;
  let wasAborted = false;
  const asked = Promise.withResolvers<void>();
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url);
    // The first token has 20 s left when the bot is talked to.
    if (pathname === "/v1/bot/publish") world.pass(880_000);
    if (pathname === "/v3/chat") await asked.promise;
    if (!pathname.endsWith("/token") || ++tokens === 1) return await world.emulator(request);
    asked.resolve();
    return await new Promise<never>((_resolve, reject) => {
      request.signal.addEventListener("abort", () => {
        wasAborted = true;
        reject(request.signal.reason);
      });
    });
  };
  const args = ["bot", "publish", bot, "--say", "你好"];
  const { exitCode, stdout } = await world.run(args, { fetch });
  assertEquals([exitCode, tokens, wasAborted], [0, 2, true]);
  assertStringIncludes(stdout, "你好");
});
