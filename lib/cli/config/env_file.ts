// An import map does not reach people who run cli.ts by URL, so the package is named here in full,
// and only here.
// deno-lint-ignore no-import-prefix
import { parse } from "jsr:@std/dotenv@0.225.7/parse";
import { decodeText, fail, malformed, placeIn, type Report } from "./text_file.ts";

/** What stands before a value. */
const HEAD = /^[ \t]*(?:(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*(=[ \t]*)?)?/;
/** Why a value without quotes cannot have a character. */
const REASONS: Readonly<Record<string, string>> = { "$": "dollar", "#": "hash" };

/** A variable, whose value may have several lines; or a line without one. */
interface Entry {
  /** Where it ends: at a line break, or at the end of the text. */
  end: number;
  name?: string;
  fault?: readonly [reason: string, at: number];
}

/**
 * Reads a .env file. A small grammar is checked first, because the parser asks the environment for
 * an unquoted `$NAME`, never ends on `A=$A`, prints a line it does not understand, which may be a
 * line of a private key, and does not end a value at `\"`. The first fault is reported; the
 * variables on lines without a fault are returned.
 */
export function readEnvFile(
  bytes: Uint8Array,
  path: string,
  report: Report = fail,
): Record<string, string> {
  const text = decodeText(bytes, path).replace(/\r\n?/g, "\n");
  // NUL is binary; the other two end a line for the parser only.
  const control = text.search(/[\0\u2028\u2029]/);
  if (control >= 0) throw malformed(path, "control", placeIn(text, control));
  // Without blank lines and comments: at each blank line the parser looks at all that follow.
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
  // In double quotes only `\n` and `\r`: other parsers read other escapes in other ways.
  const inside = quote === '"' ? /[^"\\]*(?:\\[nr][^"\\]*)*/y : /[^']*/y;
  inside.lastIndex = from + 1;
  inside.test(text);
  const close = inside.lastIndex;
  if (text.charAt(close) === "\\") return refuse("backslash", close);
  const last = endOfLine(text, close);
  const rest = text.slice(close + 1, last);
  if (close < text.length && /^[ \t]*(?:$|[ \t]#)/.test(rest)) return { end: last, name };
  // Of a value over several lines, the quote that was forgotten is most likely the one before.
  if (close > end || close === text.length) return refuse("unclosed", from);
  return refuse("after-quote", close + 1 + rest.search(/[^ \t]/));
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}
