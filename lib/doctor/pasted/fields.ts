// Values as they stand in any language, and the names before them.

import { nearest } from "../nearest.ts";
import { JWT_MARK } from "./jwts.ts";
import { BEARERS } from "./languages.ts";
import { hits } from "./text.ts";

/** Stands for what only the program or the shell knows. */
export const UNKNOWN = "\ufffc";

/** A value as far as it stands in the text: literals joined, {@linkcode UNKNOWN} for all else. */
export interface Value {
  text: string;
  /** Names of the variables in it. */
  names: string[];
  /** The source code of the expression. */
  source: string;
  at: number;
  /** The quote of its first literal. */
  quote?: string;
}

/** A quote that opens a literal, with the prefixes of languages, escaped in JSON. */
const OPEN = /(?:[fFbBrRuU@$]{1,2})?(\\{0,3})(["'`])/y;
/** A call that fills in or wraps a literal, such as `format!(` or `fmt.Sprintf(`. */
const WRAP =
  /(?:[\w.:]*(?:[Ff]ormat|[Ss]printf|[Cc]oncat|stringWithFormat|ClaimStrings|URI|url)!?)[({: ][ \t]*@?(?=f?\\{0,3}["'])/y;
/** A name, a number, a call, or what a shell or a template puts in. */
const BARE =
  /[\ue000-\ue03f]+|\$\([^)\n]{0,200}\)|\$?\{\{[^}\n]{0,100}\}\}|\$\{[^}\n]{0,100}\}|&?[\w$.:@%/<>-]+(?:\([^)\n]{0,100}\)?)?/y;
/** Values that stand without quotes and are known all the same. */
const KNOWN = /^(?:\d[\w.]*|true|false|null|None|(?:pat|cz[su]|sat|cztei)_\w+|[Bb]earer)$/;
/** What joins the pieces of a text; a shell joins what touches. */
const JOIN =
  /[ \t]*(?:\r?\n[ \t]*)?(?:\+|\.concat\(|\.{1,2}(?=[ \t\r\n"'$])|<>|\|\||&(?=[ \t]))[ \t]*(?:\r?\n[ \t]*)?|(?=["'$])(?<=["'])/y;
const MOST_PIECES = 12;
const LONGEST = 4096;

/** Reads the expression at an offset: literals, variables, and what joins them. */
export function readValue(text: string, at: number, isMultiline = false): Value {
  const value: Value = { text: "", names: [], source: "", at, quote: undefined };
  let end = at;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = end;
    const found = pattern.exec(text);
    if (found) end += found[0].length;
    return found;
  };
  for (let pieces = 0; pieces < MOST_PIECES && end - at < LONGEST; pieces++) {
    take(WRAP);
    const open = take(OPEN);
    if (open) {
      const [, escapes, quote] = open;
      value.quote ??= quote;
      const from = end;
      end = endOfLiteral(text, from, escapes! + quote!, isMultiline || quote === "`");
      value.text += unescaped(withUnknowns(text.slice(from, end), value.names));
      if (text.startsWith(escapes! + quote!, end)) end += escapes!.length + 1;
    } else {
      const bare = take(BARE)?.[0];
      if (bare === undefined) break;
      const isKnown = JWT_MARK.test(bare) || KNOWN.test(bare);
      if (!isKnown) value.names.push(...(/[A-Za-z_]\w*(?=\)?$|\()/.exec(bare) ?? []));
      value.text += isKnown ? bare : UNKNOWN;
    }
    if (!take(JOIN)) break;
  }
  value.source = text.slice(at, end);
  return value;
}

/** Makes a value from literal text, with placeholders marked as unknown. */
export function plainValue(text: string, at: number): Value {
  return { text: withUnknowns(text), names: [], source: text, at };
}

/** The expression at an offset, up to the comma, the bracket or the line that ends it. */
export function expressionAt(text: string, from: number): string {
  let depth = 0;
  let at = from;
  for (; at < text.length && at - from < 200; at++) {
    const character = text[at]!;
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && --depth < 0) break;
    else if (depth === 0 && /[,;\n]/.test(character)) break;
  }
  return text.slice(from, at);
}

/** Where the value of a variable stands that a program assigns, when it does. */
export function assignmentOf(text: string, name: string): number | undefined {
  const found = new RegExp(
    `(?<![\\w.$])\\$?${name}["']?\\s{0,10}(?::\\s?\\w+\\s?)?(?::=|=>|=(?!=)|:)\\s{0,10}`,
  ).exec(text);
  return found ? found.index + found[0].length : undefined;
}

/** Where a literal ends: at its quote, or at the end of its line. */
function endOfLiteral(text: string, from: number, close: string, isMultiline: boolean): number {
  const limit = Math.min(text.length, from + LONGEST);
  for (let at = from; at < limit; at++) {
    // A command in a shell's literal has quotes of its own.
    if (close === '"' && text.startsWith("$(", at)) at += expressionAt(text, at + 2).length + 2;
    // How a shell writes a single quote between single quotes.
    if (close === "'" && text.startsWith("'\\''", at)) at += 3;
    else if (text.startsWith(close, at)) return at;
    else if (text[at] === "\\" && close.length === 1) at++;
    else if (text[at] === "\n" && !isMultiline) return at;
  }
  return limit;
}

/** What languages and people put in place of a value. */
const PLACEHOLDER =
  /\$\{[^}\n]{0,100}\}|\$\([^)\n]{0,200}\)|#\{[^}\n]{0,100}\}|=?\{\{[^}\n]{0,100}\}\}|\\\([^)\n]{0,100}\)|\$\w+(?:->\w+)?|%[sv@]|%\d(?!\w)|(?<= )\{\}|\{[\w.()$>-]{1,60}\}|<[^<>\n]{1,60}>|%\w{1,40}%|\[[A-Z_ ]{1,40}\]/g;
