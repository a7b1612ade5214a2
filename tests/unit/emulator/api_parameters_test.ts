import { assertEquals, assertStringIncludes } from "@std/assert";
import { setUpApi, SPACE } from "../../testing/api_client.ts";

const BOT = "7500000000000000001";
const CONVERSATION = "7500000000000000002";
const SAY = { role: "user", content: "hi", content_type: "text" };

async function prepare() {
  const api = await setUpApi();
  await api.addBot();
  await api.call("POST", "/v1/conversation/create", {});
  return api;
}

const NEW_BOT = { space_id: SPACE, name: "b" };
const CHAT = { bot_id: BOT, user_id: "u", additional_messages: [SAY] };
const said = (...messages: unknown[]) => ({ ...CHAT, additional_messages: messages });
const parts = (...list: unknown[]) =>
  said({ ...SAY, content_type: "object_string", content: JSON.stringify(list) });
const image = { type: "image", file_id: "1" };

type Bad = Record<string, [reason: string, body: unknown]>;
const BODIES: Record<string, Bad> = {
  "/v1/bot/create": {
    "no name": ["name is missing", { space_id: SPACE }],
    "no space": ["space_id is missing", { name: "b" }],
    "a space that is a number": ["space_id is no text", `{"space_id":${SPACE},"name":"b"}`],
    "an empty name": ["name has 0 characters", { ...NEW_BOT, name: "" }],
    "a long name": ["name has 21 characters", { ...NEW_BOT, name: "名".repeat(21) }],
    "a name that is null": ["name is missing", { ...NEW_BOT, name: null }],
    "a prompt that is a text": ["prompt_info is no object", { ...NEW_BOT, prompt_info: "x" }],
    "a long prompt": ["prompt_info.prompt has 20001 characters", {
      ...NEW_BOT,
      prompt_info: { prompt: "提".repeat(20_001) },
    }],
    "a long description": ["description has 501 characters", {
      ...NEW_BOT,
      description: "x".repeat(501),
    }],
    "a list as onboarding": ["onboarding_info is no object", { ...NEW_BOT, onboarding_info: [] }],
    "a long question": ["onboarding_info.suggested_questions[1] has 51 characters", {
      ...NEW_BOT,
      onboarding_info: { suggested_questions: ["x", "y".repeat(51)] },
    }],
    "a model without id": ["model_info_config.model_id is missing", {
      ...NEW_BOT,
      model_info_config: { top_k: 1 },
    }],
  },
  "/v1/bot/update": {
    "no bot": ["bot_id is missing", { name: "b" }],
    "an empty name": ["name has 0 characters", { bot_id: BOT, name: "" }],
  },
  "/v1/bot/publish": {
    "no connectors": ["connector_ids is missing", { bot_id: BOT }],
    "an empty list": ["connector_ids has 0 items", { bot_id: BOT, connector_ids: [] }],
    "a number in the list": ["connector_ids[0] is no text", { bot_id: BOT, connector_ids: [1024] }],
    "a text for the list": ["connector_ids is no list", { bot_id: BOT, connector_ids: "1024" }],
  },
  "/v3/chat": {
    "no bot": ["bot_id is missing", { ...CHAT, bot_id: undefined }],
    "no user": ["user_id is missing", { ...CHAT, user_id: undefined }],
    "an empty user": ["user_id has 0 characters", { ...CHAT, user_id: "" }],
    "a bot that is a number": ["bot_id is no text", { ...CHAT, bot_id: 7 }],
    "query in the place of messages": ["query is not known here", {
      bot_id: BOT,
      user_id: "u",
      query: "hi",
    }],
    "query beside messages": ["query is not known here", { ...CHAT, query: "hi" }],
    "no messages": ["there is no message", { bot_id: BOT, user_id: "u" }],
    "an empty list": ["there is no message", said()],
    "a text for the list": ["additional_messages is no list", {
      ...CHAT,
      additional_messages: "hi",
    }],
    "a message that is null": ["additional_messages[1] is missing", said(SAY, null)],
    "an unknown role": [
      "additional_messages[0].role is none of user, assistant",
      said({ ...SAY, role: "system" }),
    ],
    "an unknown content type": [
      "additional_messages[0].content_type is none of text, object_string",
      said({ ...SAY, content_type: "markdown" }),
    ],
    "content that is an object": [
      "additional_messages[0].content is no text",
      said({ ...SAY, content: { text: "hi" } }),
    ],
    "an object_string that is no JSON": [
      "additional_messages[0].content is no list of parts as JSON",
      said({ ...SAY, content_type: "object_string" }),
    ],
    "an object_string that is null": [
      "additional_messages[0].content is no list of parts as JSON",
      said({ ...SAY, content_type: "object_string", content: "null" }),
    ],
    "an object_string with an unknown part": [
      "additional_messages[0].content is no list of parts as JSON",
      parts({ type: "video" }),
    ],
    "an object_string without file": [
      "additional_messages[0].content is not one text at most, with files",
      parts({ type: "text", text: "hi" }),
    ],
    "an object_string of two texts": [
      "additional_messages[0].content is not one text at most, with files",
      parts({ type: "text", text: "a" }, { type: "text", text: "b" }, image),
    ],
    "stream as a text": ["stream is neither true nor false", { ...CHAT, stream: "true" }],
    "meta data with a number": ["meta_data holds what is no text", {
      ...CHAT,
      meta_data: { a: 1 },
    }],
    "an unknown publish status": [
      "publish_status is none of published_online, unpublished_draft",
      { ...CHAT, publish_status: "draft" },
    ],
    "bot_version with the draft": ["bot_version goes with no draft", {
      ...CHAT,
      publish_status: "unpublished_draft",
      bot_version: "1",
    }],
    "an unknown bot_version": ["there is no such bot_version", { ...CHAT, bot_version: "1" }],
  },
  "/v3/chat/cancel": {
    "no chat": ["chat_id is missing", { conversation_id: CONVERSATION }],
    "no conversation": ["conversation_id is missing", { chat_id: "7" }],
  },
  "/v1/conversation/create": {
    "a long name": ["name has 101 characters", { name: "x".repeat(101) }],
    "meta data that is a list": ["meta_data is no object", { meta_data: [] }],
    "a message without content": ["messages[0].content is missing", {
      messages: [{ role: "user" }],
    }],
  },
};

