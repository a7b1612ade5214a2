import { assertionParts } from "../assertion.ts";
import { exitCodeOf, loadCatalogue } from "../doctor/catalogue.ts";
import { judgeClaims } from "../doctor/claims.ts";
import { findOffline, subjectOf } from "../doctor/rules.ts";
import { findProblem } from "../doctor/signing_check.ts";
import { parseBaseUrl, tokenEndpoint, tokenRequestBody } from "../token_request.ts";
import { loadConfiguration } from "./configuration.ts";
import { type Report, toJson, toLines } from "./inspect_report.ts";
import { requestOf } from "./request.ts";
import type { Run } from "./run.ts";

/**
 * Shows the request that `token` would send, or judges what is pasted into stdin. Sends nothing.
 *
 * @param run The command line and the outside world.
 * @returns The exit code of the first error that was found.
 */
export async function inspect(run: Run): Promise<number> {
  const { args, output, language } = run;
  const report = args.operands[0] === "-"
    ? await (await import("./pasted.ts")).judgePasted(run)
    : await inspectOwn(run);
  const first = report.findings.find(({ severity }) => severity === "error");
  const exitCode = first ? exitCodeOf(first.code) : 0;
  const catalogue = await loadCatalogue(output.json ? "en" : language);
  if (output.json) {
    output.answerJson(toJson(report, catalogue, exitCode, run.io.isBinary));
    return exitCode;
  }
  const lines = await toLines(run, report, catalogue);
  if (lines.length > 0) output.answer(lines.join("\n"));
  await output.problems(report.findings);
  if (report.corrected) {
    const heading = await run.text("corrected");
    output.answer(`${lines.length > 0 ? "\n" : ""}${heading}\n${report.corrected}`);
  }
  return exitCode;
}

async function inspectOwn(run: Run): Promise<Report> {
  const { args, io, redactor } = run;
  const request = requestOf(args);
  const { facts, privateKey } = await loadConfiguration(args, io, redactor, true, []);
  await io.dropRead();
  const app = {
    clientId: facts.clientId?.text ?? "",
    keyId: facts.keyId?.text ?? "",
    baseUrl: facts.baseUrl.text,
  };
  const findings = findOffline(facts);
  const problem = await findProblem({ ...app, privateKey }, request, io.now);
  if (problem && !findings.some(({ code }) => subjectOf(code) === subjectOf(problem.code))) {
    findings.unshift(problem);
  }
  if (findings.some(({ code, details }) => code.startsWith("base-url-") && !details.suggestion)) {
    return { facts, verdicts: [], findings };
  }
  const jwt = assertionParts(app, request, io.now());
  return {
    facts,
    request: {
      method: "POST",
      url: tokenEndpoint(app, request).href,
      headers: { "Content-Type": "application/json", "Authorization": "Bearer <JWT>" },
      body: tokenRequestBody(request),
    },
    verdicts: judgeClaims(jwt, parseBaseUrl(app.baseUrl).host, io.now()),
    findings,
  };
}
