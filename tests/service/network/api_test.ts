// The API behind the token over real connections: what no injected fetch can show.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { BOT, CHAT, QUESTION } from "../../testing/scripted.ts";
import { closed, listen, serve, sleep, write } from "../../testing/servers.ts";
import { frame } from "../../testing/streams.ts";

/** A stream that begins, and stays silent until the other side has hung up. */
function silentStream() {
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  const server = listen(async (connection) => {
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    await write(connection, head + frame("conversation.chat.created", CHAT));
    await closed(connection);
    resolve();
  });
  return { url: server.url, hungUp, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Always another token, so that nothing but the rule keeps a request from being repeated. */
const fresh = () => {
  let number = 0;
  return () => `czs_${++number}`;
};

Deno.test("chat() ends at its deadline when a stream hangs (security 9)", async () => {
  await using server = silentStream();
  const client = createCozeClient({ token: "czs_token", baseUrl: server.url });
  const seen: string[] = [];
  const error = await assertRejects(async () => {
    for await (const { event } of client.chat(QUESTION, { timeoutMs: 200 })) seen.push(event);
  }, CozeError);
  assertEquals(error.code, "timeout");
  // On a busy machine the time may be over before the first event.
  assert(["", "conversation.chat.created"].includes(seen.join()), seen.join());
});

Deno.test("ask() by polling names its own time when the server hangs at retrieve", async () => {
  const hang = Promise.withResolvers<Response>();
  const paths: string[] = [];
  await using server = serve((request) => {
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    return pathname === "/v3/chat/retrieve" ? hang.promise : Response.json({ code: 0, data: CHAT });
  });
  const client = createCozeClient({ token: "czs_token", baseUrl: server.url, sleep });
  const call = () => client.ask(QUESTION, { stream: false, timeoutMs: 300 });
  const { code, message, details } = await assertRejects(call, CozeError);
  hang.resolve(new Response());
  const words = `No complete response from ${server.host} within 300 ms`;
  assertEquals([code, message], ["timeout", words]);
  assertEquals([details.host, details.timeoutMs], [server.host, 300]);
  // On a busy machine the time may be over before the chat begins.
  const expected = ["/v3/chat", "/v3/chat/retrieve", "/v3/chat/cancel"];
  if (paths.length > 1) assertEquals(paths, expected);
});

Deno.test("chat() ends by its signal, with the stream's connection closed", async () => {
  await using server = silentStream();
  const client = createCozeClient({ token: "czs_token", baseUrl: server.url });
  const controller = new AbortController();
  const { signal } = controller;
  const error = await assertRejects(async () => {
    for await (const _ of client.chat(QUESTION, { signal })) controller.abort();
  }, CozeError);
  assertEquals(error.code, "interrupted");
  await server.hungUp;
});

Deno.test("chat() closes the connection when the reader stops", async () => {
  await using server = silentStream();
  const client = createCozeClient({ token: "czs_token", baseUrl: server.url });
  for await (const { event } of client.chat(QUESTION)) {
    assertEquals(event, "conversation.chat.created");
    break;
  }
  await server.hungUp;
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`createCozeClient() sends no token to where ${status} leads (security 7)`, async () => {
    let reached = 0;
    await using other = serve(() => {
      reached++;
      return new Response("{}");
    });
    await using server = serve(() =>
      new Response("", { status, headers: { location: `${other.url}/` } })
    );
    const client = createCozeClient({ token: fresh(), baseUrl: server.url });
    for (
      const call of [
        () => client.createBot(BOT),
        () => Array.fromAsync(client.workspaces()),
        () => Array.fromAsync(client.chat(QUESTION)),
      ]
    ) {
      const error = await assertRejects(async () => await call(), CozeError);
      assertEquals([error.code, reached], ["redirected", 0]);
    }
  });
}
