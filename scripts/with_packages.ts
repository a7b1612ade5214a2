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

/** Flags that a user adds to a task stand behind the file. For Deno they go in front, each once. */
function flagsFirst(args: readonly string[]): string[] {
  const at = args.indexOf("cli.ts");
  const added = args.slice(at + 1);
  const nameOf = (flag: string) => flag.replace(/=.*/s, "");
  const names = new Set(added.map(nameOf));
  return [...args.slice(0, at).filter((flag) => !names.has(nameOf(flag))), ...added, "cli.ts"];
}

requireDeno();
const [command = "help", ...args] = Deno.args;
const { summary, isNews, flagsOf } = await choosePackages();
if (isNews) console.error(summary);
const rest = command === "compile" ? flagsFirst(args) : args;
Deno.exit(await runDeno([command, ...flagsOf(command), ...rest]));
