import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { checkout, NOWHERE } from "../testing/checkout.ts";
import { testWith } from "../testing/needs.ts";

/** Runs the task where neither JSR nor a base binary can be downloaded. */
async function compiling(base: string) {
  const place = await checkout({ HTTPS_PROXY: NOWHERE, DENORT_BIN: base });
  for (const name of [".env", "private_key.pem", "coze_oauth_config.json"]) {
    await Deno.writeTextFile(`${place.directory}/keys/${name}`, `CANARY=of-${name}\n`);
  }
  return place;
}

/** What Deno wrote behind the base binary. */
async function embedded(path: string, base: string) {
  const bytes = await Deno.readFile(path);
  const { size } = await Deno.stat(base);
  return new TextDecoder("latin1").decode(bytes.subarray(size));
}

Deno.test("compile embeds the program and no file of keys/, and bakes in the permissions", async () => {
  // Deno itself stands in for the base binary: the file cannot run, but holds all that a real one does.
  const base = Deno.execPath();
  await using place = await compiling(base);
  for (
    const [added, file, net, write] of [
      [[], "coze-jwt", "api.coze.cn", null],
      [["--allow-net=api.coze.com", "--allow-write=keys"], "coze-jwt", "api.coze.com", ["keys"]],
      [["--output", "dist/other"], "other", "api.coze.cn", null],
    ] as const
  ) {
    const { code, stdout, stderr } = await place.task("compile", [...added]);
    assertEquals(code, 0, stderr);
    const listing = stdout + stderr;
    assertMatch(listing, /words\/\*/);
    // "keys" as a path, not in keys_directory.ts
    assert(!/\bkeys\b(?!_)(?!\.)/.test(listing.replace(/^.*deno run -A.*$/m, "")), listing);

    const content = await embedded(`${place.directory}/dist/${file}`, base);
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

testWith(["base binary"], "a compiled binary names the compile option it lacks", async () => {
  await using place = await compiling(Deno.env.get("DENORT_BIN")!);
  const built = await place.task("compile", []);
  assertEquals(built.code, 0, built.stderr);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(
      `${place.directory}/dist/coze-jwt`,
      { args: [...args, "--lang", "en"], cwd: place.temporary, env: { NO_COLOR: "1" } },
    ).output();
    return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)] as const;
  };
  assertEquals((await run("--version"))[1], `${denoJson.version}\n`);
  for (const [command, option] of [["keygen", "--allow-write"], ["emulator", "--allow-net"]]) {
    const [code, words] = await run(command!);
    assertEquals(code, 9, words);
    assertStringIncludes(words, option!);
  }
});
