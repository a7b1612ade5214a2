import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setUpApi, SPACE } from "../../testing/api_client.ts";
import { NOW } from "../../testing/emulator_client.ts";

const NEW_BOT = { space_id: SPACE, name: "b" };
const DRAFT = { publish_status: "unpublished_draft" };

type Named = { id: string; name: string };

Deno.test("createEmulator() gives ids of 19 digits that no number holds", async () => {
  const ids = async () => {
    const { call } = await setUpApi();
    const create = async () => (await call("POST", "/v1/bot/create", NEW_BOT)).data.bot_id;
    return [await create(), await create(), await create()] as string[];
  };
  const first = await ids();
  for (const id of first) assert(/^7\d{18}$/.test(id), id);
  assertEquals([new Set(first).size, new Set(first.map(Number)).size], [3, 1]);
  assertEquals(await ids(), first, "the same in each run");
});

Deno.test("createEmulator() chats with the bot as published, or with its draft", async () => {
  const { call, addBot, stream, publish } = await setUpApi();
  const id = await addBot({ name: "old", prompt_info: { prompt: "one\nmore" } });
  await call("POST", "/v1/bot/update", { bot_id: id, name: "new", description: null });
  await call("POST", "/v1/bot/update", { bot_id: id, prompt_info: { prompt: "two" } });
  const says = async (more: object) => (await stream(id, "hi", undefined, more)).said;
  const before = "[old] You said: hi (prompt: one; turns before: 0)";
  const after = "[new] You said: hi (prompt: two; turns before: 0)";
  assertEquals(await says({}), before);
  assertEquals(await says({ publish_status: "published_online" }), before);
  assertEquals(await says(DRAFT), after);
  await publish(id);
  assertEquals(await says({}), after);
});

Deno.test("createEmulator() answers 4015 as JSON for a bot not published to 1024", async () => {
  const { call, ask, publish } = await setUpApi();
  const { bot_id } = (await call("POST", "/v1/bot/create", NEW_BOT)).data;
  const words = `The bot_id ${bot_id} has not been published to the channel Agent As API. Please ` +
    "refer to the 'Publish' section of the documentation at https://www.coze.cn/docs/guides to " +
    "publish your Bot to the corresponding channel.";
  for (const connectors of [[], ["999"]]) {
    if (connectors.length > 0) await publish(bot_id, connectors);
    for (const stream of [false, true]) {
      const { status, json, data } = await ask(bot_id, "hi", undefined, { stream });
      assertEquals([status, json.code, json.msg, data], [200, 4015, words, undefined]);
    }
  }
  assertEquals((await ask(bot_id, "hi", undefined, DRAFT)).json.code, 0);
  await publish(bot_id, ["999", "1024"]);
  assertEquals((await ask(bot_id, "hi")).json.code, 0);
});

Deno.test("createEmulator() takes publishDelayMs to publish", async () => {
  const { call, ask, stream, publish, clock } = await setUpApi({}, { publishDelayMs: 3000 });
  const { bot_id } = (await call("POST", "/v1/bot/create", NEW_BOT)).data;
  const total = async () => (await call("GET", `/v1/bots?workspace_id=${SPACE}`)).data.total;
  const { version } = (await publish(bot_id)).data;
  clock.ms += 2999;
  assertEquals([(await ask(bot_id, "hi")).json.code, await total()], [4015, 0]);
  assertEquals((await call("GET", `/v1/bots/${bot_id}`)).json.code, 4200);
  clock.ms += 1;
  assertEquals([(await ask(bot_id, "hi")).json.code, await total()], [0, 1]);
  assertEquals((await call("GET", `/v1/bots/${bot_id}`)).data.version, version);
  await call("POST", "/v1/bot/update", { bot_id, name: "c" });
  assert(Number((await publish(bot_id)).data.version) > Number(version));
  assertStringIncludes((await stream(bot_id, "hi")).said, "[b] You said");
  clock.ms += 3000;
  assertStringIncludes((await stream(bot_id, "hi")).said, "[c] You said");
});

Deno.test("createEmulator() lists and shows bots by how they are published", async () => {
  const workspaces = [{ id: SPACE, name: "a" }, { id: "7400000000000000002", name: "b" }];
  const { call, addBot, clock } = await setUpApi({}, { workspaces });
  const a = await addBot({ name: "a", description: "d" });
  await addBot({ name: "elsewhere", space_id: "7400000000000000002" });
  await call("POST", "/v1/bot/create", NEW_BOT);
  clock.ms += 1000;
  await call("POST", "/v1/bot/update", { bot_id: a, name: "a2" });
  const list = async (status: string) =>
    (await call("GET", `/v1/bots?workspace_id=${SPACE}${status}`)).data;
  const rows: [status: string, names: string[]][] = [
    ["", ["a"]],
    ["&publish_status=published_online", ["a"]],
    ["&publish_status=published_draft", ["a2"]],
    ["&publish_status=unpublished_draft", ["b"]],
    ["&publish_status=all", ["a2", "b"]],
  ];
  for (const [status, names] of rows) {
    const { items, total } = await list(status);
    assertEquals([items.map(({ name }: Named) => name), total], [names, names.length], status);
  }
  const [first, second] = (await list("&publish_status=all")).items;
  const { owner_user_id } = first;
  assertEquals(first, {
    ...{ id: a, name: "a2", icon_url: "", updated_at: NOW + 1, description: "d" },
    ...{ is_published: true, published_at: NOW, owner_user_id },
  });
  assertEquals([second.is_published, "published_at" in second], [false, false]);
  const shown = (await call("GET", `/v1/bots/${a}`)).data;
  assertEquals(shown, {
    ...{ bot_id: a, name: "a", description: "d", icon_url: "", version: `${NOW}000` },
    ...{ create_time: NOW, update_time: NOW + 1, bot_mode: 0, owner_user_id },
    prompt_info: { prompt: "" },
  });
  const draft = (await call("GET", `/v1/bots/${a}?is_published=false`)).data;
  assertEquals(draft, { ...shown, name: "a2", version: "" });
});

Deno.test("createEmulator() lists bots and workspaces page by page, 20 by default", async () => {
  const more = Array.from({ length: 24 }, (_, i) => ({ id: `74${i}`, name: `b${i + 1}` }));
  const workspaces = [{ id: SPACE, name: "b0", type: "team", role: "member" } as const, ...more];
  const { call } = await setUpApi({}, { workspaces });
  for (const { name } of workspaces) await call("POST", "/v1/bot/create", { ...NEW_BOT, name });
  const pages: [query: string, count: number, first?: string, last?: string][] = [
    ["", 20, "b0", "b19"],
    ["&page_num=2", 5, "b20", "b24"],
    ["&page_num=3", 0, undefined, undefined],
    ["&page_num=2&page_size=7", 7, "b7", "b13"],
    ["&page_size=50", 25, "b0", "b24"],
  ];
  for (const [query, ...expected] of pages) {
    const bots = await call("GET", `/v1/bots?workspace_id=${SPACE}&publish_status=all${query}`);
    const spaces = await call("GET", `/v1/workspaces?${query}`);
    assertEquals([bots.data.total, spaces.data.total_count], [25, 25]);
    for (const items of [bots.data.items, spaces.data.workspaces]) {
      assertEquals([items.length, items[0]?.name, items.at(-1)?.name], expected, query);
    }
  }
  const [first, second] = (await call("GET", "/v1/workspaces")).data.workspaces;
  assertEquals([first.id, first.role_type, first.workspace_type], [SPACE, "member", "team"]);
  assertEquals([second.role_type, second.workspace_type], ["owner", "personal"]);
});
