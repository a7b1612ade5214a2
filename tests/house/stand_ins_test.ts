import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import importMap from "../../npm/import_map.json" with { type: "json" };
import standIns from "../../npm/deno.json" with { type: "json" };
import { read, ROOT, walk } from "../testing/files.ts";

const CONFIG = "--config=npm/deno.json";

Deno.test("npm/deno.json has the compiler and test options of deno.json", () => {
  assertEquals(standIns.compilerOptions, config.compilerOptions);
  assertEquals(standIns.test, config.test);
  for (const [name, specifier] of Object.entries(config.imports)) {
    const imports: Record<string, string> = standIns.imports;
    assertEquals(imports[name], imports[specifier], name);
  }
  for (const feature of config.unstable) assert(standIns.unstable.includes(feature), feature);
  assertEquals(standIns.lock.frozen, true);
});

Deno.test("npm/import_map.json holds the stand-ins of the program, the same as npm/deno.json", async () => {
  // The examples in the documents import what deno.json names.
  const named = new Set<string>(Object.keys(config.imports));
  for (const file of walk("lib")) {
    for (const [specifier] of (await read(file)).matchAll(/(?<=")jsr:[^"]+(?=")/g)) {
      named.add(specifier);
    }
  }
  assertEquals(Object.keys(importMap.imports).sort(), [...named].sort());
  assertEquals({ ...standIns.imports, ...importMap.imports }, standIns.imports);
});

Deno.test("a test that leaks a timer or a file fails under npm/deno.json", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--allow-read", CONFIG, "tests/house/testdata/leaks.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout);
  assertEquals(code, 1, output);
  assertStringIncludes(output, "0 passed | 2 failed");
  assert(output.includes("timer") && output.includes("file"), output);
});
