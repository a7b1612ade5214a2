/**
 * Fuzzes for as long as it is told, with seeds of its own.
 *
 * ```sh
 * deno task fuzz [--minutes N] [--target NAME] [--seed N]
 * ```
 *
 * The work is done in a worker, so that an input that never comes to an end can be told too.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { parseArgs } from "node:util";
import { type Crash, inputOf } from "../../tests/property/fuzz.ts";
import { type Done, type Job, PLACE } from "./fuzz/job.ts";
import { TARGETS } from "../../tests/property/targets.ts";

/** No input takes that long unless it hangs; those that are merely slow are crashes sooner. */
const HANG_MS = 10_000;
/** Most different crashes of one target that are shown. */
const SHOWN = 5;
/** Most characters of an input that are shown. */
const EXCERPT = 4000;

const names = TARGETS.map(({ name }) => name);
const results = TARGETS.map(() => ({ inputs: 0, crashes: 0, shown: new Set<string>() }));

/** Understands the arguments; nothing when there is one that it does not. */
function jobOf(args: string[]): Omit<Job, "place"> | undefined {
  try {
    const text = { type: "string" } as const;
    const options = { minutes: text, target: text, seed: text };
    const { values } = parseArgs({ args, options });
    const { minutes = "1", target, seed = String(Math.floor(Math.random() * 2 ** 31)) } = values;
    const known = target === undefined || names.includes(target);
    const numbers = /^\d{1,4}(?:\.\d+)?$/.test(minutes) && /^\d{1,10}$/.test(seed);
    if (!known || !numbers || Number(seed) >= 2 ** 31) return undefined;
    return {
      targets: [...TARGETS.keys()].filter((at) => target === undefined || names[at] === target),
      seed: Number(seed),
      until: Date.now() + Number(minutes) * 60_000,
    };
  } catch {
    return undefined;
  }
}

function tell(target: number, { seed, input, error }: Crash): void {
  const result = results[target]!;
  result.crashes++;
  if (result.shown.has(error) || result.shown.size >= SHOWN) return;
  result.shown.add(error);
  const cut = input.length > EXCERPT ? `… (${input.length} characters)` : "";
  console.log(`\ncrash: ${names[target]}, seed ${seed}`);
  console.log(`  error: ${error}`);
  console.log(`  input: ${input.slice(0, EXCERPT)}${cut}`);
  console.log(`  again: deno task fuzz --target ${names[target]} --seed ${seed}`);
}

/** Tells of an input at which the worker came to an end, or did not. */
function tellLast(place: Int32Array, error: string): void {
  const { target: at, seed: of, index: number } = PLACE;
  const [target, seed, index] = [place[at]!, place[of]!, place[number]!];
  const input = index < 0
    ? "(a smaller one than one that fails)"
    : inputOf(TARGETS[target]!, seed, index);
  results[target]!.inputs += Math.max(index, 0) + 1;
  tell(target, { seed, input, error: `${error} at input ${index}` });
}

/** Ends the program, worker included, which may be in a loop that nothing else ends. */
function end(exitCode?: number): never {
  const width = Math.max(...names.map((name) => name.length));
  console.log(`\n${"target".padEnd(width)}      inputs  crashes`);
  for (const [at, { inputs, crashes }] of results.entries()) {
    if (inputs === 0) continue;
    const columns = [String(inputs).padStart(10), String(crashes).padStart(7)];
    console.log(`${names[at]!.padEnd(width)}  ${columns.join("  ")}`);
  }
  Deno.exit(exitCode ?? (results.some(({ crashes }) => crashes > 0) ? 1 : 0));
}

function main(args: string[]): void {
  const job = jobOf(args);
  if (!job) {
    console.error("Usage: deno task fuzz [--minutes N] [--target NAME] [--seed N]");
    console.error(`Targets: ${names.join(", ")}`);
    Deno.exit(2);
  }
  console.log(`seed ${job.seed}`);
  const place = new SharedArrayBuffer(4 * Object.keys(PLACE).length);
  const view = new Int32Array(place);
  const worker = new Worker(import.meta.resolve("./fuzz/worker.ts"), { type: "module" });
  worker.onmessage = ({ data: { target, inputs, crash } }: MessageEvent<Done>) => {
    if (target === undefined) end();
    results[target]!.inputs += inputs;
    if (crash) tell(target, crash);
  };
  worker.onerror = (event) => {
    // Before the first input it is no crash: the message of Deno stands by itself.
    if (view[PLACE.steps] === 0) return;
    event.preventDefault();
    tellLast(view, `uncaught ${event.message}`);
    end();
  };
  worker.postMessage({ ...job, place } satisfies Job);

  let steps = -1;
  let since = Date.now();
  setInterval(() => {
    const now = Atomics.load(view, PLACE.steps);
    if (now !== steps) [steps, since] = [now, Date.now()];
    else if (Date.now() - since > HANG_MS) {
      tellLast(view, `hangs for over ${HANG_MS / 1000} s`);
      end();
    }
  }, 500);
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => end(exitCode));
  }
}

main(Deno.args);
