import { assertEquals } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
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

// Method, path and body of each call are compared with the official SDK in tests/conformance/.

Deno.test("createBot(), publishBot() and cancelChat() return Coze's answer", async () => {
  const botId = "7428668000000000001";
  const { client, sent } = clientOf(
    data({ "bot_id": botId }),
    data({ "bot_id": botId, version: "1732190531000" }),
    // The official SDK of Node accepts a success without data too.
    Response.json({ code: 0, msg: "" }),
    data({ ...CHAT, status: "canceled" }),
  );
  assertEquals(await client.createBot({ ...BOT, prompt: "", description: "" }), { botId });
  assertEquals(await client.publishBot(botId), { botId, version: "1732190531000" });
  assertEquals(await client.publishBot("1"), { botId: "1", version: "" });
  assertEquals((await client.cancelChat(REFERENCE)).status, "canceled");
  // Empty members are left out.
  assertEquals(sent[0]!.body, { "space_id": workspaceId, name: "node-chat2" });
  for (const { headers, host } of sent) {
    assertEquals([host, headers.get("content-type")], ["api.coze.cn", "application/json"]);
  }
});

Deno.test("chat() sends a list of messages, and asks for the draft", async () => {
  const { client, sent } = clientOf(events(["done", "[DONE]"]));
  const messages = [
    { role: "user", content: "[]", contentType: "object_string" },
    { role: "assistant", content: "hm" },
    { role: "user", content: "?" },
  ] as const;
  const { conversationId } = REFERENCE;
  await Array.fromAsync(client.chat({ ...QUESTION, messages, conversationId, draft: true }));
  assertEquals(sent.map(({ path, body }) => [path, body]), [[
    `/v3/chat?conversation_id=${conversationId}`,
    {
      "bot_id": QUESTION.botId,
      "user_id": "user-1",
      "additional_messages": [
        { role: "user", content: "[]", "content_type": "object_string" },
        { role: "assistant", content: "hm", "content_type": "text" },
        { role: "user", content: "?", "content_type": "text" },
      ],
      "publish_status": "unpublished_draft",
      stream: true,
    },
  ]]);
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

Deno.test("workspaces() requests a page only when it is needed", async () => {
  const { client, sent } = clientOf(data({ workspaces: [{ id: "1" }], "total_count": 9 }));
  assertEquals((await client.workspaces().next()).value.id, "1");
  assertEquals(sent.length, 1);
});

Deno.test("bots() lists drafts too, and gives times in milliseconds", async () => {
  const items = [
    { id: "1", name: "a", description: "x", "is_published": true, "updated_at": 1718289297 },
    { id: "2", name: "b", "is_published": false },
  ];
  const { client, sent } = clientOf(data({ items, total: 2 }), data({ items: null, total: 0 }));
  assertEquals(await Array.fromAsync(client.bots(workspaceId)), [
    { id: "1", name: "a", description: "x", isPublished: true, updatedAt: 1718289297000 },
    { id: "2", name: "b", description: "", isPublished: false, updatedAt: undefined },
  ]);
  const published = { publishStatus: "published_online" } as const;
  assertEquals(await Array.fromAsync(client.bots(workspaceId, published)), []);
  const query = `workspace_id=${workspaceId}&publish_status`;
  assertEquals(sent.map(({ path }) => path), [
    `/v1/bots?${query}=all&page_num=1&page_size=20`,
    `/v1/bots?${query}=published_online&page_num=1&page_size=20`,
  ]);
});

Deno.test("workspaces() names the total that is wrong in an endless list", async () => {
  let number = 0;
  const fetch = () => Promise.resolve(data({ workspaces: [{ id: `${number++}` }] }));
  const { workspaces } = createCozeClient({ token: "t", fetch });
  const error = await errorOf(() => Array.fromAsync(workspaces()));
  assertEquals([error.code, error.details.member], ["answer-invalid", "total_count"]);
});

Deno.test("bots() ends at a page without a new bot, or after 1000 pages", async () => {
  for (const [isNew, total, pages] of [[false, 1e9, 2], [true, 0, 1000]] as const) {
    let number = 0;
    const fetch = () => {
      number++;
      return Promise.resolve(data({ items: [{ id: isNew ? `${number}` : "1" }], total }));
    };
    const bots = Array.fromAsync(createCozeClient({ token: "t", fetch }).bots(workspaceId));
    if (isNew) assertEquals((await errorOf(() => bots)).code, "answer-invalid");
    else assertEquals((await bots).map(({ id }) => id), ["1"]);
    assertEquals(number, pages);
  }
});

Deno.test("bots() and workspaces() accept totals and times of any type", async () => {
  for (const value of [{ toString: 0 }, [[[1]]], null, "2", -1, "", 0, 1e15]) {
    const item = { id: "1", "updated_at": value };
    const lists = { items: [item], workspaces: [item], total: value, "total_count": value };
    const { client } = clientOf(...Array(4).fill(() => data(lists)));
    const [bot] = await Array.fromAsync(client.bots(workspaceId));
    assertEquals([bot?.id, bot?.updatedAt], ["1", value === "2" ? 2000 : undefined]);
    assertEquals((await Array.fromAsync(client.workspaces())).length, 1);
  }
});

Deno.test("createBot() names the unusable member of an answer", async () => {
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