for (const [path, table] of Object.entries(BODIES)) {
  Deno.test(`createEmulator() answers 4000 at ${path} to a body that is not as documented`, async () => {
    const { call } = await prepare();
    const broken = Object.fromEntries(
      ["{", "[]", "null", '"x"', "1"].map((body) => [body, ["the body is no JSON object", body]]),
    ) as Bad;
    for (const [what, [reason, body]] of Object.entries({ ...table, ...broken })) {
      const { status, json, entry } = await call("POST", path, body);
      assertEquals([status, json.code, json.msg], [200, 4000, "Request parameter error"], what);
      assertEquals([entry?.errorCode, entry?.reason], ["4000", reason], what);
    }
  });
}

Deno.test("createEmulator() answers 4000 to a query that is not as documented", async () => {
  const { call } = await prepare();
  const table: [string, string][] = [
    ["/v1/workspaces?page_num=0", "page_num is not from 1 to 9007199254740991"],
    ["/v1/workspaces?page_size=51", "page_size is not from 1 to 50"],
    ["/v1/workspaces?page_size=x", "page_size is not from 1 to 50"],
    ["/v1/bots", "workspace_id is missing"],
    [`/v1/bots?workspace_id=${SPACE}&publish_status=x`, "publish_status is none of all"],
    [`/v1/bots/${BOT}?is_published=yes`, "is_published is none of true, false"],
    ["/v3/chat/retrieve?chat_id=7", "conversation_id is missing"],
    ["/v3/chat/message/list?conversation_id=7", "chat_id is missing"],
    ["/v1/conversation/retrieve", "conversation_id is missing"],
    ["/v1/conversation/retrieve?conversation_id=", "conversation_id has 0 characters"],
  ];
  for (const [path, reason] of table) {
    const { json, entry } = await call("GET", path);
    assertEquals(json.code, 4000, path);
    assertStringIncludes(entry?.reason ?? "", reason);
  }
});

