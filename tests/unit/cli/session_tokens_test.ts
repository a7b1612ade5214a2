import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { botWorld, WORKSPACE } from "../../testing/bot_world.ts";
import { assertFailed } from "../../testing/fake_io.ts";

const IN_WORKSPACE = ["--workspace", WORKSPACE];

/** The session names of the exchanges, and the users of the chats. */
function namesIn({ emulator }: ReturnType<typeof botWorld>) {
  const value = (holder: unknown, name: string) =>
    (holder as Record<string, unknown> | undefined)?.[name];
  return {
    sessions: emulator.journal.filter(({ path }) => path.endsWith("/token"))
      .map(({ claims }) => value(claims, "session_name")),
    users: emulator.journal.filter(({ path }) => path === "/v3/chat")
      .map(({ body }) => value(body, "user_id")),
  };
}

/** An exchange that never answers. cli.ts ends the process, and with it the exchange. */
const hanging = () => new Promise<never>(() => {});

const CHAT = ["chat", "你好", "--bot"];
const BOT_CREATE = ["bot", "create", "b", ...IN_WORKSPACE];
const SAY = ["--say", "你好"];
/** BOT is the id of a bot that is published. */
const NAMED: [args: string[], session: string | undefined, users: string[]][] = [
  [[...CHAT, "BOT"], undefined, ["coze-jwt"]],
  [[...CHAT, "BOT", "--user", "u"], "u", ["u"]],
  [[...CHAT, "BOT", "--session-name", "s"], "s", ["coze-jwt"]],
  [[...CHAT, "BOT", "--user", "u", "--session-name", "s"], "s", ["u"]],
  // A token of nobody where nobody chats.
  [[...BOT_CREATE, "--user", "u"], undefined, []],
  [[...BOT_CREATE, "--user", "u", ...SAY], "u", ["u"]],
  [["bot", "publish", "BOT", "--user", "u"], undefined, []],
  [["bot", "publish", "BOT", "--user", "u", ...SAY], "u", ["u"]],
];
for (const [args, session, users] of NAMED) {
  Deno.test(`${args.join(" ")} asks for one token, of ${session ?? "nobody"}`, async () => {
    const world = botWorld();
    const bot = await world.bot("--publish");
    const { exitCode, stderr } = await world.run(args.map((arg) => arg === "BOT" ? bot : arg));
    assertEquals(exitCode, 0, stderr);
    assertEquals(namesIn(world), { sessions: [session], users });
  });
}

Deno.test("bot create exchanges once for all that it does", async () => {
  const world = botWorld({}, { publishDelayMs: 30_000 });
  const { exitCode, stderr } = await world.run([...BOT_CREATE, "--publish", ...SAY]);
  assertEquals(exitCode, 0, stderr);
  assertEquals(namesIn(world).sessions.length, 1);
  assert(world.asked().length > 4);
});

Deno.test("bot create gets a new token before the first one ends, while it waits", async () => {
  const world = botWorld({}, { publishDelayMs: 50_000 });
  const create = [...BOT_CREATE, "--publish", "--duration", "20s"];
  const { exitCode, stderr } = await world.run(create);
  assertEquals(exitCode, 0, stderr);
  const { sessions } = namesIn(world);
  assert(sessions.length > 2 && sessions.length < 10, String(sessions.length));
  assert(world.emulator.journal.every(({ status }) => status === 200));
});

Deno.test("chat that is interrupted while it waits for a token sends no other", async () => {
  let stop = () => {};
  const asked: string[] = [];
  const outcome = await botWorld().run([...CHAT, "7379462189365198898"], {
    interrupt: (callback) => stop = () => callback(130),
    fetch: (request) => {
      asked.push(new URL(request.url).pathname);
      queueMicrotask(stop);
      return hanging();
    },
  });
  assertFailed(outcome, 130, "interrupted");
  assertEquals(asked, ["/api/permission/oauth2/token"]);
});

Deno.test("bot create names a host that is not Coze's once, before anything is sent (security 6)", async () => {
  const world = botWorld();
  const args = [...BOT_CREATE, "--publish", ...SAY, "--base-url", "https://coze.example"];
  const { exitCode, stderr } = await world.run(args);
  assertEquals([exitCode, world.asked().length], [0, 5]);
  assertEquals(stderr.match(/coze\.example, which is not/g)?.length, 1);
  assert(stderr.startsWith("Sending to coze.example"), stderr);
});

Deno.test("bot publish waits for no token that it does not need any more", async () => {
  const world = botWorld();
  const bot = await world.bot();
  let tokens = 0;
  const asked = Promise.withResolvers<void>();
  const { exitCode, stdout } = await world.run(["bot", "publish", bot, ...SAY], {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      // The first token has 20 s left when the bot is talked to.
      if (pathname === "/v1/bot/publish") world.pass(880_000);
      if (pathname === "/v3/chat") await asked.promise;
      if (!pathname.endsWith("/token") || ++tokens === 1) return await world.emulator(request);
      asked.resolve();
      return await hanging();
    },
  });
  assertEquals([exitCode, tokens], [0, 2]);
  assertStringIncludes(stdout, "你好");
});
