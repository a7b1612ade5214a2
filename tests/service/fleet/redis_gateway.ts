import { createClient } from "./redis_client.ts";

/** A REST gateway in front of a Redis, as Upstash has it. */
interface RedisGateway {
  /** `http://127.0.0.1:…/` */
  readonly url: string;
  /** What it wants to be shown as `Authorization: Bearer …`. */
  readonly token: string;
  stop(): Promise<void>;
}

/**
 * Starts a gateway on loopback: a POST with a command as a JSON array is answered with
 * `{"result": …}`, or with `{"error": "…"}` and 400. Source: Upstash's page "REST API".
 *
 * @param redisUrl The Redis behind it.
 * @returns The running gateway.
 */
export async function startGateway(redisUrl: string): Promise<RedisGateway> {
  const client = await createClient({ url: redisUrl }).connect();
  const token = crypto.randomUUID();

  async function answer(request: Request): Promise<Response> {
    const body = await request.text();
    if (request.headers.get("authorization") !== `Bearer ${token}`) {
      return Response.json({ error: "Unauthorized" }, { status: 401 });
    }
    try {
      return Response.json({ result: await client.sendCommand(JSON.parse(body)) });
    } catch (error) {
      return Response.json({ error: String(error) }, { status: 400 });
    }
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    token,
    async stop() {
      await server.shutdown();
      client.destroy();
    },
  };
}
