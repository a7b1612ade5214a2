import type { CliCode } from "./codes.ts";
import { assertionParts } from "../assertion.ts";
import { type Catalogue, exitCodeOf } from "../doctor/catalogue.ts";
import { judgeClaims } from "../doctor/claims.ts";
import type { Examination } from "../doctor/diagnose.ts";
import type { Facts, Finding } from "../doctor/facts.ts";
import type { Observation } from "../doctor/observation.ts";
import { alike, read } from "../doctor/reading.ts";
import { reportProbes } from "../doctor/probe_report.ts";
import { describe } from "../doctor/report.ts";
import { parseBaseUrl, tokenEndpoint } from "../token_request.ts";
import { configurationJson, configurationLines, localTime, verdictLine } from "./inspect_report.ts";
import type { Io } from "./io.ts";
import type { Run } from "./run.ts";
import type { Sentence } from "./text.ts";

/** The parts of a report, in the order in which they depend on each other. */
const SECTIONS = [
  "configuration",
  "doctor-key",
  "doctor-assertion",
  "doctor-clock",
  "doctor-endpoint",
  "doctor-refusal",
  "doctor-token",
] as const satisfies readonly Sentence[];
type Section = typeof SECTIONS[number];

const MARKS = { error: "✗", warning: "!", note: "✓", none: "–" };

/** The section that a cause belongs to. */
function sectionOf(code: CliCode): Section {
  if (code === "clock-skew") return "doctor-clock";
  if (code === "key-mismatch") return "doctor-key";
  if (code === "assertion-lifetime" || code === "duration-out-of-range") return "doctor-assertion";
  if (code === "redirected" || code === "wire-no-bearer") return "doctor-endpoint";
  if (/^(?:token-|permission-|scope-narrows|quota-)/.test(code)) return "doctor-token";
  const exitCode = exitCodeOf(code);
  if (exitCode === 4) return "doctor-key";
  if (exitCode === 5) return "doctor-refusal";
  return exitCode > 5 ? "doctor-endpoint" : "configuration";
}

/**
 * Puts an examination into sections, each with the worst mark of what was found in it.
 *
 * @param run Whose language counts.
 * @param examination What was found.
 * @param catalogue The words about causes.
 * @returns Lines for stdout; the findings themselves go to stderr.
 */
export async function doctorLines(
  run: Run,
  examination: Examination,
  catalogue: Catalogue,
): Promise<string[]> {
  const { facts, findings, observations } = examination;
  const contents: Record<Section, string[]> = {
    "configuration": (await configurationLines(run, facts)).filter((_, i) => i !== 2),
    "doctor-key": await keyLines(run, facts),
    "doctor-assertion": assertionLines(run, facts, catalogue),
    "doctor-clock": await clockLines(run, observations),
    "doctor-endpoint": await endpointLines(run, facts, observations),
    "doctor-refusal": await refusalLines(run, facts, observations, catalogue),
    "doctor-token": await tokenLines(run, examination),
  };
  const open = openSections(examination);
  const asked = observations.length > 0;
  const lines: string[] = [];
  for (const section of SECTIONS) {
    const refused = section === "doctor-refusal" && observations[0]?.outcome === "refused";
    const found = refused ? "error" : worst(findings, section);
    const mark = MARKS[found ?? (open.includes(section) ? "none" : "note")];
    lines.push(`${mark} ${await run.text(section)}`);
    const reached = asked || SECTIONS.indexOf(section) < 3;
    lines.push(...reached ? contents[section] : [`  ${await run.text("not-asked")}`]);
  }
  return lines;
}

function worst(findings: readonly Finding[], section: Section): "error" | "warning" | undefined {
  const own = findings.filter(({ code }) => sectionOf(code) === section);
  return (["error", "warning"] as const).find((each) => own.some((f) => f.severity === each));
}

/** What was not looked at, so that nothing can be said of it. */
function openSections({ observations, expiresAt, facts }: Examination): Section[] {
  const asked = observations.length > 0;
  return [
    ...(asked ? [] : ["doctor-endpoint"] as const),
    ...(asked && observations[0]!.outcome !== "failed" ? [] : ["doctor-refusal"] as const),
    ...(observations.some(({ clock }) => clock) ? [] : ["doctor-clock"] as const),
    ...(expiresAt !== undefined && facts.apiRead?.ok ? [] : ["doctor-token"] as const),
  ];
}

async function keyLines(run: Run, facts: Facts): Promise<string[]> {
  const { text } = run;
  const { key } = facts;
  const line = (await configurationLines(run, facts))[2]!;
  const proven = Object.values(key?.fingerprints ?? {}).includes(facts.keyId?.text ?? "");
  const [base] = facts.observations ?? [];
  const pair = base?.outcome === "token" ? "pair-by-token" : "pair-unknown";
  const { repairs = [] } = key ?? {};
  return [
    line,
    ...(repairs.length > 0
      ? [`  ${await text("key-repairs", { repairs: repairs.join(", ") })}`]
      : []),
    ...(key?.error || proven ? [] : [`  ${await text(pair)}`]),
  ];
}

