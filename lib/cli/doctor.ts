import { loadCatalogue } from "../doctor/catalogue.ts";
import { type Examination, examine } from "../doctor/diagnose.ts";
import { SCOPE } from "./commands.ts";
import { loadConfiguration } from "./configuration.ts";
import { doctorJson, doctorLines } from "./doctor_report.ts";
import { sameFlags } from "./next_command.ts";
import { requestOf } from "./request.ts";
import type { Run } from "./run.ts";

/**
 * Finds out why Coze refuses a token: offline first, then by probes. With `-` it judges a pasted
 * request instead.
 *
 * @param run The command line and the outside world.
 * @returns The exit code of the first error, 0 when there is none.
 */
export async function doctor(run: Run): Promise<number> {
  const { args, io, output, language } = run;
  if (args.operands[0] === "-") return await (await import("./inspect.ts")).inspect(run);
  const examination = await examineOwn(run);
  const { exitCode, facts } = examination;
  const catalogue = await loadCatalogue(output.json ? "en" : language);
  // A region replaces what said the address before.
  const flags = sameFlags(io.args, "token", ["region", "base-url"]);
  const findings = examination.findings.map((finding) => {
    const { code, details } = finding;
    // Of a host that is not Coze's no region is known, so there is no command to type.
    if (code === "wrong-region" && !/^\w+$/.test(String(details.region))) return finding;
    const own = code === "wrong-region" ? flags : mendedFlags(code, io.args);
    return { ...finding, details: { ...details, flags: own } };
  });
  if (output.json) {
    output.answerJson(doctorJson({ ...examination, findings }, catalogue, io));
    return exitCode;
  }
  output.answer((await doctorLines(run, examination, catalogue)).join("\n"));
  // The server's words stand with the first cause of the refusal.
  const at = findings.findIndex(({ severity, evidence }) => severity === "error" && evidence);
  const server = facts.refusal?.server;
  await output.problems(
    findings.map((finding, i) => i === at && server ? { ...finding, server } : finding),
  );
  if (findings.every(({ severity }) => severity === "note") && facts.apiRead?.ok) {
    output.say(await run.text("doctor-well"));
  }
  return exitCode;
}

async function examineOwn(run: Run): Promise<Examination> {
  const { args, io, output, redactor } = run;
  const request = requestOf(args);
  const { facts, privateKey } = await loadConfiguration(args, io, redactor, true, []);
  await io.dropRead();
  const offline = args.has("offline");
  const catalogue = await loadCatalogue(run.language);
  const traced = args.has("trace")
    ? (await import("./trace.ts")).traced(io, output, redactor)
    : io.fetch;
  let number = 0;
  return await examine(facts, privateKey, {
    request,
    offline,
    otherRegion: args.has("other-region"),
    fetch(request) {
      redactor.add(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
      return traced(request);
    },
    now: io.now,
    timeoutMs: run.timeoutMs,
    // Who listens for ^C pays for it at the start, so only what waits does.
    ...(!offline && { signal: run.signal }),
    async onProbe(name, host) {
      if (output.json) return;
      if (number === 0) output.say(await run.text("doctor-plan", { host }));
      output.say(
        await run.text("doctor-probe", { number: ++number, host, what: catalogue.probes[name] }),
      );
    },
  });
}

/** Flags that are the cause are left out of the next command. */
function mendedFlags(code: string, args: readonly string[]): string {
  if (code === "scope-rejected") return sameFlags(args, "token", SCOPE);
  if (code === "account-path-refused") {
    return sameFlags(args, "token", ["account-id", "enterprise-id"]);
  }
  return sameFlags(args, "token");
}
