import type { FindingCode } from "../doctor/codes.ts";
import type { CozeError } from "../error.ts";
import type { CliError } from "./codes.ts";
import { exitCodeOf } from "../doctor/catalogue.ts";
import type { Finding } from "../doctor/facts.ts";
import { exchangeJwt } from "../exchange.ts";
import { checkRequest, type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import type { AccessToken } from "../token_response.ts";
import type { Fetch } from "../http.ts";
import { type Configuration, loadConfiguration } from "./configuration.ts";
import type { Problem } from "./output.ts";
import { requestOf } from "./request.ts";
import type { Run } from "./run.ts";

/** Who asks for a token, and what for. */
export interface Access {
  configuration: Configuration;
  request: TokenRequest;
  /** Absent when something that a request needs is missing. */
  app?: CozeApp & { baseUrl: string };
}

/**
 * Reads all that a token needs, and gives the permission to read up.
 *
 * @param run The command line and the outside world.
 * @throws {CozeError} `config-file-malformed`, `sandbox-read`, `usage-value`
 */
export async function readAccess({ args, io, redactor }: Run): Promise<Access> {
  const request = requestOf(args);
  const configuration = await loadConfiguration(args, io, redactor, false);
  await io.dropRead();
  const { clientId, keyId, baseUrl } = configuration.facts;
  const { privateKey } = configuration;
  if (!clientId || !keyId || !privateKey) return { configuration, request };
  const app = { clientId: clientId.text, keyId: keyId.text, privateKey, baseUrl: baseUrl.text };
  return { configuration, request, app };
}

/**
 * Gives what sends requests, with a log of them when `--trace` asks for it.
 *
 * @param run The command line and the outside world.
 */
export async function fetchOf({ args, io, output, redactor }: Run): Promise<Fetch> {
  return args.has("trace")
    ? (await import("./trace.ts")).traced(io, output, redactor)
    : (request) => io.fetch(request);
}

/**
 * Checks what is to be asked, and names a host that is not Coze's before anything is sent to it.
 *
 * @param run The command line and the outside world.
 * @param app Who asks.
 * @param request What for.
 * @throws {CozeError} As `checkRequest`.
 */
export async function announce(
  { output, text }: Run,
  app: CozeApp & { baseUrl: string },
  request: TokenRequest,
): Promise<void> {
  checkRequest(app, request);
  const { host } = parseBaseUrl(app.baseUrl);
  // Programs read stderr as one JSON line, so for them only people's notices are left out.
  const foreign = !/^api\.coze\.(?:cn|com)$/.test(host);
  if (foreign && !output.json) output.say(await text("other-host", { host }));
}

/**
 * Exchanges a JWT for a token, and says that it waits when it does.
 *
 * @param run The command line and the outside world.
 * @param app Who asks.
 * @param request What for.
 * @param signal Ends it early.
 */
export async function exchange(
  run: Run,
  app: CozeApp & { baseUrl: string },
  request: TokenRequest,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { io, timeoutMs } = run;
  const { host } = parseBaseUrl(app.baseUrl);
  const fetch = await fetchOf(run);
  const { now, sleep } = io;
  return await waiting(
    run,
    host,
    () => exchangeJwt(app, request, { fetch, now, sleep, signal, timeoutMs }),
  );
}

/**
 * Says on a terminal that something is waited for, from 300 ms on.
 *
 * @param run The command line and the outside world.
 * @param host Who is waited for.
 * @param work Begins what is waited for.
 * @returns What the work gives.
 */
export async function waiting<T>(
  { io, text }: Run,
  host: string,
  work: () => Promise<T>,
): Promise<T> {
  // Before the work begins: were it to fail meanwhile, nobody would look.
  const sentence = await text("waiting", { host });
  let shown = false;
  const stop = io.later(300, () => {
    shown = io.stderrIsTerminal;
    if (shown) io.writeStderr(sentence);
  });
  try {
    return await work();
  } finally {
    stop();
    if (shown) io.writeStderr("\r\x1b[K");
  }
}

/**
 * Says what is missing. The rules are loaded only now: a run that succeeds has no need of them.
 *
 * @param run The command line and the outside world.
 * @param access What there is.
 * @returns The exit code.
 */
export async function refuseToSend(run: Run, { configuration }: Access): Promise<number> {
  const { blocks, findOffline } = await import("../doctor/rules.ts");
  const findings = findOffline(configuration.facts).filter(blocks);
  await run.output.problems(findings);
  return exitCodeOf(findings[0]!.code);
}

/**
 * Says why there is no token and what the rules find, at no further request.
 *
 * @param run The command line and the outside world.
 * @param access Who asked, and what for.
 * @param error What went wrong.
 * @returns The exit code.
 */
export async function explainFailure(
  { output, text, io }: Run,
  { configuration: { facts }, request }: Access,
  error: CliError,
): Promise<number> {
  const { code, details, message, server } = error;
  const exitCode = exitCodeOf(code);
  const problem: Problem = { code, details, message, severity: "error", ...(server && { server }) };
  const { findOffline, subjectOf } = await import("../doctor/rules.ts");
  if (exitCode < 5) {
    // Nothing was sent. What a rule finds of the same thing knows its source and says more.
    const same = findOffline(facts).filter((each) => subjectOf(each.code) === subjectOf(code));
    await output.problems(same.length > 0 ? same : [problem]);
    return exitCode;
  }
  const findings = findOffline({ ...facts, request, refusal: error as CozeError<FindingCode> })
    .filter((finding) => finding.code !== code && finding.severity !== "note");
  // A wrong host explains every failure on the way to it, and its help must be read first.
  const isHost = (finding: Finding) => finding.code.startsWith("base-url-");
  const wrongHost = findings.filter(isHost);
  // The most certain one is told; all of them are the doctor's matter.
  const others = exitCode === 5 ? findings.filter((finding) => !isHost(finding)).slice(0, 1) : [];
  // What to do is said once: by the finding about the host, or at the end.
  if (wrongHost.length > 0 || code === "client-refused") problem.help = false;
  await output.problems(
    output.json ? [problem, ...wrongHost, ...others] : [...wrongHost, problem, ...others],
  );
  if (exitCode === 5 && !output.json) {
    const { sameFlags } = await import("./next_command.ts");
    output.say(await text("see-doctor", { flags: sameFlags(io.args, "doctor") }));
  }
  return exitCode;
}
