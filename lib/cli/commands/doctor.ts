import { type Examination, examine } from "../../doctor/diagnose.ts";
import type { Facts } from "../../doctor/facts.ts";
import type { Finding } from "../../doctor/finding.ts";
import { kindOf } from "../../doctor/kinds.ts";
import { reportProbes } from "../../doctor/inquiry/observation.ts";
import type { NextCommand } from "../../doctor/report.ts";
import { loadWords } from "../../words/words.ts";
import { fetchOf, readAccess } from "../access.ts";
import type { Context } from "../context.ts";
import { describeFindings, printProblems } from "../problems.ts";
import { doctorLines } from "./doctor_screen.ts";
import { configurationJson, screenOf } from "./facts_report.ts";

/** Finds out why Coze refuses to issue a token. With `-`, judges pasted text instead. */
export async function doctor(context: Context): Promise<number> {
  const { args, output, text, typed } = context;
  if (args.operands[0] === "-") return await (await import("./inspect.ts")).inspect(context);
  const examination = await examineOwn(context);
  const { exitCode, facts, findings, observations } = examination;
  if (output.json) {
    output.answerJson(doctorJson(examination, await describeFindings(context, findings)));
    return exitCode;
  }
  if (observations.length > 0) output.say("");
  // Print the server's message once, with the first cause.
  const cause = findings.find(({ severity }) => severity === "error");
  const { server } = facts.refusal ?? {};
  const said = server?.code ?? server?.message ?? server?.logId;
  await printProblems(
    context,
    findings.map((finding) => finding === cause && said ? { ...finding, server } : finding),
  );
  const lines = doctorLines(await screenOf(context), examination);
  output.marked(findings.length > 0 ? ["", ...lines] : lines);
  const isWell = findings.every(({ severity }) => severity === "note");
  if (observations.length === 0) {
    output.say(await text(exitCode === 0 ? "doctor-offline-well" : "doctor-unsent"));
    output.say(`  $ ${await typed(corrected(findings))}`);
  } else if (isWell && facts.apiRead?.ok) output.say(await text("doctor-well"));
  return exitCode;
}

/** The same command, online, without its wrong flags and with the suggested base URL. */
function corrected(findings: readonly Finding[]): NextCommand {
  const wrong = findings.filter(({ code, severity }) =>
    severity === "error" && kindOf(code) === "configuration"
  );
  const flagOf = ({ details }: Finding) => String(details.source).replace("--", "");
  const baseUrl = wrong.find((each) => flagOf(each) === "base-url")?.details.suggestion;
  return {
    words: [],
    without: ["offline", ...wrong.map(flagOf)],
    flags: { "base-url": baseUrl ? String(baseUrl) : undefined },
  };
}

async function examineOwn(context: Context): Promise<Examination> {
  const { args, io, output, text } = context;
  const options = { withFingerprints: true, problems: [] };
  const { facts, privateKey, request } = await readAccess(context, options);
  const offline = args.has("offline");
  const words = await loadWords(context.language);
  let number = 0;
  return await examine(facts, privateKey, {
    request,
    offline,
    otherRegion: args.has("other-region"),
    fetch: await fetchOf(context),
    now: io.now,
    timeoutMs: context.timeoutMs,
    // Listening for ^C slows down the start, and offline there is nothing to interrupt.
    signal: offline ? undefined : context.signal,
    async onProbe(name, host) {
      if (output.json) return;
      if (number === 0) output.say(await text("doctor-plan", { host }));
      number++;
      output.say(await text("doctor-probe", { number, host, what: words[`sends.${name}`] }));
    },
  });
}

/** The examination for programs, schema 1. */
function doctorJson(
  { facts, observations, exitCode, expiresAt }: Examination,
  findings: unknown,
): unknown {
  const clock = observations.find(({ clock }) => clock)?.clock;
  const matches = Object.entries(facts.key?.fingerprints ?? {})
    .find(([, fingerprint]) => fingerprint === facts.keyId?.text)?.[0];
  return {
    schema: 1,
    ok: exitCode === 0,
    exitCode,
    findings,
    facts: {
      configuration: configurationJson(facts),
      // The kind of fingerprint that equals the key id.
      fingerprint: matches ?? null,
      clock: clock ? { aheadSeconds: clock.seconds, errorSeconds: clock.error } : null,
      token: expiresAt === undefined ? null : { expiresAt, accepted: accepted(facts) },
    },
    probes: reportProbes(observations, facts.apiRead),
  };
}

/** Whether the API accepts the token; `null` if its response does not show it. */
function accepted({ apiRead }: Facts): boolean | null {
  if (apiRead?.ok || apiRead?.code === "permission-missing") return true;
  return apiRead?.code?.startsWith("token-") ? false : null;
}
