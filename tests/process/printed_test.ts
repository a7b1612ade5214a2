// Commands that coze-jwt prints, typed as they are printed into a shell.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { WORKSPACE } from "../testing/bot_world.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem } from "../testing/keys.ts";
import { type Ended, environment, folder, PACKAGE_FLAGS, run, served } from "../testing/process.ts";
import { ROOT } from "../testing/files.ts";

/** The commands in an output. */
const printed = ({ stdout, stderr }: Ended) =>
  Array.from((stderr + stdout).matchAll(/^ +\$ (.*)$/gm), ([, line]) => line!);

/** Types a line into a POSIX shell in which `deno` is this Deno. */
async function type(cwd: string, line: string, env: Record<string, string> = {}): Promise<Ended> {
  const bin = join(cwd, "bin");
  await Deno.mkdir(bin, { recursive: true });
  const exec = `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`;
  await Deno.writeTextFile(join(bin, "deno"), exec, { mode: 0o700 });
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line],
    cwd,
    clearEnv: true,
    env: environment({ PATH: `${bin}:${Deno.env.get("PATH")}`, ...env }),
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out!, stderr: err! };
}

/** The same; a configuration that could not be read names another host, which the next line knows. */
async function typeOn(cwd: string, line: string): Promise<Ended> {
  const ended = await type(cwd, line);
  const [next] = printed(ended);
  return ended.code === 9 && next !== undefined ? await type(cwd, next) : ended;
}

