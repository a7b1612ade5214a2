import { assertEquals, assertThrows } from "@std/assert";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { createSeededRandom } from "../../../lib/emulator/answer.ts";
import { setUpApi, SPACE } from "../../testing/api_client.ts";
import { setUp, TOKEN_URL } from "../../testing/emulator_client.ts";

function post(): Request {
  return new Request(TOKEN_URL, { method: "POST" });
}

Deno.test("createEmulator() answers queued faults in order, each as often as asked", async () => {
  const emulator = createEmulator({ faults: [{ status: 503, times: 2 }] });
  emulator.fail({ status: 429, headers: { "Retry-After": "3" } }, { status: 500 });
  const answers: [status: number, retryAfter: string | null][] = [];
  for (let i = 0; i < 5; i++) {
    const { status, headers } = await emulator(post());
    answers.push([status, headers.get("retry-after")]);
  }
  assertEquals(answers, [[503, null], [503, null], [429, "3"], [500, null], [401, null]]);
  const refused = emulator.journal.map(({ refusedBy }) => refusedBy);
  assertEquals(refused, [...Array(4).fill("fault"), "bearer"]);
});

Deno.test("createEmulator() answers any status, header and body as a fault", async () => {
  const emulator = createEmulator();
  emulator.fail(
    { status: 302, headers: { location: "https://www.coze.cn/" } },
    { status: 200, headers: { "Content-Type": "text/html", "x-tt-logid": "L1" }, body: "<html>" },
    { status: 200, body: '{"access_token":"czs_' },
    { status: 200, body: { access_token: 5 } },
    { status: 204, body: "ignored" },
  );
  const answers: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    const response = await emulator(post());
    const { status, headers } = response;
    answers.push([status, headers.get("content-type"), await response.text()]);
    if (i === 0) assertEquals(headers.get("location"), "https://www.coze.cn/");
    if (i === 1) assertEquals(headers.get("x-tt-logid"), "L1");
  }
  assertEquals(answers, [
    [302, "application/json", ""],
    [200, "text/html", "<html>"],
    [200, "application/json", '{"access_token":"czs_'],
    [200, "application/json", '{"access_token":5}'],
    [204, "application/json", ""],
  ]);
});

Deno.test("createEmulator() burns no jti in a fault", async () => {
  const { send, emulator } = setUp();
  emulator.fail({ status: 503, body: {} });
  assertEquals((await send({ claims: { jti: "once" } })).status, 503);
  assertEquals((await send({ claims: { jti: "once" } })).status, 200);
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

Deno.test("createEmulator() fails requests whose random number is below faultRate", async () => {
  for (const [faultRate, seed] of [[0, 5], [0.3, 5], [0.3, 6], [1, 5]] as const) {
    const emulator = createEmulator({ faultRate, seed });
    const random = createSeededRandom(seed);
    for (let i = 0; i < 100; i++) {
      const expected = random() >= faultRate ? 401 : random() < 0.5 ? 503 : 429;
      const response = await emulator(post());
      const body = await response.json();
      assertEquals(response.status, expected, `${faultRate}, ${seed}: request ${i}`);
      if (expected === 429) {
        assertEquals(response.headers.get("retry-after"), "1");
        // Coze's words are not known.
        assertEquals(Object.keys(body), ["emulator"]);
      }
      if (expected === 503) {
        assertEquals(body, {
          error: "internal_error",
          error_code: "internal_error",
          error_message: "Service internal error.",
        });
      }
    }
  }
});

Deno.test("createEmulator() throws on faults that no answer can have", () => {
  const emulator = createEmulator();
  for (const status of [0, 199, 600, 200.5, NaN]) {
    assertThrows(() => emulator.fail({ status }), RangeError, "200 to 599");
  }
  for (const times of [0, -1, NaN]) {
    assertThrows(() => emulator.fail({ status: 503, times }), RangeError, "times");
  }
  for (const faultRate of [-0.1, 1.1, NaN]) {
    assertThrows(() => createEmulator({ faultRate }), RangeError, "faultRate");
  }
});
