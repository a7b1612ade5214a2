// How `inspect`, `doctor` and `init` show a configuration and the members of a JWT.

import type { Verdict } from "../../doctor/claims.ts";
import type { Facts, Finding, Value } from "../../doctor/facts.ts";
import { quote } from "../../redact.ts";
import { fill, loadWords, type WordKey } from "../../words/words.ts";
import type { Context } from "../context.ts";

/** What `inspect` shows. */
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

/** The marks of verdicts, and of the sections of `doctor`. */
export const MARKS = { ok: "✓", note: "!", wrong: "✗", none: "–" };

/** The values of a configuration, each with its source, aligned. */
export async function configurationLines(context: Context, facts: Facts): Promise<string[]> {
  const { text } = context;
  const words = await keyWords(context, facts);
  const rows: [label: WordKey, shown: string | undefined, value?: Value][] = [
    ["app-id", shown(facts.clientId, "iss"), facts.clientId],
    ["key-id", shown(facts.keyId, "kid"), facts.keyId],
    ["private-key", words, facts.key?.from],
    ["base-url", shown(facts.baseUrl, "aud"), facts.baseUrl],
  ];
  return await aligned(
    context,
    await Promise.all(rows.map(async ([label, shown, value]) =>
      [
        `  ${await text(label)}`,
        shown ?? await text("not-set"),
        value ? `<- ${value.source === "default" ? await text("default") : value.source}` : "",
      ] as const
    )),
  );
}

/** What the private key is, in words. */
export async function keyWords({ text }: Context, { key, keyId }: Facts): Promise<string> {
  if (key?.error) return await text("unusable", { code: key.error.code });
  const form = Object.entries(key?.fingerprints ?? {})
    .find(([, fingerprint]) => fingerprint === keyId?.text)?.[0];
  const bits = await text("key-form", { bits: key?.bits ?? 0 });
  return form === undefined ? bits : bits + await text("pair-proven", { form });
}

/** A line for each verdict on a member of a JWT, aligned. */
export async function verdictLines(
  context: Context,
  verdicts: readonly Verdict[],
): Promise<string[]> {
  const words = await loadWords(context.language);
  return await aligned(
    context,
    verdicts.map(({ name, value, mark, says, details }) => {
      const isTime = (name === "iat" || name === "exp") && typeof value === "number";
      const time = isTime ? `${localTime(value)}${words["separator"]}` : "";
      const colour = mark === "ok" ? "ok" : mark === "note" ? "warning" : "error";
      return [
        `  ${context.output.mark(colour, MARKS[mark])} ${quote(name)}`,
        value === undefined ? MARKS.none : quote(JSON.stringify(short(value, name))),
        time + fill(words[`claim.${says}` as WordKey], details),
      ] as const;
    }),
  );
}

/** Puts cells under each other. The first must be clean: it may have a mark. */
async function aligned(
  { language, output: { clean } }: Context,
  rows: readonly (readonly [first: string, second: string, third: string])[],
): Promise<string[]> {
  // English needs no table of Unicode, which costs some time at the start.
  const widthOf = language === "en"
    ? (text: string) => text.length
    : (await import("../unicode_width.ts")).unicodeWidth;
  const cells = rows.map(([first, second, third]) => [first, clean(second), clean(third)] as const);
  // A longer one, such as a jti, does not push the others to the right.
  const widths = ([0, 1] as const).map((i) =>
    Math.max(...cells.map((row) => widthOf(row[i])).filter((width) => width <= 48))
  );
  const pad = (cell: string, i: 0 | 1) =>
    cell + " ".repeat(Math.max(0, widths[i]! - widthOf(cell)));
  return cells.map(([first, second, third]) =>
    `${pad(first, 0)}  ${pad(second, 1)}  ${third}`.trimEnd()
  );
}

/**
 * What is too long for what it should be may be a key, so it is not shown: an id is shorter than a
 * line of one.
 */
export function short(value: unknown, name: string): unknown {
  const { length } = JSON.stringify(value);
  return length > (["iss", "kid"].includes(name) ? 60 : 120) ? `… (${length})` : value;
}

function shown(value: Value | undefined, name: string): string | undefined {
  if (value === undefined || name !== "aud") return value && quote(String(short(value.text, name)));
  // A password may stand before the last @, whatever is between, and a token in the query.
  return quote(value.text.replace(/^(https?:\/\/)?.*@/is, "$1…@").replace(/[?#].*$/s, "?…"));
}

/**
 * Writes a moment in the time zone of this machine. Without Intl, which costs a quarter of the start.
 */
export function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return MARKS.none;
  const offset = -date.getTimezoneOffset();
  const pad = (number: number) => String(Math.abs(number)).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${pad(Math.trunc(offset / 60))}:${pad(offset % 60)}`;
  const local = new Date(date.getTime() + offset * 60_000).toISOString();
  return local.replace("T", " ").replace(/\.\d+Z$/, ` ${zone}`);
}

/** The configuration for programs: each value with its source and the sources that lost. */
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
