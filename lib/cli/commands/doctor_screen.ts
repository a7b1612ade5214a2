import type { Examination } from "../../doctor/diagnose.ts";
import type { Facts } from "../../doctor/facts.ts";
import { exitCodeOf } from "../../doctor/kinds.ts";
import { isSameResponse } from "../../doctor/inquiry/observation.ts";
import { tokenEndpoint } from "../../token_request.ts";
import type { Code, WordKey } from "../../words/words.ts";
import {
  configurationLines,
  keyWords,
  localTime,
  MARKS,
  ownVerdicts,
  type Screen,
  sourceWords,
  verdictLines,
} from "./facts_report.ts";

type Mark = keyof typeof MARKS;

/** A section shows the first of these marks that it has. */
const WORST_FIRST: readonly Mark[] = ["wrong", "note", "none"];
const MARK_OF = { error: "wrong", warning: "note", note: "ok" } as const;

interface Content {
  /** Follows the name of the section. */
  brief: string;
  /** Printed only if the section has an error or a warning. */
  lines?: string[];
  /** How it went, besides what the findings say. */
  marks?: readonly Mark[];
}

/** What makes each section; `undefined` leaves it out. */
const SECTIONS = {
  "configuration": configuration,
  "doctor-key": key,
  "doctor-assertion": assertion,
  "doctor-clock": clock,
  "doctor-endpoint": endpoint,
  "doctor-refusal": refusal,
  "doctor-token": token,
} satisfies Partial<
  Record<WordKey, (screen: Screen, examination: Examination) => Content | undefined>
>;
type Section = keyof typeof SECTIONS;

/** Sections that need no request. */
const OFFLINE: readonly string[] = ["configuration", "doctor-key", "doctor-assertion"];

/** The section that shows a finding. */
function sectionOf(code: Code, { unreadable = [], apiRead }: Facts): Section {
  if (code === "sandbox-read") return unreadable.length > 0 ? "configuration" : "doctor-key";
  if (code === "clock-skew") return "doctor-clock";
  if (apiRead && exitCodeOf(code) > 4) return "doctor-token";
  if (code === "key-mismatch") return "doctor-key";
  // With an error, this section shows the values.
  if (/^(?:wrong-region|(?:key|client)-id-unknown)$/.test(code)) return "configuration";
  if (code === "assertion-lifetime" || code === "duration-out-of-range") return "doctor-assertion";
  if (code === "redirected" || code === "wire-no-bearer") return "doctor-endpoint";
  const exitCode = exitCodeOf(code);
  if (exitCode === 4) return "doctor-key";
  if (exitCode === 5) return "doctor-refusal";
  return exitCode > 5 ? "doctor-endpoint" : "configuration";
}

/** Lists what was checked, in sections. */
export function doctorLines(screen: Screen, examination: Examination): string[] {
  const { text, output } = screen;
  const { observations, findings, facts } = examination;
  return (Object.keys(SECTIONS) as Section[]).flatMap((section) => {
    const isAsked = OFFLINE.includes(section) || observations.length > 0;
    const content: Content | undefined = isAsked
      ? SECTIONS[section](screen, examination)
      : undefined;
    if (!content) return [];
    const { brief, lines = [] } = content;
    const own = findings.filter(({ code }) => sectionOf(code, facts) === section);
    const marks = [...content.marks ?? [], ...own.map(({ severity }) => MARK_OF[severity])];
    const mark = WORST_FIRST.find((each) => marks.includes(each)) ?? "ok";
    const colour = { wrong: "error", note: "warning", ok: "ok", none: "dim" } as const;
    const line = text("section", { name: text(section), brief });
    const head = `${output.mark(colour[mark], MARKS[mark])} ${output.clean(line)}`;
    return mark === "wrong" || mark === "note" ? [head, ...lines] : [head];
  });
}

/** Names the missing ids; empty if there are none. */
function missingIds({ text }: Screen, { clientId, keyId }: Facts): string {
  const missing = [!clientId && text("app-id"), !keyId && text("key-id")].filter(Boolean);
  const name = missing.join(text("list"));
  return name && text("section", { name, brief: text("not-set") });
}

