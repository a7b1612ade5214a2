// A small client of Redis (RESP2), because many processes with a large one would be slow to start.
// Commands are pipelined. When the connection breaks, the commands that were sent are rejected, and the
// next command connects again. Texts are ASCII.

import { write } from "../../testing/servers.ts";

/** A reply of Redis. */
export type Reply = string | number | null | Reply[];

interface Connection {
  conn: Deno.Conn;
  waiting: PromiseWithResolvers<Reply>[];
}

/** Creates a client of a Redis on loopback; it connects at the first command. */
export function createRespClient(port: number) {
  let current: Promise<Connection> | undefined;

  async function connect(): Promise<Connection> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const connection: Connection = { conn, waiting: [] };
    receive(connection);
    return connection;
  }

  /** Settles the commands in their order until the connection breaks. */
  async function receive({ conn, waiting }: Connection): Promise<void> {
    const chunk = new Uint8Array(64 * 1024);
    let text = "";
    try {
      for (let count = await conn.read(chunk); count !== null; count = await conn.read(chunk)) {
        text += new TextDecoder().decode(chunk.subarray(0, count));
        for (let parsed = parse(text, 0); parsed; parsed = parse(text, 0)) {
          const [reply, end] = parsed;
          text = text.slice(end);
          if (reply instanceof Error) waiting.shift()!.reject(reply);
          else waiting.shift()!.resolve(reply);
        }
      }
    } catch {
      // The connection broke.
    }
    current = undefined;
    close(conn);
    for (const { reject } of waiting) reject(new Deno.errors.ConnectionReset("Redis is gone"));
  }

  return {
    /** Sends a command and resolves to its reply. */
    async command(args: string[]): Promise<Reply> {
      const opening = current ??= connect();
      const { conn, waiting } = await opening.catch((error) => {
        if (current === opening) current = undefined;
        throw error;
      });
      const reply = Promise.withResolvers<Reply>();
      waiting.push(reply);
      const parts = args.map((arg) => `$${arg.length}\r\n${arg}\r\n`);
      // A socket takes a command at once, so two do not mix. `receive` reports errors.
      write(conn, `*${args.length}\r\n${parts.join("")}`).catch(() => close(conn));
      return await reply.promise;
    },
    close: () => void current?.then(({ conn }) => close(conn), () => {}),
  };
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}

/** Reads one reply, and where it ends; `undefined` when it is not complete. */
function parse(text: string, start: number): [reply: Reply | Error, end: number] | undefined {
  const lineEnd = text.indexOf("\r\n", start);
  if (lineEnd < 0) return undefined;
  const line = text.slice(start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (text[start]) {
    case "-":
      return [new Error(line), next];
    case ":":
      return [Number(line), next];
    case "$": {
      const end = next + Number(line);
      if (Number(line) < 0) return [null, next];
      return text.length < end + 2 ? undefined : [text.slice(next, end), end + 2];
    }
    case "*": {
      const replies: Reply[] = [];
      let at = next;
      for (let left = Number(line); left > 0; left--) {
        const parsed = parse(text, at);
        if (!parsed) return undefined;
        replies.push(parsed[0] as Reply);
        at = parsed[1];
      }
      return [replies, at];
    }
    default:
      return [line, next];
  }
}
