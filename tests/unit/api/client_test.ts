import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import {
  ANSWER,
  CHAT,
  data,
  events,
  QUESTION,
  REFERENCE,
  scripted,
} from "../../testing/scripted.ts";

const WORKSPACE = "7348293334293334012";
const TOKEN = "czs_token";

function clientOf(...answers: Parameters<typeof scripted>) {
  const { fetch, sent } = scripted(...answers);
  return { client: createCozeClient({ token: TOKEN, fetch }), sent };
}

Deno.test("createCozeClient() sends what Coze's pages say: create, publish, cancel", async () => {
  const { client, sent } = clientOf(
    data({ "bot_id": "7428668000000000001" }),
    data({ "bot_id": "7428668000000000001", version: "1732190531000" }),
    data({ ...CHAT, status: "canceled" }),
  );
  const bot = { workspaceId: WORKSPACE, name: "node-chat2", prompt: "你是助手", description: "d" };
  assertEquals(await client.createBot(bot), { botId: "7428668000000000001" });
  assertEquals(await client.publishBot("7428668000000000001"), {
    botId: "7428668000000000001",
    version: "1732190531000",
  });
  assertEquals((await client.cancelChat(REFERENCE)).status, "canceled");
  assertEquals(sent.map(({ method, path, body }) => [method, path, body]), [
    ["POST", "/v1/bot/create", {
      "space_id": WORKSPACE,
      name: "node-chat2",
      description: "d",
      "prompt_info": { prompt: "你是助手" },
    }],
    ["POST", "/v1/bot/publish", { "bot_id": "7428668000000000001", "connector_ids": ["1024"] }],
    ["POST", "/v3/chat/cancel", {
      "conversation_id": CHAT.conversation_id,
      "chat_id": CHAT.id,
    }],
  ]);
  for (const { headers, host } of sent) {
    assertEquals(host, "api.coze.cn");
    assertEquals(headers.get("authorization"), `Bearer ${TOKEN}`);
    assertEquals(headers.get("content-type"), "application/json");
  }
});

Deno.test("createBot() leaves out what was not given", async () => {
  const { client, sent } = clientOf(data({ "bot_id": "1" }));
  await client.createBot({ workspaceId: WORKSPACE, name: "b" });
  assertEquals(sent[0]!.body, { "space_id": WORKSPACE, name: "b" });
});

Deno.test("chat() sends the question as a user's message, and a draft as unpublished_draft", async () => {
  const done = events(["done", "[DONE]"]);
  const { client, sent } = clientOf(done, events(["done", "[DONE]"]));
  await Array.fromAsync(client.chat(QUESTION));
  const messages = [
    { role: "user", content: "[]", contentType: "object_string" },
    { role: "assistant", content: "hm" },
    { role: "user", content: "?" },
  ] as const;
  const { conversationId } = REFERENCE;
  await Array.fromAsync(client.chat({ ...QUESTION, messages, conversationId, draft: true }));
  assertEquals(sent.map(({ method, path, body }) => [method, path, body]), [
    ["POST", "/v3/chat", {
      "bot_id": QUESTION.botId,
      "user_id": "user-1",
      "additional_messages": [{ role: "user", content: "今天星期几？", "content_type": "text" }],
      stream: true,
    }],
    ["POST", `/v3/chat?conversation_id=${conversationId}`, {
      "bot_id": QUESTION.botId,
      "user_id": "user-1",
      "additional_messages": [
        { role: "user", content: "[]", "content_type": "object_string" },
        { role: "assistant", content: "hm", "content_type": "text" },
        { role: "user", content: "?", "content_type": "text" },
      ],
      "publish_status": "unpublished_draft",
      stream: true,
    }],
  ]);
});

