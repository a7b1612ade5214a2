import { assertionParts, createAssertion, decodeAssertion } from "../assertion.ts";
import { exitCodeOf, loadCatalogue } from "../doctor/catalogue.ts";
import { baseUrlShape } from "../doctor/configuration_rules.ts";
import { judgeClaims } from "../doctor/claims.ts";
import type { Finding } from "../doctor/facts.ts";
import { findOffline, subjectOf } from "../doctor/rules.ts";
import { CozeError } from "../error.ts";
import {
  checkRequest,
  parseBaseUrl,
  tokenEndpoint,
  type TokenRequest,
  tokenRequestBody,
} from "../token_request.ts";
import { valueError } from "./arguments.ts";
import { loadConfiguration } from "./configuration.ts";
import { type Report, toJson, toLines } from "./inspect_report.ts";
import { requestOf } from "./request.ts";
import type { Run } from "./run.ts";

/** What can be wrong with a pasted JWT. */
const PASTED = ["wire-claims-invalid", "audience-mismatch", "wire-scope-in-claims"] as const;
/** Most characters of stdin; a JWT of Coze has some hundred. */
const MAX_JWT = 65_536;

/**
 * Shows the request that `token` would send, or judges a JWT from stdin. Sends nothing.
 *
 * @param run The command line and the outside world.
 * @returns The exit code of the first error that was found.
 */
export async function inspect(run: Run): Promise<number> {
  const { args, output, language } = run;
  const report = args.operands[0] === "-" ? await inspectPasted(run) : await inspectOwn(run);
  const first = report.findings.find(({ severity }) => severity === "error");
  const exitCode = first ? exitCodeOf(first.code) : 0;
  const catalogue = await loadCatalogue(output.json ? "en" : language);
  if (output.json) {
    output.answerJson(toJson(report, catalogue, exitCode, run.io.isBinary));
    return exitCode;
  }
  output.answer((await toLines(run, report, catalogue)).join("\n"));
  await output.problems(report.findings);
  return exitCode;
}

async function inspectOwn(run: Run): Promise<Report> {
  const { args, io, redactor } = run;
  const request = requestOf(args);
  const { facts, privateKey } = await loadConfiguration(args, io, redactor, true);
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
  const jwt = assertionParts(app, request, io.now);
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

/** Signs once for the proof that it works; what only a missing value prevents is a rule's matter. */
async function findProblem(
  app: { clientId: string; keyId: string; baseUrl: string; privateKey?: CryptoKey | undefined },
  request: TokenRequest,
  now: () => number,
): Promise<Finding | undefined> {
  const { privateKey } = app;
  const complete = { ...app, clientId: app.clientId || "0", keyId: app.keyId || "0" };
  try {
    if (privateKey) await createAssertion({ ...complete, privateKey }, request, { now });
    else checkRequest({ ...complete, privateKey: "" }, request);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, details } = error;
    return { code, details, severity: "error", certainty: "proven" };
  }
  return undefined;
}

async function inspectPasted(run: Run): Promise<Report> {
  const { args, io, output, redactor, signal } = run;
  requestOf(args);
  const { facts: { baseUrl } } = await loadConfiguration(args, io, redactor, false)
    .catch((error: CozeError) => {
      if (error.code === "usage-value") throw error;
      // Files only say which host is meant, so where they are broken the flags say it alone.
      const readFile = () => Promise.reject(new DOMException("", "NotFound"));
      return loadConfiguration(args, { ...io, readFile }, redactor, false);
    });
  await io.dropRead();
  if (io.stdinIsTerminal && !output.json) output.say(await run.text("paste"));
  const text = (await io.readStdin(MAX_JWT, signal)).trim();
  const jwt = text.replace(/^["']|["']$/g, "").replace(/^(?:Authorization\s*:\s*)?Bearer\s+/i, "");
  if (jwt === "" || text.length > MAX_JWT) throw valueError("stdin", "JWT");
  redactor.add(jwt);
  const { host } = parseBaseUrl(baseUrl.text);
  const verdicts = judgeClaims(decodeAssertion(jwt), host, io.now());
  const findings: Finding[] = baseUrlShape({ baseUrl });
  for (const code of PASTED) {
    const names = verdicts.filter((verdict) => verdict.code === code).map(({ name }) => name);
    if (names.length === 0) continue;
    const details = { names: names.join(", "), host };
    findings.push({ code, severity: "error", certainty: "proven", details });
  }
  return { verdicts, findings };
}
