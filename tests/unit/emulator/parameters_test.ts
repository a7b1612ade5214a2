import { assertEquals, assertStringIncludes } from "@std/assert";
import { setUpApi, SPACE } from "../../testing/api_client.ts";

const BOT = "7500000000000000001";
const SAY = { role: "user", content: "hi", content_type: "text" };
const NEW_BOT = { space_id: SPACE, name: "b" };
const CHAT = { bot_id: BOT, user_id: "u", additional_messages: [SAY] };

async function prepare() {
  const api = await setUpApi();
  await api.addBot();
  return api;
}

function said(...messages: unknown[]) {
  return { ...CHAT, additional_messages: messages };
}

function parts(...list: unknown[]) {
  return said({ ...SAY, content_type: "object_string", content: JSON.stringify(list) });
}

const FIRST = "additional_messages[0]";
const IMAGE = { type: "image", file_id: "1" };
const TEXT = { type: "text", text: "a" };

/** Bodies that are not as documented, with the reason in the journal. */
const BODIES: Record<string, [reason: string, body: unknown][]> = {
  "/v1/bot/create": [
    ["name is missing", { space_id: SPACE }],
    ["space_id is missing", { name: "b" }],
    ["space_id is no text", `{"space_id":${SPACE},"name":"b"}`],
    ["name has 0 characters", { ...NEW_BOT, name: "" }],
    ["name has 21 characters", { ...NEW_BOT, name: "名".repeat(21) }],
    ["prompt_info is no object", { ...NEW_BOT, prompt_info: "x" }],
    ["prompt_info.prompt has 20001 characters", {
      ...NEW_BOT,
      prompt_info: { prompt: "提".repeat(20_001) },
    }],
    ["description has 501 characters", { ...NEW_BOT, description: "x".repeat(501) }],
  ],
  "/v1/bot/update": [
    ["bot_id is missing", { name: "b" }],
    ["name has 0 characters", { bot_id: BOT, name: "" }],
  ],
  "/v1/bot/publish": [
    ["connector_ids is missing", { bot_id: BOT }],
    ["connector_ids has 0 items", { bot_id: BOT, connector_ids: [] }],
    ["connector_ids[0] is no text", { bot_id: BOT, connector_ids: [1024] }],
    ["connector_ids is no list", { bot_id: BOT, connector_ids: "1024" }],
  ],
  "/v3/chat": [
    ["bot_id is missing", { ...CHAT, bot_id: undefined }],
    ["user_id has 0 characters", { ...CHAT, user_id: "" }],
    ["query is not known here", { ...CHAT, query: "hi" }],
    ["there is no message", { bot_id: BOT, user_id: "u" }],
    ["there is no message", said()],
    ["additional_messages is no list", { ...CHAT, additional_messages: "hi" }],
    ["additional_messages[1] is missing", said(SAY, null)],
    [`${FIRST}.role is none of user, assistant`, said({ ...SAY, role: "system" })],
    [
      `${FIRST}.content_type is none of text, object_string`,
      said({ ...SAY, content_type: "markdown" }),
    ],
    [`${FIRST}.content is no text`, said({ ...SAY, content: { text: "hi" } })],
    [
      `${FIRST}.content is no list of parts as JSON`,
      said({ ...SAY, content_type: "object_string" }),
    ],
    [`${FIRST}.content is no list of parts as JSON`, parts({ type: "video" })],
    [`${FIRST}.content is not one text at most, with files`, parts(TEXT)],
    [`${FIRST}.content is not one text at most, with files`, parts(TEXT, TEXT, IMAGE)],
    ["stream is neither true nor false", { ...CHAT, stream: "true" }],
    [
      "publish_status is none of published_online, unpublished_draft",
      { ...CHAT, publish_status: "draft" },
    ],
  ],
  "/v3/chat/cancel": [
    ["chat_id is missing", { conversation_id: "7" }],
    ["conversation_id is missing", { chat_id: "7" }],
  ],
};