Deno.test("chat() gives the events as they come, each an object of its own", async () => {
  const { client } = clientOf(events(
    ["conversation.chat.created", CHAT],
    ["conversation.message.delta", { ...ANSWER, content: "2" }],
    ["conversation.message.delta", { ...ANSWER, content: "2" }],
    ["conversation.chat.completed", { ...CHAT, status: "completed" }],
    ["done", "[DONE]"],
  ));
  const all = await Array.fromAsync(client.chat(QUESTION));
  assertEquals(all.map(({ event }) => event), [
    "conversation.chat.created",
    "conversation.message.delta",
    "conversation.message.delta",
    "conversation.chat.completed",
    "done",
  ]);
  assertEquals(new Set(all).size, 5);
});

Deno.test("workspaces() pages by itself, with ids as texts", async () => {
  const item = (n: number) => ({
    id: `73482933342933340${String(n).padStart(2, "0")}`,
    name: `工作空间 ${n}`,
    "role_type": "owner",
    "workspace_type": "team",
  });
  const pages = [[...Array(50).keys()], [50, 51]].map((page) => page.map(item));
  const { client, sent } = clientOf(
    data({ workspaces: pages[0], "total_count": 52 }),
    data({ workspaces: pages[1], "total_count": 52 }),
  );
  const all = await Array.fromAsync(client.workspaces());
  assertEquals(all.length, 52);
  assertEquals(all[51], {
    id: "7348293334293334051",
    name: "工作空间 51",
    role: "owner",
    type: "team",
  });
  assertEquals(sent.map(({ method, path }) => `${method} ${path}`), [
    "GET /v1/workspaces?page_num=1&page_size=50",
    "GET /v1/workspaces?page_num=2&page_size=50",
  ]);
});

Deno.test("workspaces() asks for a page only when it is needed", async () => {
  const { client, sent } = clientOf(data({ workspaces: [{ id: "1" }], "total_count": 9 }));
  for await (const { id } of client.workspaces()) {
    assertEquals(id, "1");
    break;
  }
  assertEquals(sent.length, 1);
});

Deno.test("bots() asks for drafts too unless told otherwise, and reads times in milliseconds", async () => {
  const items = [
    { id: "1", name: "a", description: "x", "is_published": true, "updated_at": 1718289297 },
    { id: "2", name: "b", "is_published": false },
  ];
  const { client, sent } = clientOf(data({ items, total: 2 }), data({ items: null, total: 0 }));
  assertEquals(await Array.fromAsync(client.bots(WORKSPACE)), [
    { id: "1", name: "a", description: "x", isPublished: true, updatedAt: 1718289297000 },
    { id: "2", name: "b", description: "", isPublished: false },
  ]);
  const published = { publishStatus: "published_online" } as const;
  assertEquals(await Array.fromAsync(client.bots(WORKSPACE, published)), []);
  const query = `workspace_id=${WORKSPACE}&publish_status`;
  assertEquals(sent.map(({ path }) => path), [
    `/v1/bots?${query}=all&page_num=1&page_size=20`,
    `/v1/bots?${query}=published_online&page_num=1&page_size=20`,
  ]);
});

Deno.test("bots() reads on when the total is odd, and ends with a server that never does", async () => {
  let number = 0;
  const fetch = () => {
    const item = { id: String(++number) };
    return Promise.resolve(data({ items: [item], total: 0 }));
  };
  const client = createCozeClient({ token: TOKEN, fetch });
  const error = await assertRejects(() => Array.fromAsync(client.bots(WORKSPACE)), CozeError);
  assertEquals([error.code, number], ["answer-invalid", 1000]);
});

Deno.test("bots() ends at a page that brings nothing new, whatever total the server tells", async () => {
  const page = () => data({ items: [{ id: "1" }, { id: "2" }], total: 1e9 });
  const { client, sent } = clientOf(page(), page());
  assertEquals((await Array.fromAsync(client.bots(WORKSPACE))).map(({ id }) => id), ["1", "2"]);
  assertEquals(sent.length, 2);
});

