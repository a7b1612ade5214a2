// The official SDK and this library ask the API the same thing in the same way: method, path and
// body are compared as they come in. Where they differ on purpose the test says why.

import { CozeAPI, RoleType } from "../testing/coze_api.ts";
import { assert, assertEquals } from "@std/assert";
import { createCozeClient } from "../../lib/api/mod.ts";
import { ANSWER, CHAT, data, events, QUESTION, REFERENCE } from "../testing/scripted.ts";
import { serve } from "../testing/servers.ts";

const WORKSPACE = "7348293334293334012";
const TOKEN = "czs_0123456789abcdefTESTTOKEN";
const BOT = "7428668000000000001";

/** A request as it came in. */
interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
  headers: Headers;
}

/** A server that keeps what it was asked and answers each path with a success. */
function createRecorder() {
  const asked: Asked[] = [];
  const completed = { ...CHAT, status: "completed" };
  const handle = async (request: Request): Promise<Response> => {
    const { pathname: path, searchParams } = new URL(request.url);
    const text = await request.text();
    const body = text === "" ? undefined : JSON.parse(text);
    asked.push({
      method: request.method,
      path,
      query: Object.fromEntries(searchParams),
      body,
      headers: new Headers(request.headers),
    });
    if (path === "/v3/chat" && body.stream) return events(["done", "[DONE]"]);
    const answers: Record<string, unknown> = {
      "/v1/workspaces": { workspaces: [], "total_count": 0 },
      "/v1/bots": { items: [], total: 0 },
      "/v1/bot/create": { "bot_id": BOT },
      "/v1/bot/publish": { "bot_id": BOT, version: "1" },
      "/v3/chat": CHAT,
      "/v3/chat/retrieve": completed,
      "/v3/chat/message/list": [ANSWER],
      "/v3/chat/cancel": { ...CHAT, status: "canceled" },
    };
    return data(answers[path]);
  };
  return { handle, asked };
}

type Ours = ReturnType<typeof createCozeClient>;

/** What both were asked to do, in requests. */
async function askBoth(
  ours: (client: Ours) => Promise<unknown>,
  theirs: (client: CozeAPI) => Promise<unknown>,
): Promise<[ours: Asked[], theirs: Asked[]]> {
  const { handle, asked } = createRecorder();
  await using running = serve(handle);
  const sleep = () => Promise.resolve();
  await ours(createCozeClient({ token: TOKEN, baseUrl: running.url, sleep }));
  const first = asked.splice(0);
  await theirs(new CozeAPI({ baseURL: running.url, token: TOKEN }));
  return [first, asked];
}

const USER = RoleType.User;
const MESSAGE = { role: USER, content: "今天星期几？", content_type: "text" } as const;
const THEIR_QUESTION = {
  bot_id: QUESTION.botId,
  user_id: QUESTION.userId,
  additional_messages: [MESSAGE],
};

const SAME: Record<
  string,
  [(client: Ours) => Promise<unknown>, (client: CozeAPI) => Promise<unknown>]
> = {
  "workspaces()": [
    (client) => Array.fromAsync(client.workspaces()),
    (client) => client.workspaces.list({ page_num: 1, page_size: 50 }),
  ],
  "bots()": [
    (client) => Array.fromAsync(client.bots(WORKSPACE)),
    (client) =>
      client.bots.listNew({
        workspace_id: WORKSPACE,
        publish_status: "all",
        page_num: 1,
        page_size: 20,
      }),
  ],
  "createBot()": [
    (client) =>
      client.createBot({
        workspaceId: WORKSPACE,
        name: "node-chat2",
        prompt: "p",
        description: "d",
      }),
    (client) =>
      client.bots.create({
        space_id: WORKSPACE,
        name: "node-chat2",
        description: "d",
        prompt_info: { prompt: "p" },
      }),
  ],
  "publishBot()": [
    (client) => client.publishBot(BOT),
    (client) => client.bots.publish({ bot_id: BOT, connector_ids: ["1024"] }),
  ],
  "chat()": [
    (client) => Array.fromAsync(client.chat(QUESTION)),
    (client) => Array.fromAsync(client.chat.stream(THEIR_QUESTION)),
  ],
  "chat() in a conversation": [
    (client) => Array.fromAsync(client.chat({ ...QUESTION, conversationId: CHAT.conversation_id })),
    (client) =>
      Array.fromAsync(
        client.chat.stream({ ...THEIR_QUESTION, conversation_id: CHAT.conversation_id }),
      ),
  ],
  "cancelChat()": [
    (client) => client.cancelChat(REFERENCE),
    (client) => client.chat.cancel(REFERENCE.conversationId, REFERENCE.chatId),
  ],
};

for (const [what, [ours, theirs]] of Object.entries(SAME)) {
  Deno.test(`${what} asks what the official SDK asks`, async () => {
    const [mine, other] = await askBoth(ours, theirs);
    const shape = ({ method, path, query, body }: Asked) => ({ method, path, query, body });
    assert(mine.length > 0);
    assertEquals(mine.map(shape), other.map(shape));
    for (const { headers } of [...mine, ...other]) {
      assertEquals(headers.get("authorization"), `Bearer ${TOKEN}`);
      // This library does not pose as the SDK.
      assertEquals(/coze-js/.test(headers.get("user-agent") ?? ""), other[0]!.headers === headers);
    }
  });
}

Deno.test("ask() polls as the official SDK does, but by GET and at most once a second", async () => {
  const [mine, other] = await askBoth(
    (client) => client.ask(QUESTION, { stream: false }),
    (client) => client.chat.createAndPoll(THEIR_QUESTION),
  );
  const shape = ({ path, query, body }: Asked) => ({ path, query, body });
  assertEquals(mine.map(shape), other.map(shape));
  assertEquals(mine.map(({ path }) => path), [
    "/v3/chat",
    "/v3/chat/retrieve",
    "/v3/chat/message/list",
  ]);
  // Coze's page retrieve_chat says GET, as do the SDKs of Go and Java; this SDK and that of Python
  // POST without a body, and one of them was refused so (coze-js #314).
  assertEquals(mine[1]!.method, "GET");
  assertEquals(other[1]!.method, "POST");
  assertEquals([mine[0]!.method, mine[2]!.method], [other[0]!.method, other[2]!.method]);
});
