// Coze's token endpoint for many processes: it has a clock of its own, gives tokens of a chosen life,
// and tells who asked. It shares no code with lib/emulator.

import { partsOf } from "../../testing/token_server.ts";

/** One request for a token. */
export interface Exchange {
  /** Which process asked. */
  worker: string;
  /** The session name asked for. */
  name: string;
  /** When it came. */
  at: number;
  /** Whether the assertion's times were accepted. */
  isGranted: boolean;
  token: string;
  /** When the token ends, in milliseconds since the epoch. */
  endsAt: number;
}

/** How the server answers. */
export interface ServerOptions {
  /** How many whole seconds a token lives. */
  lifeSeconds?: number;
  /** What an answer waits for. */
  before?: (exchange: Exchange) => unknown;
}

/** How many seconds an assertion's times may be off. */
const TOLERANCE = 60;

/** Starts the server on loopback. */
export function serveTokens({ lifeSeconds = 900, before }: ServerOptions = {}) {
  const exchanges: Exchange[] = [];
  const watchers = new Set<() => void>();
  const end = Promise.withResolvers<void>();

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const index = exchanges.length;
      const { iat, exp, session_name: name = "" } = partsOf(
        request.headers.get("authorization")!.replace(/^Bearer /, ""),
      ).claims as { iat: number; exp: number; session_name?: string };
      const at = Date.now();
      const seconds = Math.floor(at / 1000);
      const isGranted = iat <= seconds + TOLERANCE && exp >= seconds - TOLERANCE;
      const exchange: Exchange = {
        worker: request.headers.get("x-worker") ?? "",
        name,
        at,
        isGranted,
        token: `czs_${server.addr.port}_${index}`,
        endsAt: (seconds + lifeSeconds) * 1000,
      };
      exchanges.push(exchange);
      for (const watch of watchers) watch();
      await request.text();
      await Promise.race([before?.(exchange), end.promise]);
      // As Coze does, the life counts from the answer on.
      const now = Math.floor(Date.now() / 1000);
      exchange.endsAt = (now + lifeSeconds) * 1000;
      const headers = { date: new Date(now * 1000).toUTCString() };
      return isGranted
        ? Response.json({ access_token: exchange.token, expires_in: now + lifeSeconds }, {
          headers,
        })
        : Response.json(
          { error_code: "invalid_client", error_message: "invalid jwt: time" },
          { status: 401, headers },
        );
    },
  );

  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}`,
    /** All requests, in the order they came. */
    exchanges,
    /** Those that were given a token. */
    granted: () => exchanges.filter(({ isGranted }) => isGranted),
    /** Never resolves while the server runs: an answer that waits for it hangs. */
    hang: () => end.promise,
    /** Waits until so many requests have come, and gives the last of them. */
    async asked(count: number): Promise<Exchange> {
      while (exchanges.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        watchers.add(resolve);
        await promise;
        watchers.delete(resolve);
      }
      return exchanges[count - 1]!;
    },
    async [Symbol.asyncDispose]() {
      end.resolve();
      await server.shutdown();
    },
  };
}
