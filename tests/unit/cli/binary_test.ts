import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { healthyFiles, named, runIn, type World } from "../../testing/fake_io.ts";

const notCapable = () => Promise.reject(named("NotCapable"));

const CASES: [world: Partial<World>, code: string, words: string][] = [
  [
    { args: ["token"], fetch: notCapable },
    "sandbox-net",
    "deno task compile --allow-net=api.coze.cn",
  ],
  [{ args: ["emulator"], serve: notCapable }, "sandbox-net", "--allow-net=127.0.0.1"],
  [{ args: ["token"], files: { "keys/.env": named("NotCapable") } }, "sandbox-read", "keys/ only"],
  [
    { args: ["init"], files: {}, writeFile: notCapable },
    "sandbox-write",
    "deno task compile --allow-write=keys",
  ],
];
for (const [world, code, words] of CASES) {
  Deno.test(`${world.args![0]} in a binary names the compile option for ${code}`, async () => {
    const base = { files: healthyFiles(), ...world, args: world.args! };
    const binary = await runIn({ ...base, binary: true });
    assertEquals([binary.exitCode, binary.stdout], [9, ""]);
    assertStringIncludes(binary.stderr, `error[${code}]`);
    assertStringIncludes(binary.stderr, words);
    const json = await runIn({ ...base, binary: true, args: [...base.args, "--json"] });
    assertStringIncludes(JSON.parse(json.stderr).error.help, words);
    const start = { before: ["deno", "run"], script: "cli.ts" };
    const script = await runIn({ ...base, start });
    assert(!script.stderr.includes("binary"), script.stderr);
    assert(/--allow-(?:net|read|write)=/.test(script.stderr), script.stderr);
  });
}