function assertionLines({ io }: Run, facts: Facts, catalogue: Catalogue): string[] {
  const app = {
    clientId: facts.clientId?.text ?? "",
    keyId: facts.keyId?.text ?? "",
    baseUrl: facts.baseUrl.text,
  };
  // A base URL that cannot be read is a finding already.
  if (!URL.canParse(app.baseUrl)) return [];
  const { host } = new URL(app.baseUrl);
  try {
    parseBaseUrl(app.baseUrl);
  } catch {
    return [];
  }
  const jwt = assertionParts(app, facts.request ?? {}, io.now());
  return judgeClaims(jwt, host, io.now()).map((verdict) => verdictLine(verdict, catalogue));
}

async function clockLines({ text }: Run, observations: readonly Observation[]): Promise<string[]> {
  const clock = observations.find(({ clock }) => clock)?.clock;
  if (!clock) return [`  ${await text("clock-unknown")}`];
  const { seconds, error } = clock;
  const details = { seconds: Math.abs(seconds), error };
  if (Math.abs(seconds) <= error) return [`  ${await text("clock-right", { seconds: error })}`];
  return [`  ${await text(seconds > 0 ? "clock-ahead" : "clock-behind", details)}`];
}

async function endpointLines(
  { text }: Run,
  { baseUrl, request = {} }: Facts,
  [base]: readonly Observation[],
): Promise<string[]> {
  if (base?.outcome === "failed") return [`  ${await text("no-answer", { code: base.code! })}`];
  const url = tokenEndpoint({ baseUrl: baseUrl.text }, request).href;
  return [`  ${await text("answered", { url })}`];
}

async function refusalLines(
  { text }: Run,
  { request = {} }: Facts,
  observations: readonly Observation[],
  { probes }: Catalogue,
): Promise<string[]> {
  const { base, noise } = read(observations, request);
  if (base?.outcome !== "refused") {
    return [`  ${await text(base?.outcome === "token" ? "not-refused" : "not-asked")}`];
  }
  const lines: string[] = [];
  for (const each of observations) {
    const { name, outcome, server, code } = each;
    const said = [server?.status, server?.code, server?.message].filter(Boolean).join(" ");
    const answer = outcome === "token"
      ? await text("probe-token")
      : each !== base && alike(each, base, noise)
      ? await text("probe-same")
      : said || code;
    lines.push(`  ${probes[name]} -> ${answer}`);
  }
  return lines;
}

async function tokenLines(
  { text, io }: Run,
  { expiresAt, facts: { apiRead } }: Examination,
): Promise<string[]> {
  if (expiresAt === undefined) return [`  ${await text("token-none")}`];
  const minutes = Math.round((expiresAt - io.now()) / 60_000);
  const time = localTime(Math.floor(expiresAt / 1000));
  const read = apiRead?.ok
    ? await text("token-works")
    : await text("token-unclear", { status: apiRead?.server.status ?? 0 });
  return [`  ${await text("token-ends", { time, minutes })}`, `  ${read}`];
}

/**
 * Puts an examination into JSON, schema 1.
 *
 * @param examination What was found.
 * @param catalogue English words.
 * @param io Whether the program is a compiled binary.
 */
export function doctorJson(
  { facts, findings, observations, exitCode, expiresAt }: Examination,
  catalogue: Catalogue,
  { isBinary }: Pick<Io, "isBinary">,
): unknown {
  const clock = observations.find(({ clock }) => clock)?.clock;
  const matches = Object.entries(facts.key?.fingerprints ?? {})
    .find(([, fingerprint]) => fingerprint === facts.keyId?.text)?.[0];
  return {
    schema: 1,
    ok: exitCode === 0,
    exitCode,
    findings: describe(findings, catalogue, isBinary),
    facts: {
      configuration: configurationJson(facts),
      // How the key id was computed, when one of the candidates is equal to it.
      fingerprint: matches ?? null,
      clock: clock ? { aheadSeconds: clock.seconds, errorSeconds: clock.error } : null,
      token: expiresAt === undefined ? null : { expiresAt, accepted: accepted(facts) },
    },
    probes: reportProbes(observations, facts.apiRead),
  };
}

/** Whether the API takes the token; `null` when its answer says nothing about that. */
function accepted({ apiRead }: Facts): boolean | null {
  if (apiRead?.ok || apiRead?.code === "permission-missing") return true;
  return apiRead?.code?.startsWith("token-") ? false : null;
}
