import { assert, assertEquals, assertThrows } from "@std/assert";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { createPair, PLAIN, setUp } from "../../testing/emulator_client.ts";

const PAIR = createPair();

function post(): Request {
  return new Request(PLAIN, { method: "POST" });
}

Deno.test("createEmulator() answers queued faults in order, each as often as asked", async () => {
  const emulator = createEmulator({ faults: [{ status: 503, times: 2 }] });
  emulator.fail({ status: 429, headers: { "Retry-After": "3" } }, { status: 500 });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const response = await emulator(post());
    statuses.push(response.status);
    assertEquals(response.headers.get("retry-after"), i === 2 ? "3" : null);
    await response.text();
  }
  assertEquals(statuses, [503, 503, 429, 500, 401]);
  assertEquals(emulator.journal.map((entry) => entry.refusedBy), [
    ...Array(4).fill("fault"),
    "bearer",
  ]);
});

Deno.test("createEmulator() answers any status, header and body as a fault", async () => {
  const emulator = createEmulator();
  const html = { "Content-Type": "text/html", "x-tt-logid": "L1" };
  emulator.fail(
    { status: 302, headers: { location: "https://www.coze.cn/" } },
    { status: 200, headers: html, body: "<html>" },
    { status: 200, body: '{"access_token":"czs_' },
    { status: 200, body: { access_token: 5 } },
    { status: 204, body: "ignored" },
    { status: 502 },
  );
  const answers: unknown[] = [];
  for (let i = 0; i < 6; i++) {
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
    [502, "application/json", ""],
  ]);
});

Deno.test("createEmulator() burns no jti in a fault", async () => {
  const { send, emulator } = setUp(PAIR);
  emulator.fail({ status: 503, body: {} });
  assertEquals((await send({ claims: { jti: "once" } })).status, 503);
  assertEquals((await send({ claims: { jti: "once" } })).status, 200);
});

Deno.test("createEmulator() fails the share of requests that faultRate says", async () => {
  const run = async (seed: number) => {
    const emulator = createEmulator({ faultRate: 0.3, seed });
    for (let i = 0; i < 1000; i++) await (await emulator(post())).text();
    return emulator.journal.map((entry) => entry.status);
  };
  const statuses = await run(5);
  const count = (status: number) => statuses.filter((each) => each === status).length;
  assert(count(401) > 650 && count(401) < 750, `${count(401)}`);
  assert(count(503) > 100 && count(429) > 100);
  assertEquals(await run(5), statuses);
  assert((await run(6)).join() !== statuses.join());
});

Deno.test("createEmulator() fails every request at a faultRate of 1, with documented words or none of Coze's", async () => {
  const emulator = createEmulator({ faultRate: 1 });
  const bodies = new Map<number, unknown>();
  for (let i = 0; i < 50; i++) {
    const response = await emulator(post());
    bodies.set(response.status, await response.json());
    if (response.status === 429) assertEquals(response.headers.get("retry-after"), "1");
  }
  assertEquals([...bodies.keys()].sort(), [429, 503]);
  assertEquals(bodies.get(503), {
    error: "internal_error",
    error_code: "internal_error",
    error_message: "Service internal error.",
  });
  assertEquals(Object.keys(bodies.get(429) ?? {}), ["emulator"]);
});

Deno.test("createEmulator() throws on faults that no answer can have", () => {
  const emulator = createEmulator();
  for (const status of [0, 101, 199, 600, 200.5, NaN]) {
    assertThrows(() => emulator.fail({ status }), RangeError, "200 to 599");
  }
  for (const times of [0, -1, NaN]) {
    assertThrows(() => emulator.fail({ status: 503, times }), RangeError, "times");
  }
  for (const faultRate of [-0.1, 1.1, NaN]) {
    assertThrows(() => createEmulator({ faultRate }), RangeError, "faultRate");
  }
});
