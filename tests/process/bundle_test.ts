// What `deno task bundle` makes, away from the checkout and without any registry.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import denoJson from "../../deno.json" with { type: "json" };
import { parseArguments } from "../../lib/cli/parse.ts";
import { permissionsFor } from "../../lib/cli/permissions.ts";
import { WORKSPACE } from "../testing/bot_world.ts";
import { checkout } from "../testing/checkout.ts";
import { ROOT } from "../testing/files.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { type Need, testWith } from "../testing/needs.ts";
import { environment, firstLine, folder, run, served, start } from "../testing/process.ts";

/** Bundles once for all tests, and gives the text of both files. */
let made: Promise<{ command: string; library: string }> | undefined;

function bundle() {
  return made ??= (async () => {
    await using place = await checkout();
    const { code, stderr } = await place.task("bundle");
    assertEquals(code, 0, stderr);
    const read = (name: string) => Deno.readTextFile(join(place.directory, "dist", name));
    return { command: await read("coze-jwt.js"), library: await read("mod.js") };
  })();
}

/** A healthy keys directory and dist/coze-jwt.js, below a name that a careless path breaks. */
async function outside(host: string) {
  const place = await folder({
    "扣子 one file/dist/coze-jwt.js": (await bundle()).command,
    "扣子 one file/keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n` +
      `COZE_BASE_URL=http://${host}\n`,
  });
  const cwd = join(place.cwd, "扣子 one file");
  await Deno.rename(join(place.cwd, "keys/private_key.pem"), join(cwd, "keys/private_key.pem"));
  const env = { DENO_DIR: join(place.cwd, "deno_dir"), JSR_URL: "http://127.0.0.1:1" };
  const options = { cwd, env, script: "dist/coze-jwt.js", packages: ["--no-remote"] };
  /** A command with the permissions that its help names. */
  const command = (args: string[], stdin?: string) => {
    const flags = permissionsFor(parseArguments(args), { baseUrl: `http://${host}` });
    return { ...options, args, flags, stdin };
  };
  return {
    run: (args: string[], stdin?: string) => run(command(args, stdin)),
    start: (args: string[]) => start(command(args)),
    bare: (args: string[]) => run({ ...options, args }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

testWith(["deno bundle"], "the bundle imports nothing when it starts", async () => {
  const { command, library } = await bundle();
  for (const text of [command, library]) assertEquals(text.match(/^import .*/gm), null);
  // What it loads later is part of Deno, and of Node.
  const later = Array.from(
    `${command}${library}`.matchAll(/\bimport\("([^"]*)"\)/g),
    ([, url]) => url,
  );
  assertEquals([...new Set(later)].sort(), ["node:process", "node:readline", "node:stream"]);
});

testWith(
  ["deno bundle"],
  "the bundle runs every command, with the permissions that are documented",
  async () => {
    await using server = served();
    await using place = await outside(server.host);
    const rows: [line: string, expected: RegExp, stdin?: string][] = [
      ["version", new RegExp(`^${RegExp.escape(denoJson.version)}\n$`)],
      ["help token --lang zh", /令牌/],
      ["completions bash", /complete/],
      ["explain timeout", /./],
      ["keygen --keys made", /^-----BEGIN PUBLIC KEY-----\n/],
      ["init --keys begun", /./],
      ["inspect", new RegExp(CLIENT_ID)],
      ["inspect --json --lang zh", /"exitCode": ?0/],
      ["token", /^czs_emulator_\S+\n/],
      ["doctor", /./],
      ["doctor --offline", /./],
      ["workspaces", new RegExp(WORKSPACE)],
    ];
    for (const [line, expected, stdin] of rows) {
      const { code, stdout, stderr } = await place.run(line.split(" "), stdin);
      assertEquals([line, code, expected.test(stdout + stderr)], [line, 0, true], stdout + stderr);
    }
    const pasted = await place.run(["doctor", "-"], '{"error":"invalid_client"}');
    assertStringIncludes(pasted.stdout + pasted.stderr, "invalid_client");

    const created = await place.run(["bot", "create", "node-chat2", "--workspace", WORKSPACE]);
    const [id] = /\d{19}/.exec(created.stdout) ?? [created.stderr];
    assertEquals((await place.run(["bot", "publish", id])).code, 0);
    const { stdout, stderr } = await place.run(["chat", "你好", "--bot", id]);
    assertMatch(stdout, /\S/, stderr);

    for (const line of ["emulator --port 0", "serve --emulator --port 0"]) {
      const child = place.start(line.split(" "));
      const text = await (await fetch(await firstLine(child))).text();
      assertEquals(text.startsWith("<!doctype html>"), line.startsWith("serve"));
      child.kill();
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    }
  },
);

testWith(["deno bundle"], "the bundle prints commands that start the bundle", async () => {
  await using server = served();
  await using place = await outside(server.host);
  const { code, stderr } = await place.bare(["token"]);
  assertEquals(code, 9);
  assertMatch(
    stderr,
    /^ +\$ deno run --no-prompt .*--allow-read=keys.* dist\/coze-jwt\.js token$/m,
  );
});

/** Gets tokens with dist/mod.js from a server, and prints them with the code of an error. */
const PROGRAM = `
import { readFileSync } from "node:fs";
import { createTokenBroker, createTokenProvider, exchangeJwt } from "./dist/mod.js";
const [clientId, keyId, baseUrl] = process.argv.slice(2);
const app = { clientId, keyId, baseUrl, privateKey: readFileSync("keys/private_key.pem") };
const { accessToken } = await exchangeJwt(app);
const provider = createTokenProvider(app);
const broker = createTokenBroker(provider, { origins: [], user: () => "alice" });
const headers = { "content-type": "application/json" };
const asking = new Request("http://localhost/token", { method: "POST", headers, body: "{}" });
const { token } = await (await broker(asking)).json();
const { code } = await exchangeJwt({ ...app, keyId: "other" }).catch((error) => error);
console.log(accessToken, token, code);
`;

for (const runtime of ["node", "bun"] satisfies Need[]) {
  testWith(["deno bundle", runtime], `dist/mod.js exchanges JWTs in ${runtime}`, async () => {
    await using server = served();
    const page = await Deno.readTextFile(`${ROOT}docs/en/node-and-bun.md`);
    const blocks = Array.from(page.matchAll(/^```ts ignore\n(.*?)^```$/gms), ([, code]) => code!);
    await using place = await folder({
      "dist/mod.js": (await bundle()).library,
      "package.json": '{ "type": "module" }',
      "program.mjs": PROGRAM,
      "example.mjs": blocks.find((code) => code.includes("createEmulator"))!,
    });
    async function output(...args: string[]): Promise<string> {
      const options = { args, cwd: place.cwd, clearEnv: true, env: environment() };
      const { success, stdout, stderr } = await new Deno.Command(runtime, options).output();
      assert(success, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    }
    const token = "czs_emulator_[\\w-]+";
    assertMatch(
      await output("program.mjs", CLIENT_ID, KEY_ID, `http://${server.host}`),
      new RegExp(`^${token} ${token} client-refused\n$`),
    );
    assertEquals(server.emulator.journal.map(({ status }) => status), [200, 200, 401]);
    assertMatch(await output("example.mjs"), new RegExp(`^${token}\n\\d+ emulator\n$`));
  });
}
