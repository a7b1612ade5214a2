// The official SDK works against the emulated API: what it sends is accepted, and it understands
// what it gets.

import {
  type APIError,
  CozeAPI,
  type EnterMessage,
  getJWTToken,
  RoleType,
} from "../testing/coze_api.ts";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createEmulator, type EmulatorOptions } from "../../lib/emulator/mod.ts";
import { pkcs8Pem, publicPem } from "../testing/keys.ts";
import { serve } from "../testing/servers.ts";

const APP_ID = "1127900106117";
const WORKSPACE = "7388888888888888888";
const SAY = (content: string): EnterMessage => ({
  role: RoleType.User,
  type: "question",
  content,
  content_type: "text",
});

/**
 * Serves an emulator whose streams wait for nothing, and gets the SDK a token for it. Its clock is
 * six seconds further at each look at a chat.
 */
async function start(options: EmulatorOptions = {}) {
  let aheadMs = 0;
  const emulator = createEmulator({
    apps: [{ clientId: APP_ID, keys: { k1: publicPem() } }],
    workspaces: [{ id: WORKSPACE, name: "demo", type: "team", role: "admin" }],
    now: () => Date.now() + aheadMs,
    sleep: () => Promise.resolve(),
    ...options,
  });
  const server = serve((request) => {
    if (new URL(request.url).pathname === "/v3/chat/retrieve") aheadMs += 6000;
    return emulator(request);
  });
  const baseURL = server.url;
  const aud = new URL(baseURL).host;
  const app = { baseURL, appId: APP_ID, aud, keyid: "k1", privateKey: pkcs8Pem() };
  const { access_token } = await getJWTToken(app);
  const api = new CozeAPI({ baseURL, token: access_token });
  return {
    emulator,
    api,
    baseURL,
    async addBot() {
      const prompt_info = { prompt: "你是助手。" };
      const bot = { space_id: WORKSPACE, name: "node-chat2", prompt_info };
      const { bot_id } = await api.bots.create(bot);
      await api.bots.publish({ bot_id, connector_ids: ["1024"] });
      return bot_id;
    },
    /** Reads a stream; runs of deltas stand as one. */
    async read(bot_id: string, content: string, conversation_id?: string) {
      // deno-lint-ignore no-explicit-any
      const events: { event: string; data: any }[] = [];
      let text = "";
      const question = { bot_id, additional_messages: [SAY(content)], conversation_id };
      for await (const { event, data } of api.chat.stream(question)) {
        const isDelta = String(event) === "conversation.message.delta";
        if (isDelta) text += (data as { content: string }).content;
        if (!isDelta || events.at(-1)?.event !== String(event)) {
          events.push({ event: String(event), data });
        }
      }
      return { events, text };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("createEmulator() shows bots and workspaces to the official SDK", async () => {
  await using running = await start();
  const { api } = running;
  const spaces = await api.workspaces.list({ page_num: 1 });
  const { total_count, workspaces: [first] } = spaces as typeof spaces & { total_count: number };
  assertEquals([total_count, first?.id, first?.name], [1, WORKSPACE, "demo"]);
  assertEquals([String(first?.role_type), String(first?.workspace_type)], ["admin", "team"]);
  const bot_id = await running.addBot();
  await api.bots.update({ bot_id, name: "new" });
  const online = await api.bots.retrieveNew(bot_id);
  const draft = await api.bots.retrieveNew(bot_id, { is_published: false });
  assertEquals([online.bot_id, online.prompt_info.prompt], [bot_id, "你是助手。"]);
  assertEquals([online.name, draft.name, draft.version], ["node-chat2", "new", ""]);
  assertMatch(online.version, /^\d+$/);
  await api.bots.create({ space_id: WORKSPACE, name: "another" });
  const published = await api.bots.listNew({ workspace_id: WORKSPACE });
  assertEquals(published.items.map(({ id, name }) => [id, name]), [[bot_id, "node-chat2"]]);
  const all = await api.bots.listNew({ workspace_id: WORKSPACE, publish_status: "all" });
  assertEquals([all.total, all.items.map(({ is_published }) => is_published)], [2, [true, false]]);
});

Deno.test("createEmulator() streams conversations to the official SDK", async () => {
  await using running = await start();
  const { api, read } = running;
  const bot_id = await running.addBot();
  const { id } = await api.conversations.create({ bot_id });
  assertEquals((await api.conversations.retrieve(id)).id, id);
  const { events, text } = await read(bot_id, "你好", id);
  assertEquals(text, "[node-chat2] 你说：你好（提示词：你是助手。；此前 0 轮）");
  assertEquals(events.map(({ event }) => event.replace("conversation.", "")), [
    ...["chat.created", "chat.in_progress", "message.delta"],
    ...["message.completed", "message.completed", "chat.completed", "done"],
  ]);
  const chat = events[0]!.data;
  assertEquals([chat.conversation_id, chat.bot_id], [id, bot_id]);
  assertStringIncludes((await read(bot_id, "再问", id)).text, "此前 1 轮");
  const messages = await api.chat.messages.list(id, chat.id);
  assertEquals(messages.find(({ type }) => type === "answer")?.content, text);

  const last = async (question: string) => (await read(bot_id, question)).events.at(-1)!;
  const failed = await last("/fail 你好");
  assertEquals([failed.event, failed.data.last_error.code], ["conversation.chat.failed", 5000]);
  assertEquals((await last("/stop 你好")).event, "conversation.message.delta");
  const error = { code: 5000, msg: "event interval error" };
  assertEquals(await last("/error 你好"), { event: "error", data: error });
});

Deno.test("createEmulator() lets the official SDK poll and cancel chats", async () => {
  await using running = await start({ answerMs: 10_000 });
  const { api, emulator } = running;
  const bot_id = await running.addBot();
  const polled = await api.chat.createAndPoll({ bot_id, additional_messages: [SAY("你好")] });
  const { chat, messages = [] } = polled;
  assertEquals([String(chat.status), chat.bot_id], ["completed", bot_id]);
  assertEquals(
    messages.find(({ type }) => type === "answer")?.content,
    "[node-chat2] 你说：你好（提示词：你是助手。；此前 0 轮）",
  );
  const looks = emulator.journal.filter(({ path }) => path === "/v3/chat/retrieve");
  assertEquals(looks.map(({ method, status }) => [method, status]), [["POST", 200], ["POST", 200]]);

  const question = { bot_id, additional_messages: [SAY("/slow 你好")] };
  const { id, conversation_id } = await api.chat.create(question);
  assertEquals(String((await api.chat.cancel(conversation_id, id)).status), "canceled");
  const error = await assertRejects(() => api.chat.cancel(conversation_id, id)) as APIError;
  assertEquals(error.code, 4104);
});

Deno.test("createEmulator() refuses the official SDK with errors that it knows", async () => {
  await using running = await start();
  const { api, baseURL, emulator } = running;
  const { bot_id } = await api.bots.create({ space_id: WORKSPACE, name: "draft" });
  const fail = async (call: () => Promise<unknown>) => await assertRejects(call) as APIError;
  const question = { bot_id, additional_messages: [SAY("hi")] };
  const { code, message } = await fail(() => api.chat.create(question));
  assertEquals(code, 4015);
  assertStringIncludes(message, `The bot_id ${bot_id} has not been published`);
  assertStringIncludes(message, `logid: ${emulator.journal.at(-1)!.logId}`);

  emulator.apps[0]!.permissions = ["getMetadata"];
  const stranger = new CozeAPI({ baseURL, token: "czs_other" });
  const rows: [name: string, code: number, status: number, call: () => Promise<unknown>][] = [
    ["AuthenticationError", 4100, 401, () => stranger.workspaces.list({})],
    ["PermissionDeniedError", 4101, 403, () => api.bots.create({ space_id: WORKSPACE, name: "b" })],
    ["NotFoundError", 4200, 404, () => api.bots.retrieveNew("7")],
  ];
  for (const [name, code, status, call] of rows) {
    const error = await fail(call);
    assertEquals([error.name, error.code, error.status], [name, code, status]);
  }
});
