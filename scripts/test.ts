/**
 * Runs the tests, each folder with exactly the permissions it needs.
 *
 * ```sh
 * deno task quick            # unit tests, golden files, fast properties
 * deno task test [FILTER]    # all tests, or those with a text in their names
 * ```
 *
 * The last lines say what was skipped and why, then `N passed, N failed`. With `NO_SKIPS=1` in the
 * environment a skip that installing a program would have avoided is a failure.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { generateKeyPairSync } from "node:crypto";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isOlder } from "../lib/cli/deno_version.ts";
import { childEnvironment, ROOT, runDeno } from "./child.ts";
import { choosePackages } from "./packages.ts";

/** Tests that share a set of permissions. */
interface Group {
  name: string;
  /** Files and folders. */
  paths: readonly string[];
  /** Permissions, and other flags of `deno test`. */
  flags: readonly string[];
  /** How many processes share the files. */
  jobs?: number;
  /** Whether the files of a process share an isolate too: one of its own costs each file 50 ms. */
  isShared?: boolean;
}

const PROGRAMS = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];
const LOOPBACK = "--allow-net=127.0.0.1";

/** Those that take longest first. */
const QUICK: readonly Group[] = [
  { name: "property", paths: ["tests/property"], flags: ["--ignore=tests/property/slow"] },
  { name: "unit", paths: ["tests/unit"], flags: [], jobs: 2, isShared: true },
  {
    name: "golden",
    paths: ["tests/golden"],
    flags: ["--allow-read=tests/golden,README.md,README.zh-CN.md"],
  },
];

const ALL: readonly Group[] = [
  {
    name: "service",
    paths: ["tests/service"],
    flags: [...PROGRAMS, LOOPBACK, "--unstable-kv"],
    jobs: 4,
  },
  { name: "process", paths: ["tests/process"], flags: [...PROGRAMS, LOOPBACK], jobs: 4 },
  ...QUICK,
  { name: "slow property", paths: ["tests/property/slow"], flags: [] },
  { name: "sandbox", paths: ["tests/sandbox"], flags: [] },
  {
    name: "examples",
    paths: ["mod.ts", "lib", "README.md", "README.zh-CN.md"],
    flags: ["--doc"],
  },
  {
    name: "conformance",
    paths: ["tests/conformance"],
    flags: [LOOPBACK, "--allow-env", "--allow-sys=osRelease"],
  },
  { name: "house", paths: ["tests/house"], flags: ["--allow-read", "--allow-run"] },
];

/** Older versions do not know the sanitizers in the configuration. */
const LEAST_FOR_TESTS = "2.9.6";
/** A job that writes nothing for so long hangs. */
const HANG_MS = 120_000;

interface Job {
  name: string;
  args: readonly string[];
}

interface Counts {
  passed: number;
  failed: number;
  /** Tests left out by the filter. */
  filtered: number;
  /** Names of tests that were skipped. */
  skipped: string[];
}

/** Lists the test files of a group. */
function testFiles({ paths, flags }: Group): string[] {
  return paths.flatMap((path) =>
    readdirSync(`${ROOT}${path}`, { recursive: true, encoding: "utf8" })
      .map((name) => `${path}/${name.replaceAll("\\", "/")}`)
      .filter((file) => file.endsWith("_test.ts") && !flags.includes(`--ignore=${dirname(file)}`))
      .sort()
  );
}

const temporary = Deno.makeTempDirSync({ prefix: "coze-jwt-tests-" });

/** Writes a file that imports test files, so that they run in one isolate. */
function together(name: string, files: readonly string[]): string {
  const path = join(temporary, `${name}_test.ts`);
  const urls = files.map((file) => JSON.stringify(pathToFileURL(join(ROOT, file)).href));
  Deno.writeTextFileSync(path, urls.map((url) => `import ${url};\n`).join(""));
  return path;
}

/** Splits a group into jobs. The files of a folder go to different jobs, as they are alike. */
function jobsOf(group: Group, common: readonly string[]): Job[] {
  const { name, paths, flags, jobs = 1, isShared } = group;
  if (flags.includes("--doc")) return [{ name, args: ["test", ...flags, ...common, ...paths] }];
  const files = testFiles(group);
  const flagsOfAll = ["test", ...flags, ...common, "--no-check", `--preload=${testKeys()}`];
  return Array.from({ length: jobs }, (_, job) => {
    const own = files.filter((_, index) => index % jobs === job);
    return {
      name: jobs === 1 ? name : `${name} ${job + 1}/${jobs}`,
      args: [...flagsOfAll, ...(isShared ? [together(`${name}_${job + 1}`, own)] : own)],
    };
  });
}

let keys: string | undefined;

/** A module that gives the tests one set of RSA keys, because making keys takes long. */
function testKeys(): string {
  return keys ??= `data:application/javascript,${
    encodeURIComponent(
      `globalThis[Symbol.for("test keys")] = ${
        JSON.stringify([2048, 2048, 1024].map((modulusLength) =>
          generateKeyPairSync("rsa", {
            modulusLength,
            privateKeyEncoding: { type: "pkcs8", format: "pem" },
            publicKeyEncoding: { type: "spki", format: "pem" },
          }).privateKey
        ))
      }`,
    )
  }`;
}

