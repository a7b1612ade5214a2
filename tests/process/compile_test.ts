import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { checkout, NOWHERE } from "../testing/checkout.ts";
import { testWith } from "../testing/needs.ts";

/** Runs the task where neither JSR nor a base binary can be downloaded. */
async function compiling(env: Record<string, string> = {}) {
  const place = await checkout({ HTTPS_PROXY: NOWHERE, ...env });
  for (const name of [".env", "private_key.pem", "coze_oauth_config.json"]) {
    await Deno.writeTextFile(`${place.directory}/keys/${name}`, `CANARY=of-${name}\n`);
  }
  return place;
}

Deno.test("compile refuses arguments that it does not know", async () => {
  await using place = await compiling();
  const rows = [["--target", "x86_64-windows"], ["--target"], ["--region", "eu"], ["--allow-net"]];
  for (const args of [...rows, ["--target="], ["x"]]) {
    const { code, stdout, stderr } = await place.run("compile.ts", args);
    assertEquals([args, code, stdout], [args, 2, ""]);
    assertStringIncludes(stderr, "Usage: deno task compile");
  }
});

/** What Deno wrote behind the base binary. */
async function embedded(directory: string, base: string) {
  const bytes = await Deno.readFile(`${directory}/dist/coze-jwt`);
  const { size } = await Deno.stat(base);
  return new TextDecoder("latin1").decode(bytes.subarray(size));
}

Deno.test("compile embeds the program and no file of keys/, and bakes the permissions named", async () => {
  // Deno itself stands in for the base binary: the file cannot run, but holds all that a real one does.
  const base = Deno.execPath();
  await using place = await compiling({ DENORT_BIN: base });
  for (
    const [args, net, write] of [
      [[], "api.coze.cn", null],
      [["--region", "com", "--write"], "api.coze.com", ["keys"]],
    ] as const
  ) {
    const { code, stdout, stderr } = await place.run("compile.ts", [...args]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^dist\/coze-jwt: --no-prompt --allow-net=/m);
    const listing = stdout + stderr;
    assertMatch(listing, /words\/\*/);
    // "keys" as a path, not in --allow-read=keys or keys_directory.ts
    assert(
      !/\bkeys\b(?!_)(?!\.)/.test(listing.replace(/--allow-(?:read|write)=keys/g, "")),
      listing,
    );

    const content = await embedded(place.directory, base);
    assert(!content.includes("CANARY"), "a file of keys/ is embedded");
    assertStringIncludes(content, "COZE_JWT_OAUTH_PUBLIC_KEY_ID");
    const [, json] = /"permissions":(\{.*?\})/s.exec(content) ?? [];
    const permissions = JSON.parse(json!);
    assertEquals([permissions["allow_net"], permissions["allow_read"]], [[net], ["keys"]]);
    assertEquals([permissions["allow_write"], permissions["prompt"]], [write, false]);
    for (const none of ["allow_env", "allow_run", "allow_sys", "allow_ffi"]) {
      assertEquals([none, permissions[none]], [none, null]);
    }
  }
});

Deno.test("compile says that the base binary could not be downloaded, and leaves nothing", async () => {
  await using place = await compiling();
  const args = ["--target", "aarch64-apple-darwin"];
  const { code, stderr } = await place.run("compile.ts", args);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "could not download the base binary");
  assertStringIncludes(stderr, "DENORT_BIN");
  const dist = `${place.directory}/dist`;
  assertEquals(existsSync(dist) ? await Array.fromAsync(Deno.readDir(dist)) : [], []);
});

testWith(["base binary"], "a compiled binary names the compile option it lacks", async () => {
  await using place = await compiling({ DENORT_BIN: Deno.env.get("DENORT_BIN")! });
  const built = await place.run("compile.ts", []);
  assertEquals(built.code, 0, built.stderr);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(
      `${place.directory}/dist/coze-jwt`,
      { args: [...args, "--lang", "en"], cwd: place.temporary, env: { NO_COLOR: "1" } },
    ).output();
    return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)] as const;
  };
  assertMatch((await run("--version"))[1], /^\d+\.\d+\.\d+\n$/);
  for (const [command, option] of [["keygen", "--write"], ["emulator", "--region com"]]) {
    const [code, words] = await run(command!);
    assertEquals(code, 9, words);
    assertStringIncludes(words, option!);
  }
});
