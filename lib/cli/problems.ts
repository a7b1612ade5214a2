import type { FindingCode } from "../doctor/kinds.ts";
import { mayOpen } from "../doctor/hosts.ts";
import type { Facts } from "../doctor/facts.ts";
import type { Finding } from "../doctor/finding.ts";
import { exitCodeOf } from "../doctor/kinds.ts";
import { nearest } from "../doctor/nearest.ts";
import {
  describe,
  evidenceOf,
  fixOf,
  type NextCommand,
  nextCommandOf,
  titleOf,
} from "../doctor/report.ts";
import { blocks, findOffline, subjectOf } from "../doctor/rules/rules.ts";
import type { CozeError, ServerAnswer } from "../error.ts";
import { loadWords, type Words } from "../words/words.ts";
import type { CliError, Context } from "./context.ts";

/** An error or a finding, for stderr. */
interface Problem extends Finding {
  /** English, for programs; the title when absent or empty. */
  message?: string;
  server?: ServerAnswer;
  /** False when another problem says what to do. */
  help?: false;
  /** The next command to type, when it differs from that of the code. */
  next?: NextCommand;
}

/** Evidence that a request gave. */
const MEASURED = /^(?:probe|clock|read)\./;

/** Writes problems to stderr: all of them, or with `--json` the first one as a line of JSON. */
export async function printProblems(
  context: Context,
  problems: readonly Problem[],
): Promise<void> {
  if (problems.length === 0) return;
  const all = problems.map((problem) => inTermsOfFlags(problem, context));
  if (context.output.json) return await printForPrograms(all, context);
  const told = new Set<string>();
  for (const problem of all) await printForPeople(problem, context, told);
}

export function problemOf({ code, message, details, server, next }: CliError): Problem {
  return { code, message, details, server, next, severity: "error", certainty: "proven" };
}

/** Names flags instead of the library's options, and marks hosts that we do not advise to allow. */
function inTermsOfFlags(problem: Problem, { args, io }: Context): Problem {
  const { code, details } = problem;
  if (code === "dns-failure" || code === "connection-refused") return atProxy(problem, io);
  if (code === "sandbox-net" && details.reason === undefined) {
    return mayOpen(String(details.host), args.has("base-url"))
      ? problem
      : { ...problem, details: { ...details, reason: "foreign" } };
  }
  if (code !== "usage") return problem;
  // An unknown command, flag or code may be misspelt.
  if (/^(?:command|unknown|code)$/.test(String(details.reason))) {
    const word = String(details.word).normalize("NFKC").toLowerCase();
    // `bot` alone tells of its commands.
    const names = String(details.expected).split(", ").flatMap((
      name,
    ) => [name, ...name.split(/ .*/, 1)]);
    const suggestion = nearest(word, names);
    const reason = `${details.reason}-nearest`;
    return suggestion ? { ...problem, details: { ...details, suggestion, reason } } : problem;
  }
  if (details.reason === "deno") {
    const isTask = io.start.before.includes("task");
    const place = io.start.script ? "script" : io.isBinary ? "binary" : isTask ? "task" : "install";
    return { ...problem, details: { ...details, reason: `deno-${place}` } };
  }
  if (details.reason !== undefined) return problem;
  const name = String(details.name ?? "").replace(/^.*\./, "")
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const flag = name === "session-name" && !args.has(name)
    ? "user"
    : name.replace("conversation-id", "conversation");
  return { ...problem, details: { ...details, name: `--${flag}`, reason: `value-${name}` } };
}

