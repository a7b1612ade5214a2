import { runIn } from "../../../tests/testing/fake_io.ts";
import { type Case, setUp } from "./cases.ts";
import type { Twins } from "./setup.ts";
import { tiesOf } from "./ties.ts";
import { examine, type Found, type Report } from "./world.ts";

/**
 * How a case ended. `twin`: named among the first two of causes that no probe tells apart. `tied`:
 * one of more than two of those, of which others were named. `overclaimed`: right, but called
 * proven where no probe can prove it.
 */
export type Verdict = "right" | "twin" | "tied" | "overclaimed" | "missed";

/** One case, judged. */
export interface Result {
  case: Case;
  verdict: Verdict;
  /** Errors in the order of the report; for a fault that is no error, all findings. */
  got: string[];
  /** Codes of which one had to be first. */
  expected: string[];
  /** Why nobody can tell, where nobody can. */
  reason: string;
  requests: number;
  violations: string[];
  /** Errors called proven that are not what is wrong. */
  provenWrong: string[];
}

/**
 * Runs cases and judges them, some at a time.
 *
 * @param cases The cases.
 * @param told Called after each.
 */
export async function measure(
  cases: readonly Case[],
  told: (done: number) => void = () => {},
): Promise<Result[]> {
  const exitCodes = await catalogue();
  const results: Result[] = [];
  const rest = cases.entries();
  const work = async () => {
    for (const [index, each] of rest) {
      const setup = setUp(each);
      const ties = tiesFor(each, setup);
      results[index] = judge(each, await examine(setup, each.injections), ties, exitCodes);
      told(index + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return results;
}

/** The codes the program knows, with their exit codes, as it tells them. */
async function catalogue(): Promise<Map<string, number>> {
  const { stdout } = await runIn({ args: ["explain", "--json"] });
  const list: { code: string; exitCode: number }[] = JSON.parse(stdout);
  return new Map(list.map(({ code, exitCode }) => [code, exitCode]));
}

function tiesFor({ injections }: Case, setup: Parameters<typeof tiesOf>[0]): Twins {
  const told = injections.map(({ twins }) => twins?.(setup)).find((each) => each !== undefined);
  if (told) return told;
  const isProbed = injections.every(({ group }) => group === "probed" || group === "offline");
  const codes = isProbed ? [...tiesOf(setup)] : [];
  return { codes, reason: `nothing that can be asked tells ${codes.sort().join(", ")} apart` };
}

function judge(each: Case, report: Report, ties: Twins, exitCodes: Map<string, number>): Result {
  const { injections } = each;
  const severities = new Set(injections.map(({ severity = "error" }) => severity));
  const expected = injections.flatMap(({ code, accepts = [] }) => [code, ...accepts]);
  const all = report.said?.findings ?? [];
  const errors = all.filter(({ severity }) => severity === "error");
  const violations = [...report.violations];
  for (const { code } of all) if (!exitCodes.has(code)) violations.push(`unknown code ${code}`);
  if (report.said) {
    const exitCode = errors[0] ? exitCodes.get(errors[0].code) : 0;
    if (report.exitCode !== exitCode) violations.push(`exit ${report.exitCode}, not ${exitCode}`);
    if (report.said.ok !== (errors.length === 0)) violations.push("ok is not what the errors say");
  }
  const isHealthy = severities.has("none");
  if (isHealthy && errors.length > 0) {
    violations.push(`an error on a healthy setup: ${errors[0]!.code}`);
  }
  if (errors.some(({ code }) => code === "token-invalid") && !expected.includes("token-invalid")) {
    violations.push("called token-invalid");
  }
  const isTrue = [...expected, ...injections.flatMap(({ implies = [] }) => implies)];
  const provenWrong = errors.filter(({ code, certainty }) =>
    certainty === "proven" && !isTrue.includes(code as typeof isTrue[number])
  ).map(({ code }) => code);
  const expectsErrors = severities.has("error");
  const verdict = !report.said
    ? "missed"
    : expectsErrors
    ? judgeErrors(errors, expected, ties, each.group === "pairs")
    : errors.length === 0 && (isHealthy || injections.every(({ code, severity }) =>
        all.some((found) =>
          found.code === code && found.severity === severity
        )
      ))
    ? "right"
    : "missed";
  return {
    case: each,
    verdict,
    got: (expectsErrors || isHealthy ? errors : all).map(({ code, certainty }) =>
      `${code} ${certainty}`
    ),
    expected,
    reason: verdict === "missed" ? "unexplained" : ties.reason,
    requests: report.requests,
    violations,
    provenWrong,
  };
}

/** A change that makes the exchange succeed proves these, whatever else is tied. */
const PROVEN_BY_SUCCESS: readonly string[] = ["clock-skew", "assertion-lifetime"];

function judgeErrors(
  errors: readonly Found[],
  expected: readonly string[],
  { codes }: Twins,
  isPair: boolean,
): Verdict {
  const [first, second] = errors;
  if (!first) return "missed";
  const tied: readonly string[] = codes;
  const others = tied.filter((code) => !expected.includes(code));
  const claimsProof = [first, second].some((found) =>
    found?.certainty === "proven" && tied.includes(found.code) &&
    !PROVEN_BY_SUCCESS.includes(found.code)
  );
  const isFirst = expected.includes(first.code);
  if (others.length === 0 || isPair && isFirst) return isFirst ? "right" : "missed";
  if (claimsProof) return isFirst ? "overclaimed" : "missed";
  if (isFirst) return "right";
  // A pair may look like a single fault of which it is none.
  if (isPair) return tied.includes(first.code) ? "twin" : "missed";
  if (second && expected.includes(second.code)) return "twin";
  return tied.length > 2 && tied.includes(first.code) ? "tied" : "missed";
}
