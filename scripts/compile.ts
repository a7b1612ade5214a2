/**
 * Builds one binary with the permissions baked in.
 *
 * ```sh
 * deno task compile [--target TARGET] [--region cn|com] [--write]
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { parseArgs } from "node:util";
import { requireDeno, ROOT } from "./child.ts";
import { choosePackages } from "./packages.ts";

const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

const USAGE = `Usage: deno task compile [--target TARGET] [--region cn|com] [--write]
  --target TARGET   one of ${TARGETS.join(", ")};
                    this machine's when absent
  --region cn|com   the one host it may reach: api.coze.cn (default) or api.coze.com
  --write           it may also write keys/, for init and keygen`;

/** A binary to build. */
interface Binary {
  /** The file, from the project's directory. */
  output: string;
  /** The permissions that are baked in. */
  permissions: string[];
  target: string | undefined;
}

/** Parses the task's arguments; gives `undefined` where they are not valid. */
function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = { target: text, region: text, write: { type: "boolean" } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch {
    return undefined;
  }
}

/** Chooses what to build; `undefined` where the arguments are not valid. */
function binaryOf(args: readonly string[]): Binary | undefined {
  const parsed = parse(args);
  if (parsed === undefined) return undefined;
  const { target, region = "cn", write } = parsed;
  if (target !== undefined && !TARGETS.includes(target)) return undefined;
  if (!["cn", "com"].includes(region)) return undefined;
  const suffix = target === undefined ? "" : `-${target}`;
  return {
    output: `dist/coze-jwt${suffix}${target?.includes("windows") ? ".exe" : ""}`,
    permissions: [
      "--no-prompt",
      `--allow-net=api.coze.${region}`,
      "--allow-read=keys",
      ...(write ? ["--allow-write=keys"] : []),
    ],
    target,
  };
}

/** Runs `deno compile`, which writes to stderr; passes that on and returns it. */
async function compile(args: readonly string[]): Promise<{ success: boolean; errors: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["compile", ...args],
    cwd: ROOT,
    stderr: "piped",
  }).spawn();
  let errors = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    await Deno.stderr.write(new TextEncoder().encode(text));
    errors += text;
  }
  const { success } = await child.status;
  return { success, errors };
}

async function main(args: readonly string[]): Promise<number> {
  const binary = binaryOf(args);
  if (binary === undefined) {
    console.error(USAGE);
    return 2;
  }
  const { output, permissions, target } = binary;
  requireDeno();
  const { summary, flagsOf } = await choosePackages();
  console.error(summary);
  const { success, errors } = await compile([
    ...flagsOf("compile"),
    ...permissions,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...[`--output=${output}`, "cli.ts"],
  ]);
  if (success) {
    console.log(`${output}: ${permissions.join(" ")}`);
    return 0;
  }
  if (errors.includes("Setting up base binary")) {
    const reason = /^\s+\d+: (?!Setting up)(.*)$/m.exec(errors)?.[1] ?? "Deno gave no reason";
    console.error(
      `\nDeno could not download the base binary that it puts the program into: ${reason}\n` +
        "Nothing was built. Run the task where Deno can download it, or name a base binary that " +
        "is on this machine in the environment variable DENORT_BIN.",
    );
  }
  return 1;
}

Deno.exit(await main(Deno.args));
