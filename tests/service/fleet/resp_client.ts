// A small client of Redis (RESP2), as many processes with a large one would be slow to start. Commands
// are pipelined; what was sent over a connection that broke is rejected, and the next command connects
// anew.

import { write } from "../../testing/servers.ts";

/** What Redis answers. */
export type Reply = string | number | null | Reply[];

/** Sends a command and resolves to what is answered. */
export type Command = (args: string[]) => Promise<Reply>;

interface Connection {
  conn: Deno.Conn;
  waiting: PromiseWithResolvers<Reply>[];
}

/** Makes a client of a Redis on loopback; nothing is connected until the first command. */
export function createRespClient(port: number): { command: Command; close: () => void } {
  let current: Promise<Connection> | undefined;

  async function connect(): Promise<Connection> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const connection: Connection = { conn, waiting: [] };
    drain(connection);
    return connection;
  }

  /** Hands the replies out until the connection breaks. */
  async function drain({ conn, waiting }: Connection): Promise<void> {
    const read = createReader(conn);
    let reason: unknown;
    try {
      for (;;) {
        const reply = await readReply(read);
        const first = waiting.shift()!;
        if (reply instanceof Error) first.reject(reply);
        else first.resolve(reply);
      }
    } catch (error) {
      reason = error;
    }
    current = undefined;
    close(conn);
    for (const { reject } of waiting) reject(reason);
  }

  async function command(args: string[]): Promise<Reply> {
    const opening = current ??= connect();
    let connection: Connection;
    try {
      connection = await opening;
    } catch (error) {
      if (current === opening) current = undefined;
      throw error;
    }
    const reply = Promise.withResolvers<Reply>();
    connection.waiting.push(reply);
    // The reader reports errors of the connection. Commands are shorter than what a socket takes at
    // once, so two do not mix.
    write(connection.conn, encode(args)).catch(() => close(connection.conn));
    return await reply.promise;
  }

  return { command, close: () => void current?.then(({ conn }) => close(conn), () => {}) };
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}

function encode(args: string[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = args.map((arg) => `$${encoder.encode(arg).length}\r\n${arg}\r\n`);
  return encoder.encode(`*${args.length}\r\n${parts.join("")}`);
}

/** Reads a line without its end, or so many bytes and the end of line after them. */
type Read = (length?: number) => Promise<string>;

function createReader(conn: Deno.Conn): Read {
  const chunk = new Uint8Array(64 * 1024);
  let rest = new Uint8Array();
  return async (length) => {
    for (;;) {
      const end = length ?? rest.findIndex((byte, at) => byte === 13 && rest[at + 1] === 10);
      if (end >= 0 && rest.length >= end + 2) {
        const text = new TextDecoder().decode(rest.subarray(0, end));
        rest = rest.slice(end + 2);
        return text;
      }
      const count = await conn.read(chunk);
      if (count === null) throw new Deno.errors.ConnectionReset("Redis closed the connection");
      const joined = new Uint8Array(rest.length + count);
      joined.set(rest);
      joined.set(chunk.subarray(0, count), rest.length);
      rest = joined;
    }
  };
}

async function readReply(read: Read): Promise<Reply | Error> {
  const line = await read();
  const rest = line.slice(1);
  if (line[0] === "+") return rest;
  if (line[0] === "-") return new Error(rest);
  if (line[0] === ":") return Number(rest);
  const count = Number(rest);
  if (count < 0) return null;
  if (line[0] === "$") return await read(count);
  const replies: Reply[] = [];
  for (let at = 0; at < count; at++) {
    const reply = await readReply(read);
    if (reply instanceof Error) return reply;
    replies.push(reply);
  }
  return replies;
}
