import { assert, assertEquals } from "@std/assert";
import { HOST, setUpApi, SPACE } from "../../testing/api_client.ts";

Deno.test("createEmulator() writes down requests of the API with query, body and reason", async () => {
  const { emulator, call, token } = await setUpApi();
  const body = { space_id: SPACE, name: "" };
  const { headers } = await call("POST", "/v1/bot/create?a=1&b=%E4%BD%A0", body);
  assertEquals({ ...emulator.journal.at(-1) }, {
    method: "POST",
    path: "/v1/bot/create",
    query: { a: "1", b: "你" },
    host: "api.coze.cn",
    contentType: "application/json",
    authorization: "other",
    body,
    status: 200,
    errorCode: "4000",
    refusedBy: undefined,
    reason: "name has 0 characters",
    logId: headers.get("x-tt-logid") ?? "",
  });
  await call("GET", "/v1/workspaces");
  const good = emulator.journal.at(-1)!;
  assertEquals([good.status, good.errorCode, good.reason], [200, undefined, undefined]);
  assertEquals(["query" in good, "body" in good], [false, false]);
  assert(!JSON.stringify(emulator.journal).includes(token.slice(13)));
});

Deno.test("createEmulator() keeps tokens out of the journal wherever they stand", async () => {
  const { emulator, call, addBot, ask, askStream, token } = await setUpApi();
  const bot = await addBot({ prompt_info: { prompt: token } });
  await ask(bot, `my token is ${token}`);
  await (await askStream(bot, token)).text();
  await call("GET", `/v1/workspaces?a=${token}&${token}=b&c=%20${token}&d=Bearer%20${token}`);
  await emulator(new Request(`${HOST}/v1/bots/${token}`, { headers: { authorization: token } }));
  await call("GET", `/v1/workspaces`, undefined, `${token} ${token}`);
  const printed = JSON.stringify(emulator.journal);
  assertEquals(emulator.journal.length, 8);
  assert(!printed.includes(token.slice(13)), printed);
});

Deno.test("createEmulator() answers faults to the API too, and changes nothing then", async () => {
  const { emulator, call, createRequest, addBot, ask } = await setUpApi();
  const bot = await addBot();
  emulator.fail({ status: 503, body: { a: 1 } }, { status: 200, body: "half" });
  const refused = await call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" });
  assertEquals([refused.status, refused.json, refused.entry?.refusedBy], [503, { a: 1 }, "fault"]);
  const chat = createRequest("POST", "/v3/chat", { bot_id: bot, user_id: "u", stream: true });
  assertEquals(await (await emulator(chat)).text(), "half");
  const path = `/v1/bots?workspace_id=${SPACE}&publish_status=all`;
  assertEquals((await call("GET", path)).data.total, 1);
  assertEquals((await ask(bot, "hi")).json.code, 0);
});
