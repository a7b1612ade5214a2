import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { setUpApi, SPACE } from "../../testing/api_client.ts";
import { bots, scoped } from "../../testing/emulator_client.ts";

const BOT = "7500000000000000001";
const CHAT = "conversation_id=7500000000000000003&chat_id=7500000000000000005";
const SAY = { role: "user", content: "hi", content_type: "text" };

type Row = [method: string, path: string, permissions: [string, ...string[]], body?: object];
/** Every endpoint as Coze's pages tell it, with a request that succeeds after `prepare`. */
const TABLE: Row[] = [
  ["GET", "/v1/workspaces", ["listWorkspace"]],
  ["POST", "/v1/bot/create", ["createBot"], { space_id: SPACE, name: "b" }],
  ["POST", "/v1/bot/update", ["edit"], { bot_id: BOT, name: "c" }],
  ["POST", "/v1/bot/publish", ["publish"], { bot_id: BOT, connector_ids: ["1024"] }],
  ["GET", `/v1/bots?workspace_id=${SPACE}`, ["listBot"]],
  ["GET", `/v1/bots/${BOT}`, ["getMetadata"]],
  ["POST", "/v3/chat", ["chat"], { bot_id: BOT, user_id: "u", additional_messages: [SAY] }],
  ["GET", `/v3/chat/retrieve?${CHAT}`, ["getChat"]],
  ["POST", `/v3/chat/retrieve?${CHAT}`, ["getChat"]],
  ["GET", `/v3/chat/message/list?${CHAT}`, ["chat", "listMessage"]],
  [
    "POST",
    "/v3/chat/cancel",
    ["cancelChat"],
    { conversation_id: "7500000000000000003", chat_id: "7500000000000000005" },
  ],
  ["POST", "/v1/conversation/create", ["createConversation"], {}],
  [
    "GET",
    "/v1/conversation/retrieve?conversation_id=7500000000000000002",
    ["retrieveConversation"],
  ],
];
const ALL = [...new Set(TABLE.flatMap(([, , permissions]) => permissions))];

/** An emulator with a bot, a conversation and a chat that runs, made by an app that may all. */
async function prepare() {
  const api = await setUpApi({}, { answerMs: 1000 });
  assertEquals(await api.addBot(), BOT);
  await api.call("POST", "/v1/conversation/create", {});
  assertEquals((await api.ask(BOT, "hi", "7500000000000000002")).data.id, "7500000000000000004");
  return api;
}

Deno.test("createEmulator() answers 4100 to no, a strange and an old token", async () => {
  const { emulator, createRequest, call, clock, token } = await prepare();
  for (const [method, path, , body] of TABLE) {
    for (const authorization of ["", token]) {
      const request = createRequest(method, path, body);
      request.headers.set("authorization", authorization);
      const response = await emulator(request);
      assertEquals([response.status, (await response.json()).code], [401, 4100], path);
    }
    for (const bearer of [`${token}x`, token.slice(1), "pat_abc", token.toUpperCase()]) {
      const { status, json, entry } = await call(method, path, body, bearer);
      assertEquals([status, json.code, json.data], [401, 4100, undefined], path);
      assertEquals(json.msg, "authentication is invalid");
      assertEquals([entry?.errorCode, entry?.reason], ["4100", "authentication invalid"]);
    }
  }
  clock.ms += 86_398_000;
  assertEquals((await call("GET", "/v1/workspaces")).status, 200);
  clock.ms += 1000;
  for (const [method, path, , body] of TABLE) {
    const { status, json } = await call(method, path, body);
    assertEquals([status, json.code], [401, 4100], path);
  }
});

Deno.test("createEmulator() answers 4101 without each permission of an endpoint", async () => {
  const { emulator, call } = await prepare();
  const [app] = emulator.apps;
  for (const [method, path, permissions, body] of TABLE) {
    for (const missing of permissions) {
      app!.permissions = ALL.filter((each) => each !== missing);
      const { status, json, entry } = await call(method, path, body);
      assertEquals([status, json.code, json.data], [200, 4101, undefined], path);
      const sentence = new RegExp(
        "^Your token does not have permission to access " +
          `(?:(?:space|bot|workspace|conversation)_id=\\d{19} )?${missing}\\. Please verify ` +
          "whether the resource ID or token is correct, and ensure that the necessary " +
          "permissions are enabled at https://coze\\.cn/open/oauth/pats\\.$",
      );
      assertMatch(json.msg, sentence);
      assertEquals([entry?.errorCode, entry?.reason], ["4101", `${missing} is missing`]);
    }
  }
});

