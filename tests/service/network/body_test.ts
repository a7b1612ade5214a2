import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { exchangeJwt } from "../../../lib/exchange.ts";
import type { RequestOptions } from "../../../lib/http.ts";
import { createTokenServer, TOKEN, TOKEN_ENDS } from "../../testing/token_server.ts";
import {
  appAt,
  closed,
  listen,
  type RawServer,
  serve,
  sleep,
  write,
} from "../../testing/servers.ts";

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const GRANT = JSON.stringify({ access_token: TOKEN, expires_in: TOKEN_ENDS });
const MIB = 1024 * 1024;

async function fail(url: string, options: RequestOptions = {}): Promise<CozeError> {
  const app = await appAt(url);
  return await assertRejects(() => exchangeJwt(app, {}, { sleep, ...options }), CozeError);
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const ENDLESS = {
  "without a length": ["connection: close\r\n\r\n", (block: string) => block],
  "in chunks": [
    "transfer-encoding: chunked\r\n\r\n",
    (block: string) => `${block.length.toString(16)}\r\n${block}\r\n`,
  ],
  "with a huge length": ["content-length: 999999999999\r\n\r\n", (block: string) => block],
} as const;

for (const [what, [head, frame]] of Object.entries(ENDLESS)) {
  Deno.test(`exchangeJwt() hangs up on an endless body ${what} (security 8)`, async () => {
    let sent = 0;
    await using server = listen(async (connection) => {
      await write(connection, HEAD + head);
      const block = frame(" ".repeat(16_384));
      for (;;) {
        await write(connection, block);
        sent += block.length;
      }
    });
    const error = await fail(server.url);
    assertEquals([error.code, error.details.limit], ["answer-invalid", 65_536]);
    assertEquals(server.connections, 1);
    // What lies in the buffers of two sockets, and not more.
    assert(sent < 32 * MIB, `${sent} bytes were taken`);
  });
}

Deno.test("exchangeJwt() counts a compressed body unpacked (security 8)", async () => {
  const bomb = await gzip(new Uint8Array(4 * MIB));
  assert(bomb.length < 8 * 1024);
  const headers = { "content-encoding": "gzip", "content-type": "application/json" };
  const server = createTokenServer(() => new Response(bomb, { headers }));
  await using running = serve(server);
  const error = await fail(running.url);
  assertEquals([error.code, server.received.length], ["answer-invalid", 1]);
});

Deno.test("exchangeJwt() reads a compressed answer", async () => {
  const body = await gzip(new TextEncoder().encode(GRANT));
  const headers = { "content-encoding": "gzip" };
  await using running = serve(createTokenServer(() => new Response(body, { headers })));
  assertEquals((await exchangeJwt(await appAt(running.url))).accessToken, TOKEN);
});

/** Writes a byte when the last one has been on its way for a while. */
async function dribble(connection: Deno.TcpConn): Promise<void> {
  await write(connection, `${HEAD}content-length: 1000\r\n\r\n`);
  for (;;) {
    await write(connection, " ");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const LATE: Record<string, () => RawServer> = {
  "a server that never answers": () => listen(closed),
  "half a head": () =>
    listen(async (connection) => {
      await write(connection, "HTTP/1.1 200 OK\r\ncontent-");
      await closed(connection);
    }),
  "a body that does not come": () =>
    listen(async (connection) => {
      await write(connection, `${HEAD}content-length: 10\r\n\r\n`);
      await closed(connection);
    }),
  "a body that dribbles": () => listen(dribble),
};

for (const [what, start] of Object.entries(LATE)) {
  Deno.test(`exchangeJwt() gives up on ${what} at the deadline (security 9)`, async () => {
    await using server = start();
    const error = await fail(server.url, { timeoutMs: 60 });
    const details = { host: `127.0.0.1:${server.port}`, timeoutMs: 60 };
    assertEquals([error.code, error.details], ["timeout", details]);
    // On a busy machine the time may be over before it connects.
    assert(server.connections <= 1, "it does not try again");
  });

  Deno.test(`exchangeJwt() is interrupted while it waits for ${what}`, async () => {
    await using server = start();
    const controller = new AbortController();
    const fetching = fail(server.url, { signal: controller.signal });
    const ended = fetching.then(({ code }) => {
      throw new Error(`it ended with ${code} before it connected`);
    });
    await Promise.race([server.connected, ended]);
    controller.abort();
    assertEquals((await fetching).code, "interrupted");
  });

  Deno.test(`exchangeJwt() is interrupted by the caller's own timeout while it waits for ${what}`, async () => {
    await using server = start();
    const { code, details } = await fail(server.url, { signal: AbortSignal.timeout(50) });
    assertEquals([code, details], ["interrupted", {}]);
  });
}

const CUT: Record<string, string> = {
  "a body shorter than its length": `${HEAD}content-length: 500\r\n\r\n${GRANT}`,
  "a chunk that breaks off": `${HEAD}transfer-encoding: chunked\r\n\r\n80\r\n${GRANT}`,
  "chunks without an end": `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`,
  "half a head": "HTTP/1.1 200 OK\r\ncontent-",
  "no HTTP": "220 mail.example ESMTP\r\n",
  "nothing": "",
};

for (const [what, answer] of Object.entries(CUT)) {
  Deno.test(`exchangeJwt() tries three times and reports connection-lost for ${what}`, async () => {
    await using server = listen((connection) => write(connection, answer));
    const error = await fail(server.url);
    assertEquals([error.code, server.connections], ["connection-lost", 3]);
  });
}

Deno.test("exchangeJwt() takes no token from a body that was cut off", async () => {
  let first = true;
  await using server = listen(async (connection) => {
    const length = GRANT.length + (first ? 1 : 0);
    first = false;
    await write(
      connection,
      `${HEAD}content-length: ${length}\r\nconnection: close\r\n\r\n${GRANT}`,
    );
  });
  assertEquals((await exchangeJwt(await appAt(server.url), {}, { sleep })).accessToken, TOKEN);
  assertEquals(server.connections, 2);
});
