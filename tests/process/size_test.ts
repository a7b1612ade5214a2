import { assert, assertMatch } from "@std/assert";
import {
  graphBytes,
  MOST_BYTES,
  MOST_MODULES,
  tokenModules,
} from "../../scripts/measure/bench/size.ts";
import { folder, served } from "../testing/process.ts";

Deno.test(`mod.ts: an importer downloads no more than ${MOST_BYTES / 1000} kB of this library`, async () => {
  const bytes = await graphBytes();
  assert(bytes > 10_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
});

Deno.test(`token evaluates no more than ${MOST_MODULES} modules, and no other command's`, async () => {
  await using place = await folder();
  await using api = served();
  const modules = await tokenModules({ ...place, baseUrl: `http://${api.host}` });
  assert(modules.length <= MOST_MODULES, `${modules.length} modules:\n${modules.join("\n")}`);
  const names = modules.join("\n");
  // The count sees what is imported when it is needed, and what only others import.
  for (const name of ["cli.ts", "lib/cli/commands/token.ts", "lib/exchange.ts"]) {
    assertMatch(names, new RegExp(`/${RegExp.escape(name)}$`, "m"));
  }
  for (const name of ["inspect.ts", "emulator.ts", "rules.ts", "en.json"]) {
    assert(!names.includes(`/${name}`), name);
  }
});
