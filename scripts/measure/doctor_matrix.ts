/**
 * Measures how often the doctor finds the injected cause, against servers of every kind.
 *
 * ```sh
 * deno task doctor-matrix [--cases N] [--seed N]
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { parseArgs } from "node:util";
import { chooseCases } from "./matrix/cases.ts";
import { measure, type Result } from "./matrix/measure.ts";
import { rowsOf, shortcomingsOf, storyOf, tableOf } from "./matrix/table.ts";

const MOST_CASES = 5000;
/** Most stories that are told of one kind of miss. */
const SHOWN = 8;

/** Understands the arguments; nothing when there is one that it does not. */
function optionsOf(args: string[]): { cases: number; seed: number } | undefined {
  try {
    const text = { type: "string" } as const;
    const { values } = parseArgs({ args, options: { cases: text, seed: text } });
    const { cases = String(MOST_CASES), seed = "1" } = values;
    const known = /^\d{1,4}$/.test(cases) && Number(cases) >= 1 && Number(cases) <= MOST_CASES &&
      /^\d{1,9}$/.test(seed);
    return known ? { cases: Number(cases), seed: Number(seed) } : undefined;
  } catch {
    return undefined;
  }
}

/** What is not right, by what there is to say of it. */
function tell(results: readonly Result[]): void {
  const kinds = new Map<string, Result[]>();
  for (const result of results) {
    const { verdict, reason, violations, provenWrong } = result;
    const kind = violations.length + provenWrong.length > 0
      ? "what must never happen"
      : verdict === "right" || verdict === "twin"
      ? undefined
      : `${verdict}: ${reason}`;
    if (kind !== undefined) kinds.set(kind, [...kinds.get(kind) ?? [], result]);
  }
  for (const [kind, own] of [...kinds].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(`\n# ${own.length} × ${kind}`);
    for (const result of own.slice(0, SHOWN)) console.log(storyOf(result));
    if (own.length > SHOWN) console.log(`… and ${own.length - SHOWN} more`);
  }
}

async function main(args: string[]): Promise<number> {
  const options = optionsOf(args);
  if (!options) {
    console.error(`Usage: deno task doctor-matrix [--cases 1…${MOST_CASES}] [--seed N]`);
    return 2;
  }
  console.log(`${options.cases} cases, seed ${options.seed}`);
  const results = await measure(chooseCases(options.cases, options.seed), (done) => {
    if (done % 500 === 0) console.log(`${done} done`);
  });
  tell(results);
  console.log(`\n${tableOf(rowsOf(results))}`);
  const shortcomings = shortcomingsOf(results);
  for (const line of shortcomings) console.log(`missed: ${line}`);
  return shortcomings.length > 0 ? 1 : 0;
}

Deno.exitCode = await main(Deno.args);
