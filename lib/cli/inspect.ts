import {
  assertionParts,
  createAssertion,
  decodeAssertion,
  type DecodedAssertion,
} from "../assertion.ts";
import {
  type Catalogue,
  evidenceOf,
  exitCodeOf,
  fill,
  loadCatalogue,
} from "../doctor/catalogue.ts";
import { judgeClaims, type Verdict } from "../doctor/claims.ts";
import type { Facts, Finding, Value } from "../doctor/facts.ts";
import { findOffline } from "../doctor/rules.ts";
import { CozeError } from "../error.ts";
import { quote } from "../redact.ts";
import {
  checkRequest,
  DEFAULT_BASE_URL,
  parseBaseUrl,
  tokenEndpoint,
  type TokenRequest,
  tokenRequestBody,
} from "../token_request.ts";
import { valueError } from "./arguments.ts";
import { type Configuration, loadConfiguration } from "./configuration.ts";
import { requestOf } from "./request.ts";
import type { Run } from "./run.ts";

/** What `inspect` shows, before it is put into words or JSON. */
interface Report {
  facts?: Facts;
  request?: { method: "POST"; url: string; headers: Record<string, string>; body: unknown };
  verdicts: Verdict[];
  findings: Finding[];
}

/**
 * Shows the request that `token` would send, or judges a JWT from stdin. Sends nothing.
 *
 * @param run The command line and the outside world.
 * @returns The exit code of the first error that was found.
 */
