// An import map does not reach people who run cli.ts by URL, so the package is named here in full,
// and only here.
// deno-lint-ignore no-import-prefix
import { parse } from "jsr:@std/dotenv@0.225.7/parse";
import { decodeText, fail, malformed, placeIn, type Report } from "./text_file.ts";

/** The part of a line before the value. */
const HEAD = /^[ \t]*(?:(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*(=[ \t]*)?)?/;
/** Reasons for characters that an unquoted value cannot have. */
const REASONS: Readonly<Record<string, string>> = { "$": "dollar", "#": "hash" };

/** A variable, which may take several lines, or a line without a variable. */
interface Entry {
  /** Where it ends: at a line break, or at the end of the text. */
  end: number;
  name?: string;
  fault?: readonly [reason: string, at: number];
}

/**
 * Reads a .env file. Checks a small grammar first, because the parser replaces an unquoted `$NAME`
 * by a variable of the environment, never ends on `A=$A`, prints lines that it does not understand
 * (which may be lines of a private key), and does not end a value at `\"`. Reports the first fault,
 * and returns the variables of the other lines.
 */
export function readEnvFile(
  bytes: Uint8Array,
  path: string,
  report: Report = fail,
): Record<string, string> {
  const text = decodeText(bytes, path).replace(/\r\n?/g, "\n");
  // NUL means a binary file. The other two end a line only for the parser.
  const control = text.search(/[\0\u2028\u2029]/);
  if (control >= 0) throw malformed(path, "control", placeIn(text, control));
  // Drop blank lines and comments: they make the parser's time quadratic.
  const kept: string[] = [];
  const names = new Set<string>();
  let first: Entry["fault"];
  for (let start = 0; start < text.length;) {
    const { end, name, fault } = readEntry(text, start);
    first ??= fault;
    if (name !== undefined && names.has(name)) first ??= ["duplicate", text.indexOf(name, start)];
    else if (name !== undefined) kept.push(text.slice(start, end));
    names.add(name ?? "");
    start = end + 1;
  }
  if (first) report(malformed(path, first[0], placeIn(text, first[1])));
  return parse(kept.join("\n"));
}

function readEntry(text: string, start: number): Entry {
  const end = endOfLine(text, start);
  const line = text.slice(start, end);
  if (/^\s*(?:#|$)/.test(line)) return { end };
  const refuse = (reason: string, at: number) => ({ end, fault: [reason, at] as const });

  const [head, name, equals] = HEAD.exec(line)!;
  const from = start + head.length;
  if (!equals) return refuse(/[:：＝]/.test(text.charAt(from)) ? "separator" : "line", from);

  const quote = text.charAt(from);
  if (quote !== '"' && quote !== "'") {
    const value = line.replace(/(?<=[ \t])#[^]*/, "").slice(head.length);
    if (/BEGIN [A-Z ]{0,20}KEY/.test(value) && !value.includes("END")) {
      return refuse("multi-line", from);
    }
    const at = value.search(/[$#"'`]/);
    return at < 0 ? { end, name } : refuse(REASONS[value.charAt(at)] ?? "quote", from + at);
  }
  // In double quotes accept only `\n` and `\r`: parsers disagree about other escapes.
  const inside = quote === '"' ? /[^"\\]*(?:\\[nr][^"\\]*)*/y : /[^']*/y;
  inside.lastIndex = from + 1;
  inside.test(text);
  const close = inside.lastIndex;
  if (text.charAt(close) === "\\") return refuse("backslash", close);
  const last = endOfLine(text, close);
  const rest = text.slice(close + 1, last);
  if (close < text.length && /^[ \t]*(?:$|[ \t]#)/.test(rest)) return { end: last, name };
  // For a value over several lines, report the opening quote: most likely it was not closed.
  if (close > end || close === text.length) return refuse("unclosed", from);
  return refuse("after-quote", close + 1 + rest.search(/[^ \t]/));
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}
