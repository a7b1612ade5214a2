// The official SDK and this library send the same requests: method, path, query and body are
// compared at the server. Where they differ on purpose, the test says why.

import { CozeAPI, RoleType } from "../testing/coze_api.ts";
import { assert, assertEquals } from "@std/assert";
import { createCozeClient } from "../../lib/api/mod.ts";
import {
  ANSWER,
  API_TOKEN,
  BOT,
  CHAT,
  data,
  events,
  QUESTION,
  REFERENCE,
  type Sent,
} from "../testing/scripted.ts";
import { appAt, serve } from "../testing/servers.ts";
import { createTokenProvider } from "../../mod.ts";

const BOT_ID = "7428668000000000001";
const ANSWERS: Record<string, unknown> = {
  "/v1/workspaces": { workspaces: [], "total_count": 0 },
  "/v1/bots": { items: [], total: 0 },
  "/v1/bot/create": { "bot_id": BOT_ID },
  "/v1/bot/publish": { "bot_id": BOT_ID, version: "1" },
  "/v3/chat": CHAT,
  "/v3/chat/retrieve": { ...CHAT, status: "completed" },
  "/v3/chat/message/list": [ANSWER],
  "/v3/chat/cancel": { ...CHAT, status: "canceled" },
};

type Ours = ReturnType<typeof createCozeClient>;
type Row = [
  ours: (client: Ours) => Promise<unknown>,
  theirs: (client: CozeAPI) => Promise<unknown>,
];
/** A request as the server got it. */
type Asked = Omit<Sent, "host"> & { query: Record<string, string> };

/** The requests of both. */
async function askBoth([ours, theirs]: Row): Promise<[ours: Asked[], theirs: Asked[]]> {
  const asked: Asked[] = [];
  await using running = serve(async (request) => {
    const { method, url, headers } = request;
    const { pathname: path, searchParams } = new URL(url);
    const text = await request.text();
    const body = text === "" ? undefined : JSON.parse(text);
    const query = Object.fromEntries(searchParams);
    asked.push({ method, path, query, body, headers: new Headers(headers) });
    return path === "/v3/chat" && body.stream ? events(["done", "[DONE]"]) : data(ANSWERS[path]);
  });
  const sleep = () => Promise.resolve();
  await ours(createCozeClient({ token: API_TOKEN, baseUrl: running.url, sleep }));
  const first = asked.splice(0);
  await theirs(new CozeAPI({ baseURL: running.url, token: API_TOKEN }));
  return [first, asked];
}

const space_id = BOT.workspaceId;
const MESSAGE = { role: RoleType.User, content: "今天星期几？", content_type: "text" } as const;
const SAY = {
  bot_id: QUESTION.botId,
  user_id: QUESTION.userId,
  additional_messages: [MESSAGE],
};
const conversation_id = CHAT.conversation_id;

// deno-fmt-ignore
const SAME: Record<string, Row> = {
  "workspaces()": [
    (client) => Array.fromAsync(client.workspaces()),
    (client) => client.workspaces.list({ page_num: 1, page_size: 50 }),
  ],
  "bots()": [
    (client) => Array.fromAsync(client.bots(BOT.workspaceId)),
    (client) => client.bots.listNew(
      { workspace_id: space_id, publish_status: "all", page_num: 1, page_size: 20 },
    ),
  ],
  "createBot()": [
    (client) => client.createBot({ ...BOT, prompt: "p", description: "d" }),
    (client) => client.bots.create(
      { space_id, name: BOT.name, description: "d", prompt_info: { prompt: "p" } },
    ),
  ],
  "publishBot()": [
    (client) => client.publishBot(BOT_ID),
    (client) => client.bots.publish({ bot_id: BOT_ID, connector_ids: ["1024"] }),
  ],
  "chat()": [
    (client) => Array.fromAsync(client.chat(QUESTION)),
    (client) => Array.fromAsync(client.chat.stream(SAY)),
  ],
  "chat() in a conversation": [
    (client) => Array.fromAsync(client.chat({ ...QUESTION, conversationId: conversation_id })),
    (client) => Array.fromAsync(client.chat.stream({ ...SAY, conversation_id })),
  ],
  "cancelChat()": [
    (client) => client.cancelChat(REFERENCE),
    (client) => client.chat.cancel(REFERENCE.conversationId, REFERENCE.chatId),
  ],
};

for (const [what, row] of Object.entries(SAME)) {
  Deno.test(`${what} sends what the official SDK sends`, async () => {
    const [mine, other] = await askBoth(row);
    const shape = ({ method, path, query, body }: Asked) => ({ method, path, query, body });
    assert(mine.length > 0);
    assertEquals(mine.map(shape), other.map(shape));
    for (const { headers } of [...mine, ...other]) {
      assertEquals(headers.get("authorization"), `Bearer ${API_TOKEN}`);
      // This library does not claim to be the SDK.
      assertEquals(/coze-js/.test(headers.get("user-agent") ?? ""), other[0]!.headers === headers);
    }
  });
}

Deno.test("ask() polls as the official SDK does, but by GET", async () => {
  const [mine, other] = await askBoth([
    (client) => client.ask(QUESTION, { stream: false }),
    (client) => client.chat.createAndPoll(SAY),
  ]);
  const shape = ({ path, query, body }: Asked) => ({ path, query, body });
  assertEquals(mine.map(shape), other.map(shape));
  // Coze's page retrieve_chat says GET, as do the SDKs of Go and Java; this SDK and that of Python
  // POST without a body, and one of them was refused so (coze-js #314).
  assertEquals(mine.map(({ method }) => method), ["POST", "GET", "GET"]);
  assertEquals(other.map(({ method }) => method), ["POST", "POST", "GET"]);
});

Deno.test("getToken() is accepted by the official SDK as its option token", async () => {
  const asked: (string | null)[] = [];
  await using running = serve(({ headers, url }) => {
    asked.push(headers.get("authorization"));
    const token = { "access_token": API_TOKEN, "expires_in": 900 };
    return url.endsWith("/token") ? Response.json(token) : data(ANSWERS["/v1/workspaces"]);
  });
  const { getToken, baseUrl } = createTokenProvider(await appAt(running.url));
  const client = new CozeAPI({ baseURL: baseUrl, token: getToken });
  await client.workspaces.list();
  await client.workspaces.list();
  assertEquals(asked.slice(1), Array(2).fill(`Bearer ${API_TOKEN}`));
});