async function world() {
  const server = served();
  const place = await folder({
    "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n` +
      `COZE_BASE_URL=http://${server.host}\n`,
  });
  const flags = [`--allow-net=${server.host}`, "--allow-read=keys"];
  return {
    ...place,
    server,
    run: (args: string[], more: string[] = flags, env = {}) =>
      run({ ...place, flags: more, args, env }),
    type: (line: string, env?: Record<string, string>) => type(place.cwd, line, env),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

Deno.test("the command of a missing permission works as it is printed", async () => {
  await using place = await world();
  for (const flags of [[], ["--allow-read=keys"], [`--allow-net=${place.server.host}`]]) {
    const [line] = printed(await place.run(["token"], flags));
    const { code, stdout, stderr } = await typeOn(place.cwd, line!);
    assertEquals(code, 0, `${line}\n${stderr}`);
    assertMatch(stdout, /^czs_/);
  }
});

Deno.test("the command of a missing file permission names the key file too", async () => {
  await using place = await world();
  await Deno.writeTextFile(join(place.cwd, "it's 扣子.pem"), pkcs8Pem(), { mode: 0o600 });
  const [line] = printed(await place.run(["token", "--key-file", "it's 扣子.pem"]));
  const { code, stderr } = await place.type(line!);
  assertEquals(code, 0, `${line}\n${stderr}`);
});

Deno.test("the commands in JSON are those that people read", async () => {
  await using place = await world();
  for (const args of [["doctor", "--offline", "--keys", "new"], ["inspect", "--keys", "new"]]) {
    const flags = ["--allow-read=new"];
    const { findings } = JSON.parse((await place.run([...args, "--json"], flags)).stdout);
    const found = findings.flatMap(({ command }: { command?: string }) => command ?? []);
    // Only people are told what to run after the errors are corrected.
    const read = printed(await place.run(args, flags)).slice(0, 2);
    assertEquals(found.map((line: string) => line.replace(" --json", "")), read);
    assertEquals((await place.type(found[0]!)).code, 0, found[0]);
  }
});

Deno.test("init prints commands that lead from an empty directory to a token", async () => {
  await using place = await world();
  const home = join(place.cwd, "home");
  await Deno.mkdir(join(home, "Downloads"), { recursive: true });
  await Deno.rename(
    join(place.cwd, "keys/private_key.pem"),
    join(home, "Downloads/private_key.pem"),
  );
  await Deno.remove(join(place.cwd, "keys"), { recursive: true });
  const [init] = printed(await place.run(["token"]));
  const first = await place.type(init!);
  const [move, again] = printed(first);
  assertEquals(
    (await place.type(move!, {
      HOME: home,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    })).code,
    0,
  );
  const values =
    ` --client-id ${CLIENT_ID} --key-id=${KEY_ID} --base-url http://${place.server.host}`;
  const ready = await place.type(again! + values);
  assertEquals(ready.code, 0, ready.stderr);
  const [inspect, token] = printed(ready);
  assertEquals((await place.type(inspect!)).code, 0);
  const { code, stdout, stderr } = await place.type(token!);
  assertEquals(code, 0, `${token}\n${stderr}`);
  assertMatch(stdout, /^czs_/);
});

Deno.test("a refusal prints a doctor that can be typed", async () => {
  await using place = await world();
  const refused = await place.run(["token", "--key-id", "x".repeat(43), "--duration", "1h"]);
  const line = printed(refused).at(-1)!;
  const { code, stdout } = await place.type(line);
  assertEquals(code, 5, line);
  assertStringIncludes(stdout, "✗");
});

Deno.test("bot and chat print commands that go on", async () => {
  await using place = await world();
  const bot = ["bot", "create", "it's 扣子", "--workspace", WORKSPACE];
  const [list] = printed(await place.run(["bot", "create", "x"]));
  assertStringIncludes((await place.type(list!)).stdout, WORKSPACE);
  const { stderr } = await place.run([...bot, "--say=-5 °C, $HOME `x`"]);
  const line = /(?<=: )deno .*$/m.exec(stderr)![0];
  const [next] = printed(await place.type(line));
  assertEquals(next, undefined);
  const [publish] = printed(await place.run([...bot, "--publish", "--say=-5 °C, $HOME `x`"]));
  const published = await place.type(publish!);
  assertEquals(published.code, 0, `${publish}\n${published.stderr}`);
  assertStringIncludes(published.stdout, "-5 °C, $HOME `x`");
});

Deno.test("a text that begins with a dash is printed so that it is said", async () => {
  await using place = await world();
  const { stdout } = await place.run(
    ["bot", "create", "b", "--workspace", WORKSPACE, "--publish", "--json"],
  );
  const { botId } = JSON.parse(stdout);
  const [line] = printed(await place.run(["chat", "-5 度，今天", "--bot", botId]));
  const said = await typeOn(place.cwd, line!);
  assertEquals(said.code, 0, `${line}\n${said.stderr}`);
  assertStringIncludes(said.stdout, "-5 度，今天");
});

Deno.test("the program says how it was started, from a checkout and as itself", async () => {
  await using place = await world();
  const [script] = printed(await place.run(["init", "--keys", "new"], []));
  // A path with a blank is quoted.
  const unquoted = script!.replaceAll("'", "");
  assertStringIncludes(unquoted, [...PACKAGE_FLAGS, "--no-prompt"].join(" "));
  assertStringIncludes(unquoted, `${ROOT}cli.ts`);
  const [named] = printed(await place.run(["bot", "list", "--started-as=coze-jwt"]));
  assertEquals(named, "coze-jwt workspaces");
  const task = await place.run(["bot", "list", "--started-as=deno task coze-jwt"]);
  assertEquals(printed(task), ["deno task coze-jwt workspaces"]);
});

Deno.test("a usage error prints the permissions of the directory that was typed", async () => {
  await using place = await world();
  await Deno.rename(join(place.cwd, "keys"), join(place.cwd, "mine"));
  const other = "COZE_BASE_URL=http://127.0.0.1:1\nCOZE_PRIVATE_KEY_PATH=/home/other.pem\n";
  await Deno.mkdir(join(place.cwd, "keys"));
  await Deno.writeTextFile(join(place.cwd, "keys/.env"), other);
  const args = ["chat", "-5 °C", "--bot=7", "--keys", "mine"];
  const [line] = printed(await place.run(args, ["--allow-read=keys,mine"]));
  assertStringIncludes(line!, ` --allow-net=${place.server.host} --allow-read=mine `);
});

Deno.test("the printed chmod works for a key file whose name begins with a dash", async () => {
  await using place = await world();
  await Deno.writeTextFile(join(place.cwd, "-x.pem"), pkcs8Pem(), { mode: 0o644 });
  const [line] = printed(await place.run(["inspect", "--key-file=-x.pem"], ["--allow-read"]));
  assertEquals((await place.type(line!)).code, 0, line);
});
