// How `inspect`, `doctor` and `init` show a configuration and the members of a JWT.

import { assertionParts } from "../../assertion.ts";
import { judgeClaims, type Verdict } from "../../doctor/claims.ts";
import type { Facts, Value } from "../../doctor/facts.ts";
import type { Finding } from "../../doctor/finding.ts";
import type { Pasted } from "../../doctor/pasted/judge.ts";
import { appOf } from "../../doctor/offline.ts";
import { quote } from "../../redact.ts";
import { parseBaseUrl, type TokenRequest } from "../../token_request.ts";
import { type Sentences, sentences, type WordKey } from "../../words/words.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { align } from "../table.ts";

export interface Report {
  facts?: Facts;
  request?: { method: "POST"; url: string; headers: Record<string, string>; body: unknown };
  verdicts: Verdict[];
  findings: Finding[];
  /** The parts of a pasted request that are not in the text, for example in a variable. */
  unjudged?: ("jwt" | "headers" | "body")[];
  /** The corrected request as a curl command. */
  corrected?: string;
  /** The kind of the pasted text. */
  pasted?: Pasted;
}

/** The marks of verdicts, and of the sections of `doctor`. */
export const MARKS = { ok: "✓", note: "!", wrong: "✗", none: "–" };

/** A wider cell, for example a jti, does not widen its column. */
const WIDEST = 48;

/** What the functions below need to write lines. */
export interface Screen {
  text: Sentences;
  output: Output;
  /** Milliseconds since the epoch. */
  now: number;
  /** Terminal columns that a text takes. */
  widthOf: (text: string) => number;
}

export async function screenOf({ language, output, io }: Context): Promise<Screen> {
  // The Unicode table takes 20 ms to load (measured), and English does not need it.
  const widthOf = language === "en"
    ? (text: string) => text.length
    : (await import("../unicode_width.ts")).unicodeWidth;
  return { text: await sentences(language), output, now: io.now(), widthOf };
}

/** A line for each value of the configuration: App ID, key id, private key, base URL. */
export function configurationLines({ text, output, widthOf }: Screen, facts: Facts): string[] {
  const rows: [label: WordKey, shown: string | undefined, value?: Value][] = [
    ["app-id", shown(facts.clientId, "iss"), facts.clientId],
    ["key-id", shown(facts.keyId, "kid"), facts.keyId],
    ["private-key", keyWords(text, facts), facts.key?.from],
    ["base-url", shown(facts.baseUrl, "aud"), facts.baseUrl],
  ];
  const cells = rows.map(([label, shown, value]) => {
    const source = value ? `<- ${sourceWords(text, value)}` : "";
    return [`  ${text(label)}`, shown ?? text("not-set"), source]
      .map(output.clean);
  });
  return align(cells, widthOf, WIDEST);
}

/** A source for people. Facts name it in English, for programs. */
export function sourceWords(text: Sentences, { source }: Pick<Value, "source">): string {
  return source === "default"
    ? text("default")
    : source.replace(" (environment)", text("environment"));
}

export function keyWords(text: Sentences, { key, keyId }: Facts): string {
  if (key?.error) return text("unusable", { code: key.error.code });
  const form = Object.entries(key?.fingerprints ?? {})
    .find(([, fingerprint]) => fingerprint === keyId?.text)?.[0];
  const bits = text("key-form", { bits: key?.bits ?? 0 });
  return form === undefined ? bits : bits + text("pair-proven", { form });
}

/** Judges the assertion of this configuration. Throws if the base URL cannot be parsed. */
export function ownVerdicts(facts: Facts, request: TokenRequest, now: number): Verdict[] {
  const app = appOf(facts);
  return judgeClaims(assertionParts(app, request, now), parseBaseUrl(app.baseUrl).host, now);
}

/** A line for each verdict on a member of a JWT, aligned. */
export function verdictLines(
  { text, output, widthOf }: Screen,
  verdicts: readonly Verdict[],
): string[] {
  const cells = verdicts.map(({ name, value, mark, says, details }) => {
    const isTime = (name === "iat" || name === "exp") && typeof value === "number";
    const time = isTime ? `${localTime(value)}${text("separator")}` : "";
    const colour = mark === "ok" ? "ok" : mark === "note" ? "warning" : "error";
    return [
      `  ${output.mark(colour, MARKS[mark])} ${quote(name)}`,
      output.clean(value === undefined ? MARKS.none : quote(JSON.stringify(short(value, name)))),
      output.clean(time + text(`claim.${says}` as WordKey, details)),
    ];
  });
  return align(cells, widthOf, WIDEST);
}

/** Shows only the length of a value that is too long for an id: it may be part of a private key. */
export function short(value: unknown, name: string): unknown {
  const { length } = JSON.stringify(value);
  return length > (["iss", "kid"].includes(name) ? 60 : 120) ? `… (${length})` : value;
}

function shown(value: Value | undefined, name: string): string | undefined {
  if (value === undefined || name !== "aud") return value && quote(String(short(value.text, name)));
  // Hide a password before the last @ or in place of a port, and a token in the query.
  return quote(
    value.text.replace(/^(https?:\/\/)?.*[@＠]/is, "$1…@").replace(/[?#].*$/s, "?…")
      .replace(/^(https?:\/\/[^/[]*:)(?!\d+(?:\/|$)).*$/is, "$1…"),
  );
}

/** Formats a time in the local time zone. Intl would take a quarter of the start time (measured). */
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