Deno.test("bots() and workspaces() bear totals and times of any form (found by fuzzing)", async () => {
  for (const odd of [{ toString: 0 }, [[[1]]], null, "2", -1, "", 0, 1e15]) {
    const item = { id: "1", "updated_at": odd };
    const page = () => data({ items: [item], workspaces: [item], total: odd, "total_count": odd });
    const { client } = clientOf(page(), page());
    const [bot] = await Array.fromAsync(client.bots(WORKSPACE));
    assertEquals([bot?.id, bot?.updatedAt], ["1", odd === "2" ? 2000 : undefined]);
    const other = clientOf(page(), page());
    assertEquals((await Array.fromAsync(other.client.workspaces())).length, 1);
  }
});

for (const id of ["../../../v1/x?y=", "", "1/2", "1 2", "％", "a".repeat(65)]) {
  Deno.test(`createCozeClient() sends nothing with the id ${JSON.stringify(id)} (security 13)`, async () => {
    const { client, sent } = clientOf();
    const attempts = [
      () => Array.fromAsync(client.bots(id)),
      () => client.createBot({ workspaceId: id, name: "b" }),
      () => client.publishBot(id),
      () => Array.fromAsync(client.chat({ ...QUESTION, botId: id })),
      () => client.ask({ ...QUESTION, botId: id }),
      ...id === "" ? [] : [() => Array.fromAsync(client.chat({ ...QUESTION, conversationId: id }))],
      () => client.cancelChat({ ...REFERENCE, chatId: id }),
      () => client.cancelChat({ ...REFERENCE, conversationId: id }),
    ];
    for (const attempt of attempts) {
      const error = await assertRejects(async () => await attempt(), CozeError);
      assertEquals(error.code, "usage-value");
    }
    assertEquals(sent, []);
  });
}

Deno.test("createCozeClient() refuses what is too long or empty before it is sent", async () => {
  const { client, sent } = clientOf();
  const bot = { workspaceId: WORKSPACE, name: "b" };
  const attempts = [
    () => client.createBot({ ...bot, name: "" }),
    () => client.createBot({ ...bot, name: "二十一个字的名字二十一个字的名字二十一个字" }),
    () => client.createBot({ ...bot, prompt: "x".repeat(20_001) }),
    () => client.createBot({ ...bot, description: "x".repeat(501) }),
    () => client.ask({ ...QUESTION, userId: "" }),
    () => client.ask({ ...QUESTION, messages: "" }),
    () => client.ask({ ...QUESTION, messages: [] }),
    () => client.ask({ ...QUESTION, messages: Array(101).fill({ role: "user", content: "x" }) }),
    () => client.ask(QUESTION, { timeoutMs: 0 }),
  ];
  for (const attempt of attempts) {
    assertEquals((await assertRejects(attempt, CozeError)).code, "usage-value");
  }
  assertEquals(sent, []);
});

for (
  const [url, code] of [["http://api.coze.cn", "base-url-insecure"], ["x", "base-url-not-api"]]
) {
  Deno.test(`createCozeClient() refuses the base URL ${url}`, () => {
    const error = assertThrows(() => createCozeClient({ token: "t", baseUrl: url! }), CozeError);
    assertEquals<string>(error.code, code!);
  });
}

const INVALID: [what: string, answer: unknown, member: string][] = [
  ["no id", {}, "bot_id"],
  ["null", null, "data"],
  ["a list", [], "data"],
  ["a rounded id", { "bot_id": 7428668000000000001 }, "bot_id"],
];
for (const [what, answer, member] of INVALID) {
  Deno.test(`createBot() refuses an answer with ${what}`, async () => {
    const { client } = clientOf(data(answer));
    const attempt = () => client.createBot({ workspaceId: WORKSPACE, name: "b" });
    const error = await assertRejects(attempt, CozeError);
    assertEquals([error.code, error.details.member], ["answer-invalid", member]);
  });
}

Deno.test("publishBot() takes an answer without data, as the official SDK of Node does", async () => {
  const { client } = clientOf(Response.json({ code: 0, msg: "" }));
  assertEquals(await client.publishBot("1"), { botId: "1", version: "" });
});
