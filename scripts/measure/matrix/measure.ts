import { runIn } from "../../../tests/testing/fake_io.ts";
import { type Case, setUp } from "./cases.ts";
import type { Ties } from "./injections/injection.ts";
import type { Setup } from "./setup.ts";
import { tiesOf } from "./ties.ts";
import { type Found, type Outcome, runDoctor } from "./world.ts";

/**
 * How a case ended.
 *
 * - `right`: the doctor named the cause first.
 * - `twin`: no probe tells the cause from others, and the doctor named it among the first two.
 * - `tied`: no probe tells the cause from two or more others, and the doctor named one of those.
 * - `overclaimed`: the doctor named the cause, but called proven what no probe can prove.
 * - `missed`: all else.
 */
export type Verdict = "right" | "twin" | "tied" | "overclaimed" | "missed";

/** One case and what the doctor made of it. */
export interface Result {
  case: Case;
  verdict: Verdict;
  /** Errors in the order of the report; for a fault that is no error, all findings. */
  got: string[];
  /** Codes of which one had to be first. */
  expected: string[];
  /** Why the doctor could not tell. */
  reason: string;
  /** Requests to the token endpoint. */
  requests: number;
  /** Rules that the doctor broke. */
  violations: string[];
  /** Errors that the doctor calls proven, but that are not true. */
  provenWrong: string[];
}

const WORKERS = 8;

/**
 * Runs the doctor in each case.
 *
 * @param cases The cases.
 * @param onDone Receives the number of each case that is done.
 */
export async function measure(
  cases: readonly Case[],
  onDone: (number: number) => void = () => {},
): Promise<Result[]> {
  const exitCodes = await readExitCodes();
  const results: Result[] = [];
  const entries = cases.entries();
  const work = async () => {
    for (const [index, each] of entries) {
      const setup = setUp(each);
      const ties = tiesIn(each, setup);
      const outcome = await runDoctor(setup);
      results[index] = resultOf(each, outcome, ties, exitCodes);
      onDone(index + 1);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return results;
}

/** The exit code of each error code. */
async function readExitCodes(): Promise<Map<string, number>> {
  const { stdout } = await runIn({ args: ["explain", "--json"] });
  const list: { code: string; exitCode: number }[] = JSON.parse(stdout);
  return new Map(list.map(({ code, exitCode }) => [code, exitCode]));
}

function tiesIn({ injections }: Case, setup: Setup): Ties {
  const known = injections.map(({ ties }) => ties?.(setup)).find((each) => each !== undefined);
  if (known) return known;
  const isProbed = injections.every(({ group }) => group === "probed" || group === "offline");
  const codes = isProbed ? tiesOf(setup).sort() : [];
  return { codes, reason: `no probe tells ${codes.join(", ")} apart` };
}

function resultOf(
  each: Case,
  { report, exitCode, requests, violations }: Outcome,
  ties: Ties,
  exitCodes: Map<string, number>,
): Result {
  const { injections, group } = each;
  const expected: string[] = injections.flatMap(({ code, accepts = [] }) => [code, ...accepts]);
  const implied: string[] = injections.flatMap(({ implies = [] }) => implies);
  const findings = report?.findings ?? [];
  const errors = findings.filter(({ severity }) => severity === "error");
  const expectsErrors = injections.some(({ severity = "error" }) => severity === "error");
  const verdict = !report
    ? "missed"
    : expectsErrors
    ? verdictOf(errors, expected, ties, group === "pairs")
    : errors.length === 0 && injections.every((each) => isFound(each, findings))
    ? "right"
    : "missed";
  return {
    case: each,
    verdict,
    got: (expectsErrors || group === "healthy" ? errors : findings)
      .map(({ code, certainty }) => `${code} ${certainty}`),
    expected,
    reason: verdict === "missed" ? "unexplained" : ties.reason,
    requests,
    violations: [...violations, ...reportViolations()],
    provenWrong: errors
      .filter(({ certainty }) => certainty === "proven")
      .map(({ code }) => code)
      .filter((code) => !expected.includes(code) && !implied.includes(code)),
  };

  function reportViolations(): string[] {
    if (!report) return [];
    const lines = findings.filter(({ code }) => !exitCodes.has(code))
      .map(({ code }) => `unknown code ${code}`);
    const right = errors[0] ? exitCodes.get(errors[0].code) : 0;
    if (exitCode !== right) lines.push(`exit ${exitCode}, not ${right}`);
    if (report.ok !== (errors.length === 0)) lines.push("ok contradicts the errors");
    if (
      errors.some(({ code }) => code === "token-invalid") && !expected.includes("token-invalid")
    ) {
      lines.push("a good token is called token-invalid");
    }
    return lines;
  }
}

function isFound(
  { code, severity }: Case["injections"][number],
  findings: readonly Found[],
): boolean {
  return severity === "none" ||
    findings.some((found) => found.code === code && found.severity === severity);
}

/** Causes that a successful exchange proves, although the refusals are tied. */
const PROVEN_BY_SUCCESS: readonly string[] = ["clock-skew", "assertion-lifetime"];

function verdictOf(
  errors: readonly Found[],
  expected: readonly string[],
  ties: Ties,
  isPair: boolean,
): Verdict {
  const [first, second] = errors;
  if (!first) return "missed";
  const tied: readonly string[] = ties.codes;
  const isFirst = expected.includes(first.code);
  if (tied.every((code) => expected.includes(code)) || isPair && isFirst) {
    return isFirst ? "right" : "missed";
  }
  const claimsProof = [first, second].some((found) =>
    found?.certainty === "proven" && tied.includes(found.code) &&
    !PROVEN_BY_SUCCESS.includes(found.code)
  );
  if (claimsProof) return isFirst ? "overclaimed" : "missed";
  if (isFirst) return "right";
  // A pair can look like a single other fault.
  if (isPair) return tied.includes(first.code) ? "twin" : "missed";
  if (second && expected.includes(second.code)) return "twin";
  return tied.length > 2 && tied.includes(first.code) ? "tied" : "missed";
}
