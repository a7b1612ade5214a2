import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT } from "../testing/files.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { firstLine, folder, HAS_STAND_INS, run, served, start } from "../testing/process.ts";
import { serve } from "../testing/servers.ts";

/** The checkout over HTTP, as a code host serves it under a version. */
// Deno keeps what it loaded from this port before.
function checkout(folder = `/v1.2.3-${crypto.randomUUID()}/`) {
  const server = serve(async (request) => {
    const { pathname } = new URL(request.url);
    const type = pathname.endsWith(".json") ? "application/json" : "application/typescript";
    try {
      const body = await Deno.readFile(`${ROOT}${pathname.replace(folder, "")}`);
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response("", { status: 404 });
    }
  });
  const base = `http://${server.host}${folder.slice(0, -1)}`;
  return {
    ...server,
    base,
    packages: HAS_STAND_INS ? [`--import-map=${base}/npm/import_map.json`] : [],
  };
}

Deno.test("every command of cli.ts runs by URL from an empty folder, under its documented flags", async () => {
  await using server = checkout();
  await using api = served();
  await using place = await folder();
  const byUrl = { cwd: place.cwd, script: `${server.base}/cli.ts`, packages: server.packages };
  const read = ["--allow-read=keys"];
  const write = [...read, "--allow-write=keys"];

  assertMatch((await run({ ...byUrl, args: ["--version"] })).stdout, /^\d+\.\d+\.\d+\n$/);
  const explained = await run({ ...byUrl, args: ["explain", "wrong-region", "--lang", "zh"] });
  assertStringIncludes(explained.stdout, "wrong-region（退出码 5）");
  const inspected = await run({ ...byUrl, flags: read, args: ["inspect"] });
  assertEquals(inspected.code, 0, inspected.stderr);
  assertStringIncludes(inspected.stdout, "keys/.env COZE_CLIENT_ID");
  const examined = await run({
    ...byUrl,
    flags: [...read, `--allow-net=${api.host}`],
    args: ["doctor", "--base-url", `http://${api.host}`],
  });
  assertStringIncludes(examined.stderr, "No problem was found.");
  // What it prints to type begins as it was started.
  const { stderr } = await run({ ...byUrl, flags: read, args: ["bot", "list"] });
  const started = ["  $ deno run", ...server.packages, "--no-prompt"].join(" ");
  assertStringIncludes(stderr, started);
  assertMatch(stderr, new RegExp(` ${RegExp.escape(byUrl.script)} workspaces$`, "m"));
  const laidOut = await run({ ...byUrl, flags: write, args: ["init", "--keys", "keys/new"] });
  assertEquals(laidOut.stdout, "keys/new/.gitignore\nkeys/new/.env\n", laidOut.stderr);
  const made = await run({ ...byUrl, flags: write, args: ["keygen", "--keys", "keys/new"] });
  assertStringIncludes(made.stdout, "BEGIN PUBLIC KEY", made.stderr);
  const token = await run({
    ...byUrl,
    flags: [...read, `--allow-net=${api.host}`],
    args: ["token", "--base-url", `http://${api.host}`],
  });
  assertMatch(token.stdout, /^czs_emulator_/, token.stderr);

  for (const line of ["emulator", "serve --emulator --port 0"]) {
    const child = start({ ...byUrl, flags: ["--allow-net=127.0.0.1"], args: line.split(" ") });
    const url = await firstLine(child);
    assertMatch(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const text = await (await fetch(url)).text();
    assertEquals(text.startsWith("<!doctype html>"), line !== "emulator");
    child.kill("SIGTERM");
    assertEquals((await child.output()).code, 0);
  }
});

Deno.test("cli.ts from a JSR registry prints commands that start it from there", async () => {
  const name = `@scope-${crypto.randomUUID()}/coze-jwt`;
  await using server = checkout(`/${name}/0.1.0/`);
  await using place = await folder();
  const script = `${server.base}/cli.ts`;
  const { stderr } = await run({ ...place, script, packages: server.packages, args: ["token"] });
  assertStringIncludes(stderr, ` --allow-read=keys jsr:${name}@0.1.0/cli token\n`);
});

Deno.test("mod.ts works when imported by URL, without a deno.json", async () => {
  const jsr = new URL(Deno.env.get("JSR_URL") ?? "https://jsr.io").host;
  await using server = checkout();
  await using api = served();
  await using place = await folder({
    "program.ts": `import { exchangeJwt } from "${server.base}/mod.ts";
const { accessToken, expiresAt } = await exchangeJwt({
  clientId: "${CLIENT_ID}",
  keyId: "${KEY_ID}",
  privateKey: await Deno.readFile("keys/private_key.pem"),
  baseUrl: "http://${api.host}",
});
console.log(accessToken.slice(0, 13), expiresAt > Date.now());`,
  });
  const { stdout, stderr } = await run({
    cwd: place.cwd,
    script: `${place.cwd}/program.ts`,
    flags: [
      // Naming hosts takes the place of Deno's default list, in which JSR stands.
      `--allow-import=${server.host}${HAS_STAND_INS ? "" : `,${jsr}`}`,
      `--allow-net=${api.host}`,
      "--allow-read=keys",
    ],
    packages: server.packages,
  });
  assertEquals(stdout, "czs_emulator_ true\n", stderr);
});

Deno.test("deno install --global makes a command of the URL, with its permissions", async () => {
  await using server = checkout();
  await using place = await folder();
  const permissions = ["--no-prompt", "--allow-net=api.coze.cn", "--allow-read=keys"];
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const installed = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["install", "--global", "--root", place.cwd, "--name", "coze-jwt"],
      ...permissions,
      ...server.packages,
      `${server.base}/cli.ts`,
    ],
    cwd: place.cwd,
    env,
  }).output();
  assert(installed.success, new TextDecoder().decode(installed.stderr));
  const path = `${Deno.execPath().replace(/[/\\][^/\\]*$/, "")}:${Deno.env.get("PATH")}`;
  const command = async (...args: string[]) => {
    const child = new Deno.Command(`${place.cwd}/bin/coze-jwt`, {
      args,
      cwd: place.cwd,
      env: { ...env, PATH: path },
    });
    const { code, stdout, stderr } = await child.output();
    return [code, new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)] as const;
  };
  const [code, stdout, stderr] = await command("inspect", "--lang", "en");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "<- keys/private_key.pem");
  const [refused, , words] = await command("token", "--region", "com", "--lang", "en");
  assertEquals(refused, 9);
  assertStringIncludes(words, "--allow-net=api.coze.com");
});