/** Tells whether the proxy of a variable failed, or a server on this machine. */
function atProxy(problem: Problem, { env }: Context["io"]): Problem {
  const host = String(problem.details.host).replace(/:\d+$/, "");
  const scheme = /^(?:127\.|localhost$|\[)/.test(host) ? "HTTP" : "HTTPS";
  const bypassed = (env("NO_PROXY") || env("no_proxy") || "").split(/[,\s]+/);
  if (bypassed.some((name) => name && host.endsWith(name.replace(/^\*?\.?/, "")))) return problem;
  // The order in which Deno reads them.
  const variable = ["ALL_PROXY", "all_proxy", `${scheme}_PROXY`, `${scheme.toLowerCase()}_proxy`]
    .find(env);
  if (!variable) {
    const isHere = scheme === "HTTP" && problem.code === "connection-refused";
    return isHere ? { ...problem, details: { ...problem.details, reason: "loopback" } } : problem;
  }
  const proxy = `${variable}=${env(variable)!.replace(/^(\w+:\/\/)?.*@/s, "$1…@")}`;
  const details = { ...problem.details, host, variable, proxy, reason: "proxy" };
  return { ...problem, details };
}

async function commandOf(problem: Problem, { io, typed }: Context): Promise<string | undefined> {
  const { code, details } = problem;
  const next = problem.next ?? nextCommandOf(problem);
  // A binary and an installed command take no flags of Deno.
  const isOfDeno = code.startsWith("sandbox-") || next?.alsoEnv !== undefined;
  if (isOfDeno && io.start.script === undefined) return undefined;
  const isHidden = problem.help === false || /^(?:foreign|near)$/.test(String(details.reason));
  return next && !isHidden ? await typed(next) : undefined;
}

/** Findings for programs, with the commands of this run. */
export async function describeFindings(context: Context, findings: readonly Finding[]) {
  const words = await loadWords("en");
  return await Promise.all(findings.map(async (finding) => ({
    ...describe(finding, words, context.io.isBinary),
    command: await commandOf(finding, context),
  })));
}

async function printForPeople(
  problem: Problem,
  context: Context,
  told: Set<string>,
): Promise<void> {
  const { io, language, output: { clean, mark } } = context;
  const { code, severity, details, certainty, evidence, server, help, place } = problem;
  const words = await loadWords(language);
  const isPlain = !evidence?.some((key) => MEASURED.test(key));
  const sure = certainty === "proven" && isPlain ? "" : words[`certainty.${certainty}`];
  const title = mark("bold", clean(titleOf(words, problem))) + sure;
  const lines = [`${mark(severity, `${severity}[${code}]`)}: ${title}`];
  const { source, line, column } = details;
  const where = [source, line, column].filter((part) => part !== undefined).join(":");
  if (source && source !== "default") lines.push(clean(` --> ${where}`));
  if (place) lines.push(clean(`${place.line} | ${place.excerpt}`));
  if (server) lines.push(...serverLines(server, words).map(clean));
  for (const sentence of evidenceOf(words, problem)) {
    // Do not repeat the evidence of an earlier cause. Evidence about a wrong value is always printed.
    if ((isPlain && source) || !told.has(sentence)) lines.push(clean(`  = ${sentence}`));
    told.add(sentence);
  }
  if (severity !== "note" && help !== false) {
    lines.push(mark("note", words["label.help"]) + clean(fixOf(words, problem, io.isBinary)));
  }
  const command = await commandOf(problem, context);
  if (command !== undefined && severity !== "note") lines.push(clean(`  $ ${command}`));
  // Details name their sources in English, for programs.
  const all = lines.join("\n").replaceAll(" (environment)", words["environment"]);
  io.writeStderr(`${all}\n`);
}

async function printForPrograms(
  [first, ...others]: readonly Problem[],
  context: Context,
): Promise<void> {
  const { io, output } = context;
  const words = await loadWords("en");
  // When the error has no help, the next finding has.
  const cause = first!.help === false ? others[0] ?? first! : first!;
  const error = {
    code: first!.code,
    message: first!.message || titleOf(words, first!),
    server: first!.server,
    help: fixOf(words, cause, io.isBinary),
    command: await commandOf({ ...first!, help: undefined }, context) ??
      await commandOf(cause, context),
  };
  output.sayJson({ error });
}

/** The server's words and the log id, as a line. */
function serverLines({ code, message, status, logId }: ServerAnswer, words: Words): string[] {
  const said = [code, message].filter(Boolean).join(" ") || (status >= 300 ? status : "");
  const parts = [said && `${words["label.said"]}${said}`, logId && `logid ${logId}`];
  const line = parts.filter(Boolean).join(words["separator"]);
  return line === "" ? [] : [`  = ${line}`];
}

/** Prints what is missing, and returns the exit code. */
export async function refuseToSend(context: Context, facts: Facts): Promise<number> {
  const findings = findOffline(facts).filter(blocks);
  await printProblems(context, findings);
  return exitCodeOf(findings[0]!.code);
}

/** Prints why there is no token, and what the offline rules find. Returns the exit code. */
export async function explainFailure(
  context: Context,
  facts: Facts,
  error: CliError,
  next?: NextCommand,
): Promise<number> {
  const { output, text, typed } = context;
  const { code } = error;
  const exitCode = exitCodeOf(code);
  const problem: Problem = { ...problemOf(error), next: next ?? error.next };
  if (exitCode < 5) {
    // Nothing was sent. A finding about the same value is better: it names the source.
    const same = findOffline(facts).filter((each) => subjectOf(each.code) === subjectOf(code));
    await printProblems(context, same.length > 0 ? same : [problem]);
    return exitCode;
  }
  const findings = findOffline({ ...facts, refusal: error as CozeError<FindingCode> })
    .filter((finding) => finding.code !== code && finding.severity !== "note");
  // A wrong host explains every failure, so it comes first.
  const isHost = (finding: Finding) => finding.code.startsWith("base-url-");
  const wrongHost = findings.filter(isHost);
  // Only the most certain finding; doctor shows all.
  const others = exitCode === 5 ? findings.filter((finding) => !isHost(finding)).slice(0, 1) : [];
  // Say what to do once: at the finding about the host, or at the end.
  if (wrongHost.length > 0 || code === "client-refused") problem.help = false;
  const all = output.json ? [problem, ...wrongHost, ...others] : [...wrongHost, problem, ...others];
  await printProblems(context, all);
  if (exitCode === 5 && !output.json) {
    const doctor = await typed({ words: ["doctor"] });
    output.say(`${await text("see-doctor")}\n  $ ${doctor}`);
    if (next) output.say(await text("go-on", { command: await typed(next) }));
  }
  return exitCode;
}
