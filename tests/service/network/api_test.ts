// The API behind the token over real connections: what no injected fetch can show.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { CozeError } from "../../../lib/error.ts";
import { createTokenProvider } from "../../../mod.ts";
import { BOT, CHAT, QUESTION } from "../../testing/scripted.ts";
import { appAt, closed, listen, serve, write } from "../../testing/servers.ts";
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

Deno.test("a bot or a chat is sent once when its connection is dropped (security 14)", async () => {
  const paths: string[] = [];
  await using server = listen((_connection, request) => {
    paths.push(request.split(" ")[1]!);
    return Promise.resolve();
  });
  const client = createCozeClient({ token: fresh(), baseUrl: server.url });
  for (
    const call of [
      () => client.createBot(BOT),
      () => client.publishBot("1"),
      () => Array.fromAsync(client.chat(QUESTION)),
      () => client.ask(QUESTION),
      () => client.ask(QUESTION, { stream: false }),
    ]
  ) {
    const error = await assertRejects(async () => await call(), CozeError);
    assertEquals(error.code, "connection-lost");
  }
  assertEquals(paths, ["/v1/bot/create", "/v1/bot/publish", "/v3/chat", "/v3/chat", "/v3/chat"]);
});

for (const call of ["createBot", "publishBot", "chat"] as const) {
  Deno.test(`${call}() is sent once when a kept connection is dropped (security 14)`, async () => {
    let requests = 0;
    await using server = listen(async (connection) => {
      requests++;
      const body = '{"code":0,"data":{"bot_id":"1"}}';
      await write(connection, `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      // The second request on this connection is read and never answered.
      const buffer = new Uint8Array(65_536);
      if (await connection.read(buffer) !== null) requests++;
    });
    const client = createCozeClient({ token: fresh(), baseUrl: server.url });
    await client.createBot(BOT);
    const attempt = {
      createBot: () => client.createBot(BOT),
      publishBot: () => client.publishBot("1"),
      chat: () => Array.fromAsync(client.chat(QUESTION)),
    }[call];
    const error = await assertRejects(async () => await attempt(), CozeError);
    assertEquals([error.code, requests, server.connections], ["connection-lost", 2, 1]);
  });
}

Deno.test("createBot() is sent once on the connection of an exchange (security 14)", async () => {
  let requests = 0;
  await using server = listen(async (connection) => {
    requests++;
    const body = JSON.stringify({ access_token: "czs_1", expires_in: 2_000_000_000 });
    await write(connection, `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    // The bot is read on the same connection, and never answered.
    const buffer = new Uint8Array(65_536);
    if (await connection.read(buffer) !== null) requests++;
  });
  const provider = createTokenProvider(await appAt(server.url));
  const client = createCozeClient({ token: provider });
  const error = await assertRejects(() => client.createBot(BOT), CozeError);
  assertEquals([error.code, requests, server.connections], ["connection-lost", 2, 1]);
});

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
