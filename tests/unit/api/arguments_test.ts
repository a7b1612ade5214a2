import { assertEquals, assertThrows } from "@std/assert";
import { type CozeClient, createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { BOT, CHAT, clientOf, data, errorOf, QUESTION, REFERENCE } from "../../testing/scripted.ts";

// deno-fmt-ignore
const NO_ID = [null, undefined, "", " ", "1 ", " 1", "1 2", "1/2", "../../../v1/x?y=", "％", "１", "1\n", "a".repeat(65), 1, 0, NaN, {}, ["1"], { toString: () => "1" }];
const NO_TEXT = [null, undefined, "", 0, 5, false, {}, ["x"], { toString: () => "x" }];
const NO_OBJECT = [null, undefined, "", "x", 5, true, [], () => {}];
const NO_FLAG = [null, "", "false", 0, 1, {}];
const NO_TIMEOUT = [null, 0, -1, NaN, Infinity, 2 ** 31, "5", {}];
const NO_SIGNAL = [5, "x", {}, new AbortController()];
const MESSAGE = { role: "user", content: "x" } as const;
const NO_MESSAGES = [null, undefined, "", 5, {}, [], Array(101).fill(MESSAGE), Array(3), {
  length: 1,
}];
/** The wrong values of a member that may be absent, or also empty. */
const optional = (wrong: unknown[]) => wrong.filter((value) => value !== undefined);
const optionalOrEmpty = (wrong: unknown[]) => optional(wrong).filter((value) => value !== "");

/** Puts a value in the place of one argument, or of one member of it. */
// deno-lint-ignore no-explicit-any -- the types refuse these values
type Place = (client: CozeClient, value: any) => unknown;
type Places = [name: string, wrong: unknown[], place: Place][];

// deno-fmt-ignore
const PLACES: Places = [
  ["workspaces: options", optional(NO_OBJECT), (client, options) => client.workspaces(options)],
  ["workspaces: timeoutMs", NO_TIMEOUT, (client, timeoutMs) => client.workspaces({ timeoutMs })],
  ["bots: workspaceId", NO_ID, (client, id) => client.bots(id)],
  ["bots: publishStatus", optional(NO_TEXT), (client, publishStatus) => client.bots("1", { publishStatus })],
  ["bots: options", optional(NO_OBJECT), (client, options) => client.bots("1", options)],
  ["createBot: bot", NO_OBJECT, (client, bot) => client.createBot(bot)],
  ["createBot: workspaceId", NO_ID, (client, workspaceId) => client.createBot({ ...BOT, workspaceId })],
  ["createBot: name", NO_TEXT, (client, name) => client.createBot({ ...BOT, name })],
  ["createBot: prompt", optionalOrEmpty(NO_TEXT), (client, prompt) => client.createBot({ ...BOT, prompt })],
  ["createBot: description", optionalOrEmpty(NO_TEXT), (client, description) => client.createBot({ ...BOT, description })],
  ["createBot: options", optional(NO_OBJECT), (client, options) => client.createBot(BOT, options)],
  ["publishBot: botId", NO_ID, (client, id) => client.publishBot(id)],
  ["publishBot: options", optional(NO_OBJECT), (client, options) => client.publishBot("1", options)],
  ["publishBot: signal", NO_SIGNAL, (client, signal) => client.publishBot("1", { signal })],
  ["cancelChat: chat", NO_OBJECT, (client, chat) => client.cancelChat(chat)],
  ["cancelChat: chatId", NO_ID, (client, chatId) => client.cancelChat({ ...REFERENCE, chatId })],
  ["cancelChat: conversationId", NO_ID, (client, conversationId) => client.cancelChat({ ...REFERENCE, conversationId })],
  ["cancelChat: options", optional(NO_OBJECT), (client, options) => client.cancelChat(REFERENCE, options)],
  ["chat: options", optional(NO_OBJECT), (client, options) => client.chat(QUESTION, options)],
  ["ask: options", optional(NO_OBJECT), (client, options) => client.ask(QUESTION, options)],
  ["ask: stream", NO_FLAG, (client, stream) => client.ask(QUESTION, { stream })],
];
// deno-fmt-ignore
const REQUESTS: [name: string, wrong: unknown[], request: (value: unknown) => unknown][] = [
  ["request", NO_OBJECT, (request) => request],
  ["botId", NO_ID, (botId) => ({ ...QUESTION, botId })],
  ["userId", NO_TEXT, (userId) => ({ ...QUESTION, userId })],
  ["conversationId", optional(NO_ID), (conversationId) => ({ ...QUESTION, conversationId })],
  ["draft", NO_FLAG, (draft) => ({ ...QUESTION, draft })],
  ["messages", NO_MESSAGES, (messages) => ({ ...QUESTION, messages })],
  ["message", NO_OBJECT, (message) => ({ ...QUESTION, messages: [MESSAGE, message] })],
  ["role", NO_TEXT, (role) => ({ ...QUESTION, messages: [{ ...MESSAGE, role }] })],
  ["content", NO_TEXT, (content) => ({ ...QUESTION, messages: [{ ...MESSAGE, content }] })],
  ["contentType", optional(NO_TEXT), (contentType) => ({ ...QUESTION, messages: [{ ...MESSAGE, contentType }] })],
];
for (const [name, wrong, request] of REQUESTS) {
  const stream = false;
  PLACES.push(
    [`chat: ${name}`, wrong, (client, value) => client.chat(request(value) as never)],
    [`ask: ${name}`, wrong, (client, value) => client.ask(request(value) as never)],
    [
      `ask, polling: ${name}`,
      wrong,
      (client, value) => client.ask(request(value) as never, { stream }),
    ],
  );
}

/** The first step of an iterator, or the promise. */
function firstStep(result: unknown): unknown {
  return (result as AsyncIterator<unknown>).next?.() ?? result;
}

Deno.test("each call rejects a wrong argument before anything is sent (security 13)", async () => {
  let asked = 0;
  const { sent, fetch } = clientOf();
  const client = createCozeClient({ token: () => `t${++asked}`, fetch });
  for (const [name, wrong, place] of PLACES) {
    for (const value of wrong) {
      // A synchronous throw fails the test.
      const result = place(client, value);
      const error = await errorOf(() => firstStep(result));
      assertEquals(error.code, "usage", `${name}: ${Deno.inspect(value)}`);
    }
  }
  assertEquals([sent.length, asked], [0, 0]);
});

Deno.test("createCozeClient() refuses wrong options at once, and keeps a copy", async () => {
  const wrong: [name: string, values: unknown[]][] = [
    ["timeoutMs", NO_TIMEOUT],
    ...["fetch", "now", "sleep"].map((name): [string, unknown[]] => [name, ["x", 1, {}]]),
  ];
  for (const [name, values] of wrong) {
    for (const value of values) {
      const error = assertThrows(
        () => createCozeClient({ token: "t", [name]: value }),
        CozeError,
      );
      assertEquals([error.code, error.details.name], ["usage", name]);
    }
  }
  const { fetch, sent } = clientOf(data(CHAT));
  const options = { token: "t", fetch };
  const client = createCozeClient(options);
  options.fetch = () => Promise.reject(new Error("changed"));
  await client.cancelChat(REFERENCE);
  assertEquals(sent.length, 1);
});

Deno.test("createCozeClient() sends what only Coze can judge", async () => {
  const long = (length: number) => "名".repeat(length);
  const bot = { ...BOT, name: long(21), prompt: long(30_000), description: long(501) };
  const { client, sent } = clientOf(data({ "bot_id": "1" }), data(CHAT));
  await client.createBot(bot);
  const messages = [{ role: "system", content: " ", contentType: "card" }];
  await client.chat({ ...QUESTION, userId: "用户 1", messages } as never).next().catch(() => {});
  const { name, description } = bot;
  const prompt = { "prompt_info": { prompt: bot.prompt } };
  assertEquals(sent[0]?.body, { "space_id": bot.workspaceId, name, description, ...prompt });
  const { "user_id": user, "additional_messages": list } = sent[1]?.body as Record<string, unknown>;
  assertEquals([user, list], ["用户 1", [{
    role: "system",
    content: " ",
    "content_type": "card",
  }]]);
});

Deno.test("createCozeClient() throws usage for wrong options", () => {
  const provider = { baseUrl: "https://api.coze.cn", getToken: () => Promise.resolve("t") };
  const wrong = [
    ...NO_OBJECT,
    ...[undefined, null, "", 5, true, {}, [], provider].map((token) => ({ token })),
  ];
  for (const options of wrong) {
    const error = assertThrows(() => createCozeClient(options as never), CozeError);
    assertEquals(error.code, "usage", Deno.inspect(options));
  }
});

Deno.test("createCozeClient() sends no token that a header cannot carry", async () => {
  for (
    const token of ["czs_secret\r\nX: y", "czs_secret ", "czs_令牌", "", undefined, null, 5, {}]
  ) {
    for (const source of [token, () => token, () => Promise.resolve(token)]) {
      if (typeof source !== "function" && !/^czs/.test(String(source))) continue;
      const { sent, fetch } = clientOf();
      const client = createCozeClient({ token: source as string, fetch });
      const error = await errorOf(() => client.createBot(BOT));
      assertEquals([error.code, sent.length], ["usage", 0], Deno.inspect(token));
      assertEquals(Deno.inspect(error).includes("czs_"), false);
    }
  }
});

Deno.test("createCozeClient() refuses a base URL that is not safe (security 6)", () => {
  const rows = { "http://api.coze.cn": "base-url-insecure", "api.coze.cn": "base-url-not-api" };
  for (const [baseUrl, code] of Object.entries(rows)) {
    const attempt = () => createCozeClient({ token: "t", baseUrl });
    assertEquals<string>(assertThrows(attempt, CozeError).code, code);
  }
});
