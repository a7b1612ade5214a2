import { assertionParts } from "../../assertion.ts";
import { judgeClaims } from "../../doctor/claims.ts";
import type { Examination } from "../../doctor/diagnose.ts";
import type { Facts, Finding } from "../../doctor/facts.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import type { Observation } from "../../doctor/observation.ts";
import { alike, read } from "../../doctor/reading.ts";
import { parseBaseUrl, tokenEndpoint } from "../../token_request.ts";
import type { Code, WordKey } from "../../words/words.ts";
import { loadWords } from "../../words/words.ts";
import type { Context } from "../context.ts";
import { configurationLines, keyWords, localTime, MARKS, verdictLines } from "./facts_report.ts";

/** The parts of a report, in the order in which they depend on each other. */
const SECTIONS = [
  "configuration",
  "doctor-key",
  "doctor-assertion",
  "doctor-clock",
  "doctor-endpoint",
  "doctor-refusal",
  "doctor-token",
] as const satisfies readonly WordKey[];
type Section = typeof SECTIONS[number];

/** A part of the report: what is said when it passes, and what else when it does not. */
interface Content {
  brief: string;
  lines?: string[];
}

/** The section that a cause belongs to. */
function sectionOf(code: Code): Section {
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

/** An examination in sections: one line for what is well, all details for what is not. */
export async function doctorLines(context: Context, examination: Examination): Promise<string[]> {
  const { text, output } = context;
  const { facts, findings, observations } = examination;
  const contents: Record<Section, Content> = {
    "configuration": await configuration(context, facts),
    "doctor-key": await key(context, facts),
    "doctor-assertion": await assertion(context, facts),
    "doctor-clock": { brief: await clock(context, observations) },
    "doctor-endpoint": { brief: await endpoint(context, facts, observations) },
    "doctor-refusal": await refusal(context, facts, observations),
    "doctor-token": { brief: await token(context, examination) },
  };
  const open = openSections(examination);
  const isAsked = observations.length > 0;
  const lines: string[] = [];
  for (const section of SECTIONS) {
    const isRefused = section === "doctor-refusal" && observations[0]?.outcome === "refused";
    const found = isRefused ? "wrong" : worst(findings, section);
    const mark = found ?? (open.includes(section) ? "none" : "ok");
    const colour = { wrong: "error", note: "warning", ok: "ok", none: "dim" } as const;
    const { brief, lines: details = [] } = isAsked || SECTIONS.indexOf(section) < 3
      ? contents[section]
      : { brief: await text("not-asked") };
    const line = await text("section", { name: await text(section), brief });
    lines.push(`${output.mark(colour[mark], MARKS[mark])} ${output.clean(line)}`);
    if (mark === "wrong" || mark === "note") lines.push(...details);
  }
  return lines;
}

function worst(findings: readonly Finding[], section: Section): "wrong" | "note" | undefined {
  const own = findings.filter(({ code }) => sectionOf(code) === section);
  if (own.some(({ severity }) => severity === "error")) return "wrong";
  return own.some(({ severity }) => severity === "warning") ? "note" : undefined;
}

/** What was not looked at, so that nothing can be said of it. */
function openSections({ observations, expiresAt, facts }: Examination): Section[] {
  const isAsked = observations.length > 0;
  return [
    ...(isAsked ? [] : ["doctor-endpoint"] as const),
    ...(isAsked && observations[0]!.outcome !== "failed" ? [] : ["doctor-refusal"] as const),
    ...(observations.some(({ clock }) => clock) ? [] : ["doctor-clock"] as const),
    ...(expiresAt !== undefined && facts.apiRead?.ok ? [] : ["doctor-token"] as const),
  ];
}

async function configuration(context: Context, facts: Facts): Promise<Content> {
  const host = URL.parse(facts.baseUrl.text)?.host ?? "";
  const sources = [facts.clientId, facts.keyId].map((value) => value?.source.split(" ")[0]);
  const files = [...new Set(sources)].filter((source) => source !== undefined)
    .join(await context.text("list"));
  return {
    brief: await context.text("configuration-brief", { host, files }),
    lines: (await configurationLines(context, facts)).filter((_, i) => i !== 2),
  };
}

async function key(context: Context, facts: Facts): Promise<Content> {
  const { text } = context;
  const { error, from, repairs = [], fingerprints } = facts.key ?? {};
  const words = await keyWords(context, facts);
  const isProven = Object.values(fingerprints ?? {}).includes(facts.keyId?.text ?? "");
  const [base] = facts.observations ?? [];
  const lines: string[] = [];
  if (repairs.length > 0) {
    const names = await Promise.all(repairs.map((repair) => text(`repair.${repair}` as WordKey)));
    lines.push(`  ${await text("key-repairs", { repairs: names.join(await text("list")) })}`);
  }
  if (!error && !isProven && base?.outcome !== "token") {
    lines.push(`  ${await text("pair-unknown")}`);
  }
  return { brief: from ? `${words} <- ${from.source}` : words, lines };
}

async function assertion(context: Context, facts: Facts): Promise<Content> {
  const { io, text } = context;
  let host: string;
  try {
    ({ host } = parseBaseUrl(facts.baseUrl.text));
  } catch {
    // It is a finding already.
    return { brief: await text("not-asked") };
  }
  const app = {
    clientId: facts.clientId?.text ?? "",
    keyId: facts.keyId?.text ?? "",
    baseUrl: facts.baseUrl.text,
  };
  const jwt = assertionParts(app, facts.request ?? {}, io.now());
  const verdicts = judgeClaims(jwt, host, io.now());
  return {
    brief: await text("assertion-brief", { count: verdicts.length }),
    lines: await verdictLines(context, verdicts),
  };
}

async function clock({ text }: Context, observations: readonly Observation[]): Promise<string> {
  const clock = observations.find(({ clock }) => clock)?.clock;
  if (!clock) return await text("clock-unknown");
  const { seconds, error } = clock;
  if (Math.abs(seconds) <= error) return await text("clock-right", { seconds: error });
  const details = { seconds: Math.abs(seconds), error };
  return await text(seconds > 0 ? "clock-ahead" : "clock-behind", details);
}

async function endpoint(
  { text }: Context,
  { baseUrl, request = {} }: Facts,
  [base]: readonly Observation[],
): Promise<string> {
  if (base?.outcome === "failed") return await text("no-answer", { code: base.code! });
  if (!URL.canParse(baseUrl.text)) return "";
  return await text("answered", { url: tokenEndpoint({ baseUrl: baseUrl.text }, request).href });
}

async function refusal(
  { text, language, output }: Context,
  { request = {} }: Facts,
  observations: readonly Observation[],
): Promise<Content> {
  const { base, noise } = read(observations, request);
  if (base?.outcome !== "refused") {
    return { brief: await text(base?.outcome === "token" ? "not-refused" : "not-asked") };
  }
  const words = await loadWords(language);
  const lines: string[] = [];
  for (const each of observations) {
    const { name, outcome, server, code } = each;
    const said = [server?.status, server?.code, server?.message].filter(Boolean).join(" ");
    const answer = outcome === "token"
      ? words["probe-token"]
      : each !== base && alike(each, base, noise)
      ? words["probe-same"]
      : said || code;
    lines.push(output.clean(`  ${words[`sends.${name}`]} -> ${answer}`));
  }
  const { status = 0 } = base.server ?? {};
  return { brief: await text("refusal-brief", { status, count: observations.length }), lines };
}

async function token(
  { text, io }: Context,
  { expiresAt, facts: { apiRead } }: Examination,
): Promise<string> {
  if (expiresAt === undefined) return await text("token-none");
  const minutes = Math.round((expiresAt - io.now()) / 60_000);
  const ends = await text("token-ends", { time: localTime(Math.floor(expiresAt / 1000)), minutes });
  const read = apiRead?.ok
    ? await text("token-works")
    : await text("token-unclear", { status: apiRead?.server.status ?? 0 });
  return ends + read;
}
