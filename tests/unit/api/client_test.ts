import { assertEquals, assertThrows } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import {
  BOT,
  CHAT,
  clientOf,
  data,
  errorOf,
  events,
  QUESTION,
  REFERENCE,
} from "../../testing/scripted.ts";

const { workspaceId } = BOT;
const DONE = () => events(["done", "[DONE]"]);

// What is sent otherwise is compared with the official SDK in tests/conformance/.

Deno.test("createBot(), publishBot() and cancelChat() return what Coze answers", async () => {
  const botId = "7428668000000000001";
  const { client, sent } = clientOf(
    data({ "bot_id": botId }),
    data({ "bot_id": botId, version: "1732190531000" }),
    // The official SDK of Node takes a success without data too.
    Response.json({ code: 0, msg: "" }),
    data({ ...CHAT, status: "canceled" }),
  );
  assertEquals(await client.createBot(BOT), { botId });
  assertEquals(await client.publishBot(botId), { botId, version: "1732190531000" });
  assertEquals(await client.publishBot("1"), { botId: "1", version: "" });
  assertEquals((await client.cancelChat(REFERENCE)).status, "canceled");
  // Members that were not given are left out.
  assertEquals(sent[0]!.body, { "space_id": workspaceId, name: "node-chat2" });
  for (const { headers, host } of sent) {
    assertEquals([host, headers.get("content-type")], ["api.coze.cn", "application/json"]);
  }
});

Deno.test("chat() sends a list of messages, and asks for a draft", async () => {
  const { client, sent } = clientOf(DONE());
  const messages = [
    { role: "user", content: "[]", contentType: "object_string" },
    { role: "assistant", content: "hm" },
    { role: "user", content: "?" },
  ] as const;
  const { conversationId } = REFERENCE;
  await Array.fromAsync(client.chat({ ...QUESTION, messages, conversationId, draft: true }));
  const [{ path, body }] = sent as [typeof sent[0]];
  assertEquals([path, body], [`/v3/chat?conversation_id=${conversationId}`, {
    "bot_id": QUESTION.botId,
    "user_id": "user-1",
    "additional_messages": [
      { role: "user", content: "[]", "content_type": "object_string" },
      { role: "assistant", content: "hm", "content_type": "text" },
      { role: "user", content: "?", "content_type": "text" },
    ],
    "publish_status": "unpublished_draft",
    stream: true,
  }]);
});

