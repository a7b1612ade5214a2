import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { setUpApi, SPACE } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

const UNKNOWN = "7599999999999999999";
const DRAFT = { publish_status: "unpublished_draft" };
const NOT_PUBLISHED = (id: string) =>
  `The bot_id ${id} has not been published to the channel Agent As API. Please refer to the ` +
  "'Publish' section of the documentation at https://www.coze.cn/docs/guides to publish your Bot " +
  "to the corresponding channel.";

Deno.test("createEmulator() creates bots with ids that no number holds", async () => {
  const { call } = await setUpApi();
  const ids = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { status, json } = await call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" });
    assertEquals([status, json.code, json.msg], [200, 0, ""]);
    assertMatch(json.data.bot_id, /^7\d{18}$/);
    ids.add(json.data.bot_id);
  }
  assertEquals(ids.size, 20);
  assert(new Set([...ids].map(Number)).size < 20);
  const again = await setUpApi();
  const { data } = await again.call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" });
  assert(ids.has(data.bot_id), "the same in each run");
});

Deno.test("createEmulator() shows the draft and the published bot apart", async () => {
  const { call, addBot, publish, clock } = await setUpApi();
  const content = {
    name: "old",
    description: "d",
    prompt_info: { prompt: "one" },
    onboarding_info: { prologue: "p", suggested_questions: ["q"] },
    model_info_config: { model_id: "1706077826" },
  };
  const id = await addBot(content);
  clock.ms += 5000;
  const update = { bot_id: id, name: "new", description: null, prompt_info: { prompt: "two" } };
  const { json } = await call("POST", "/v1/bot/update", update);
  assertEquals([json.code, json.msg, "data" in json], [0, "", false]);

  const online = (await call("GET", `/v1/bots/${id}`)).data;
  const draft = (await call("GET", `/v1/bots/${id}?is_published=false`)).data;
  assertEquals([online.bot_id, online.name, online.prompt_info.prompt], [id, "old", "one"]);
  assertEquals([draft.bot_id, draft.name, draft.prompt_info.prompt], [id, "new", "two"]);
  assertEquals([draft.description, draft.onboarding_info], ["d", content.onboarding_info]);
  assertEquals(draft.model_info.model_id, "1706077826");
  assertEquals([draft.create_time, draft.update_time], [NOW, NOW + 5]);
  assertEquals(draft.version, "");
  assertMatch(online.version, /^\d{13}$/);

  const { data } = await publish(id);
  assertEquals([data.bot_id, /^\d+$/.test(data.version)], [id, true]);
  assert(data.version > online.version);
  const newer = (await call("GET", `/v1/bots/${id}?is_published=true`)).data;
  assertEquals([newer.name, newer.version], ["new", data.version]);
});

Deno.test("createEmulator() gives two versions of one moment two names", async () => {
  const { addBot, publish } = await setUpApi();
  const id = await addBot();
  const versions = [await publish(id), await publish(id)].map(({ data }) => data.version);
  assertEquals(new Set(versions).size, 2);
});

Deno.test("createEmulator() chats with the bot as published, or with its draft", async () => {
  const { call, addBot, askStream, ask, publish } = await setUpApi();
  const id = await addBot({ name: "old", prompt_info: { prompt: "one\nmore" } });
  const first = (await call("GET", `/v1/bots/${id}`)).data.version;
  await call("POST", "/v1/bot/update", { bot_id: id, name: "new", prompt_info: { prompt: "two" } });
  const says = async (more: object) => await (await askStream(id, "hi", undefined, more)).text();
  const old = "[old] You said: hi (prompt: one; turns before: 0)";
  assertStringIncludes(await says({}), old);
  assertStringIncludes(await says({ publish_status: "published_online" }), old);
  assertStringIncludes(await says(DRAFT), "[new] You said: hi (prompt: two;");
  await publish(id);
  assertStringIncludes(await says({}), "[new] You said: hi (prompt: two;");
  assertStringIncludes(await says({ bot_version: first }), old);
  assertEquals((await ask(id, "hi", undefined, { bot_version: "7" })).json.code, 4000);
});