/** Marks what is not known of a text. */
function withUnknowns(text: string, names: string[] = []): string {
  return text.replace(PLACEHOLDER, (placeholder) => {
    names.push(...(/[A-Za-z_]\w*/.exec(placeholder) ?? []));
    return UNKNOWN;
  });
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Undoes the escapes of a literal, which JSON may have doubled. */
function unescaped(literal: string): string {
  return literal.replaceAll("'\\''", "'").replace(
    /\\{1,4}([nrt"'])/g,
    (_, letter) => ESCAPED[letter] ?? letter,
  );
}

/** Words that people write where a value belongs. */
const STAND_IN =
  /[Yy]our|YOUR|xxx|XXX|\*\*|示例|填|这里|你的|^<|…|\.\.\.|placeholder|_HERE\b|^[A-Z][A-Z_]+$/;

/** Whether a value cannot be judged, as not all of it is known. */
export function isUnknown(text: string): boolean {
  return text.includes(UNKNOWN) || (!JWT_MARK.test(text) && STAND_IN.test(text.trim()));
}

/** A value that stands under a name: a header, a member of JSON, a pair of a form, an argument. */
export interface Field extends Value {
  name: string;
  /** `form` is name=value in a form; `member` is all else. */
  style: "form" | "member";
  /** The source code of the whole value. */
  expression: string;
}

/** Authorization, and what people write for it, with the quotes around it and what follows. */
const AUTHORIZATION =
  /(\\{0,3}["'`]?)(?<![\w-])(proxy-)?(\p{L}?au[\w\u200b-\u200f\ufeff]{6,16}n)(?![\w.]*\()(\\{0,3}["'`]?)([ \t]{0,4}\)?\]?(?:["'`]?\]?)[ \t]{0,4}(?:=>|[:=,](?!=)))?/giu;
/** A name and a value that are members themselves: `"name": "Authorization", "value": "…"`. */
const NAME_AND_VALUE = /\s{0,20},\s{0,80}\\{0,3}["']value\\{0,3}["']\s{0,4}:\s{0,4}/y;
/** A literal that begins with Bearer, and the name before it. */
const BEARER_LITERAL =
  /(?:["'`]([\w-]{3,40})["'`]\s{0,4}(?:[:,]|=>)\s{0,4})?(["'`]Bearer)(?![\w-]*["'`]?\s*[:=)])/gi;

/** The headers that carry, or were meant to carry, the JWT. */
export function headersOf(text: string): Field[] {
  const found: Field[] = [];
  const add = (name: string, value: Value) =>
    found.push({ ...value, name, style: "member", expression: value.source });
  for (const match of hits(text, AUTHORIZATION)) {
    const [whole, open, proxy, name, close, separator = ""] = match;
    const word = name!.replace(/[^A-Za-z]/g, "").toLowerCase();
    if (proxy || nearest(word, ["authorization"], 2) === undefined) continue;
    NAME_AND_VALUE.lastIndex = match.index + whole.length - separator.length;
    const isPair = close !== "" && NAME_AND_VALUE.test(text);
    if (!isPair && !separator) continue;
    const from = isPair ? NAME_AND_VALUE.lastIndex : match.index + whole.length;
    add(name!, headerValue(text, from, open!, close!, separator));
  }
  for (const { 0: whole, index } of hits(text, BEARERS)) {
    const value = readValue(text, index + whole.length);
    add("Authorization", { ...value, text: value.text && `Bearer ${value.text}` });
  }
  if (found.some(({ text }) => text.replaceAll(UNKNOWN, "").trim() !== "")) return found;
  // A header in a variable: its text begins with Bearer all the same.
  for (
    const { 0: whole, 1: name = "Authorization", 2: start, index } of hits(text, BEARER_LITERAL)
  ) {
    add(name, readValue(text, index + whole.length - start!.length));
  }
  return found;
}

/** The value of a header: behind its name, or in the same literal or line. */
function headerValue(
  text: string,
  from: number,
  open: string,
  close: string,
  separator: string,
): Value {
  if (open && !close) {
    // The name begins a literal that holds the whole header.
    const quote = open.at(-1)!;
    const value = readValue(`${quote}${text.slice(from, from + 4096)}`, 0);
    return { ...value, text: value.text.replace(/^[ \t]*/, ""), at: from, quote };
  }
  const [whole, line] = /^[ \t]*([^\n]*)/.exec(text.slice(from, from + 4096))!;
  const at = from + whole!.length - line!.length;
  // A header line without quotes.
  const isLine = !close && separator.endsWith(":") && !/^\w+\s*,\s*$/.test(line!) &&
    (/^(?:bearer|basic|token)\b(?!\s*[,})])|^[\w-]{20,}\s*$|^$/i.test(line!) ||
      JWT_MARK.test(line![0]!));
  if (!isLine) return readValue(text, at + (line!.startsWith("(") ? 1 : 0));
  return plainValue(line!.replace(/\r$/, "").replace(/(?<!["'`])["'`]+[ \t]*\\?$/, ""), at);
}

/** Names of the wire, of claims and of the libraries that write them. */
const NAMES = {
  grant_type: "grant_?type",
  assertion: "(?:client_)?assertion",
  duration_seconds: "duration_?seconds",
  scope: "scope",
  iss: "iss(?:uer)?",
  aud: "aud(?:ience)?",
  iat: "iat|issued_?at",
  exp: "exp",
  kid: "kid|key_?id|public_?key_?id",
  code_verifier: "code_verifier",
  client_id: "client_?id|app_?id",
};
const NAME_OF = Object.entries(NAMES)
  .map(([name, pattern]) => [name, new RegExp(`^(?:set|with)?(?:${pattern})$`, "i")] as const);
const QUOTE = String.raw`(\\{0,3}["'\x60]?)`;
const MEMBER = new RegExp(
  String.raw`${QUOTE}(?<![\w$-])((?:set|with)?(?:${Object.values(NAMES).join("|")}))(?![\w-])` +
    String.raw`${QUOTE}(\s{0,20}(?:\]?\s{0,4}(?:=>|:=|[:=](?!=))|,|\)?\.?\(\s?)\s{0,40})`,
  "gi",
);

/** Where a pair of a form can stand without quotes. */
const SHELLS = /^(?:curl|wget|httpie|http)$/;

/** Finds the members of the wire and of claims. */
export function membersOf(text: string, language = "http"): Field[] {
  return hits(text, MEMBER).flatMap((match): Field[] => {
    const [whole, open, word, close, separator] = match;
    // A comma follows the name in .claim("iss", x); elsewhere it only lists names.
    if (/^\s*,/.test(separator!) && !close) return [];
    const name = NAME_OF.find(([, pattern]) => pattern.test(word!))![0];
    NAME_AND_VALUE.lastIndex = match.index + open!.length + word!.length + close!.length;
    const isPair = close !== "" && NAME_AND_VALUE.test(text);
    const from = isPair ? NAME_AND_VALUE.lastIndex : match.index + whole.length;
    const before = open || text[match.index - 1] || "\n";
    const isForm = separator === "=" && !(open && close) &&
      (/[&?"'`]$/.test(before) || (SHELLS.test(language) && /\s/.test(before)));
    const [bracket] = /^[\[{(]?/.exec(text.slice(from, from + 1))!;
    const value = isForm ? formValue(text, from) : readValue(text, from + bracket.length);
    return [{
      ...value,
      at: match.index + open!.length,
      name,
      style: isForm ? "form" : "member",
      expression: expressionAt(text, from),
    }];
  });
}

/** The value of a pair in a form, up to the next pair. */
function formValue(text: string, from: number): Value {
  if (/["'`]/.test(text[from] ?? "")) return readValue(text, from);
  const raw = /^(?:[^&\s"'`\\,;)}]|\\\([^)\n]{0,60}\))*/.exec(text.slice(from, from + 4096))![0];
  return plainValue(raw.replace(/%[2-7][0-9a-f]/gi, decodeURIComponent), from);
}
