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

requireDeno();
const [command = "help", ...args] = Deno.args;
const { summary, flagsOf } = await choosePackages();
console.error(summary);
Deno.exit(await runDeno([command, ...flagsOf(command), ...args]));