Deno.test("createEmulator() asks for no other permission than the endpoint's", async () => {
  const { emulator, call, ask, clock } = await prepare();
  const [app] = emulator.apps;
  for (const [method, path, permissions, body] of TABLE) {
    delete app!.permissions;
    clock.ms += 1000;
    await ask(BOT, "hi", "7500000000000000002");
    app!.permissions = permissions;
    const { json } = await call(method, path, body);
    // Some name what is not there, which comes after the permission.
    assert(![4100, 4101].includes(json.code), `${path}: ${json.msg}`);
  }
});

Deno.test("createEmulator() names createBot's space, and no id before it can", async () => {
  const { call } = await setUpApi({ permissions: [] });
  const bodies: [body: unknown, words: string][] = [
    [{ space_id: SPACE, name: "b" }, `space_id=${SPACE} createBot`],
    [{}, "createBot"],
    [{ space_id: 7 }, "createBot"],
    ["{", "createBot"],
  ];
  for (const [body, words] of bodies) {
    const { json } = await call("POST", "/v1/bot/create", body);
    assertEquals(json.code, 4101);
    assertStringIncludes(json.msg, `to access ${words}. Please`);
  }
});

Deno.test("createEmulator() narrows a token by its scope: Connector.botChat is chat", async () => {
  const { call } = await setUpApi({}, {}, scoped(["Connector.botChat"]));
  for (const [method, path, permissions, body] of TABLE) {
    const { json } = await call(method, path, body);
    const other = permissions.some((permission) => permission !== "chat");
    // The bot does not exist.
    assertEquals(json.code, other ? 4101 : 4200, path);
  }
});

Deno.test("createEmulator() narrows a token to the bots of its scope", async () => {
  const names = ["createBot", "publish", "Connector.botChat"];
  const second = "7500000000000000002";
  const overrides = scoped(names, bots([second]));
  const { call, addBot, ask } = await setUpApi({ scopes: names }, {}, overrides);
  const refused = await call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" });
  assertEquals(refused.data.bot_id, BOT);
  assertEquals(await addBot(), second);
  assertEquals((await ask(second, "hi")).json.code, 0);
  const { json } = await ask(BOT, "hi");
  assertEquals(json.code, 4101);
  assertStringIncludes(json.msg, `to access bot_id=${BOT} chat. Please`);
});

Deno.test("createEmulator() answers 4101 for workspaces that the app may not use", async () => {
  const workspaces = [{ id: SPACE, name: "a" }, { id: "7400000000000000002", name: "b" }];
  const { emulator, call, addBot, ask, publish } = await setUpApi({}, { workspaces });
  const bot = await addBot();
  emulator.apps[0]!.workspaces = ["7400000000000000002"];
  const rows: [words: string, answer: Awaited<ReturnType<typeof call>>][] = [
    [
      `space_id=${SPACE} createBot`,
      await call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" }),
    ],
    [`workspace_id=${SPACE} listBot`, await call("GET", `/v1/bots?workspace_id=${SPACE}`)],
    [`bot_id=${bot} getMetadata`, await call("GET", `/v1/bots/${bot}`)],
    [`bot_id=${bot} edit`, await call("POST", "/v1/bot/update", { bot_id: bot, name: "c" })],
    [`bot_id=${bot} publish`, await publish(bot)],
    [`bot_id=${bot} chat`, await ask(bot, "hi")],
  ];
  for (const [words, { status, json }] of rows) {
    assertEquals([status, json.code], [200, 4101], words);
    assertStringIncludes(json.msg, ` access ${words}. Please`);
  }
  const { data } = await call("GET", "/v1/workspaces");
  assertEquals(data.workspaces.map(({ name }: { name: string }) => name), ["b"]);
});
