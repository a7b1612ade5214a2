// Who may call which endpoint of the API with what: one table of endpoints for all of it.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setUpApi, SPACE } from "../../testing/api_client.ts";
import { bots, scoped, TOKEN_URL } from "../../testing/emulator_client.ts";

const BOT = "7500000000000000001";
const [CONVERSATION, CHAT] = ["7500000000000000002", "7500000000000000004"];
const NAMES = { conversation_id: CONVERSATION, chat_id: CHAT };
const QUERY = String(new URLSearchParams(NAMES));
const SAY = { role: "user", content: "hi", content_type: "text" };
const ASK = { bot_id: BOT, user_id: "u", additional_messages: [SAY] };
const NEW_BOT = { space_id: SPACE, name: "b" };
const IN = `conversation_id=${CONVERSATION}`;
const prompted = (prompt: string) => ({ ...NEW_BOT, prompt_info: { prompt } });

const said = (...additional_messages: unknown[]) => ({ ...ASK, additional_messages });
/** A message of several parts, a text and files. */
function parts(all: unknown) {
  const content = typeof all === "string" ? all : JSON.stringify(all);
  return { role: "user", content, content_type: "object_string" };
}
const TEXT = { type: "text", text: "hi" };
const IMAGE = { type: "image", file_id: "7" };
const NO_JSON = "the body is no JSON object";
const FIRST = "additional_messages[0]";

/** Every endpoint: the permissions it needs by Coze's page, what a refusal is about, a good body. */
// deno-fmt-ignore
const TABLE: Record<string, [needs: [string, ...string[]], about?: string, body?: object]> = {
  "GET /v1/workspaces": [["listWorkspace"]],
  "POST /v1/bot/create": [["createBot"], `space_id=${SPACE}`, NEW_BOT],
  "POST /v1/bot/update": [["edit"], `bot_id=${BOT}`, { bot_id: BOT, name: "c" }],
  "POST /v1/bot/publish": [["publish"], `bot_id=${BOT}`, { bot_id: BOT, connector_ids: ["1024"] }],
  [`GET /v1/bots?workspace_id=${SPACE}`]: [["listBot"], `workspace_id=${SPACE}`],
  [`GET /v1/bots/${BOT}`]: [["getMetadata"], `bot_id=${BOT}`],
  "POST /v3/chat": [["chat"], `bot_id=${BOT}`, ASK],
  [`GET /v3/chat/retrieve?${QUERY}`]: [["getChat"], IN],
  // As the official SDKs for JavaScript and Python do.
  [`POST /v3/chat/retrieve?${QUERY}`]: [["getChat"], IN],
  [`GET /v3/chat/message/list?${QUERY}`]: [["chat", "listMessage"], IN],
  "POST /v3/chat/cancel": [["cancelChat"], IN, NAMES],
  "POST /v1/conversation/create": [["createConversation"], undefined, {}],
  [`GET /v1/conversation/retrieve?${IN}`]: [["retrieveConversation"], IN],
};

/** Queries and bodies that are not as documented, each with the reason in the journal. */
// deno-fmt-ignore
const BAD: Record<string, [reason: string, sent: unknown][]> = {
  "/v1/workspaces": [
    ["page_num is no integer from 1 to 9007199254740991", "page_num=0"],
    ["page_size is no integer from 1 to 50", "page_size=51"],
  ],
  "/v1/bot/create": [
    ["name is missing", { space_id: SPACE }],
    ["space_id is missing", { name: "b", space_id: null }],
    ["space_id is no text", `{"space_id":${SPACE},"name":"b"}`],
    ["name has 0 characters", { ...NEW_BOT, name: "" }],
    ["name has 21 characters", { ...NEW_BOT, name: "名".repeat(21) }],
    ["prompt_info is no object", { ...NEW_BOT, prompt_info: "x" }],
    ["prompt_info.prompt has 20001 characters", prompted("提".repeat(20_001))],
    ["onboarding_info.prologue has 301 characters",
      { ...NEW_BOT, onboarding_info: { prologue: "x".repeat(301) } }],
    ["onboarding_info.suggested_questions[0] has 51 characters",
      { ...NEW_BOT, onboarding_info: { suggested_questions: ["x".repeat(51)] } }],
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
  "/v1/bots": [
    ["publish_status is none of all, published_online, published_draft, unpublished_draft",
      "publish_status=x"],
    ["page_size is no integer from 1 to 50", "page_size=x"],
    ["workspace_id is missing", "workspace_id="],
  ],
  [`/v1/bots/${BOT}`]: [["is_published is none of true, false", "is_published=yes"]],
  "/v3/chat": [
    ["bot_id is missing", { ...ASK, bot_id: undefined }],
    ["user_id has 0 characters", { ...ASK, user_id: "" }],
    ["there is no message of a user", { bot_id: BOT, user_id: "u", query: "hi" }],
    ["additional_messages is no list", { ...ASK, additional_messages: "hi" }],
    ["additional_messages[1] is missing", said(SAY, null)],
    [`${FIRST}.role is none of user, assistant`, said({ ...SAY, role: "system" })],
    [`${FIRST}.content_type is none of text, object_string`, said({ ...SAY, content_type: "x" })],
    [`${FIRST}.content is no text`, said({ ...SAY, content: { text: "hi" } })],
    ["stream is none of true, false", { ...ASK, stream: "true" }],
    ["meta_data is no object", { ...ASK, meta_data: [] }],
    ["a draft has no bot_version",
      { ...ASK, publish_status: "unpublished_draft", bot_version: "1" }],
    ["object_string: parts is missing", said(parts("not JSON"))],
    ["object_string: parts is no list", said(parts("{}"))],
    ["object_string: parts[0].type is none of text, image, file, audio",
      said(parts([{ type: "x" }]))],
    ...[[], [TEXT], [TEXT, TEXT, IMAGE]].map((all): [string, unknown] =>
      ["object_string: one text at most, and a file or image", said(parts(all))]),
    ["publish_status is none of published_online, unpublished_draft",
      { ...ASK, publish_status: "draft" }],
  ],
  "/v3/chat/retrieve": [["chat_id is missing", "chat_id="]],
  "/v3/chat/message/list": [["conversation_id is missing", "conversation_id="]],
  "/v1/conversation/create": [
    ["name has 101 characters", { name: "x".repeat(101) }],
    ["messages[0].role is missing", { messages: [{ content: "hi" }] }],
  ],
  "/v3/chat/cancel": [
    ["chat_id is missing", { conversation_id: "7" }],
    ["conversation_id is missing", { chat_id: "7" }],
  ],
};

/** `count` pairs of meta_data, with names and values of these lengths. */
function pairs(count: number, name: number, value: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, i) => String(i).padStart(name, "k"));
  return Object.fromEntries(names.map((key) => [key, "v".repeat(value)]));
}

