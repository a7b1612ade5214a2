import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { exchangeJwt } from "../../../lib/exchange.ts";
import type { RequestOptions } from "../../../lib/transport.ts";
import { bearerOf, createTokenServer, partsOf, text, TOKEN } from "../../testing/token_server.ts";
import { createCertificate } from "../../testing/certificate.ts";
import { appAt, listen, serve, sleep } from "../../testing/servers.ts";

async function fail(url: string, options: RequestOptions = {}): Promise<CozeError> {
  const app = await appAt(url);
  return await assertRejects(() => exchangeJwt(app, {}, { sleep, ...options }), CozeError);
}

/** A port that nobody listens on any more. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

Deno.test("exchangeJwt() says connection-refused when nothing listens", async () => {
  let waits = 0;
  const port = freePort();
  const count = () => {
    waits++;
    return Promise.resolve();
  };
  const error = await fail(`http://127.0.0.1:${port}`, { sleep: count });
  assertEquals([error.code, error.details.host, waits], [
    "connection-refused",
    `127.0.0.1:${port}`,
    2,
  ]);
});

/** A free port that has 407 in it, as over a hundred of those that a system hands out do. */
function portWith407(): number {
  for (let port = 40_700; port < 40_800; port++) {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch {
      // In use: the next one.
    }
  }
  throw new Error("no port is free");
}

Deno.test("exchangeJwt() takes no port for the status 407", async () => {
  const port = portWith407();
  assertEquals((await fail(`http://127.0.0.1:${port}`)).code, "connection-refused");
});

Deno.test("exchangeJwt() says connection-lost when the connection is reset", async () => {
  // Closed over bytes that were not read.
  const readable = (connection: Deno.TcpConn) => connection.read(new Uint8Array(1));
  await using server = listen(readable, true);
  const error = await fail(server.url);
  assertEquals([error.code, server.connections], ["connection-lost", 3]);
});

Deno.test("exchangeJwt() gets over a server that comes back", async () => {
  const server = createTokenServer(
    text("", 503),
    text("", 502),
    () => Response.json({ access_token: TOKEN, expires_in: 900 }),
  );
  await using running = serve(server);
  const { accessToken } = await exchangeJwt(await appAt(running.url), {}, { sleep });
  assertEquals([accessToken, server.received.length], [TOKEN, 3]);
  const ids = server.received.map((request) => partsOf(bearerOf(request)).claims.jti);
  assertEquals(new Set(ids).size, 3);
});

for (const url of ["https://api.coze.cn", "https://127.0.0.2", "http://[::1]:8000"]) {
  Deno.test(`exchangeJwt() names the flag that the sandbox wants for ${url}`, async () => {
    const error = await fail(url);
    assertEquals(error.code, "sandbox-net");
    assert(error.message.endsWith(`--allow-net=${new URL(url).host}`), error.message);
  });
}

const UNKNOWN_HOST = "does-not-exist.invalid";
const { state } = await Deno.permissions.query({ name: "net", host: `${UNKNOWN_HOST}:443` });

// The sandbox of this group denies the name; run by hand with --allow-net the look-up fails for real.
Deno.test(`exchangeJwt() says why it cannot reach ${UNKNOWN_HOST}`, async () => {
  const expected = state === "granted" ? "dns-failure" : "sandbox-net";
  assertEquals((await fail(`https://${UNKNOWN_HOST}`)).code, expected);
});

Deno.test("exchangeJwt() trusts no self-signed certificate", async () => {
  const server = createTokenServer();
  await using running = serve(server, createCertificate());
  const error = await fail(running.url);
  assertEquals([error.code, error.details.host], ["tls-untrusted", `127.0.0.1:${running.port}`]);
  assertEquals(server.received.length, 0);
});

const CERTIFICATES = {
  "that has expired": () => createCertificate([127, 0, 0, 1], { from: -3, until: -2 }),
  "of tomorrow": () => createCertificate([127, 0, 0, 1], { from: 1, until: 2 }),
  "for another address": () => createCertificate([127, 0, 0, 9]),
};

for (const [what, make] of Object.entries(CERTIFICATES)) {
  Deno.test(`exchangeJwt() trusts no certificate ${what}`, async () => {
    const certificate = make();
    const server = createTokenServer();
    await using running = serve(server, certificate);
    using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    const error = await fail(running.url, { fetch: (request) => fetch(request, { client }) });
    assertEquals([error.code, server.received.length], ["tls-untrusted", 0]);
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
