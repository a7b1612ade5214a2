import { exitCodeOf } from "../doctor/catalogue.ts";
import type { Finding } from "../doctor/facts.ts";
import { CozeError } from "../error.ts";
import { exchangeJwt } from "../exchange.ts";
import { checkRequest, type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import type { AccessToken } from "../token_response.ts";
import { sameFlags } from "./arguments.ts";
import { type Configuration, loadConfiguration } from "./configuration.ts";
import type { Problem } from "./output.ts";
import { requestOf } from "./request.ts";
import type { Run } from "./run.ts";

/**
 * The main job: prints an access token.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export async function token(run: Run): Promise<number> {
  const { args, io, output, redactor } = run;
  const request = requestOf(args);
  const configuration = await loadConfiguration(args, io, redactor, false);
  await io.dropRead();
  const { clientId, keyId, baseUrl } = configuration.facts;
  const { privateKey } = configuration;
  if (!clientId || !keyId || !privateKey) return await refuseToSend(run, configuration);

  const app = { clientId: clientId.text, keyId: keyId.text, privateKey, baseUrl: baseUrl.text };
  let result: AccessToken;
  try {
    result = await exchange(run, app, request);
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    return await explainFailure(run, configuration, request, error);
  }
  const { accessToken } = result;
  output.secret(
    output.json
      ? JSON.stringify(result)
      : args.has("header")
      ? `Authorization: Bearer ${accessToken}`
      : accessToken,
  );
  return 0;
}

async function exchange(run: Run, app: CozeApp, request: TokenRequest): Promise<AccessToken> {
  const { args, io, output, redactor, signal, timeoutMs } = run;
  checkRequest(app, request);
  const { host } = parseBaseUrl(app.baseUrl!);
  // Programs read stderr as one JSON line, so for them only people's notices are left out.
  const foreign = !/^api\.coze\.(?:cn|com)$/.test(host);
  if (foreign && !output.json) output.say(await run.text("other-host", { host }));
  const fetch = args.has("trace")
    ? (await import("./trace.ts")).traced(io, output, redactor)
    : io.fetch;
  const waiting = await run.text("waiting", { host });
  let shown = false;
  const stop = io.later(300, () => {
    shown = io.stderrIsTerminal;
    if (shown) io.writeStderr(waiting);
  });
  try {
    const { now, sleep } = io;
    return await exchangeJwt(app, request, { fetch, now, sleep, signal, timeoutMs });
  } finally {
    stop();
    if (shown) io.writeStderr("\r\x1b[K");
  }
}

/** The rules are loaded only now: a run that succeeds has no need of them. */
async function refuseToSend(run: Run, { facts }: Configuration): Promise<number> {
  const { blocks, findOffline } = await import("../doctor/rules.ts");
  const findings = findOffline(facts).filter(blocks);
  await run.output.problems(findings);
  return exitCodeOf(findings[0]!.code);
}

/** Says what went wrong and what the rules find, at no further request. */
async function explainFailure(
  run: Run,
  { facts }: Configuration,
  request: TokenRequest,
  error: CozeError,
): Promise<number> {
  const { output, text, io } = run;
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
  const findings = findOffline({ ...facts, request, refusal: error })
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
    output.say(await text("see-doctor", { flags: sameFlags(io.args) }));
  }
  return exitCode;
}