const ROWS = Object.entries(TABLE).map(([name, [needs, about = "", body]]) => {
  const [method = "", path = ""] = name.split(" ");
  return { name, method, path, needs, about, body };
});

/** An emulator with a bot, and a chat that runs, made by an app that may all. */
async function prepare(options: Parameters<typeof setUpApi>[1] = {}) {
  const api = await setUpApi({}, { answerMs: 1000, ...options });
  assertEquals(await api.addBot(), BOT);
  const { data } = await api.ask(BOT, "hi");
  assertEquals([data.conversation_id, data.id], [CONVERSATION, CHAT]);
  return api;
}

function sentence(about: string): string {
  return `Your token does not have permission to access ${about}. Please verify whether the ` +
    "resource ID or token is correct, and ensure that the necessary permissions are enabled at " +
    "https://coze.cn/open/oauth/pats.";
}

for (const { name, method, path, needs, about, body } of ROWS) {
  Deno.test(`createEmulator() answers ${name} to a token with ${needs} only`, async () => {
    const { call, emulator, clock, token } = await prepare();
    const [app] = emulator.apps;
    for (const bearer of ["", `${token}x`, token.slice(1), "pat_abc", token.toUpperCase()]) {
      const { status, json: { code, msg, data }, entry } = await call(method, path, body, bearer);
      assertEquals([status, code, msg], [401, 4100, "authentication is invalid"]);
      assertEquals([data, entry?.reason], [undefined, "authentication invalid"]);
    }
    const all = ROWS.flatMap((row) => row.needs);
    for (const missing of needs) {
      app!.permissions = all.filter((each) => each !== missing);
      const { status, json, entry } = await call(method, path, body);
      const words = sentence(about ? `${about} ${missing}` : missing);
      assertEquals([status, json.code, json.msg, json.data], [200, 4101, words, undefined]);
      assertEquals([entry?.errorCode, entry?.reason], ["4101", `${missing} is missing`]);
    }
    app!.permissions = needs;
    const broken = ["{", "[]", "null", '"x"', "1"].map((text) => [NO_JSON, text] as const);
    for (const [reason, sent] of [...BAD[path.split("?")[0]!] ?? [], ...body ? broken : []]) {
      const query = `${path.includes("?") ? "&" : "?"}${sent}`;
      const { status, json, entry } = body
        ? await call(method, path, sent)
        : await call(method, path + query);
      const refusal = [200, 4000, "Request parameter error", "4000", reason];
      assertEquals([status, json.code, json.msg, entry?.errorCode, entry?.reason], refusal);
    }
    const { json } = await call(method, path, body);
    assertEquals([json.code, json.msg], [0, ""]);
    clock.ms += 86_399_000;
    assertEquals((await call(method, path, body)).json.code, 4100, "the token has expired");
  });
}

