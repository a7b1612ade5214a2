// What the emulator does for web pages: preflights, users, tokens that end.

import { assertEquals } from "@std/assert";
import { HOST, setUpApi } from "../../testing/api_client.ts";
import { TOKEN_URL } from "../../testing/emulator_client.ts";

const ORIGIN = "https://www.example.com";

async function send(
  emulator: (request: Request) => Promise<Response>,
  method: string,
  url: string,
  headers: Record<string, string> = {},
) {
  const response = await emulator(
    new Request(url, { method, headers: { origin: ORIGIN, ...headers } }),
  );
  const text = await response.text();
  const cors = Array.from(response.headers).filter(([name]) => name.startsWith("access-control-"));
  return { status: response.status, text, cors: Object.fromEntries(cors) };
}

const ASKS = { "access-control-request-method": "POST" };

Deno.test("createEmulator() answers the preflights of any page for the API", async () => {
  const { emulator } = await setUpApi();
  for (const path of ["/v3/chat", "/v1/bots/7500000000000000001", "/v1/workspaces"]) {
    assertEquals(await send(emulator, "OPTIONS", HOST + path, ASKS), {
      status: 204,
      text: "",
      cors: {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers":
          "authorization, content-type, x-coze-client-user-agent, agw-js-conv",
      },
    });
  }
  assertEquals(emulator.journal.at(-1)!.method, "OPTIONS");
});

Deno.test("createEmulator() answers no page at the token endpoint, nor where nothing is", async () => {
  const { emulator } = await setUpApi();
  assertEquals((await send(emulator, "OPTIONS", TOKEN_URL, ASKS)).cors, {});
  assertEquals((await send(emulator, "POST", TOKEN_URL)).cors, {});
  assertEquals((await send(emulator, "OPTIONS", `${HOST}/v9`, ASKS)).status, 404);
});

Deno.test("createEmulator() lets a page read every answer of the API, faults too", async () => {
  const { emulator, token } = await setUpApi();
  const any = { "access-control-allow-origin": "*" };
  const url = `${HOST}/v1/workspaces`;
  const good = await send(emulator, "GET", url, { authorization: `Bearer ${token}` });
  assertEquals([good.status, good.cors], [200, any]);
  const refused = await send(emulator, "GET", url);
  assertEquals([refused.status, refused.cors], [401, any]);
  emulator.fail({ status: 429 });
  // A preflight takes no fault.
  await send(emulator, "OPTIONS", url, ASKS);
  const limited = await send(emulator, "GET", url);
  assertEquals([limited.status, limited.cors], [429, any]);
});

Deno.test("createEmulator() keeps the conversations of session names apart", async () => {
  const [alice, bob] = ["alice", "bob"];
  const { emulator, send, call, addBot } = await setUpApi();
  const tokenOf = async (session_name?: string) =>
    (await send({ claims: { session_name } })).json.access_token as string;
  const bot = await addBot();
  const chat = async (token: string, conversation?: string) => {
    const path = `/v3/chat${conversation ? `?conversation_id=${conversation}` : ""}`;
    const message = { role: "user", content: "hi", content_type: "text" };
    const { json } = await call("POST", path, {
      bot_id: bot,
      user_id: "u",
      additional_messages: [message],
    }, token);
    return json;
  };
  const [first, second, withoutUser] = [await tokenOf(alice), await tokenOf(bob), await tokenOf()];
  const { data: { conversation_id, id } } = await chat(first);
  const query = `conversation_id=${conversation_id}&chat_id=${id}`;
  for (const other of [second, withoutUser]) {
    assertEquals((await chat(other, conversation_id)).code, 4002);
    assertEquals(
      (await call("GET", `/v3/chat/retrieve?${query}`, undefined, other)).json.code,
      4002,
    );
    assertEquals(
      (await call("GET", `/v1/conversation/retrieve?${query}`, undefined, other)).json.code,
      4002,
    );
  }
  // A later token of the same user finds it.
  const again = await tokenOf(alice);
  assertEquals((await call("GET", `/v3/chat/retrieve?${query}`, undefined, again)).json.code, 0);
  assertEquals(emulator.journal.at(-1)!.status, 200);
});

Deno.test("revokeTokens() ends all tokens, and no later one", async () => {
  const { emulator, send, call } = await setUpApi();
  const status = async (token?: string) =>
    (await call("GET", "/v1/workspaces", undefined, token)).status;
  assertEquals(await status(), 200);
  emulator.revokeTokens();
  assertEquals(await status(), 401);
  assertEquals(await status((await send()).json.access_token), 200);
});
