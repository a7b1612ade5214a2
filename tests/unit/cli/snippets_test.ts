import { assertEquals } from "@std/assert";
import { type SnippetName, snippetOf } from "../../../lib/cli/page/snippets.ts";

// deno-lint-ignore no-explicit-any
type Anything = any;

const VALUES = { broker: "https://x/token", bot: "75", baseUrl: "https://api.coze.cn" };

/** Gives tokens as a broker does, and keeps what it was told. `down` makes it fail. */
function fakeBroker() {
  const broker = { bodies: [] as unknown[], down: "" as "" | "refuses" | "unreachable", answer };
  function answer(url: string, body: unknown): { status: number; data: Anything } {
    assertEquals(url, VALUES.broker);
    if (broker.down === "unreachable") throw new TypeError("Failed to fetch");
    broker.bodies.push(body);
    return broker.down
      ? { status: 401, data: { error: { code: "login-required" } } }
      : { status: 200, data: { token: `t${broker.bodies.length}`, expiresIn: 900 } };
  }
  return broker;
}

/** Runs the lines of a snippet with the globals of its place; gives what its last lines define. */
function run(name: SnippetName, globals: Record<string, unknown>, end = ""): Promise<Anything> {
  const AsyncFunction = (async () => {}).constructor as typeof Function;
  const lines = snippetOf(name, VALUES);
  return AsyncFunction(...Object.keys(globals), `${lines}\n${end}`)(...Object.values(globals));
}

/** A refresh names the last token, after a failure too, which gives "". */
async function assertRefreshes(broker: ReturnType<typeof fakeBroker>, refresh: () => unknown) {
  assertEquals(await refresh(), "t2");
  assertEquals(broker.bodies, [{}, { refused: "t1" }]);
  for (const down of ["refuses", "unreachable"] as const) {
    broker.down = down;
    assertEquals(await refresh(), "", down);
  }
  broker.down = "";
  assertEquals(await refresh(), "t4");
  assertEquals(broker.bodies, [{}, { refused: "t1" }, { refused: "t2" }, { refused: "t2" }]);
}

Deno.test("the lines for Coze's web SDKs name the refused token and never throw", async () => {
  for (const name of ["chat-sdk", "web-sdk"] as const) {
    const broker = fakeBroker();
    const fetch = async (url: string, { body }: { body: string }) => {
      const { status, data } = await broker.answer(url, JSON.parse(body));
      return Response.json(data, { status });
    };
    let given: Anything;
    const WebChatClient = function (options: unknown) {
      given = options;
    };
    const init = (options: unknown) => given = options;
    const console = { warn() {} };
    await run(name, { fetch, console, CozeWebSDK: { WebChatClient }, cozeWebSDK: { init } });
    if (name === "chat-sdk") assertEquals(given.auth.token, "t1");
    // The Web SDK asks for its first token too.
    else assertEquals(await given.refreshToken(), "t1");
    await assertRefreshes(broker, given.refreshToken ?? given.auth.onRefreshToken);
  }
});

Deno.test("the lines for mini-programs renew a token that ends", async () => {
  const broker = fakeBroker();
  const wx = {
    request({ url, header, data, success, fail }: Anything) {
      assertEquals(header.authorization, "Bearer s");
      try {
        const answer = broker.answer(url, data);
        success({ statusCode: answer.status, data: answer.data });
      } catch {
        fail();
      }
    },
  };
  const clock = { time: 1_000_000, now: () => clock.time };
  const CozeAPI = function (this: Anything, options: object) {
    Object.assign(this, options);
  };
  const globals = { wx, session: "s", CozeAPI, Date: clock };
  const { auth, coze } = await run("mini-program", globals, "return { auth, coze };");
  assertEquals([auth.token, coze.baseURL], ["t1", VALUES.baseUrl]);
  await assertRefreshes(broker, auth.onRefreshToken);

  assertEquals(await coze.onBeforeAPICall(), { token: "t4" });
  clock.time += 890_000;
  assertEquals(await coze.onBeforeAPICall(), { token: "t4" });
  clock.time += 9_000;
  assertEquals(await coze.onBeforeAPICall(), { token: "t5" });
});
