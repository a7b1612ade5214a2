import { decodeAssertion, type DecodedAssertion } from "../../assertion.ts";
import { judgeClaims } from "../../doctor/claims.ts";
import { baseUrlShape } from "../../doctor/rules/configuration.ts";
import type { Finding } from "../../doctor/finding.ts";
import { correctedCurl } from "../../doctor/pasted/corrected.ts";
import { parsePasted, type PastedRequest } from "../../doctor/pasted/pasted_request.ts";
import { TOKEN } from "../../doctor/pasted/request_rules.ts";
import { judgeRequest, namesOf } from "../../doctor/pasted/rules.ts";
import { findSecrets } from "../../doctor/pasted/secrets.ts";
import { CozeError } from "../../error.ts";
import { parseBaseUrl } from "../../token_request.ts";
import { placeIn } from "../config/text_file.ts";
import { excerptOf } from "./excerpt.ts";
import type { Report } from "./facts_report.ts";
import { readAccess } from "../access.ts";
import { type Context, valueError } from "../context.ts";

/** The longest input, in characters. */
const MAX_LENGTH = 65_536;

/**
 * Judges a JWT, a curl command line or an HTTP request from stdin. Sends nothing.
 */
export async function judgePasted(context: Context): Promise<Report> {
  const { io, output, redactor, signal } = context;
  // The configuration only names the host, so its faults do not matter.
  const { facts: { baseUrl } } = await readAccess(context, { problems: [] });
  if (io.stdinIsTerminal && !output.json) output.say(await context.text("paste"));
  const input = await io.readStdin(MAX_LENGTH, signal);
  if (input.trim() === "" || input.length > MAX_LENGTH) {
    throw valueError("stdin", "JWT, curl …, POST … HTTP/1.1");
  }
  const { host } = parseBaseUrl(baseUrl.text);
  const request = readRequest(input);
  if (request) return judgeWhole(context, input, request, host);

  const jwt = input.trim().replace(/^["']|["']$/g, "")
    .replace(/^(?:Authorization\s*:\s*)?Bearer\s+/i, "");
  redactor.add(jwt);
  const findings: Finding[] = baseUrlShape({ baseUrl });
  const decoded = decode(jwt, findings);
  const verdicts = decoded ? judgeClaims(decoded, host, io.now()) : [];
  const wrong = verdicts.filter(({ mark }) => mark === "wrong");
  if (wrong.length > 0) {
    const [reason, details] = namesOf(wrong);
    findings.push({
      code: "wire-claims-invalid",
      severity: "error",
      certainty: "proven",
      details: { ...details, reason },
    });
  }
  return { verdicts, findings };
}

/** Decodes a JWT; a malformed one becomes a finding. */
function decode(jwt: string, findings: Finding[]): DecodedAssertion | undefined {
  try {
    return decodeAssertion(jwt);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code } = error;
    const details = TOKEN.test(jwt) ? { ...error.details, reason: "token" } : error.details;
    findings.push({ code, details, severity: "error", certainty: "proven" });
  }
}

/** Parses a request. The error for an open quote has its line and column. */
function readRequest(input: string): PastedRequest | undefined {
  try {
    return parsePasted(input);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { offset, ...details } = error.details;
    const place = { source: "stdin", ...placeIn(input, Number(offset)) };
    throw new CozeError(error.code, error.message, { ...details, ...place });
  }
}

function judgeWhole(
  { io, redactor }: Context,
  input: string,
  request: PastedRequest,
  fallbackHost: string,
): Report {
  const { facts, mistakes, verdicts, unjudged } = judgeRequest(request, fallbackHost, io.now());
  for (const { text } of facts.jwts) redactor.add(text.text);
  const secrets = findSecrets(input);
  const findings = mistakes.map(({ place, ...finding }): Finding => {
    const { redact } = redactor;
    const { text, line, column } = excerptOf(input, place, secrets, request.whole, redact);
    const details = { ...finding.details, source: "stdin", line, column };
    return { ...finding, details, place: { line, excerpt: text } };
  });
  const corrected = findings.length > 0 ? correctedCurl(input, facts) : undefined;
  return { verdicts, findings, unjudged, corrected };
}
