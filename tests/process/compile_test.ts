import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { binaryOf, TARGETS } from "../../scripts/compile.ts";
import { ROOT } from "../../scripts/child.ts";

const BASE = ["--no-prompt", "--allow-net=api.coze.cn", "--allow-read=keys"];

Deno.test("binaryOf() bakes one host and keys/, and no more than was named", () => {
  const permissions = (...args: string[]) => binaryOf(args)?.permissions;
  assertEquals(permissions(), BASE);
  assertEquals(permissions("--region", "cn"), BASE);
  assertEquals(permissions("--region=com"), [BASE[0], "--allow-net=api.coze.com", BASE[2]]);
  assertEquals(permissions("--write"), [...BASE, "--allow-write=keys"]);
  const { args, output } = binaryOf(["--write"])!;
  assertEquals(args, ["compile", ...BASE, "--allow-write=keys", `--output=${output}`, "cli.ts"]);
});

Deno.test("binaryOf() knows five targets, each with a file of its own", () => {
  const outputs = TARGETS.map((target) => binaryOf(["--target", target])!.output);
  assertEquals(new Set(outputs).size, 5);
  for (const [i, target] of TARGETS.entries()) {
    assert(binaryOf([`--target=${target}`])!.args.includes(`--target=${target}`));
    assertEquals(outputs[i]!.endsWith(".exe"), target.includes("windows"));
  }
});

Deno.test("binaryOf() refuses what it does not know", () => {
  for (
    const args of [
      ["--target", "x86_64-windows"],
      ["--target"],
      ["--region", "eu"],
      ["--region"],
      [
        "--allow-net",
      ],
      ["--target="],
      ["x"],
    ]
  ) assertEquals(binaryOf(args), undefined, args.join(" "));
});

/** A checkout with a user's secrets in keys/, and a cache of Deno that holds npm packages alone. */
async function checkout() {
  const directory = await Deno.makeTempDir();
  const sources = ["cli.ts", "mod.ts", "deno.json", "lib", "npm", "scripts", "keys"];
  const copied = await new Deno.Command("cp", {
    args: ["-R", ...sources.map((name) => `${ROOT}${name}`), directory],
  }).output();
  assert(copied.success);
  for (const name of [".env", "private_key.pem", "coze_oauth_config.json"]) {
    await Deno.writeTextFile(`${directory}/keys/${name}`, `CANARY=of-${name}\n`);
  }
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  await Deno.mkdir(`${directory}/deno_dir`);
  await Deno.symlink(npmCache, `${directory}/deno_dir/npm`);
  return { directory, [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }) };
}

/** Runs the task where neither JSR nor a base binary can be downloaded. */
async function compile(directory: string, args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/task.ts", "compile", ...args],
    cwd: directory,
    env: {
      JSR_URL: "http://127.0.0.1:1",
      HTTPS_PROXY: "http://127.0.0.1:1",
      DENO_DIR: `${directory}/deno_dir`,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      ...env,
    },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What Deno wrote behind the base binary. */
async function embedded(directory: string, base: string, output = "dist/coze-jwt") {
  const bytes = await Deno.readFile(`${directory}/${output}`);
  const { size } = await Deno.stat(base);
  return new TextDecoder("latin1").decode(bytes.subarray(size));
}

Deno.test("compile embeds the program and no file of keys/, and bakes the permissions named", async () => {
  await using place = await checkout();
  // Deno itself stands in for the base binary: the file cannot run, but holds all that a real one does.
  const base = Deno.execPath();
  for (
    const [args, net, write] of [
      [[], "api.coze.cn", null],
      [["--region", "com", "--write"], "api.coze.com", ["keys"]],
    ] as const
  ) {
    const { code, stdout, stderr } = await compile(place.directory, [...args], {
      DENORT_BIN: base,
    });
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^dist\/coze-jwt: --no-prompt --allow-net=/m);
    const listing = stdout + stderr;
    assertMatch(listing, /catalogue_zh\.json/);
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
  await using place = await checkout();
  const target = "aarch64-apple-darwin";
  const { code, stderr } = await compile(place.directory, ["--target", target], {});
  assertEquals(code, 1);
  assertStringIncludes(stderr, "could not be downloaded: ");
  assertStringIncludes(stderr, "DENORT_BIN");
  const dist = `${place.directory}/dist`;
  assertEquals(existsSync(dist) ? await Array.fromAsync(Deno.readDir(dist)) : [], []);
});

/** A real base binary, when one is here already: a test downloads none. */
const real = Deno.env.get("DENORT_BIN");
Deno.test({
  name: "a compiled binary runs in its sandbox and names the compile option" +
    (real ? "" : " (ignored: DENORT_BIN names no base binary)"),
  ignore: !real,
  async fn() {
    await using place = await checkout();
    const built = await compile(place.directory, [], { DENORT_BIN: real! });
    assertEquals(built.code, 0, built.stderr);
    const cwd = await Deno.makeTempDir();
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(
        `${place.directory}/dist/coze-jwt`,
        { args: [...args, "--lang", "en"], cwd, env: { NO_COLOR: "1" } },
      ).output();
      return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)] as const;
    };
    assertMatch((await run("--version"))[1], /^\d+\.\d+\.\d+\n$/);
    for (const [command, option] of [["keygen", "--write"], ["emulator", "--region com"]]) {
      const [code, words] = await run(command!);
      assertEquals(code, 9, words);
      assertStringIncludes(words, option!);
    }
    await Deno.remove(cwd, { recursive: true });
  },
});
