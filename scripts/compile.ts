/**
 * One binary with the permissions baked in.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { runDeno } from "./child.ts";

/** What a binary can be built for. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** How to call the task. */
export const USAGE = `Usage: deno task compile [--target TARGET] [--region cn|com] [--write]
  --target TARGET   one of ${TARGETS.join(", ")};
                    this machine's when absent
  --region cn|com   the one host it may reach: api.coze.cn (default) or api.coze.com
  --write           it may also write keys/, for init and keygen`;

/** A binary to build. */
export interface Binary {
  /** Where it goes. */
  output: string;
  /** The permissions in it. */
  permissions: string[];
  /** Deno's arguments, without those that choose the packages. */
  args: string[];
}

/**
 * Understands the task's arguments.
 *
 * @param args What stands behind `deno task compile`.
 * @returns The binary, or `undefined` when the arguments are not understood.
 */
export function binaryOf(args: readonly string[]): Binary | undefined {
  const words = args.flatMap((arg) => arg.startsWith("--") ? arg.split(/=(.*)/s, 2) : [arg]);
  let target: string | undefined;
  let region = "cn";
  let write = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--write") write = true;
    else if (words[i] === "--target") target = words[++i] ?? "";
    else if (words[i] === "--region") region = words[++i] ?? "";
    else return undefined;
  }
  const known = target === undefined || TARGETS.some((name) => name === target);
  if (!known || !["cn", "com"].includes(region)) return undefined;

  const suffix = target === undefined
    ? ""
    : `-${target}${target.includes("windows") ? ".exe" : ""}`;
  const output = `dist/coze-jwt${suffix}`;
  const permissions = [
    "--no-prompt",
    `--allow-net=api.coze.${region}`,
    "--allow-read=keys",
    ...(write ? ["--allow-write=keys"] : []),
  ];
  return {
    output,
    permissions,
    args: [
      "compile",
      ...permissions,
      ...(target === undefined ? [] : [`--target=${target}`]),
      `--output=${output}`,
      "cli.ts",
    ],
  };
}

/**
 * Builds a binary and says what is in it.
 *
 * @param binary What to build.
 * @param flags The flags that choose the packages.
 * @returns Whether it was built.
 */
export async function compile(binary: Binary, flags: readonly string[]): Promise<boolean> {
  const [command, ...rest] = binary.args;
  const { success, errors } = await runDeno([command!, ...flags, ...rest], { keepErrors: true });
  if (success) {
    console.log(`${binary.output}: ${binary.permissions.join(" ")}`);
    return true;
  }
  if (!errors.includes("Setting up base binary")) return false;
  const reason = /^\s+\d+: (?!Setting up)(.*)$/m.exec(errors)?.[1] ?? "no reason was given";
  console.error(
    "\nThe base binary that Deno puts the program into could not be downloaded: " +
      `${reason}\nNothing was built. Run the task where Deno can download it, ` +
      "or name one that is there in the environment variable DENORT_BIN.",
  );
  return false;
}