Deno.test("createEmulator() accepts what is just within the documented limits", async () => {
  const { call } = await prepare();
  const rows: [path: string, body: unknown][] = [
    ["/v1/bot/create", { ...NEW_BOT, name: "😀".repeat(20), description: null }],
    ["/v1/bot/create", { ...prompted("提".repeat(20_000)), more: 1 }],
    ["/v3/chat", said(...Array(100).fill(SAY))],
    [
      "/v3/chat",
      said({ role: "user", content: "hi" }, { ...SAY, role: "assistant", type: "answer" }),
    ],
    ["/v3/chat", { ...ASK, custom_variables: { b: "2" }, parameters: {} }],
    // The Python SDK sends it empty for a new conversation.
    ["/v3/chat?conversation_id=", ASK],
    ["/v3/chat", said(parts([TEXT, IMAGE]))],
    ["/v3/chat", { ...ASK, meta_data: pairs(16, 64, 512) }],
    ["/v3/chat", { ...ASK, auto_save_history: true, bot_version: "1" }],
    ["/v1/conversation/create", ""],
  ];
  for (const [path, body] of rows) {
    const { json } = await call("POST", path, body);
    assertEquals(json.code, 0, JSON.stringify(body).slice(0, 80));
  }
  const over = [pairs(17, 2, 1), pairs(1, 65, 1), pairs(1, 1, 513), { "": "x" }, { a: 1 }];
  const refused: [code: number, meaning: string, body: object][] = [
    [4004, "additional_messages over limit", said(...Array(101).fill(SAY))],
    ...over.map((
      meta_data,
    ): [number, string, object] => [4003, "meta_data over limit", { ...ASK, meta_data }]),
    [4007, "stream=false needs auto_save_history=true", { ...ASK, auto_save_history: false }],
  ];
  for (const [code, meaning, body] of refused) {
    const { json } = await call("POST", "/v3/chat", body);
    assertEquals([json.code, json.msg], [code, `${meaning} (emulator)`]);
  }
});

Deno.test("createEmulator() answers 4000 to a body that does not say it is JSON", async () => {
  const { emulator, createRequest } = await prepare();
  const request = createRequest("POST", "/v3/chat", ASK);
  request.headers.set("content-type", "text/plain;charset=UTF-8");
  assertEquals((await (await emulator(request)).json()).code, 4000);
});

Deno.test("createEmulator() narrows a token by its scope: Connector.botChat is chat", async () => {
  const { call, send, createRequest, emulator, addBot } = await prepare();
  const other = await addBot();
  const names = ["Connector.botChat"];
  const { access_token: token } = (await send(scoped(names, bots([BOT])))).json;
  for (const { name, method, path, needs, body } of ROWS) {
    const { json } = await call(method, path, body, token);
    assertEquals(json.code, needs.every((each) => each === "chat") ? 0 : 4101, name);
  }
  const request = createRequest("POST", "/v3/chat", { ...ASK, bot_id: other }, token);
  assertEquals((await (await emulator(request)).json()).msg, sentence(`bot_id=${other} chat`));
});

Deno.test("createEmulator() answers 4101 for workspaces that the app may not use", async () => {
  const workspaces = [{ id: SPACE, name: "a" }, { id: "7400000000000000002", name: "b" }];
  const { emulator, call } = await prepare({ workspaces });
  emulator.apps[0]!.workspaces = ["7400000000000000002"];
  for (const { name, method, path, needs, about = "", body } of ROWS) {
    if (!/^(?:space|workspace|bot)_id=/.test(about)) continue;
    const { json } = await call(method, path, body);
    assertEquals([json.code, json.msg], [4101, sentence(`${about} ${needs[0]}`)], name);
  }
  const { data } = await call("GET", "/v1/workspaces");
  assertEquals(data.workspaces.map(({ name }: { name: string }) => name), ["b"]);
});

Deno.test("createEmulator() knows its endpoints with their methods and nothing else", async () => {
  const { emulator, createRequest } = await prepare();
  const ask = async (method: string, path: string) => {
    const response = await emulator(createRequest(method, path));
    const keys = Object.keys(await response.json());
    return [response.status, response.headers.get("allow"), keys];
  };
  const token = new URL(TOKEN_URL).pathname;
  const others = [`${token}/`, "/api/permission/oauth2", "/", "/v1", "/v1/bots/", "/v3/chats"];
  for (const path of [...others, "/v1/bots/7/versions", "/v1/users/me"]) {
    assertEquals(await ask("POST", path), [404, null, ["emulator"]], path);
  }
  const known = { [token]: "POST", "/v3/chat": "POST", "/v1/bots": "GET" };
  for (const [path, allow] of Object.entries(known)) {
    for (const method of ["PUT", "DELETE", "OPTIONS", allow === "GET" ? "POST" : "GET"]) {
      assertEquals(await ask(method, path), [405, allow, ["emulator"]], `${method} ${path}`);
    }
  }
});

Deno.test("createEmulator() answers 4200 for bots and workspaces that do not exist", async () => {
  const { call } = await prepare();
  const unknown = "7599999999999999999";
  for (const { name, method, path, about = "", body } of ROWS) {
    const [resource = "", id = ""] = about.split("=");
    if (!/^(?:space|workspace|bot)_id$/.test(resource)) continue;
    const text = JSON.stringify(body)?.replaceAll(id, unknown);
    const { json } = await call(method, path.replace(id, unknown), text);
    const words = `Requested resource ${resource}=${unknown} does not exist`;
    assertEquals([json.code, json.msg], [4200, words], name);
  }
  const { json } = await call("POST", "/v1/conversation/create", { bot_id: unknown });
  assert(json.code === 4200);
  assertStringIncludes(json.msg, `bot_id=${unknown}`);
});