export async function inspect(run: Run): Promise<number> {
  const { args, io, output, language } = run;
  const report = args.operands[0] === "-" ? await inspectPasted(run) : await inspectOwn(run);
  const first = report.findings.find(({ severity }) => severity === "error");
  const exitCode = first ? exitCodeOf(first.code) : 0;
  const catalogue = await loadCatalogue(output.json ? "en" : language);
  if (output.json) {
    output.answer(
      JSON.stringify(toJson(report, catalogue, exitCode), null, io.stdoutIsTerminal ? 2 : 0),
    );
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
  const ownerPath = (request.accountId ?? request.enterpriseId) !== undefined;
  const findings = findOffline({ ...facts, ownerPath });
  const problem = await findProblem({ ...app, privateKey }, request, io.now);
  if (problem && !findings.some(({ code }) => code === problem.code)) findings.unshift(problem);
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
  const { args, io, redactor } = run;
  const configuration: Configuration | undefined = await loadConfiguration(
    args,
    io,
    redactor,
    false,
  )
    .catch((error) => {
      // The configuration only says which host is meant, so a broken one does not matter here.
      if (error instanceof CozeError && error.code !== "usage-value") return undefined;
      throw error;
    });
  await io.dropRead();
  const text = (await io.readStdin()).trim();
  const jwt = text.replace(/^["']|["']$/g, "").replace(/^(?:Authorization\s*:\s*)?Bearer\s+/i, "");
  if (jwt === "") throw valueError("stdin", "a JWT");
  redactor.add(jwt);
  const { host } = parseBaseUrl(configuration?.facts.baseUrl.text ?? DEFAULT_BASE_URL);
  const decoded: DecodedAssertion = decodeAssertion(jwt);
  const verdicts = judgeClaims(decoded, host, io.now());
  const findings: Finding[] = [];
  for (
    const code of ["wire-claims-invalid", "audience-mismatch", "wire-scope-in-claims"] as const
  ) {
    const names = verdicts.filter((verdict) => verdict.code === code).map(({ name }) => name);
    if (names.length === 0) continue;
    const details = { names: names.join(", "), host };
    findings.push({ code, severity: "error", certainty: "proven", details });
  }
  return { verdicts, findings };
}

async function toLines(run: Run, report: Report, catalogue: Catalogue): Promise<string[]> {
  const { facts, request, verdicts } = report;
  const { text } = run;
  const lines: string[] = [];
  if (facts) {
    const { key } = facts;
    const form = facts.keyId && Object.entries(key?.fingerprints ?? {})
      .find(([, fingerprint]) => fingerprint === facts.keyId?.text)?.[0];
    const keyWords = key?.error
      ? await text("unusable", { code: key.error.code })
      : await text("key-form", { bits: key?.bits ?? 0 }) +
        (form ? `, ${await text("pair-proven", { form })}` : "");
    const rows: [label: Parameters<Run["text"]>[0], shown: string | undefined, value?: Value][] = [
      ["app-id", shown(facts.clientId), facts.clientId],
      ["key-id", shown(facts.keyId), facts.keyId],
      ["private-key", keyWords, key?.from],
      ["base-url", shown(facts.baseUrl), facts.baseUrl],
    ];
    lines.push(await text("configuration"));
    for (const [label, words, value] of rows) {
      const source = value &&
        `   <- ${value.source === "default" ? await text("default") : value.source}`;
      lines.push(`  ${await text(label)}: ${words ?? await text("not-set")}${source ?? ""}`);
    }
    lines.push("");
  }
  if (request) {
    lines.push(await text("request"), `  ${request.method} ${request.url}`);
    for (const [name, value] of Object.entries(request.headers)) lines.push(`  ${name}: ${value}`);
    lines.push("");
  }
  for (const part of ["header", "claims"] as const) {
    const own = verdicts.filter((verdict) => verdict.part === part);
    if (own.length > 0) {
      lines.push(
        await text(part),
        ...own.map((v) => verdictLine(v, catalogue)),
        "",
      );
    }
  }
  if (request) lines.push(await text("body"), `  ${JSON.stringify(request.body)}`, "");
  lines.push(await text(facts ? "nothing-sent" : "not-verified"));
  if (!report.findings.some(({ severity }) => severity !== "note")) {
    lines.push(await text("all-well"));
  }
  return lines;
}

/** A value that is too long for what it should be may be a key, so it is not shown. */
function shown(value: Value | undefined): string | undefined {
  if (!value) return undefined;
  return value.text.length <= 80 ? quote(value.text) : `… (${value.text.length})`;
}

const MARKS = { ok: "✓", note: "!", wrong: "✗" };

function verdictLine({ name, value, mark, says, details }: Verdict, { claims }: Catalogue): string {
  const words = fill(claims[says]!, details);
  const time = (name === "iat" || name === "exp") && typeof value === "number"
    ? `${localTime(value)}, `
    : "";
  const json = value === undefined ? "–" : quote(JSON.stringify(value), 100);
  return `  ${MARKS[mark]} ${name.padEnd(4)} ${json}   ${time}${words}`;
}

/** Without Intl, which costs a quarter of the start. */
function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  const offset = -date.getTimezoneOffset();
  const pad = (number: number) => String(Math.abs(number)).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${pad(Math.trunc(offset / 60))}:${pad(offset % 60)}`;
  const local = new Date(date.getTime() + offset * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${zone}`;
}

function toJson(report: Report, catalogue: Catalogue, exitCode: number): unknown {
  const { facts, request, verdicts, findings } = report;
  const value = (value?: Value) =>
    value && { value: shown(value), source: value.source, lost: value.lost };
  const members = (part: Verdict["part"]) =>
    Object.fromEntries(
      verdicts.filter((v) => v.part === part && v.value !== undefined).map((
        v,
      ) => [v.name, v.value]),
    );
  return {
    schema: 1,
    ok: exitCode === 0,
    exitCode,
    ...(facts && {
      configuration: {
        clientId: value(facts.clientId),
        keyId: value(facts.keyId),
        baseUrl: value(facts.baseUrl),
        privateKey: {
          source: facts.key?.from.source,
          lost: facts.key?.from.lost,
          bits: facts.key?.bits,
          repairs: facts.key?.repairs,
          fingerprints: facts.key?.fingerprints,
        },
      },
    }),
    request,
    header: members("header"),
    claims: members("claims"),
    verdicts: verdicts.map(({ part, name, mark, says, details, code }) => ({
      part,
      name,
      mark,
      ...(code && { code }),
      says: fill(catalogue.claims[says]!, details),
    })),
    findings: findings.map(({ code, severity, certainty, details }) => ({
      code,
      severity,
      certainty,
      title: fill(catalogue.entries[code].title, details),
      evidence: [evidenceOf(catalogue, code, details)].filter((text) => text !== undefined),
      fix: fill(catalogue.entries[code].fix, details),
      ...(details.source && { source: details.source }),
    })),
  };
}