function configuration(screen: Screen, { facts }: Examination): Content {
  const host = URL.parse(facts.baseUrl.text)?.host ?? MARKS.none;
  const { clientId, keyId, baseUrl } = facts;
  const sources = [clientId, keyId, baseUrl.origin === "default" ? undefined : baseUrl]
    .map((value) => value?.source.split(" ")[0]);
  const files = [...new Set(sources)].filter(Boolean).join(screen.text("list"));
  return {
    brief: missingIds(screen, facts) || screen.text("configuration-brief", { host, files }),
    // Without the line of the private key, which has its own section.
    lines: configurationLines(screen, facts).toSpliced(2, 1),
  };
}

function key({ text }: Screen, { facts, observations }: Examination): Content {
  const { error, from, repairs = [], fingerprints } = facts.key ?? {};
  const words = keyWords(text, facts);
  const isProven = Object.values(fingerprints ?? {}).includes(facts.keyId?.text ?? "");
  const lines: string[] = [];
  if (repairs.length > 0) {
    const names = repairs.map((repair) => text(`repair.${repair}` as WordKey));
    lines.push(`  ${text("key-repairs", { repairs: names.join(text("list")) })}`);
  }
  if (!error && !isProven && observations[0]?.outcome !== "token") {
    lines.push(`  ${text("pair-unknown")}`);
  }
  const brief = from ? `${words} <- ${sourceWords(text, from)}` : words;
  return { brief, lines, marks: error && ["none"] };
}

function assertion(screen: Screen, { facts }: Examination): Content | undefined {
  const missing = missingIds(screen, facts);
  if (missing) return { brief: missing, marks: ["none"] };
  try {
    const verdicts = ownVerdicts(facts, facts.request ?? {}, screen.now);
    return {
      brief: screen.text("assertion-brief", { count: verdicts.length }),
      lines: verdictLines(screen, verdicts.filter(({ mark }) => mark !== "ok")),
      marks: verdicts.map(({ mark }) => mark),
    };
  } catch {
    // The base URL cannot be parsed, and a finding says so.
    return undefined;
  }
}

function clock({ text }: Screen, { observations }: Examination): Content | undefined {
  if (observations[0]!.outcome === "failed") return undefined;
  const clock = observations.find(({ clock }) => clock)?.clock;
  if (!clock) return { brief: text("clock-unknown"), marks: ["none"] };
  const { seconds: ahead, error } = clock;
  const seconds = Math.abs(ahead);
  if (seconds <= error) return { brief: text("clock-right", { seconds: error }) };
  return { brief: text(ahead > 0 ? "clock-ahead" : "clock-behind", { seconds, error }) };
}

function endpoint({ text }: Screen, { facts, observations: [base] }: Examination): Content {
  if (base!.outcome === "failed") {
    return { brief: text("no-answer", { code: base!.code! }), marks: ["none"] };
  }
  const url = tokenEndpoint({ baseUrl: facts.baseUrl.text }, facts.request ?? {}).href;
  return { brief: text("answered", { url }) };
}

function refusal(
  { text, output }: Screen,
  { observations }: Examination,
): Content | undefined {
  const [base] = observations;
  if (base?.outcome === "token") return { brief: text("not-refused") };
  if (base?.outcome !== "refused") return undefined;
  const lines = observations.map((each) => {
    const { name, outcome, server, code } = each;
    const said = [server?.status, server?.code, server?.message].filter(Boolean).join(" ");
    const answer = outcome === "token"
      ? text("probe-token")
      : each !== base && isSameResponse(each, base)
      ? text("probe-same")
      : said || code;
    return output.clean(`  ${text(`sends.${name}`)} -> ${answer}`);
  });
  const { status = 0 } = base.server ?? {};
  const brief = text("refusal-brief", { status, count: observations.length });
  return { brief, lines, marks: ["wrong"] };
}

function token(
  { text, now }: Screen,
  { expiresAt, facts: { apiRead } }: Examination,
): Content | undefined {
  if (expiresAt === undefined) return undefined;
  const minutes = Math.round((expiresAt - now) / 60_000);
  const ends = text("token-ends", { time: localTime(Math.floor(expiresAt / 1000)), minutes });
  const works = apiRead?.ok
    ? text("token-works")
    : text("token-unclear", { code: apiRead?.code ?? "" });
  return { brief: ends + works, marks: apiRead?.ok ? [] : ["none"] };
}
