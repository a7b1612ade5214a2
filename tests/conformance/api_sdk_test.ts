// The official SDK works against the emulated API: what it sends is taken, and what it gets it
// understands.

import {
  type APIError,
  CozeAPI,
  type EnterMessage,
  getJWTToken,
  RoleType,
} from "../testing/coze_api.ts";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createEmulator, type Emulator, type EmulatorOptions } from "../../lib/emulator/mod.ts";
import { pkcs8Pem, publicPem } from "../testing/keys.ts";
import { serve } from "../testing/servers.ts";

const CLIENT_ID = "1127900106117";
const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const WORKSPACE = "7388888888888888888";
const SAY = (content: string): EnterMessage => ({
  role: RoleType.User,
  type: "question",
  content,
  content_type: "text",
});

interface Running extends AsyncDisposable {
  emulator: Emulator;
  api: CozeAPI;
  baseURL: string;
}

/**
 * Serves an emulator whose streams wait for nothing, and gets the SDK a token for it. Its clock is
 * six seconds further at each look at a chat.
 */
async function start(options: EmulatorOptions = {}): Promise<Running> {
  let aheadMs = 0;
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() } }],
    workspaces: [{ id: WORKSPACE, name: "demo", type: "team", role: "admin" }],
    now: () => Date.now() + aheadMs,
    sleep: () => Promise.resolve(),
    ...options,
  });
  const server = serve((request) => {
    if (new URL(request.url).pathname === "/v3/chat/retrieve") aheadMs += 6000;
    return emulator(request);
  });
  const { access_token } = await getJWTToken({
    baseURL: server.url,
    appId: CLIENT_ID,
    aud: new URL(server.url).host,
    keyid: KEY_ID,
    privateKey: pkcs8Pem(),
  });
  return {
    emulator,
    api: new CozeAPI({ baseURL: server.url, token: access_token }),
    baseURL: server.url,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function addBot({ api }: Running, name = "node-chat2"): Promise<string> {
  const prompt_info = { prompt: "你是助手。" };
  const { bot_id } = await api.bots.create({ space_id: WORKSPACE, name, prompt_info });
  await api.bots.publish({ bot_id, connector_ids: ["1024"] });
  return bot_id;
}

async function read(api: CozeAPI, bot_id: string, content: string, conversation_id?: string) {
  // deno-lint-ignore no-explicit-any
  const events: { event: string; data: any }[] = [];
  const more = { ...(conversation_id !== undefined && { conversation_id }) };
  const stream = api.chat.stream({ bot_id, additional_messages: [SAY(content)], ...more });
  for await (const { event, data } of stream) events.push({ event: String(event), data });
  const text = events.filter(({ event }) => event === "conversation.message.delta")
    .map(({ data }) => data.content).join("");
  return { events, text };
}

Deno.test("createEmulator() lists workspaces to the official SDK", async () => {
  await using running = await start();
  const { total_count, workspaces } = await running.api.workspaces.list({ page_num: 1 }) as {
    total_count: number;
    workspaces: { id: string; name: string; role_type: string; workspace_type: string }[];
  };
  const [first] = workspaces;
  assertEquals([total_count, first?.id, first?.name, first?.role_type, first?.workspace_type], [
    ...[1, WORKSPACE, "demo", "admin", "team"],
  ]);
});

Deno.test("createEmulator() creates, publishes, updates, shows and lists bots for the official SDK", async () => {
  await using running = await start();
  const { api } = running;
  const bot_id = await addBot(running);
  await api.bots.update({ bot_id, name: "new" });
  const online = await api.bots.retrieveNew(bot_id);
  const draft = await api.bots.retrieveNew(bot_id, { is_published: false });
  assertEquals([online.bot_id, online.name, online.prompt_info.prompt], [
    ...[bot_id, "node-chat2", "你是助手。"],
  ]);
  assertEquals([draft.name, draft.version], ["new", ""]);
  assertMatch(online.version, /^\d+$/);
  await api.bots.create({ space_id: WORKSPACE, name: "another" });
  const published = await api.bots.listNew({ workspace_id: WORKSPACE });
  assertEquals(published.items.map(({ id, name }) => [id, name]), [[bot_id, "node-chat2"]]);
  const all = await api.bots.listNew({ workspace_id: WORKSPACE, publish_status: "all" });
  assertEquals([all.total, all.items.map(({ is_published }) => is_published)], [2, [true, false]]);
});

Deno.test("createEmulator() streams to the official SDK, and remembers the conversation", async () => {
  await using running = await start();
  const { api } = running;
  const bot_id = await addBot(running);
  const { id } = await api.conversations.create({ bot_id });
  assertEquals((await api.conversations.retrieve(id)).id, id);
  const { events, text } = await read(api, bot_id, "你好", id);
  assertEquals(text, "[node-chat2] 你说：你好（提示词：你是助手。；此前 0 轮）");
  assertEquals(events.map(({ event }) => event).filter((each) => !each.endsWith("delta")), [
    "conversation.chat.created",
    "conversation.chat.in_progress",
    "conversation.message.completed",
    "conversation.message.completed",
    "conversation.chat.completed",
    "done",
  ]);
  const chat = events[0]!.data;
  assertEquals([chat.conversation_id, chat.bot_id], [id, bot_id]);
  assertStringIncludes((await read(api, bot_id, "再问", id)).text, "此前 1 轮");
  const messages = await api.chat.messages.list(id, chat.id);
  assertEquals(messages.find(({ type }) => type === "answer")?.content, text);
});

Deno.test("createEmulator() ends streams of the official SDK as its bots are told", async () => {
  await using running = await start();
  const { api } = running;
  const bot_id = await addBot(running);
  const last = async (question: string) => (await read(api, bot_id, question)).events.at(-1)!;
  const failed = await last("/fail 你好");
  assertEquals([failed.event, failed.data.last_error.code], ["conversation.chat.failed", 5000]);
  assertEquals((await last("/stop 你好")).event, "conversation.message.delta");
  assertEquals(await last("/error 你好"), {
    event: "error",
    data: { code: 5000, msg: "event interval error" },
  });
});

Deno.test("createEmulator() lets the official SDK poll a chat to its end", async () => {
  await using running = await start({ answerMs: 10_000 });
  const { api, emulator } = running;
  const bot_id = await addBot(running);
  const polled = await api.chat.createAndPoll({ bot_id, additional_messages: [SAY("你好")] });
  const { chat, messages = [] } = polled;
  assertEquals([String(chat.status), chat.bot_id], ["completed", bot_id]);
  assertEquals(
    messages.find(({ type }) => type === "answer")?.content,
    "[node-chat2] 你说：你好（提示词：你是助手。；此前 0 轮）",
  );
  const looks = emulator.journal.filter(({ path }) => path === "/v3/chat/retrieve");
  assertEquals(looks.map(({ method, status }) => [method, status]), [["POST", 200], ["POST", 200]]);
});

Deno.test("createEmulator() lets the official SDK cancel a chat", async () => {
  await using running = await start();
  const { api } = running;
  const bot_id = await addBot(running);
  const { id, conversation_id } = await api.chat.create({
    bot_id,
    additional_messages: [SAY("/slow 你好")],
  });
  assertEquals(String((await api.chat.cancel(conversation_id, id)).status), "canceled");
  const error = await assertRejects(() => api.chat.cancel(conversation_id, id), Error) as APIError;
  assertEquals(error.code, 4104);
});

Deno.test("createEmulator() refuses the official SDK a bot that is not published", async () => {
  await using running = await start();
  const { api } = running;
  const { bot_id } = await api.bots.create({ space_id: WORKSPACE, name: "draft" });
  const refused = await assertRejects(
    () => api.chat.create({ bot_id, additional_messages: [SAY("hi")] }),
    Error,
  ) as APIError;
  assertEquals(refused.code, 4015);
  assertStringIncludes(refused.message, `The bot_id ${bot_id} has not been published`);
  assertStringIncludes(refused.message, `logid: ${running.emulator.journal.at(-1)!.logId}`);
});

Deno.test("createEmulator() refuses the official SDK without token, permission or bot", async () => {
  await using running = await start();
  const { api, baseURL, emulator } = running;
  const stranger = new CozeAPI({ baseURL, token: "czs_other" });
  const fails = async (call: () => Promise<unknown>) => {
    const { name, code, status } = await assertRejects(call, Error) as APIError;
    return [name, code, status];
  };
  assertEquals(await fails(() => stranger.workspaces.list({})), [
    ...["AuthenticationError", 4100, 401],
  ]);
  emulator.apps[0]!.permissions = ["getMetadata"];
  assertEquals(await fails(() => api.bots.create({ space_id: WORKSPACE, name: "b" })), [
    ...["PermissionDeniedError", 4101, 403],
  ]);
  assertEquals(await fails(() => api.bots.retrieveNew("7")), ["NotFoundError", 4200, 404]);
});
