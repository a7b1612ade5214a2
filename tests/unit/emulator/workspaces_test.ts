import { assertEquals, assertMatch } from "@std/assert";
import { type Bend, createPair, scoped, setUp } from "../../testing/emulator_client.ts";

const PAIR = createPair();
const WORKSPACES = "https://api.coze.cn/v1/workspaces?page_num=1&page_size=1";

/** Gets a token, moves the clock, asks for the workspaces. */
async function ask(permissions: string[] | undefined, bend: Bend = {}, later = 0, token?: string) {
  const { send, clock } = setUp(PAIR, { name: "shop", ...(permissions && { permissions }) });
  const { json } = await send(bend);
  clock.seconds += later;
  return await send({
    url: WORKSPACES,
    method: "GET",
    authorization: `Bearer ${token ?? json.access_token}`,
  });
}

Deno.test("createEmulator() lists workspaces to a token it gave out", async () => {
  const { status, json, headers } = await ask(undefined);
  assertEquals([status, json.code, json.data.total_count], [200, 0, 1]);
  assertEquals(json.data.workspaces[0].name, "shop");
  assertEquals(json.detail.logid, headers.get("x-tt-logid"));
});

Deno.test("createEmulator() answers 4100 to a token it did not give out, and to one that has ended", async () => {
  const answers = [await ask(undefined, {}, 0, "czs_other"), await ask(undefined, {}, 900)];
  assertEquals(answers.map(({ status, json }) => [status, json.code]), [[401, 4100], [401, 4100]]);
  assertEquals((await ask(undefined, {}, 899)).status, 200);
});

Deno.test("createEmulator() answers 4101 with status 200 without the permission or with a scope", async () => {
  const answers = [await ask(["createBot"]), await ask(undefined, scoped(["Connector.botChat"]))];
  for (const { status, json, entry } of answers) {
    assertEquals([status, json.code, entry?.errorCode], [200, 4101, "4101"]);
    assertMatch(json.msg, /listWorkspace/);
  }
  assertEquals((await ask(["listWorkspace"])).json.code, 0);
});

Deno.test("createEmulator() answers GET alone on the list of workspaces", async () => {
  const { send } = setUp(PAIR);
  assertEquals((await send({ url: WORKSPACES })).status, 405);
});

Deno.test("createEmulator() lists the workspaces it was given, page by page", async () => {
  const workspaces = Array.from({ length: 25 }, (_, i) => ({ id: `74${i}`, name: `w${i}` }));
  const { send } = setUp(PAIR, {}, {
    workspaces: [{ id: "73", name: "team", type: "team", role: "member" }, ...workspaces],
  });
  const authorization = `Bearer ${(await send()).json.access_token}`;
  const list = async (query: string) => {
    const url = `https://api.coze.cn/v1/workspaces${query}`;
    const { data } = (await send({ url, method: "GET", authorization })).json;
    assertEquals(data.total_count, 26);
    return data.workspaces;
  };
  const [first, second] = await list("");
  assertEquals([first.id, first.name, first.role_type, first.workspace_type], [
    ...["73", "team", "member", "team"],
  ]);
  assertEquals([second.id, second.role_type, second.workspace_type], ["740", "owner", "personal"]);
  const lengths = [];
  for (const query of ["", "?page_num=2", "?page_num=3", "?page_size=50"]) {
    lengths.push((await list(query)).length);
  }
  assertEquals(lengths, [20, 6, 0, 26]);
});
