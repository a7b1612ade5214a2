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
import { shortcomingsOf, storyOf, tableOf } from "./matrix/table.ts";

const MOST_CASES = 5000;
/** Most stories that are printed of one kind. */
const MOST_STORIES = 8;

/** The options; undefined when the arguments are wrong. */
function parseOptions(args: string[]): { cases: number; seed: number } | undefined {
  try {
    const string = { type: "string" } as const;
    const { values } = parseArgs({ args, options: { cases: string, seed: string } });
    const { cases = String(MOST_CASES), seed = "1" } = values;
    const isValid = /^\d{1,4}$/.test(cases) && Number(cases) >= 1 && Number(cases) <= MOST_CASES &&
      /^\d{1,9}$/.test(seed);
    return isValid ? { cases: Number(cases), seed: Number(seed) } : undefined;
  } catch {
    return undefined;
  }
}

/** The kind of a result that is not right. */
function kindOf({ verdict, reason, violations, provenWrong }: Result): string | undefined {
  if (violations.length + provenWrong.length > 0) return "broken rule";
  return verdict === "right" || verdict === "twin" ? undefined : `${verdict}: ${reason}`;
}

function printStories(results: readonly Result[]): void {
  const kinds = [...Map.groupBy(results, kindOf)].sort(([, a], [, b]) => b.length - a.length);
  for (const [kind, own] of kinds) {
    if (kind === undefined) continue;
    console.log(`\n# ${own.length} × ${kind}`);
    for (const result of own.slice(0, MOST_STORIES)) console.log(storyOf(result));
    if (own.length > MOST_STORIES) console.log(`… and ${own.length - MOST_STORIES} more`);
  }
}

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (!options) {
    console.error(`Usage: deno task doctor-matrix [--cases 1…${MOST_CASES}] [--seed N]`);
    return 2;
  }
  console.log(`${options.cases} cases, seed ${options.seed}`);
  const results = await measure(chooseCases(options.cases, options.seed), (number) => {
    if (number % 500 === 0) console.log(`${number} done`);
  });
  printStories(results);
  console.log(`\n${tableOf(results)}`);
  const shortcomings = shortcomingsOf(results);
  for (const line of shortcomings) console.log(`missed: ${line}`);
  return shortcomings.length > 0 ? 1 : 0;
}

Deno.exitCode = await main(Deno.args);
