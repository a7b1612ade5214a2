// Servers on 127.0.0.1 for tests: HTTP ones, and raw TCP ones for what no HTTP server will do.

import { importPrivateKey } from "../../lib/private_key.ts";
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
      const requests = requestsOf(connection);
      await talk(connection, deaf ? "" : (await requests.next()).value ?? "");
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

/** Reads the requests of a connection, each to its end; a character is a byte. */
async function* requestsOf(connection: Deno.TcpConn): AsyncGenerator<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    for (let end = endOfRequest(text); end > 0; end = endOfRequest(text)) {
      yield text.slice(0, end);
      text = text.slice(end);
    }
    const read = await connection.read(buffer);
    if (read === null) return;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, read));
  }
}

/** Where the first request of a text ends; 0 when its end has not arrived. */
function endOfRequest(text: string): number {
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  if (bodyAt < 4) return 0;
  const head = text.slice(0, bodyAt);
  let end = bodyAt + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (isChunked(head)) {
    const chunks = chunksOf(text.slice(bodyAt));
    if (chunks.at(-1) !== "0\r\n\r\n") return 0;
    end += chunks.join("").length;
  }
  return end <= text.length ? end : 0;
}

function isChunked(head: string): boolean {
  return /^transfer-encoding: *chunked/im.test(head);
}

/** Splits a chunked body into its complete chunks, each with its length line. */
function chunksOf(body: string): string[] {
  const chunks: string[] = [];
  for (let at = 0;;) {
    const [line, hex] = /^([\da-f]+)\r\n/i.exec(body.slice(at)) ?? [];
    if (line === undefined || hex === undefined) return chunks;
    const size = parseInt(hex, 16);
    const chunk = body.slice(at, at + line.length + size + 2);
    if (chunk.length < line.length + size + 2) return chunks;
    chunks.push(chunk);
    if (size === 0) return chunks;
    at += chunk.length;
  }
}

/** A request as it came over the wire. */
export interface WireRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Headers;
  /** What stands behind `Bearer`. */
  bearer: string;
  body: string;
  /** The number of its connection, from 1. */
  connection: number;
  /** The place of the request on its connection, from 1. */
  place: number;
}

/** What a kept-alive server writes, as it stands, and whether it then closes the connection. */
export interface WireAnswer {
  text: string;
  isLast?: boolean;
}

/** A whole JSON answer. With `isLast` the client is told that the connection ends. */
export function wireJson(value: unknown, isLast = false): WireAnswer {
  const body = JSON.stringify(value);
  const length = new TextEncoder().encode(body).length;
  const more = isLast ? "connection: close\r\n" : "";
  const head = `content-type: application/json\r\ncontent-length: ${length}\r\n${more}`;
  return { text: `HTTP/1.1 200 OK\r\n${head}\r\n${body}`, isLast };
}

/**
 * Serves many requests on each connection. Every request is read whole, also one that is then not
 * answered.
 */
export function keepAlive(
  answer: (request: WireRequest) => WireAnswer,
): RawServer & { readonly received: WireRequest[] } {
  const received: WireRequest[] = [];
  let connections = 0;
  const server = listen(async (connection) => {
    const number = ++connections;
    let place = 0;
    for await (const text of requestsOf(connection)) {
      const request = parseRequest(text, number, ++place);
      received.push(request);
      const { text: answered, isLast } = answer(request);
      await write(connection, answered);
      if (isLast) return;
    }
  }, true);
  return Object.assign(server, { received });
}

function parseRequest(text: string, connection: number, place: number): WireRequest {
  const [head, ...rest] = text.split("\r\n\r\n") as [string, ...string[]];
  const [line, ...lines] = head.split("\r\n") as [string, ...string[]];
  const [method, path] = line.split(" ") as [string, string];
  const headers = new Headers(lines.map((each) => each.split(/: */, 2) as [string, string]));
  const raw = rest.join("\r\n\r\n");
  const latin1 = isChunked(head)
    ? chunksOf(raw).map((chunk) => chunk.replace(/^.*\r\n/, "").slice(0, -2)).join("")
    : raw;
  const bytes = Uint8Array.from(latin1, (character) => character.charCodeAt(0));
  return {
    method,
    path,
    headers,
    bearer: headers.get("authorization")?.replace(/^Bearer /, "") ?? "",
    body: new TextDecoder().decode(bytes),
    connection,
    place,
  };
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