Deno.test("createEmulator() answers 4000 to a body that is not as documented", async () => {
  const { call } = await prepare();
  for (const [path, rows] of Object.entries(BODIES)) {
    const broken = ["{", "[]", "null", '"x"', "1"].map((body) =>
      ["the body is no JSON object", body] as [string, string]
    );
    for (const [reason, body] of [...rows, ...broken]) {
      const { status, json, entry } = await call("POST", path, body);
      const what = `${path}: ${reason}`;
      assertEquals([status, json.code, json.msg], [200, 4000, "Request parameter error"], what);
      assertEquals([entry?.errorCode, entry?.reason], ["4000", reason], what);
    }
  }
});

Deno.test("createEmulator() answers 4000 to a query that is not as documented", async () => {
  const { call } = await prepare();
  const table: [path: string, reason: string][] = [
    ["/v1/workspaces?page_num=0", "page_num is not from 1 to 9007199254740991"],
    ["/v1/workspaces?page_size=51", "page_size is not from 1 to 50"],
    ["/v1/workspaces?page_size=x", "page_size is not from 1 to 50"],
    ["/v1/bots", "workspace_id is missing"],
    [`/v1/bots?workspace_id=${SPACE}&publish_status=x`, "publish_status is none of all"],
    [`/v1/bots/${BOT}?is_published=yes`, "is_published is none of true, false"],
    ["/v3/chat/retrieve?chat_id=7", "conversation_id is missing"],
    ["/v3/chat/message/list?conversation_id=7", "chat_id is missing"],
    ["/v1/conversation/retrieve?conversation_id=", "conversation_id has 0 characters"],
  ];
  for (const [path, reason] of table) {
    const { json, entry } = await call("GET", path);
    assertEquals(json.code, 4000, path);
    assertStringIncludes(entry?.reason ?? "", reason);
  }
});

Deno.test("createEmulator() accepts what is just within the documented limits", async () => {
  const { call, clock } = await prepare();
  const rows: [path: string, body: unknown][] = [
    ["/v1/bot/create", { space_id: SPACE, name: "名".repeat(20) }],
    ["/v1/bot/create", { space_id: SPACE, name: "😀".repeat(20), description: null }],
    ["/v1/bot/create", { ...NEW_BOT, prompt_info: { prompt: "提".repeat(20_000) }, more: 1 }],
    ["/v3/chat", said(...Array(100).fill(SAY))],
    ["/v3/chat", said({ role: "user", content: "hi" })],
    ["/v3/chat", said({ ...SAY, role: "assistant", type: "answer" })],
    ["/v3/chat", parts(TEXT, IMAGE)],
    ["/v3/chat", { ...CHAT, custom_variables: { b: "2" }, parameters: {} }],
    ["/v1/conversation/create", {}],
    ["/v1/conversation/create", ""],
  ];
  for (const [path, body] of rows) {
    clock.ms += 1000;
    const { json } = await call("POST", path, body);
    assertEquals(json.code, 0, JSON.stringify(body).slice(0, 80));
  }
});

Deno.test("createEmulator() answers 4000 to a body that does not say it is JSON", async () => {
  const { emulator, createRequest } = await prepare();
  const request = createRequest("POST", "/v3/chat", CHAT);
  request.headers.set("content-type", "text/plain;charset=UTF-8");
  assertEquals((await (await emulator(request)).json()).code, 4000);
});

Deno.test("createEmulator() answers 4004 to more than 100 messages", async () => {
  const { call } = await prepare();
  assertEquals((await call("POST", "/v3/chat", said(...Array(101).fill(SAY)))).json.code, 4004);
});

Deno.test("createEmulator() marks words of the API that are its own", async () => {
  const { call } = await prepare();
  const { json } = await call("GET", "/v1/conversation/retrieve?conversation_id=7");
  assertEquals([json.code, json.msg], [4002, "invalid conversation (emulator: conversation)"]);
});
