import { type Catalogue, fill } from "../doctor/catalogue.ts";
import type { Verdict } from "../doctor/claims.ts";
import type { Facts, Finding, Value } from "../doctor/facts.ts";
import { describe } from "../doctor/report.ts";
import { quote } from "../redact.ts";
import type { Run } from "./run.ts";

/** What `inspect` shows, before it is put into words or JSON. */
export interface Report {
  facts?: Facts;
  request?: { method: "POST"; url: string; headers: Record<string, string>; body: unknown };
  verdicts: Verdict[];
  findings: Finding[];
  /** What of a pasted request could not be judged. */
  unjudged?: ("jwt" | "headers" | "body")[];
  /** A pasted request as it should be: a curl command. */
  corrected?: string;
}

/**
 * Puts a report into words.
 *
 * @param run Whose language counts.
 * @param report What was found.
 * @param catalogue The words about claims.
 * @returns Lines for stdout; the findings go to stderr.
 */
export async function toLines(run: Run, report: Report, catalogue: Catalogue): Promise<string[]> {
  const { facts, request, verdicts } = report;
  const { text } = run;
  const lines: string[] = [];
  if (facts) lines.push(await text("configuration"), ...await configurationLines(run, facts), "");
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
  if (facts) lines.push(await text("nothing-sent"));
  else if (verdicts.length > 0) lines.push(await text("not-verified"));
  for (const part of report.unjudged ?? []) lines.push(await text(`unjudged-${part}`));
  if (!report.findings.some(({ severity }) => severity !== "note")) {
    lines.push(await text("all-well"));
  }
  return lines;
}

/**
 * Says which values are used, and where they come from.
 *
 * @param run Whose language counts.
 * @param facts The configuration.
 * @returns A line for each value.
 */
export async function configurationLines({ text }: Run, facts: Facts): Promise<string[]> {
  const { key } = facts;
  const form = facts.keyId && Object.entries(key?.fingerprints ?? {})
    .find(([, fingerprint]) => fingerprint === facts.keyId?.text)?.[0];
  const keyWords = key?.error
    ? await text("unusable", { code: key.error.code })
    : await text("key-form", { bits: key?.bits ?? 0 }) +
      (form ? `, ${await text("pair-proven", { form })}` : "");
  const rows: [label: Parameters<Run["text"]>[0], shown: string | undefined, value?: Value][] = [
    ["app-id", shown(facts.clientId, "iss"), facts.clientId],
    ["key-id", shown(facts.keyId, "kid"), facts.keyId],
    ["private-key", keyWords, key?.from],
    ["base-url", shown(facts.baseUrl, "aud"), facts.baseUrl],
  ];
  const lines: string[] = [];
  for (const [label, words, value] of rows) {
    const source = value &&
      `   <- ${value.source === "default" ? await text("default") : value.source}`;
    lines.push(`  ${await text(label)}: ${words ?? await text("not-set")}${source ?? ""}`);
  }
  return lines;
}

/**
 * What is too long for what it should be may be a key, so it is not shown: an id is shorter than a
 * line of one.
 */
function short(value: unknown, name: string): unknown {
  const { length } = JSON.stringify(value);
  return length > (["iss", "kid"].includes(name) ? 60 : 120) ? `… (${length})` : value;
}

function shown(value: Value | undefined, name: string): string | undefined {
  return value && quote(String(short(value.text, name)));
}

const MARKS = { ok: "✓", note: "!", wrong: "✗" };

/**
 * Puts a verdict on a member of a JWT into a line.
 *
 * @param verdict The verdict.
 * @param catalogue The words about claims.
 */
export function verdictLine(
  { name, value, mark, says, details }: Verdict,
  { claims }: Catalogue,
): string {
  const words = fill(claims[says]!, details);
  const time = (name === "iat" || name === "exp") && typeof value === "number"
    ? `${localTime(value)}, `
    : "";
  const json = value === undefined ? "–" : quote(JSON.stringify(short(value, name)));
  return `  ${MARKS[mark]} ${name.padEnd(4)} ${json}   ${time}${words}`;
}

/**
 * Writes a moment in the time zone of this machine. Without Intl, which costs a quarter of the start.
 *
 * @param seconds Seconds since the epoch.
 */
export function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  const offset = -date.getTimezoneOffset();
  const pad = (number: number) => String(Math.abs(number)).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${pad(Math.trunc(offset / 60))}:${pad(offset % 60)}`;
  const local = new Date(date.getTime() + offset * 60_000).toISOString();
  return local.replace("T", " ").replace(/\.\d+Z$/, ` ${zone}`);
}

/**
 * Puts a report into JSON, schema 1.
 *
 * @param report What was found.
 * @param catalogue English words.
 * @param exitCode How the run will end.
 * @param isBinary Whether the program is a compiled binary.
 */
export function toJson(
  report: Report,
  catalogue: Catalogue,
  exitCode: number,
  isBinary: boolean,
): unknown {
  const { facts, request, verdicts, findings } = report;
  const members = (part: Verdict["part"]) => {
    const own = verdicts.filter((verdict) => verdict.part === part && verdict.value !== undefined);
    return Object.fromEntries(own.map(({ name, value }) => [quote(name), short(value, name)]));
  };
  return {
    schema: 1,
    ok: exitCode === 0,
    exitCode,
    ...(facts && { configuration: configurationJson(facts) }),
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
    findings: describe(findings, catalogue, isBinary),
    unjudged: report.unjudged,
    corrected: report.corrected,
  };
}

/**
 * Puts the configuration into JSON.
 *
 * @param facts The configuration.
 * @returns Each value with its source and the sources that lost; the key's text is not in it.
 */
export function configurationJson({ clientId, keyId, baseUrl, key }: Facts): unknown {
  const value = (value: Value | undefined, name: string) =>
    value && { value: shown(value, name), source: value.source, lost: value.lost };
  return {
    clientId: value(clientId, "iss"),
    keyId: value(keyId, "kid"),
    baseUrl: value(baseUrl, "aud"),
    privateKey: {
      source: key?.from.source,
      lost: key?.from.lost,
      bits: key?.bits,
      repairs: key?.repairs,
      fingerprints: key?.fingerprints,
    },
  };
}
