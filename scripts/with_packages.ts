/**
 * Runs a command of Deno with the packages that can be reached: from JSR, or the stand-ins in npm/.
 *
 * ```sh
 * deno run -A scripts/with_packages.ts run --no-prompt scripts/demo.ts
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { requireDeno, runDeno } from "./child.ts";
import { choosePackages } from "./packages.ts";

/** Commands that do not take the configuration of the stand-ins. */
const OTHER_FLAGS: Readonly<Record<string, readonly string[]>> = {
  // The rule no-slow-types downloads packages from JSR.
  lint: ["--rules-exclude=no-slow-types"],
  doc: ["--import-map=npm/import_map.json"],
};

requireDeno();
const [command = "help", ...args] = Deno.args;
const { summary, flags } = await choosePackages();
console.error(summary);
const chosen = flags.length > 0 ? OTHER_FLAGS[command] ?? flags : [];
Deno.exit(await runDeno([command, ...chosen, ...args]));
