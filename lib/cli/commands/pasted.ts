import { judgePasted, MAX_PASTED } from "../../doctor/pasted/judge.ts";
import { nameOf } from "../../doctor/pasted/languages.ts";
import { parseBaseUrl } from "../../token_request.ts";
import type { WordKey } from "../../words/words.ts";
import { readAccess } from "../access.ts";
import { type Context, usageError } from "../context.ts";
import type { Report, Screen } from "./facts_report.ts";

/** Judges whatever is pasted into stdin. Sends nothing. */
export async function judgeStdin(context: Context): Promise<Report> {
  const { io, output, redactor, signal } = context;
  // The configuration only names the host, so its faults do not matter.
  const { facts: { baseUrl } } = await readAccess(context, { problems: [] });
  if (io.stdinIsTerminal && !output.json) output.say(await context.text("paste"));
  const input = await io.readStdin(MAX_PASTED, signal);
  if (input.trim() === "") throw usageError("stdin-empty", {});
  if (input.length > MAX_PASTED) throw usageError("stdin-long", {});
  for (const [jwt] of input.matchAll(/ey[JAI][\w+/=.-]{20,}/g)) redactor.add(jwt);
  const { host: configured } = parseBaseUrl(baseUrl.text);
  const host = baseUrl.origin === "default" ? undefined : configured;
  const pasted = judgePasted(input, { host, now: io.now() });
  return { ...pasted, pasted };
}

/** What the text is taken for, what a server said in it, and where its settings belong. */
export function pastedLines({ text, output }: Screen, { pasted }: Report): string[] {
  if (!pasted) return [];
  const { kind, language, answer, settings = [] } = pasted;
  const name = language && nameOf(language);
  const what = text(`pasted.${kind}` as WordKey);
  const lines = [output.mark("bold", name ? text("pasted-in", { what, name }) : what)];
  const { status, errorCode, message, logId } = answer ?? {};
  const said = [status, errorCode, message].filter(Boolean).join(" ");
  if (said) lines.push(output.clean(`  ${text("label.said")}${said}`));
  if (logId) lines.push(output.clean(`  logid ${logId}`));
  for (const setting of settings) lines.push(`  ${text(`setting.${setting}` as WordKey)}`);
  return lines;
}