Deno.test("createEmulator() takes what is just within the documented limits", async () => {
  const { call, clock } = await prepare();
  const good: [string, unknown][] = [
    ["/v1/bot/create", { space_id: SPACE, name: "名".repeat(20) }],
    ["/v1/bot/create", { space_id: SPACE, name: "😀".repeat(20), description: null }],
    ["/v1/bot/create", { ...NEW_BOT, prompt_info: { prompt: "提".repeat(20_000) }, more: 1 }],
    ["/v3/chat", said(...Array(100).fill(SAY))],
    ["/v3/chat", said({ role: "user", content: "hi" })],
    ["/v3/chat", said({ role: "assistant", content: "hi", type: "answer", content_type: "text" })],
    ["/v3/chat", parts({ type: "text", text: "hi" }, image)],
    ["/v3/chat", { ...CHAT, meta_data: { a: "1" }, custom_variables: { b: "2" }, parameters: {} }],
    ["/v1/conversation/create", {}],
    ["/v1/conversation/create", ""],
  ];
  for (const [path, body] of good) {
    clock.ms += 1000;
    const { json } = await call("POST", path, body);
    assertEquals(json.code, 0, JSON.stringify(body).slice(0, 80));
  }
});

Deno.test("createEmulator() wants the content type of a body", async () => {
  const { emulator, createRequest } = await prepare();
  for (const type of ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded"]) {
    const request = createRequest("POST", "/v3/chat", CHAT);
    request.headers.set("content-type", type);
    assertEquals((await (await emulator(request)).json()).code, 4000);
  }
});

Deno.test("createEmulator() answers 4004 to more than 100 messages", async () => {
  const { call } = await prepare();
  const code = async (count: number) =>
    (await call("POST", "/v3/chat", said(...Array(count).fill(SAY)))).json.code;
  assertEquals([await code(100), await code(101)], [0, 4004]);
});

Deno.test("createEmulator() answers 4003 to meta data over the limits", async () => {
  const { call } = await prepare();
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [i, "x"]));
  const code = async (meta_data: object) =>
    (await call("POST", "/v1/conversation/create", { meta_data })).json.code;
  assertEquals(await code({ ...many(15), ["k".repeat(64)]: "v".repeat(512) }), 0);
  for (const bad of [many(17), { ["k".repeat(65)]: "v" }, { k: "v".repeat(513) }, { k: "" }]) {
    assertEquals(await code(bad), 4003);
    assertEquals((await call("POST", "/v3/chat", { ...CHAT, meta_data: bad })).json.code, 4003);
  }
});

Deno.test("createEmulator() answers 413 to a body over 1 MiB at the API too", async () => {
  const { emulator, createRequest } = await prepare();
  const response = await emulator(createRequest("POST", "/v3/chat", "x".repeat(1024 * 1024 + 1)));
  assertEquals([response.status, Object.keys(await response.json())], [413, ["emulator"]]);
});

Deno.test("createEmulator() words unknown refusals as told and known ones as seen", async () => {
  const words = async (wording: "documented" | "blank" | "random") => {
    const { call } = await setUpApi({}, { wording });
    const known = await call("GET", "/v1/conversation/retrieve");
    const { json } = await call("GET", "/v1/conversation/retrieve?conversation_id=7");
    assertEquals([known.json.msg, json.code], ["Request parameter error", 4002]);
    return json.msg;
  };
  assertEquals(await words("documented"), "invalid conversation (emulator: conversation)");
  assertEquals(await words("blank"), "");
  assertEquals(/^[a-z]{3,8}( [a-z]{3,8}){4}$/.test(await words("random")), true);
});
