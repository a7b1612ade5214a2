import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { CozeError } from "../../../lib/error.ts";
import { exchangeJwt } from "../../../lib/exchange.ts";
import { NETWORK_CODES, type RequestOptions } from "../../../lib/http.ts";
import { bearerOf, createTokenServer, partsOf } from "../../testing/token_server.ts";
import { createCertificate } from "../../testing/certificate.ts";
import { pkcs8Pem } from "../../testing/keys.ts";
import { run } from "../../testing/process.ts";
import { appAt, closed, freePort, listen, serve, sleep, write } from "../../testing/servers.ts";

async function fail(url: string, options: RequestOptions = {}): Promise<CozeError> {
  const app = await appAt(url);
  return await assertRejects(() => exchangeJwt(app, {}, { sleep, ...options }), CozeError);
}

/** No resolver is asked for it: a label has 63 characters at most. */
const IMPOSSIBLE_NAME = `${"a".repeat(64)}.invalid`;

/** Fails for each reason, with what the network says today; gives the code and the host. */
const FAILURES: Record<string, () => Promise<{ code: string; host: unknown; expected: string }>> = {
  async "dns-failure"() {
    const script = fileURLToPath(new URL("testdata/exchange.ts", import.meta.url));
    const flags = [`--allow-net=${IMPOSSIBLE_NAME}`];
    const args = [`https://${IMPOSSIBLE_NAME}`, pkcs8Pem()];
    const { stdout } = await run({ cwd: Deno.cwd(), flags, script, args });
    const { code, details } = JSON.parse(stdout);
    return { code, host: details.host, expected: IMPOSSIBLE_NAME };
  },
  async "connection-refused"() {
    const host = `127.0.0.1:${freePort()}`;
    const { code, details } = await fail(`http://${host}`);
    return { code, host: details.host, expected: host };
  },
  async "connection-lost"() {
    // Closed over bytes that were not read: the connection is reset.
    const readOne = (connection: Deno.TcpConn) => connection.read(new Uint8Array(1));
    await using server = listen(readOne, true);
    const { code, details } = await fail(server.url);
    assertEquals(server.connections, 3);
    return { code, host: details.host, expected: server.host };
  },
  async "tls-untrusted"() {
    await using server = serve(createTokenServer(), createCertificate());
    const { code, details } = await fail(server.url);
    return { code, host: details.host, expected: server.host };
  },
  async "proxy-refused"() {
    const refuse = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    await using proxy = listen((connection) => write(connection, refuse));
    using client = Deno.createHttpClient({ proxy: { url: proxy.url } });
    const host = `127.0.0.1:${freePort()}`;
    const options = { fetch: (request: Request) => fetch(request, { client }) };
    const { code, details } = await fail(`https://${host}`, options);
    assertEquals(proxy.connections, 1);
    // NO_PROXY takes no port.
    return { code, host: details.host, expected: "127.0.0.1" };
  },
  async "timeout"() {
    await using server = listen(closed);
    const { code, details } = await fail(server.url, { timeoutMs: 60 });
    return { code, host: details.host, expected: server.host };
  },
};

for (const [name, failWith] of Object.entries(FAILURES)) {
  Deno.test(`exchangeJwt() says ${name} for a real failure of the network`, async () => {
    const { code, host, expected } = await failWith();
    assertEquals([code, host], [name, expected]);
  });
}

Deno.test("exchangeJwt() has a real failure in these tests for each code of the network", () => {
  assertEquals(Object.keys(FAILURES).sort(), [...NETWORK_CODES].sort());
});

Deno.test("exchangeJwt() waits twice between three attempts when nothing listens", async () => {
  let waits = 0;
  const count = () => {
    waits++;
    return Promise.resolve();
  };
  await fail(`http://127.0.0.1:${freePort()}`, { sleep: count });
  assertEquals(waits, 2);
});

const THROWN: [thrown: Error, calls: number][] = [
  [new TypeError("Cannot read properties of undefined"), 1],
  [new RangeError("Invalid array length"), 1],
  [new ReferenceError("x is not defined"), 1],
  [new SyntaxError("Unexpected token"), 1],
  [new TypeError("fetch failed", { cause: new Error("connection reset") }), 3],
];

for (const [thrown, expected] of THROWN) {
  const what = `${thrown.name} "${thrown.message}"`;
  Deno.test(`exchangeJwt() calls a fetch that throws ${what} ${expected} times`, async () => {
    let calls = 0;
    const fetch = () => {
      calls++;
      return Promise.reject(thrown);
    };
    const app = await appAt("http://127.0.0.1");
    const error = await assertRejects(() => exchangeJwt(app, {}, { fetch, sleep }), Error);
    assertEquals([calls, error === thrown], [expected, expected === 1]);
  });
}

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
