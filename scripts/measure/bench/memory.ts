/**
 * Peak memory of `token` against its floor.
 *
 * @module
 */

import { ROOT } from "../../child.ts";
import { child, type Desk, type Program, tokenPrograms } from "./desk.ts";
import { medians } from "./rounds.ts";
import { missingRow, ratioRow, type Row } from "./table.ts";

/** What hold_at_end.ts says when a program is at its end. */
const HELD = "\nheld at the end\n";
/** It hardly differs from one run to the next. */
const MOST_ROUNDS = 15;

/**
 * Measures the most memory that was resident at once. This is what the kernel keeps of the process
 * itself (VmHWM); `getrusage` would count what its parent had when it was forked.
 *
 * @param desk Where.
 * @returns One row.
 */
export async function measureMemory(desk: Desk): Promise<Row[]> {
  const what = "peak memory: `token` / a script that signs and fetches";
  if (Deno.build.os !== "linux") return [missingRow(what, "there is no /proc here")];
  const { token, floor } = tokenPrograms(desk, [
    `--preload=${ROOT}scripts/measure/bench/hold_at_end.ts`,
  ]);
  const { ours, bare } = await medians(Math.min(desk.rounds, MOST_ROUNDS), {
    ours: () => peakMiB(desk, token),
    bare: () => peakMiB(desk, floor),
  });
  return [ratioRow(what, [ours, bare], "MiB", ["≤", 1.3])];
}

/**
 * Measures one run.
 *
 * @param desk Where.
 * @param program What to run, held at its end.
 * @returns Its peak memory.
 */
export async function peakMiB(desk: Desk, program: Program): Promise<number> {
  const process = child(desk, program, { stdin: "piped", stderr: "piped" }).spawn();
  let said = "";
  for await (const chunk of process.stderr.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.endsWith(HELD)) break;
  }
  const status = await Deno.readTextFile(`/proc/${process.pid}/status`).catch(() => "");
  await process.stdin.close();
  const { code } = await process.status;
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (code !== 0 || kib === undefined) {
    throw new Error(`Cannot measure, it ended with ${code}: ${program.join(" ")}`);
  }
  return Number(kib) / 1024;
}
