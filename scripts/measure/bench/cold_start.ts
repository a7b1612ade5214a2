/**
 * Cold start: `inspect` from source and as one file against its floor, `doctor --offline` against
 * `inspect`, and Node with the official SDK against `inspect`.
 *
 * @module
 */

import { child, deno, type Desk, INSPECT, type Program } from "./desk.ts";
import { installSdk, SDK } from "./node_sdk.ts";
import { medians } from "./rounds.ts";
import { missingRow, ratioRow, type Row } from "./table.ts";

/**
 * Measures processes from their start to their end, all in one loop.
 *
 * @param desk Where.
 * @returns A row for the floor, and one for each way in which Node loads the SDK.
 */
export async function measureColdStart(desk: Desk): Promise<Row[]> {
  const sdk = await installSdk(desk);
  const programs: Record<string, Program> = { ...INSPECT, ...sdk.programs };
  if (desk.bundle) {
    programs["bundle"] = deno(["--no-remote", "--allow-read=keys"], desk.bundle, "inspect");
  }
  const ms = await medians(
    desk.rounds,
    Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [name, () => lifetime(desk, program)]),
    ),
  );
  const inspect = ms["inspect"]!;
  const what = "cold start: `inspect` / a script that reads the key, imports it, signs, prints";
  const bundled = "cold start: `inspect` of dist/coze-jwt.js / that script";
  const node = (way: string) => `cold start: ${sdk.node} with ${SDK} by ${way} / \`inspect\``;
  return [
    ratioRow(what, [inspect, ms["floor"]!], "ms", ["≤", 1.75]),
    ms["bundle"]
      ? ratioRow(bundled, [ms["bundle"], ms["floor"]!], "ms", ["≤", 1.5])
      : missingRow(bundled, "deno bundle cannot get esbuild"),
    ratioRow("cold start: `--version` / that script", [ms["version"]!, ms["floor"]!], "ms", [
      "≤",
      1.25,
    ]),
    ratioRow("cold start: `doctor --offline` / `inspect`", [ms["doctor"]!, inspect], "ms", [
      "≤",
      1.15,
    ]),
    ...sdk.programs
      ? [
        ratioRow(node("require"), [ms["require"]!, inspect], "ms", ["≥", 3]),
        ratioRow(node("import"), [ms["import"]!, inspect], "ms"),
      ]
      : [missingRow(node("require"), sdk.reason)],
  ];
}

async function lifetime(desk: Desk, program: Program): Promise<number> {
  const begin = performance.now();
  const { code } = await child(desk, program).output();
  const ms = performance.now() - begin;
  if (code !== 0) throw new Error(`Cannot measure, it ended with ${code}: ${program.join(" ")}`);
  return ms;
}
