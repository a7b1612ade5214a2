import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { folder, run, serve } from "./process.ts";

const ROOT = new URL("../../", import.meta.url);
/** The stand-ins are given by URL as well; where JSR is reached there are none. */
const STAND_INS = (Deno.env.get("PACKAGE_FLAGS") ?? "") !== "";

/** The checkout over HTTP, as a code host serves it. */
function checkout() {
  return serve(async (request) => {
    const { pathname } = new URL(request.url);
    const type = pathname.endsWith(".json") ? "application/json" : "application/typescript";
    try {
      const body = await Deno.readFile(new URL(`.${pathname}`, ROOT));
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response("", { status: 404 });
    }
  });
}

Deno.test("cli.ts runs by URL from an empty folder, commands that load late included", async () => {
  await using server = checkout();
  await using place = await folder();
  const byUrl = {
    cwd: place.cwd,
    script: `http://${server.host}/cli.ts`,
    packages: STAND_INS ? [`--import-map=http://${server.host}/npm/import_map.json`] : [],
  };
  assertMatch((await run({ ...byUrl, args: ["--version"] })).stdout, /^\d+\.\d+\.\d+\n$/);
  const explained = await run({ ...byUrl, args: ["explain", "wrong-region", "--lang", "zh"] });
  assertStringIncludes(explained.stdout, "wrong-region (exit 5)");
  const { code, stdout } = await run({ ...byUrl, flags: ["--allow-read=keys"], args: ["inspect"] });
  assertEquals(code, 0);
  assertStringIncludes(stdout, "keys/.env COZE_CLIENT_ID");
});

Deno.test("mod.ts is imported by URL, without any file of ours beside the importer", async () => {
  await using server = checkout();
  await using place = await folder({
    "program.ts": `import { CozeError, importPrivateKey } from "http://${server.host}/mod.ts";
try { await importPrivateKey("x"); } catch (error) { console.log((error as CozeError).code); }`,
  });
  const { stdout, stderr } = await run({
    cwd: place.cwd,
    script: `${place.cwd}/program.ts`,
    flags: [`--allow-import=${server.host}`],
    packages: STAND_INS ? [`--import-map=http://${server.host}/npm/import_map.json`] : [],
  });
  assertEquals(stdout, "key-damaged\n", stderr);
});
