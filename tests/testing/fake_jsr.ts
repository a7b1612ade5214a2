import standIns from "../../npm/deno.json" with { type: "json" };

const SOURCE = "export {};\n";

/**
 * Serves the packages that have stand-ins on loopback, each with empty modules.
 *
 * @returns Its address, and a switch that makes it refuse everything.
 */
export async function fakeJsr() {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SOURCE));
  const file = { size: SOURCE.length, checksum: `sha256-${new Uint8Array(digest).toHex()}` };
  const answers = new Map<string, unknown>();
  for (const specifier of Object.keys(standIns.imports)) {
    const parts = specifier.match(/^jsr:(@[^/]+\/[^@]+)@([^/]+)(\/.+)?$/);
    if (parts === null) continue;
    const [, name, version, subpath] = parts;
    answers.set(`/${name}/meta.json`, { versions: { [version!]: {} } });
    const meta = answers.get(`/${name}/${version}_meta.json`) as { exports: object } | undefined;
    answers.set(`/${name}/${version}_meta.json`, {
      manifest: { "/mod.ts": file },
      exports: { ...meta?.exports, [subpath === undefined ? "." : `.${subpath}`]: "./mod.ts" },
    });
    answers.set(`/${name}/${version}/mod.ts`, SOURCE);
  }
  let isRefusing = false;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const answer = answers.get(new URL(request.url).pathname);
    if (isRefusing) return new Response("busy", { status: 400 });
    if (answer === undefined) return new Response("not found", { status: 404 });
    return typeof answer === "string"
      ? new Response(answer, { headers: { "content-type": "text/typescript" } })
      : Response.json(answer);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    refuse: (refusing: boolean) => isRefusing = refusing,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
