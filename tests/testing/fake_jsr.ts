import importMap from "../../npm/import_map.json" with { type: "json" };

const SOURCE = "export {};\n";

/**
 * Serves the packages of the import map on loopback, each version with empty modules.
 *
 * @returns Its address; disposing of it ends it.
 */
export async function fakeJsr(): Promise<{ url: string } & AsyncDisposable> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SOURCE));
  const file = { size: SOURCE.length, checksum: `sha256-${new Uint8Array(digest).toHex()}` };
  const answers = new Map<string, unknown>();
  for (const specifier of Object.keys(importMap.imports)) {
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
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const answer = answers.get(new URL(request.url).pathname);
    if (answer === undefined) return new Response("not found", { status: 404 });
    return typeof answer === "string"
      ? new Response(answer, { headers: { "content-type": "text/typescript" } })
      : Response.json(answer);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
