/**
 * Fuzzes for some minutes, with new seeds each time.
 *
 * ```sh
 * deno task fuzz [--minutes N] [--target NAME] [--seed N]
 * ```
 *
 * A worker checks the inputs, so that this thread can report an input that hangs.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { parseArgs } from "node:util";
import { type Failure, inputOf } from "../../tests/property/fuzz.ts";
import { TARGETS } from "../../tests/property/targets.ts";
import { type Done, type Job, POSITION } from "./fuzz/job.ts";

/** An input that takes longer hangs. */
const HANG_MS = 10_000;
/** Most different failures of one target that are shown. */
const MOST_SHOWN = 5;
/** Most characters of an input that are shown. */
const MOST_CHARACTERS = 4000;

const names = TARGETS.map(({ name }) => name);
const results = TARGETS.map(() => ({ inputs: 0, failures: 0, shown: new Set<string>() }));

/** Reads the arguments; returns nothing when one of them is wrong. */
function readArguments(args: string[]): Omit<Job, "position"> | undefined {
  try {
    const text = { type: "string" } as const;
    const options = { minutes: text, target: text, seed: text };
    const { values } = parseArgs({ args, options });
    const { minutes = "1", target, seed = String(Math.floor(Math.random() * 2 ** 31)) } = values;
    const isTarget = target === undefined || names.includes(target);
    const areNumbers = /^\d{1,4}(?:\.\d+)?$/.test(minutes) && /^\d{1,10}$/.test(seed);
    if (!isTarget || !areNumbers || Number(seed) >= 2 ** 31) return undefined;
    return {
      targets: [...TARGETS.keys()].filter((at) => target === undefined || names[at] === target),
      seed: Number(seed),
      until: Date.now() + Number(minutes) * 60_000,
    };
  } catch {
    return undefined;
  }
}

function report(target: number, { seed, input, error }: Failure): void {
  const result = results[target]!;
  result.failures++;
  if (result.shown.has(error) || result.shown.size >= MOST_SHOWN) return;
  result.shown.add(error);
  const cut = input.length > MOST_CHARACTERS ? `… (${input.length} characters)` : "";
  console.log(`\nfailure: ${names[target]}, seed ${seed}`);
  console.log(`  error: ${error}`);
  console.log(`  input: ${input.slice(0, MOST_CHARACTERS)}${cut}`);
  console.log(`  again: deno task fuzz --target ${names[target]} --seed ${seed}`);
}

/** Reports the input that the worker is checking. */
function reportCurrent(position: Int32Array, error: string): void {
  const target = position[POSITION.target]!;
  const seed = position[POSITION.seed]!;
  const index = position[POSITION.index]!;
  const input = index < 0
    ? "(found in the search for a smaller input)"
    : inputOf(TARGETS[target]!, seed, index);
  results[target]!.inputs += Math.max(index, 0) + 1;
  report(target, { seed, input, error: `${error} at input ${index}` });
}

/** Prints the table and ends the program, the worker included, which may hang. */
function end(exitCode?: number): never {
  const width = Math.max(...names.map((name) => name.length));
  console.log(`\n${"target".padEnd(width)}      inputs  failures`);
  for (const [at, { inputs, failures }] of results.entries()) {
    if (inputs === 0) continue;
    const columns = [String(inputs).padStart(10), String(failures).padStart(8)];
    console.log(`${names[at]!.padEnd(width)}  ${columns.join("  ")}`);
  }
  Deno.exit(exitCode ?? (results.some(({ failures }) => failures > 0) ? 1 : 0));
}

function main(args: string[]): void {
  const job = readArguments(args);
  if (!job) {
    console.error("Usage: deno task fuzz [--minutes N] [--target NAME] [--seed N]");
    console.error(`Targets: ${names.join(", ")}`);
    Deno.exit(2);
  }
  console.log(`seed ${job.seed}`);
  const buffer = new SharedArrayBuffer(4 * Object.keys(POSITION).length);
  const position = new Int32Array(buffer);
  const worker = new Worker(import.meta.resolve("./fuzz/worker.ts"), { type: "module" });
  worker.onmessage = ({ data: { target, inputs, failure } }: MessageEvent<Done>) => {
    if (target === undefined) end();
    results[target]!.inputs += inputs;
    if (failure) report(target, failure);
  };
  worker.onerror = (event) => {
    // Before the first input the worker did not start; Deno prints why.
    if (position[POSITION.steps] === 0) return;
    event.preventDefault();
    reportCurrent(position, `uncaught ${event.message}`);
    end();
  };
  worker.postMessage({ ...job, position: buffer } satisfies Job);

  let steps = -1;
  let since = Date.now();
  setInterval(() => {
    const now = Atomics.load(position, POSITION.steps);
    if (now !== steps) [steps, since] = [now, Date.now()];
    else if (Date.now() - since > HANG_MS) {
      reportCurrent(position, `hangs for over ${HANG_MS / 1000} s`);
      end();
    }
  }, 500);
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => end(exitCode));
  }
}

main(Deno.args);
