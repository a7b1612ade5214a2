import type { Verdict } from "../../doctor/claims.ts";
import { exitCodeFor, KINDS } from "../../doctor/kinds.ts";
import { appOf, diagnoseOffline } from "../../doctor/offline.ts";
import { quote } from "../../redact.ts";
import { tokenEndpoint, tokenRequestBody } from "../../token_request.ts";
import { fill, loadWords, type WordKey, type Words } from "../../words/words.ts";
import { readAccess } from "../access.ts";
import type { Context } from "../context.ts";
import { describeFindings, printProblems } from "../problems.ts";
import {
  configurationJson,
  configurationLines,
  ownVerdicts,
  type Report,
  type Screen,
  screenOf,
  short,
  verdictLines,
} from "./facts_report.ts";

/** Shows the request that `token` would send, or judges what is pasted into stdin. */
export async function inspect(context: Context): Promise<number> {
  const { args, output } = context;
  // Only pasted text needs these tables, which are slow to load.
  const pasting = args.operands[0] === "-" ? await import("./pasted.ts") : undefined;
  const report = pasting ? await pasting.judgeStdin(context) : await inspectOwn(context);
  const isNothing = report.pasted?.kind === "none";
  const exitCode = isNothing ? KINDS.usage.exitCode : exitCodeFor(report.findings);
  if (output.json) {
    const findings = await describeFindings(context, report.findings);
    output.answerJson(reportJson(report, findings, await loadWords("en"), exitCode));
    return exitCode;
  }
  const screen = await screenOf(context);
  const lines = reportLines(screen, report);
  if (pasting) {
    // The mistakes come before the details, because people look for them first.
    output.marked(pasting.pastedLines(screen, report));
    await printProblems(context, report.findings);
    if (report.corrected) lines.push("", screen.text("corrected"), output.clean(report.corrected));
    if (lines.length > 0) output.marked(["", ...lines]);
  } else {
    if (lines.length > 0) output.marked(lines);
    await printProblems(context, report.findings);
  }
  return exitCode;
}

async function inspectOwn(context: Context): Promise<Report> {
  const { io } = context;
  const options = { withFingerprints: true, problems: [] };
  const { facts, privateKey, request } = await readAccess(context, options);
  const { findings } = await diagnoseOffline({ ...facts, request }, privateKey, io.now);
  if (findings.some(({ code, details }) => code.startsWith("base-url-") && !details.suggestion)) {
    return { facts, verdicts: [], findings };
  }
  return {
    facts,
    request: {
      method: "POST",
      url: tokenEndpoint(appOf(facts), request).href,
      headers: { "Content-Type": "application/json", "Authorization": "Bearer <JWT>" },
      body: tokenRequestBody(request),
    },
    verdicts: ownVerdicts(facts, request, io.now()),
    findings,
  };
}

function reportLines(screen: Screen, report: Report): string[] {
  const { text, output } = screen;
  const { facts, request, verdicts, unjudged = [], findings } = report;
  const lines: string[] = [];
  const section = (heading: WordKey, content: readonly string[]) => {
    lines.push(output.mark("bold", text(heading)), ...content, "");
  };
  if (facts) section("configuration", configurationLines(screen, facts));
  if (request) {
    const headers = Object.entries(request.headers).map(([name, value]) => `  ${name}: ${value}`);
    const line = output.clean(`  ${request.method} ${request.url}`);
    section("request", [line, ...headers]);
  }
  for (const part of ["header", "claims"] as const) {
    const own = verdicts.filter((verdict) => verdict.part === part);
    if (own.length > 0) section(part, verdictLines(screen, own));
  }
  if (request) section("body", [output.clean(`  ${JSON.stringify(request.body)}`)]);
  if (facts) lines.push(text("nothing-sent"));
  else if (verdicts.length > 0) lines.push(text("not-verified"));
  for (const part of unjudged) lines.push(text(`unjudged-${part}`));
  const isJudged = facts !== undefined || verdicts.length > 0 ||
    /request|call/.test(report.pasted!.kind);
  if (isJudged && findings.every(({ severity }) => severity === "note")) {
    lines.push(text("all-well"));
  }
  return lines;
}

/** The report for programs, schema 1. */
function reportJson(
  { facts, request, verdicts, unjudged, corrected, pasted }: Report,
  findings: unknown,
  words: Words,
  exitCode: number,
): unknown {
  const members = (part: Verdict["part"]) => {
    const own = verdicts.filter((verdict) => verdict.part === part && verdict.value !== undefined);
    return Object.fromEntries(own.map(({ name, value }) => [quote(name), short(value, name)]));
  };
  return {
    schema: 1,
    ok: exitCode === 0,
    exitCode,
    ...(pasted && { kind: pasted.kind, language: pasted.language ?? null, answer: pasted.answer }),
    configuration: facts && configurationJson(facts),
    request,
    header: members("header"),
    claims: members("claims"),
    verdicts: verdicts.map(({ part, name, mark, says, details }) => ({
      part,
      name,
      mark,
      says: fill(words[`claim.${says}` as WordKey], details),
    })),
    findings,
    unjudged,
    corrected,
  };
}
