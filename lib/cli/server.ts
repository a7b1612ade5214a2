import { type Arguments, CliError, type Context, usageError, valueError } from "./context.ts";

export function portOf(args: Arguments, otherwise: number): number {
  const given = args.value("port") ?? String(otherwise);
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Infinity;
  if (port > 65_535) throw valueError("--port", "0 … 65535");
  return port;
}

/**
 * Serves on 127.0.0.1 until ^C. A request whose Host header names another machine is refused: a web
 * page sends it by DNS rebinding.
 */
export async function listen(
  { io, signal }: Context,
  handler: (request: Request) => Promise<Response>,
  port: number,
  hostnames: readonly string[],
): Promise<{ port: number; finished: Promise<void> }> {
  const answer = (request: Request) => {
    // Deno passes on a Host header that is no host.
    const { hostname = "" } = URL.parse(request.url) ?? {};
    if (hostnames.includes(hostname)) return handler(request);
    const text = `This server answers for ${hostnames.join(" and ")} only\n`;
    return Promise.resolve(new Response(text, { status: 421 }));
  };
  try {
    return await io.serve(answer, port, signal);
  } catch (error) {
    const { name } = error as Error;
    const reason = { AddrInUse: "port-used", PermissionDenied: "port-denied" }[name];
    if (reason) throw usageError(reason, { port }, { words: [], flags: { port: "0" } });
    if (name !== "NotCapable") throw error;
    throw new CliError("sandbox-net", { host: "127.0.0.1" });
  }
}
