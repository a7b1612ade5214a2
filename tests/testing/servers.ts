// Servers on 127.0.0.1 for tests: HTTP ones, and raw TCP ones for what no HTTP server will do.

import { importPrivateKey } from "../../lib/key/private_key.ts";
import type { CozeApp } from "../../lib/token_request.ts";
import { pkcs8Pem } from "./keys.ts";

/** A running server; `await using` stops it. */
interface Running extends AsyncDisposable {
  url: string;
  host: string;
  port: number;
}

/** A port on which nothing listens. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

type Handler = (request: Request) => Response | Promise<Response>;

/** Serves HTTP, or HTTPS with a certificate. */
export function serve(handler: Handler, tls?: { cert: string; key: string }): Running {
  const controller = new AbortController();
  const { signal } = controller;
  const quiet = { hostname: "127.0.0.1", port: 0, signal, onListen: () => {} };
  const server = Deno.serve({ ...quiet, ...tls }, handler);
  const { port } = server.addr;
  const host = `127.0.0.1:${port}`;
  return {
    url: `${tls ? "https" : "http"}://${host}`,
    host,
    port,
    async [Symbol.asyncDispose]() {
      // Not shutdown(), which would wait for connections that hang.
      controller.abort();
      await server.finished;
    },
  };
}

/** A raw server. */
export interface RawServer extends Running {
  /** How many connections it has had. */
  readonly connections: number;
  /** Settles at the first connection. */
  connected: Promise<void>;
}

/**
 * Accepts connections, reads one request and leaves the rest to the talk, after which the connection
 * is closed. With `deaf` nothing is read: a connection closed over unread bytes is reset.
 */
export function listen(
  talk: (connection: Deno.TcpConn, request: string) => Promise<unknown>,
  deaf = false,
): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  let connections = 0;
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const hold = async (connection: Deno.TcpConn) => {
    connections++;
    resolve();
    open.add(connection);
    try {
      await talk(connection, deaf ? "" : await readRequest(connection));
    } catch {
      // The client went away, which is what most of these tests are about.
    }
    if (open.delete(connection)) connection.close();
  };
  const talks: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) talks.push(hold(connection));
  })();
  const { port } = listener.addr;
  const host = `127.0.0.1:${port}`;
  return {
    url: `http://${host}`,
    host,
    port,
    get connections() {
      return connections;
    },
    connected,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await accepting;
      await Promise.all(talks);
    },
  };
}

/** Reads a request to its end, as far as its head announces one; a character is a byte. */
async function readRequest(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const end = text.indexOf("\r\n\r\n");
    const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    if (end >= 0 && text.length >= end + 4 + length) return text;
    const read = await connection.read(buffer);
    if (read === null) return text;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, read));
  }
}

/** Writes all of a text, or of bytes. */
export async function write(connection: Deno.Conn, data: string | Uint8Array): Promise<void> {
  let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

/** Waits until the other side closes. */
export async function closed(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (await connection.read(buffer) !== null);
}

/** An app whose endpoint is at this URL. */
export async function appAt(url: string, path = ""): Promise<CozeApp> {
  return {
    clientId: "1127900106117",
    keyId: "key-1",
    privateKey: await importPrivateKey(pkcs8Pem()),
    baseUrl: url + path,
  };
}

/** A wait that is over at once: nothing here sleeps between attempts. */
export const sleep = () => Promise.resolve();
