// deno-lint-ignore-file no-console -- its output is what it is for
// Loaded before a program (`--preload`). Writes at its end, as the last line of stderr, which modules
// it has loaded: JSON ones too, lazy ones when they were imported.

import { registerHooks } from "node:module";

const loaded = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    loaded.add(url);
    return nextLoad(url, context);
  },
});
addEventListener("unload", () => console.error(JSON.stringify([...loaded])));