Deno.test("workspaces() reads page after page, with ids as texts", async () => {
  const item = (n: number) => ({
    id: `73482933342933340${String(n).padStart(2, "0")}`,
    name: `工作空间 ${n}`,
    "role_type": "owner",
    "workspace_type": "team",
  });
  const pages = [[...Array(50).keys()], [50, 51]].map((page) => page.map(item));
  const { client, sent } = clientOf(
    ...pages.map((workspaces) => data({ workspaces, "total_count": 52 })),
  );
  const all = await Array.fromAsync(client.workspaces());
  const last = { id: "7348293334293334051", name: "工作空间 51", role: "owner", type: "team" };
  assertEquals([all.length, all[51]], [52, last]);
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

Deno.test("bots() asks for drafts too, and reads times in milliseconds", async () => {
  const items = [
    { id: "1", name: "a", description: "x", "is_published": true, "updated_at": 1718289297 },
    { id: "2", name: "b", "is_published": false },
  ];
  const { client, sent } = clientOf(data({ items, total: 2 }), data({ items: null, total: 0 }));
  assertEquals(await Array.fromAsync(client.bots(workspaceId)), [
    { id: "1", name: "a", description: "x", isPublished: true, updatedAt: 1718289297000 },
    { id: "2", name: "b", description: "", isPublished: false },
  ]);
  const published = { publishStatus: "published_online" } as const;
  assertEquals(await Array.fromAsync(client.bots(workspaceId, published)), []);
  const query = `workspace_id=${workspaceId}&publish_status`;
  assertEquals(sent.map(({ path }) => path), [
    `/v1/bots?${query}=all&page_num=1&page_size=20`,
    `/v1/bots?${query}=published_online&page_num=1&page_size=20`,
  ]);
});

Deno.test("bots() reads on whatever the total, and gives up after 1000 pages", async () => {
  let number = 0;
  const fetch = () => Promise.resolve(data({ items: [{ id: String(++number) }], total: 0 }));
  const client = createCozeClient({ token: "t", fetch });
  const error = await errorOf(() => Array.fromAsync(client.bots(workspaceId)));
  assertEquals([error.code, number], ["answer-invalid", 1000]);
});

Deno.test("bots() ends at a page that brings nothing new, whatever the total", async () => {
  const page = () => data({ items: [{ id: "1" }, { id: "2" }], total: 1e9 });
  const { client, sent } = clientOf(page(), page());
  assertEquals((await Array.fromAsync(client.bots(workspaceId))).map(({ id }) => id), ["1", "2"]);
  assertEquals(sent.length, 2);
});

Deno.test("bots() and workspaces() accept totals and times of any form", async () => {
  for (const odd of [{ toString: 0 }, [[[1]]], null, "2", -1, "", 0, 1e15]) {
    const item = { id: "1", "updated_at": odd };
    const page = () => data({ items: [item], workspaces: [item], total: odd, "total_count": odd });
    const { client } = clientOf(page(), page());
    const [bot] = await Array.fromAsync(client.bots(workspaceId));
    assertEquals([bot?.id, bot?.updatedAt], ["1", odd === "2" ? 2000 : undefined]);
    const other = clientOf(page(), page());
    assertEquals((await Array.fromAsync(other.client.workspaces())).length, 1);
  }
});

Deno.test("createCozeClient() sends nothing with an id that is none (security 13)", async () => {
  const { client, sent } = clientOf();
  for (const id of ["../../../v1/x?y=", "", "1/2", "1 2", "％", "a".repeat(65)]) {
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
    for (const attempt of attempts) assertEquals((await errorOf(attempt)).code, "usage-value", id);
  }
  assertEquals(sent, []);
});

Deno.test("createCozeClient() sends no text that is too long or empty", async () => {
  const { client, sent } = clientOf();
  const attempts = [
    () => client.createBot({ ...BOT, name: "" }),
    () => client.createBot({ ...BOT, name: "二十一个字的名字二十一个字的名字二十一个字" }),
    () => client.createBot({ ...BOT, prompt: "x".repeat(20_001) }),
    () => client.createBot({ ...BOT, description: "x".repeat(501) }),
    () => client.ask({ ...QUESTION, userId: "" }),
    () => client.ask({ ...QUESTION, messages: "" }),
    () => client.ask({ ...QUESTION, messages: [] }),
    () => client.ask({ ...QUESTION, messages: Array(101).fill({ role: "user", content: "x" }) }),
    () => client.ask(QUESTION, { timeoutMs: 0 }),
  ];
  for (const attempt of attempts) {
    assertEquals((await errorOf(attempt)).code, "usage-value", attempt.toString());
  }
  assertEquals(sent, []);
});

Deno.test("createCozeClient() refuses a base URL without https (security 6)", () => {
  const attempt = () => createCozeClient({ token: "t", baseUrl: "http://api.coze.cn" });
  assertEquals(assertThrows(attempt, CozeError).code, "base-url-insecure");
});

Deno.test("createBot() names the member of an answer it cannot use", async () => {
  const rows: [answer: unknown, member: string][] = [
    [{}, "bot_id"],
    [null, "data"],
    [[], "data"],
    [{ "bot_id": 7428668000000000001 }, "bot_id"],
  ];
  for (const [answer, member] of rows) {
    const { client } = clientOf(data(answer));
    const error = await errorOf(() => client.createBot(BOT));
    assertEquals([error.code, error.details.member], ["answer-invalid", member]);
  }
});