const running = new Set<Deno.ChildProcess>();

/** Ends a job with all that its tests have started. */
function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    // A negative number is the process group.
    if (Deno.build.os === "windows") child.kill(signal);
    else Deno.kill(-child.pid, signal);
  } catch {
    // It has just ended by itself.
  }
}

/** Runs a job; where it hangs, ends it and names the test. */
async function run({ name, args }: Job): Promise<Counts> {
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...childEnvironment({ proxies: false }), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  running.add(child);
  let output = "";
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let hung: string | undefined;
  const watch = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      // Deno writes the name of a test, and " ...", before it runs it.
      const names = Array.from(output.matchAll(/^(.*) \.\.\. *$/gm), ([, name]) => name!);
      hung = names.at(-1) ?? "none had begun";
      end(child, "SIGKILL");
    }, HANG_MS);
  };
  watch();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      watch();
    }
  };
  const [{ success }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  clearTimeout(watchdog);
  running.delete(child);

  const counts = countTests(output);
  const { passed, failed, filtered, skipped } = counts;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (hung !== undefined) {
    console.log(`\n${name}: no output for ${HANG_MS / 1000} s, ended in the test: ${hung}`);
  }
  if (failed === 0 && (!success || passed + filtered + skipped.length === 0)) counts.failed = 1;
  if (counts.failed > 0) console.log(`\n${failuresIn(output)}\n`);
  const rest = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  console.log(`${name}: ${passed} passed, ${counts.failed} failed${rest} (${seconds} s)`);
  return counts;
}

/** Reads what `deno test` wrote. */
function countTests(output: string): Counts {
  // A test may print a summary of its own; the last one is Deno's.
  const summary = output.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  const count = (word: string) => Number(summary.match(`\\| (\\d+) ${word}`)?.[1] ?? 0);
  return {
    passed: count("passed"),
    failed: count("failed"),
    filtered: count("filtered out"),
    skipped: Array.from(output.matchAll(/^(.*) \.\.\. ignored/gm), ([, name]) => name!),
  };
}

/** The errors of a job; where Deno listed none, the end of what it wrote. */
function failuresIn(output: string): string {
  const errors = output.indexOf("\n ERRORS ");
  return (errors < 0 ? output.slice(-4000) : output.slice(errors)).trim();
}

/** Tells what was skipped and why; returns how many of it a program would have avoided. */
function tellSkipped(names: readonly string[]): number {
  const reasons = names.map((name) => /\(skipped: (.*)\)$/.exec(name)?.[1] ?? `no reason: ${name}`);
  for (const [reason, all] of Map.groupBy(reasons, (reason) => reason)) {
    console.log(`skipped: ${all.length} × ${reason}`);
  }
  return reasons.filter((reason) => reason.includes("install")).length;
}

async function main(args: readonly string[]): Promise<number> {
  const isQuick = args[0] === "--quick";
  // `deno task test --filter x` and `deno task test x` are the same.
  const filter = args.slice(isQuick ? 1 : 0).join(" ").replace(/^--filter[= ]/, "");
  const { line, flags } = await choosePackages();
  if (isOlder(Deno.version.deno, LEAST_FOR_TESTS)) {
    console.error(
      `The tests need Deno ${LEAST_FOR_TESTS} or newer, and this is ${Deno.version.deno}.`,
    );
    return 1;
  }
  console.log(line);
  // With the proxies, which the tests do not get.
  const cached = await runDeno(["cache", "--quiet", ...flags, "mod.ts", "cli.ts", "lib", "tests"]);
  if (cached !== 0) return cached;

  const common = ["--no-prompt", ...flags, ...(filter === "" ? [] : [`--filter=${filter}`])];
  const queue = (isQuick ? QUICK : ALL).flatMap((group) => jobsOf(group, common));
  const all: Counts[] = [];
  const work = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) all.push(await run(job));
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));

  const sum = (of: (counts: Counts) => number) => all.reduce((sum, each) => sum + of(each), 0);
  const passed = sum((counts) => counts.passed);
  let failed = sum((counts) => counts.failed);
  const skipped = all.flatMap((counts) => counts.skipped);
  console.log();
  if (passed + failed + skipped.length === 0) {
    console.log(`no test has "${filter}" in its name`);
    failed = 1;
  }
  const avoidable = tellSkipped(skipped);
  if (Deno.env.get("NO_SKIPS") === "1" && avoidable > 0) {
    console.log("failed: with NO_SKIPS=1 these programs have to be there");
    failed += avoidable;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  if (Deno.build.os === "windows" && signal === "SIGTERM") continue;
  Deno.addSignalListener(signal, () => {
    for (const child of running) end(child, "SIGTERM");
    Deno.removeSync(temporary, { recursive: true });
    Deno.exit(code);
  });
}
try {
  Deno.exitCode = await main(Deno.args);
} finally {
  Deno.removeSync(temporary, { recursive: true });
}
