// Coze's token endpoint for many processes: it issues tokens of a chosen life and keeps every request.
// It shares no code with lib/emulator.

import { partsOf } from "../../testing/token_server.ts";

/** One request for a token. */
export interface Exchange {
  /** Which process asked. */
  worker: string;
  /** The session name asked for. */
  name: string;
  /** When it came. */
  at: number;
  /** Whether the times of the assertion were accepted. */
  isGranted: boolean;
  token: string;
  /** When the token ends, in milliseconds since the epoch. */
  endsAt: number;
}

/** How the server responds. */
export interface ServerOptions {
  /** How many whole seconds a token lives. */
  lifeSeconds?: number;
  /** How many seconds the times of an assertion may be off. */
  tolerance?: number;
  /** What a response waits for. */
  before?: (exchange: Exchange) => unknown;
}

/** Starts the server on loopback. */
export function serveTokens(
  { lifeSeconds = 900, tolerance = 60, before }: ServerOptions = {},
) {
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
      const isGranted = iat <= seconds + tolerance && exp >= seconds - tolerance;
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
      // As at Coze, the life counts from the response on.
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
    /** The requests of one session name. */
    of: (name: string) => exchanges.filter((exchange) => exchange.name === name),
    /** Does not settle while the server runs: a response that waits for it hangs. */
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
