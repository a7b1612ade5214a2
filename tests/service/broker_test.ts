// A broker behind real HTTP: mounted as the documents say.

import { assertEquals, assertMatch } from "@std/assert";
import { Hono } from "../testing/hono.ts";
import { createTokenBroker } from "../../lib/broker/mod.ts";
import { createEmulator } from "../../lib/emulator/mod.ts";
import { createTokenProvider } from "../../lib/token_provider.ts";
import { ORIGIN, userOf } from "../testing/broker_world.ts";
import { serve } from "../testing/servers.ts";

type Broker = (request: Request) => Promise<Response>;

/** How the broker is mounted: a handler of Deno.serve. */
const MOUNTS: Record<
  string,
  (broker: Broker) => (request: Request) => Response | Promise<Response>
> = {
  "Deno.serve": (broker) => broker,
  "Hono": (broker) => {
    const app = new Hono();
    app.all("/token", (c) => broker(c.req.raw));
    return (request) => app.fetch(request);
  },
};

for (const [name, mount] of Object.entries(MOUNTS)) {
  Deno.test(`createTokenBroker() works in ${name}`, async () => {
    const emulator = createEmulator();
    const provider = createTokenProvider(await emulator.createApp(), {}, { fetch: emulator });
    const broker = createTokenBroker(provider, { origins: [ORIGIN], user: userOf });
    await using server = serve(mount(broker));
    const send = async (init: RequestInit & { headers?: Record<string, string> }) => {
      const response = await fetch(`${server.url}/token`, init);
      const text = await response.text();
      return { status: response.status, text, headers: response.headers };
    };
    const headers = {
      "content-type": "application/json",
      "origin": ORIGIN,
      "cookie": "user=alice",
    };

    const token = await send({ method: "POST", headers, body: "{}" });
    assertEquals(token.status, 200);
    assertMatch(JSON.parse(token.text).token, /^czs_/);
    assertEquals(token.headers.get("access-control-allow-origin"), ORIGIN);

    const asks = { "origin": ORIGIN, "access-control-request-method": "POST" };
    const preflight = await send({ method: "OPTIONS", headers: asks });
    assertEquals([preflight.status, preflight.text], [204, ""]);
    assertEquals(preflight.headers.get("access-control-allow-origin"), ORIGIN);

    assertEquals((await send({ headers })).status, 405);
    assertEquals((await send({ method: "POST", headers, body: "x".repeat(8193) })).status, 413);
    // In chunks, without a length.
    const chunks = ReadableStream.from(Array(100).fill("x".repeat(1000))).pipeThrough(
      new TextEncoderStream(),
    );
    assertEquals((await send({ method: "POST", headers, body: chunks })).status, 413);
    const evil = await send({
      method: "POST",
      headers: { ...headers, origin: "https://evil.example" },
      body: "{}",
    });
    assertEquals([evil.status, evil.headers.get("access-control-allow-origin")], [403, null]);
    assertEquals(emulator.journal.length, 1);
  });
}
