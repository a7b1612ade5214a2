/**
 * Measures what this project promises about speed and size, each against something that does the
 * same with less around it, on the same machine in the same run.
 *
 * ```sh
 * deno task bench [--rounds N]
 * ```
 *
 * Writes the table into docs/en/benchmarks.md. Ends with 1 when a bar is missed.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { existsSync } from "node:fs";
import { measureBroker } from "./bench/broker.ts";
import { measureColdStart } from "./bench/cold_start.ts";
import { bundleInto, type Desk, layOutKeys } from "./bench/desk.ts";
import { measureEventStream, measureStreamMemory } from "./bench/event_stream.ts";
import { measureMemory } from "./bench/memory.ts";
import { measureProvider } from "./bench/provider.ts";
import { roundsOf, USAGE } from "./bench/rounds.ts";
import { measureSize } from "./bench/size.ts";
import { cellsOf, HEAD, isMissed, type Row } from "./bench/table.ts";
import { measureAssertions, measureExchanges } from "./bench/throughput.ts";
import { report } from "./report.ts";

/** All there is, in the order of the table. */
const MEASUREMENTS: readonly ((desk: Desk) => Promise<Row[]>)[] = [
  measureColdStart,
  measureAssertions,
  measureExchanges,
  measureProvider,
  measureBroker,
  measureEventStream,
  measureMemory,
  measureStreamMemory,
  measureSize,
];

/** Starts the server in a thread of its own, so that it does not wait for what is measured. */
async function startServer(): Promise<string> {
  const worker = new Worker(import.meta.resolve("./bench/token_server.ts"), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  return `http://127.0.0.1:${await promise}`;
}

/**
 * Removes a folder that an installation may go on writing to for a moment after it was ended. It
 * waits without giving way, as it has to be done when a signal's handler returns.
 */
function remove(path: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; existsSync(path) && attempt < 40; attempt++) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch {
      Atomics.wait(clock, 0, 0, 50);
    }
  }
}

async function main(args: string[]): Promise<number> {
  const rounds = roundsOf(args);
  if (rounds === undefined) {
    console.error(USAGE);
    return 2;
  }
  const ending = new AbortController();
  const cwd = await Deno.makeTempDir({ prefix: "bench-" });
  const cleanUp = () => {
    ending.abort();
    // The key first, whatever becomes of the rest.
    remove(`${cwd}/keys`);
    remove(cwd);
  };
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      cleanUp();
      Deno.exit(code);
    });
  }
  try {
    await layOutKeys(cwd);
    const bundle = await bundleInto(cwd);
    const desk = { cwd, bundle, baseUrl: await startServer(), rounds, signal: ending.signal };
    const rows: Row[] = [];
    for (const measure of MEASUREMENTS) {
      const measured = await measure(desk);
      for (const row of measured) console.error(cellsOf(row).join("  "));
      rows.push(...measured);
    }
    await report("bench", `${rounds} rounds`, [HEAD, ...rows.map(cellsOf)]);
    return rows.some(isMissed) ? 1 : 0;
  } finally {
    cleanUp();
  }
}

// The server would keep the process alive.
Deno.exit(await main(Deno.args));