Deno.test("createEmulator() answers 4015 as plain JSON for a bot not published to 1024", async () => {
  const { call, ask, publish } = await setUpApi();
  const { bot_id } = (await call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" })).data;
  const refused = async () => {
    for (const stream of [false, true]) {
      const { status, json, data } = await ask(bot_id, "hi", undefined, { stream });
      assertEquals([status, json.code, data], [200, 4015, undefined]);
      assertEquals(json.msg, NOT_PUBLISHED(bot_id));
    }
  };
  await refused();
  assertEquals((await ask(bot_id, "hi", undefined, DRAFT)).json.code, 0);
  await publish(bot_id, ["999"]);
  await refused();
  await publish(bot_id, ["999", "1024"]);
  assertEquals((await ask(bot_id, "hi")).json.code, 0);
});

Deno.test("createEmulator() takes publishDelayMs to publish, the former version staying", async () => {
  const { call, ask, askStream, publish, clock } = await setUpApi({}, { publishDelayMs: 3000 });
  const { bot_id } = (await call("POST", "/v1/bot/create", { space_id: SPACE, name: "b" })).data;
  const total = async () => (await call("GET", `/v1/bots?workspace_id=${SPACE}`)).data.total;
  await publish(bot_id);
  clock.ms += 2999;
  assertEquals([(await ask(bot_id, "hi")).json.code, await total()], [4015, 0]);
  assertEquals((await call("GET", `/v1/bots/${bot_id}`)).json.code, 4200);
  clock.ms += 1;
  assertEquals([(await ask(bot_id, "hi")).json.code, await total()], [0, 1]);
  await call("POST", "/v1/bot/update", { bot_id, name: "c" });
  const { version } = (await publish(bot_id)).data;
  assertStringIncludes(await (await askStream(bot_id, "hi")).text(), "[b] You said");
  const early = await ask(bot_id, "hi", undefined, { bot_version: version });
  assertEquals(early.entry?.reason, "there is no such bot_version");
  clock.ms += 3000;
  assertStringIncludes(await (await askStream(bot_id, "hi")).text(), "[c] You said");
});

Deno.test("createEmulator() lists bots by how they are published", async () => {
  const workspaces = [{ id: SPACE }, { id: "7400000000000000002" }];
  const { call, addBot, publish } = await setUpApi({}, { workspaces });
  const a = await addBot({ name: "a", description: "d" });
  await addBot({ name: "elsewhere", space_id: "7400000000000000002" });
  const create = (name: string) => call("POST", "/v1/bot/create", { space_id: SPACE, name });
  const b = (await create("b")).data.bot_id;
  const c = (await create("c")).data.bot_id;
  await publish(c, ["999"]);
  await call("POST", "/v1/bot/update", { bot_id: a, name: "a2" });
  const list = async (query = "") => {
    const { data } = await call("GET", `/v1/bots?workspace_id=${SPACE}${query}`);
    assertEquals(data.total, data.items.length);
    return data.items.map(({ name }: { name: string }) => name);
  };
  assertEquals(await list(), ["a"]);
  assertEquals(await list("&publish_status=published_online"), ["a"]);
  assertEquals(await list("&publish_status=published_draft"), ["a2"]);
  assertEquals(await list("&publish_status=unpublished_draft"), ["b"]);
  assertEquals(await list("&publish_status=all"), ["a2", "b", "c"]);
  assertEquals(await list("&connector_id=999"), ["c"]);
  const { data } = await call("GET", `/v1/bots?workspace_id=${SPACE}&publish_status=all`);
  assertEquals(data.items.map(({ id }: { id: string }) => id), [a, b, c]);
  assertEquals(data.items[0], {
    id: a,
    name: "a2",
    icon_url: "",
    updated_at: NOW,
    description: "d",
    is_published: true,
    published_at: NOW,
    owner_user_id: data.items[0].owner_user_id,
  });
  assertEquals([data.items[1].is_published, "published_at" in data.items[1]], [false, false]);
});

Deno.test("createEmulator() lists bots page by page, 20 by default", async () => {
  const { call } = await setUpApi();
  for (let i = 0; i < 45; i++) {
    await call("POST", "/v1/bot/create", { space_id: SPACE, name: `b${i}` });
  }
  const list = async (query: string) => {
    const path = `/v1/bots?workspace_id=${SPACE}&publish_status=all${query}`;
    const { data } = await call("GET", path);
    assertEquals(data.total, 45);
    return [data.items.length, data.items[0]?.name, data.items.at(-1)?.name];
  };
  assertEquals(await list(""), [20, "b0", "b19"]);
  assertEquals(await list("&page_num=3"), [5, "b40", "b44"]);
  assertEquals(await list("&page_num=4"), [0, undefined, undefined]);
  assertEquals(await list("&page_num=2&page_size=7"), [7, "b7", "b13"]);
});

Deno.test("createEmulator() answers 4200 for bots and workspaces that do not exist", async () => {
  const { call, ask } = await setUpApi();
  const answers = [
    await call("POST", "/v1/bot/create", { space_id: UNKNOWN, name: "b" }),
    await call("GET", `/v1/bots?workspace_id=${UNKNOWN}`),
    await call("GET", `/v1/bots/${UNKNOWN}`),
    await call("POST", "/v1/bot/update", { bot_id: UNKNOWN }),
    await call("POST", "/v1/bot/publish", { bot_id: UNKNOWN, connector_ids: ["1024"] }),
    await call("POST", "/v1/conversation/create", { bot_id: UNKNOWN }),
    await ask(UNKNOWN, "hi"),
  ];
  const names = ["space_id", "workspace_id", ...Array(5).fill("bot_id")];
  assertEquals(
    answers.map(({ json }) => [json.code, json.msg]),
    names.map((name) => [4200, `Requested resource ${name}=${UNKNOWN} does not exist`]),
  );
});
