import { assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { exchangeJwt } from "../../../lib/exchange.ts";
import type { RequestOptions } from "../../../lib/transport.ts";
import { bearerOf, createTokenServer, partsOf } from "../../testing/token_server.ts";
import { createCertificate } from "../../testing/certificate.ts";
import { appAt, freePort, listen, serve, sleep } from "../../testing/servers.ts";

async function fail(url: string, options: RequestOptions = {}): Promise<CozeError> {
  const app = await appAt(url);
  return await assertRejects(() => exchangeJwt(app, {}, { sleep, ...options }), CozeError);
}

Deno.test("exchangeJwt() says connection-refused when nothing listens", async () => {
  let waits = 0;
  const port = freePort();
  const count = () => {
    waits++;
    return Promise.resolve();
  };
  const error = await fail(`http://127.0.0.1:${port}`, { sleep: count });
  const host = `127.0.0.1:${port}`;
  assertEquals([error.code, error.details.host, waits], ["connection-refused", host, 2]);
});

Deno.test("exchangeJwt() says connection-lost when the connection is reset", async () => {
  // Closed over bytes that were not read.
  const readable = (connection: Deno.TcpConn) => connection.read(new Uint8Array(1));
  await using server = listen(readable, true);
  const error = await fail(server.url);
  assertEquals([error.code, server.connections], ["connection-lost", 3]);
});

const CERTIFICATES: Record<string, [make: typeof createCertificate, isTrusted: boolean]> = {
  "that is self-signed": [() => createCertificate(), false],
  "that has expired": [() => createCertificate([127, 0, 0, 1], { from: -3, until: -2 }), true],
  "of tomorrow": [() => createCertificate([127, 0, 0, 1], { from: 1, until: 2 }), true],
  "for another address": [() => createCertificate([127, 0, 0, 9]), true],
};

for (const [what, [make, isTrusted]] of Object.entries(CERTIFICATES)) {
  Deno.test(`exchangeJwt() trusts no certificate ${what}`, async () => {
    const certificate = make();
    const server = createTokenServer();
    await using running = serve(server, certificate);
    using client = Deno.createHttpClient({ caCerts: isTrusted ? [certificate.cert] : [] });
    const error = await fail(running.url, { fetch: (request) => fetch(request, { client }) });
    const host = `127.0.0.1:${running.port}`;
    assertEquals([error.code, error.details.host], ["tls-untrusted", host]);
    assertEquals(server.received.length, 0);
  });
}

Deno.test("exchangeJwt() speaks https to a server that the caller trusts", async () => {
  const certificate = createCertificate();
  const server = createTokenServer();
  await using running = serve(server, certificate);
  using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const app = await appAt(running.url);
  await exchangeJwt(app, {}, { fetch: (request) => fetch(request, { client }) });
  const [received] = server.received;
  assertEquals(partsOf(bearerOf(received!)).claims.aud, `127.0.0.1:${running.port}`);
});

Deno.test("exchangeJwt() says connection-lost of a server that speaks no TLS", async () => {
  const server = createTokenServer();
  await using running = serve(server);
  const error = await fail(running.url.replace("http:", "https:"));
  assertEquals([error.code, server.received.length], ["connection-lost", 0]);
});
