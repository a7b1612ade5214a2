/**
 * The task runner behind `deno task`: chooses the packages, then runs the steps of the task.
 *
 * ```sh
 * deno task demo | check | test [FILTER] | ok
 * deno task compile [--target T] [--region com] [--write]
 * deno task bench [--rounds N]
 * deno task doctor-matrix [--cases N] [--seed N]
 * deno task fuzz [--minutes N] [--target NAME] [--seed N]
 * deno task soak [--minutes N]
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { endWithChildren, runDeno } from "./child.ts";
import { binaryOf, compile, USAGE } from "./compile.ts";
import { FLOOR, readCoverage, summarize } from "./coverage.ts";
import { choosePackages, type Packages } from "./packages.ts";
import { present, runGroup, TEST_GROUPS } from "./test_groups.ts";

const SOURCES = ["mod.ts", "cli.ts", "lib", "npm", "scripts", "tests"];
const DOCUMENTED = [
  "mod.ts",
  "lib/api/mod.ts",
  "lib/doctor/mod.ts",
  "lib/emulator/mod.ts",
  "lib/stores/mod.ts",
];

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const coverage = Deno.makeTempDirSync({ prefix: "coverage-" });

function failed(what: string, count = 1): void {
  totals.failed += count;
  failures.push(what);
}

/** Runs one step that is no test. */
async function step(name: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  console.log(`\n# ${name}`);
  const { success } = await runDeno(args, { env });
  if (!success) failed(name);
}

function demo({ flags }: Packages): Promise<void> {
  return step("demo", ["run", "--no-prompt", ...flags, "scripts/demo.ts"]);
}

function check({ devFlags }: Packages): Promise<void> {
  return step("check", ["check", ...devFlags, ...present(SOURCES)]);
}

async function test(packages: Packages, filter?: string): Promise<void> {
  for (const group of TEST_GROUPS) {
    if (present(group.paths).length === 0) continue;
    const needs = group.flags.filter((flag) => flag.startsWith("--allow-")).join(" ");
    console.log(`\n# ${group.name} tests: ${needs || "no permission"}`);
    const counts = await runGroup(group, { packages, filter, coverage });
    totals.passed += counts.passed;
    totals.skipped += counts.skipped;
    if (counts.failed > 0) failed(`${group.name} tests`, counts.failed);
  }
  if (filter !== undefined && totals.passed + totals.failed + totals.skipped === 0) {
    failed(`no test has "${filter}" in its name`);
    return;
  }
  const { folders, unloaded } = await readCoverage(coverage);
  const { line, percent } = summarize(folders);
  console.log(`\n${line}`);
  if (filter === undefined && unloaded.length > 0) {
    failed(`coverage shows nothing of ${unloaded.join(", ")}`);
  }
  if (filter === undefined && percent < FLOOR) failed(`coverage under ${FLOOR} % of lines`);
}

async function ok(packages: Packages): Promise<void> {
  const { devFlags } = packages;
  // This rule resolves the package's own graph from JSR, and lint takes no import map.
  const lint = devFlags.length > 0 ? ["--rules-exclude=no-slow-types"] : [];
  await step("fmt", ["fmt", "--check"]);
  await step("lint", ["lint", ...lint]);
  await check(packages);
  await step("doc lint", ["doc", "--lint", ...devFlags, ...present(DOCUMENTED)]);
  await test(packages);
}

/** What a task does with its arguments; `undefined` when it does not understand them. */
type Task = (args: string[]) => ((packages: Packages) => Promise<void>) | undefined;

function plain(act: (packages: Packages) => Promise<void>): Task {
  return (args) => args.length === 0 ? act : undefined;
}

const TASKS: Readonly<Record<string, Task>> = {
  demo: plain(demo),
  test: (args) => async (packages) => {
    // `deno task test --filter x` and `deno task test x` are the same.
    const filter = args.join(" ").replace(/^--filter[= ]/, "") || undefined;
    // Before the tests, which get no proxy: this downloads what they need.
    await check(packages);
    await test(packages, filter);
  },
  check: plain(check),
  ok: plain(ok),
  bench: (args) => ({ flags, line }) => {
    // The programs that are measured need the same packages.
    const env = { "PACKAGE_FLAGS": flags.join(" "), "PACKAGES_LINE": line };
    return step("bench", ["run", "-A", ...flags, "scripts/measure/bench.ts", ...args], env);
  },
  "doctor-matrix": (args) => ({ flags }) =>
    step("doctor-matrix", [
      "run",
      "--no-prompt",
      ...flags,
      "scripts/measure/doctor_matrix.ts",
      ...args,
    ]),
  fuzz: (args) => ({ devFlags }) =>
    step("fuzz", [
      "run",
      "--no-prompt",
      "--allow-read=.",
      ...devFlags,
      "scripts/measure/fuzz.ts",
      ...args,
    ]),
  soak: (args) => ({ flags, devFlags }) => {
    const flagsOfFleet = ["--no-prompt", "--allow-run", "--allow-read", "--allow-write"];
    const all = [...flagsOfFleet, "--allow-env", "--allow-net=127.0.0.1", ...devFlags];
    // Its processes need the same packages.
    const env = { "PACKAGE_FLAGS": flags.join(" ") };
    return step("soak", ["run", ...all, "scripts/measure/soak.ts", ...args], env);
  },
  compile: (args) => {
    const binary = binaryOf(args);
    return binary && (async ({ flags }) => {
      if (!await compile(binary, flags)) failed("compile");
    });
  },
};

async function main(name = "", args: string[]): Promise<number> {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name]!(args) : undefined;
  if (task === undefined) {
    const tasks = Object.keys(TASKS).join("|");
    console.error(name === "compile" ? USAGE : `Usage: deno task ${tasks} (test takes a filter)`);
    return 2;
  }
  const packages = await choosePackages();
  console.log(packages.line);
  await task(packages);
  if (failures.length > 0) console.log(`\nfailed: ${failures.join(", ")}`);
  if (name === "test" || name === "ok") {
    const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
    console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
  }
  return totals.failed > 0 ? 1 : 0;
}

const cleanUp = () => Deno.removeSync(coverage, { recursive: true });
endWithChildren(cleanUp);
try {
  Deno.exitCode = await main(Deno.args[0], Deno.args.slice(1));
} finally {
  cleanUp();
}
