/**
 * The test groups. Each runs in an invocation of its own with exactly the permissions it needs.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { ROOT, runDeno } from "./child.ts";
import type { Packages } from "./packages.ts";

/** Tests that share a set of permissions. */
export interface TestGroup {
  name: string;
  /** Files and folders. */
  paths: string[];
  /** Permissions, and other flags of `deno test`. */
  flags: string[];
  /** Whether the programs that the tests start write coverage too. */
  coversChildren?: boolean;
}

/** Results of tests. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Tests left out by `--filter`. */
  filtered: number;
}

const LOOPBACK = "--allow-net=127.0.0.1";

const SPECIAL: TestGroup[] = [
  {
    name: "doc",
    paths: ["mod.ts", "lib", "README.md", "README.zh-CN.md"],
    flags: ["--doc"],
  },
  {
    name: "network",
    paths: [
      "tests/service/network",
      "tests/service/kv_store_test.ts",
      "tests/service/store_contract_test.ts",
    ],
    flags: [LOOPBACK, "--unstable-kv"],
  },
  {
    name: "command",
    paths: ["tests/process"],
    flags: ["--allow-run", "--allow-read", "--allow-write", "--allow-env", LOOPBACK],
    coversChildren: true,
  },
  {
    name: "fleet",
    paths: ["tests/service/fleet"],
    // Most of them wait for time to pass.
    flags: [
      "--allow-run",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      LOOPBACK,
      "--unstable-kv",
      "--parallel",
    ],
  },
  {
    name: "sdk",
    paths: ["tests/conformance"],
    flags: [LOOPBACK, "--allow-env", "--allow-sys=osRelease"],
  },
  { name: "house", paths: ["tests/house"], flags: ["--allow-read", "--allow-run"] },
  {
    name: "scripts",
    paths: ["tests/scripts"],
    flags: ["--allow-run", "--allow-read", "--allow-write", "--allow-env", LOOPBACK],
  },
];

/** All groups; "unit" is what stands in no other, and gets no permission. */
export const TEST_GROUPS: readonly TestGroup[] = [
  {
    name: "unit",
    paths: ["tests"],
    // A database in memory needs no permission.
    flags: ["--unstable-kv", `--ignore=${SPECIAL.flatMap(({ paths }) => paths).join(",")}`],
  },
  ...SPECIAL,
];

/** How groups are run. */
export interface GroupOptions {
  /** The flags that choose the packages. */
  packages?: Pick<Packages, "flags" | "devFlags">;
  /** Part of the test names to run. */
  filter?: string;
  /** Where coverage is collected. */
  coverage?: string;
  /** Takes what the tests write; stdout by default. */
  write?: (chunk: Uint8Array) => void;
}

/**
 * Leaves out the files and folders that are not there.
 *
 * @param paths Paths from the project's directory.
 * @returns Those that are there.
 */
export function present(paths: readonly string[]): string[] {
  return paths.filter((path) => existsSync(`${ROOT}/${path}`));
}

/**
 * Runs one group.
 *
 * @param group The group.
 * @param options How.
 * @returns The counts; a group that broke, or in which nothing ran, has a failure.
 */
export async function runGroup(group: TestGroup, options: GroupOptions = {}): Promise<Counts> {
  const { packages, filter, coverage, write } = options;
  const args = ["test", "--no-prompt", ...packages?.devFlags ?? [], ...group.flags];
  // The task has type-checked all files; the examples of "doc" are no files.
  if (!group.flags.includes("--doc")) args.push("--no-check");
  if (filter !== undefined) args.push(`--filter=${filter}`);
  if (coverage !== undefined) args.push(`--coverage=${coverage}`, "--coverage-raw-data-only");
  // Tests start the program as users do.
  const env: Record<string, string> = { "PACKAGE_FLAGS": packages?.flags.join(" ") ?? "" };
  if (coverage !== undefined && group.coversChildren) env["DENO_COVERAGE_DIR"] = coverage;
  const { success, output } = await runDeno([...args, ...present(group.paths)], {
    proxies: false,
    env,
    write,
  });
  const counts = countTests(output) ?? { passed: 0, failed: 0, skipped: 0, filtered: 0 };
  const ran = counts.passed + counts.failed + counts.skipped + counts.filtered;
  if (counts.failed === 0 && (!success || ran === 0)) counts.failed = 1;
  return counts;
}

/**
 * Reads the summary that `deno test` ends with.
 *
 * @param output What it wrote to stdout, without colours.
 * @returns The counts; `undefined` when there is no summary.
 */
export function countTests(output: string): Counts | undefined {
  // A test may print a summary of its own; the last one is Deno's.
  const summary = output.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1);
  if (summary === undefined) return undefined;
  const count = (word: string) => Number(summary.match(`\\| (\\d+) ${word}`)?.[1] ?? 0);
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("ignored"),
    filtered: count("filtered out"),
  };
}
