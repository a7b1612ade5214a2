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
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isOlder } from "../lib/cli/context.ts";
import { childEnvironment, requireDeno, ROOT, runDeno, TESTED_DENO } from "./child.ts";
import { choosePackages } from "./packages.ts";

/** Tests that share a set of permissions. */
interface Group {
  name: string;
  /** Files, folders and flags of `deno test`. */
  args: readonly string[];
}

const PROGRAMS = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];
const LOOPBACK = "--allow-net=127.0.0.1";

const temporary = Deno.makeTempDirSync({ prefix: "coze-jwt-tests-" });

/** Writes a test file that imports half of the unit tests: an isolate for each takes 50 ms. */
function writeHalf(half: 0 | 1): string {
  const path = join(temporary, `unit_${half}_test.ts`);
  const files = readdirSync(`${ROOT}tests/unit`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("_test.ts")).sort();
  const urls = files.filter((_, index) => index % 2 === half)
    .map((file) => pathToFileURL(join(ROOT, "tests/unit", file)).href);
  Deno.writeTextFileSync(path, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
  return path;
}

/** Those that take longest first. */
const QUICK: readonly Group[] = [
  { name: "property", args: ["--ignore=tests/property/slow", "tests/property"] },
  { name: "unit 1/2", args: [writeHalf(0)] },
  { name: "unit 2/2", args: [writeHalf(1)] },
  { name: "golden", args: ["--allow-read=tests/golden", "tests/golden"] },
];

const ALL: readonly Group[] = [
  // What drives the browser looks into /proc, which only --allow-all allows.
  { name: "browser", args: ["--allow-all", "tests/service/browser"] },
  {
    name: "service",
    args: [
      ...["--parallel", ...PROGRAMS, LOOPBACK],
      ...["--ignore=tests/service/browser", "tests/service"],
    ],
  },
  { name: "process", args: ["--parallel", ...PROGRAMS, LOOPBACK, "tests/process"] },
  ...QUICK,
  { name: "slow property", args: ["tests/property/slow"] },
  { name: "sandbox", args: ["tests/sandbox"] },
  // The documents in Chinese have the same code.
  { name: "examples", args: ["--doc", "mod.ts", "lib", "README.md", "docs/en"] },
  {
    name: "conformance",
    args: [LOOPBACK, "--allow-env", "--allow-sys=osRelease", "tests/conformance"],
  },
  { name: "house", args: ["--allow-read", "--allow-run", "tests/house"] },
];

/** A group that writes nothing for so long hangs. */
const HANG_MS = 120_000;

/** What became of the tests; of those that were skipped, the names. */
const total = { passed: 0, failed: 0, skipped: [] as string[] };

/** Writes a module that gives the tests one set of RSA keys, because making keys takes long. */
function writeKeys(): string {
  const path = join(temporary, "keys.js");
  const keys = [2048, 2048, 1024].map((modulusLength) =>
    generateKeyPairSync("rsa", {
      modulusLength,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey
  );
  const code = `globalThis[Symbol.for("test keys")] = ${JSON.stringify(keys)};\n`;
  Deno.writeTextFileSync(path, code, { mode: 0o600 });
  return path;
}

const running = new Set<Deno.ChildProcess>();

/** Kills a group with all that its tests have started; some of that may be stopped by a signal. */
function kill(child: Deno.ChildProcess): void {
  try {
    // A negative number is the process group.
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/** Runs a group, tells what became of it, and adds it to the total. */
async function runGroup({ name, args }: Group, common: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...common, ...args],
    cwd: ROOT,
    clearEnv: true,
    // What the tests leave behind when they are interrupted goes with this folder.
    env: { ...childEnvironment({ proxies: false }), NO_COLOR: "1", TMPDIR: temporary },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  running.add(child);
  let output = "";
  let isHung = false;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const watch = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      isHung = true;
      kill(child);
    }, HANG_MS);
  };
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      watch();
    }
  };
  watch();
  const [{ success }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  clearTimeout(watchdog);
  running.delete(child);

  // A test may print a summary of its own; the last one is Deno's.
  const summary = output.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1) ?? "";
  const count = (word: string) => Number(summary.match(`\\| (\\d+) ${word}`)?.[1] ?? 0);
  const skipped = Array.from(output.matchAll(/^(.*) \.\.\. ignored/gm), ([, name]) => name!);
  const passed = count("passed");
  const hasRun = passed + skipped.length + count("filtered out") > 0;
  const failed = count("failed") || Number(!success || !hasRun);
  if (isHung) {
    const seconds = HANG_MS / 1000;
    console.log(`\n${name}: no output for ${seconds} s, ended in the test: ${lastTest(output)}`);
  }
  if (failed > 0) console.log(`\n${failuresIn(output)}\n`);
  const rest = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${name}: ${passed} passed, ${failed} failed${rest} (${seconds} s)`);
  total.passed += passed;
  total.failed += failed;
  total.skipped.push(...skipped);
}

/** Finds the test that was running: Deno writes its name and " ..." before it runs it. */
function lastTest(output: string): string {
  const names = Array.from(output.matchAll(/^(.*) \.\.\. *$/gm), ([, name]) => name!);
  return names.at(-1) ?? "none had begun";
}

/** The errors of a group; where Deno listed none, the end of what it wrote. */
function failuresIn(output: string): string {
  const errors = output.indexOf("\n ERRORS ");
  return (errors < 0 ? output.slice(-4000) : output.slice(errors)).trim();
}

/** Tells what was skipped and why; returns how many tests a program would have let run. */
function tellSkipped(names: readonly string[]): number {
  const reasons = names.map((name) => /\(skipped: (.*)\)$/.exec(name)?.[1] ?? `no reason: ${name}`);
  for (const [reason, all] of Map.groupBy(reasons, (reason) => reason)) {
    console.log(`skipped: ${all.length} × ${reason}`);
  }
  return reasons.filter((reason) => /\b(?:apt-get|npm) install/.test(reason)).length;
}

/** Runs the tests; what became of them is the total. */
async function test(args: readonly string[]): Promise<void> {
  if (isOlder(Deno.version.deno, TESTED_DENO)) {
    return fail(`The tests need Deno ${TESTED_DENO} or newer, and this is ${Deno.version.deno}.`);
  }
  const isQuick = args[0] === "--quick";
  // `deno task test --filter x` and `deno task test x` are the same.
  const filter = args.slice(isQuick ? 1 : 0).join(" ").replace(/^--filter[= ]/, "");
  const { summary, flagsOf } = await choosePackages();
  console.log(summary);
  // This downloads with the proxies, which the tests do not get.
  const files = ["mod.ts", "cli.ts", "lib", "tests", "npm/for_node.ts"];
  const cached = await runDeno(["cache", "--quiet", ...flagsOf("cache"), ...files]);
  if (cached !== 0) return fail("The packages cannot be loaded.");

  const filters = filter === "" ? [] : [`--filter=${filter}`];
  const keys = writeKeys();
  const queue = isQuick ? [...QUICK] : [...ALL];
  const work = async () => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      const flags = group.name === "examples"
        ? flagsOf("test --doc")
        : [...flagsOf("test"), "--no-check", `--preload=${keys}`];
      await runGroup(group, ["test", "--no-prompt", ...flags, ...filters]);
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));

  const { passed, failed, skipped } = total;
  console.log();
  if (passed + failed + skipped.length === 0) fail(`no test has "${filter}" in its name`);
  const avoidable = tellSkipped(skipped);
  if (Deno.env.get("NO_SKIPS") !== "1" || avoidable === 0) return;
  console.log("NO_SKIPS=1 is set; install the programs named above");
  total.failed += avoidable;
}

function fail(reason: string): void {
  console.log(reason);
  total.failed++;
}

const cleanUp = () => Deno.removeSync(temporary, { recursive: true });
const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;
for (const [signal, code] of SIGNALS) {
  if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
  Deno.addSignalListener(signal, async () => {
    for (const child of running) kill(child);
    await Promise.all(Array.from(running, (child) => child.status));
    cleanUp();
    Deno.exit(code);
  });
}
try {
  requireDeno();
  await test(Deno.args);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  Deno.exitCode = total.failed > 0 ? 1 : 0;
} finally {
  cleanUp();
}
