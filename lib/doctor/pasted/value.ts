import { JWT_MARK } from "./jwts.ts";

/** Stands for what only the program or the shell knows. */
export const HOLE = "\ufffc";

/** A value as far as it stands in the text: literals joined, a hole for all else. */
export interface Value {
  text: string;
  /** Names of the variables in it. */
  names: string[];
  /** The expression as it is written. */
  source: string;
  at: number;
  /** The quote of its first literal. */
  quote?: string;
}

const LITERAL = /(?:[fFbBrRuU@$]{1,2})?(\\{0,3})(["'`])/y;
const FORMAT =
  /(?:(?:[\w.:]*(?:[Ff]ormat|[Ss]printf|[Cc]oncat|stringWithFormat|ClaimStrings|URI|url)!?)[({: ][ \t]*@?)(?=f?\\{0,3}["'])/y;
const BARE =
  /[\ue000-\ue03f]+|\$\([^)\n]{0,200}\)|\$?\{\{[^}\n]{0,100}\}\}|\$\{[^}\n]{0,100}\}|&?[\w$.:@%/<>-]+(?:\([^)\n]{0,100}\)?)?/y;
const JOIN =
  /[ \t]*(?:\r?\n[ \t]*)?(?:\+|\.{1,2}(?=[ \t\r\n"'$])|<>|\|\||&(?=[ \t]))[ \t]*(?:\r?\n[ \t]*)?|(?=["'$])(?<=["'])/y;
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
    take(FORMAT);
    const open = take(LITERAL);
    if (open) {
      const [, escapes, quote] = open;
      value.quote ??= quote;
      const from = end;
      end = closing(text, from, escapes! + quote!, isMultiline || quote === "`");
      value.text += interpolated(text.slice(from, end), value.names);
      if (text.startsWith(escapes! + quote!, end)) end += escapes!.length + 1;
    } else {
      const bare = take(BARE)?.[0];
      if (bare === undefined) break;
      const isPlain = JWT_MARK.test(bare) ||
        /^(?:\d[\w.]*|true|false|null|None|(?:pat|cz[su]|sat|cztei)_\w+|[Bb]earer)$/.test(bare);
      if (!isPlain) value.names.push(...(/[A-Za-z_]\w*(?=\)?$|\()/.exec(bare) ?? []));
      value.text += isPlain ? bare : HOLE;
    }
    if (!take(JOIN)) break;
  }
  value.source = text.slice(at, end);
  return value;
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

/** Where a literal ends: at its quote, or at the end of its line. */
function closing(text: string, from: number, close: string, isMultiline: boolean): number {
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
const INTERPOLATION =
  /\$\{[^}\n]{0,100}\}|\$\([^)\n]{0,200}\)|#\{[^}\n]{0,100}\}|=?\{\{[^}\n]{0,100}\}\}|\\\([^)\n]{0,100}\)|\$\w+(?:->\w+)?|%[sv@]|(?<= )\{\}|\{[\w.()$>-]{1,60}\}|<[^<>\n]{1,60}>|%\w{1,40}%|\[[A-Z_ ]{1,40}\]/g;

/** Writes holes for interpolations, and undoes the escapes that matter. */
export function interpolated(literal: string, names: string[] = []): string {
  return literal.replace(INTERPOLATION, (hole) => {
    names.push(...(/[A-Za-z_]\w*/g.exec(hole) ?? []));
    return HOLE;
  }).replaceAll("'\\''", "'").replace(
    /\\+([nrt])/g,
    (_, letter: string) => ({ n: "\n", r: "\r", t: "\t" })[letter]!,
  )
    .replace(/\\+(["'])/g, "$1");
}

/** Words that people write where a value belongs. */
const STAND_IN =
  /[Yy]our|YOUR|xxx|XXX|\*\*|示例|填|这里|你的|^<|…|\.\.\.|placeholder|_HERE\b|^[A-Z][A-Z_]+$/;

/** Whether a value cannot be judged, as not all of it is known. */
export function isOpen(text: string): boolean {
  return text.includes(HOLE) || (!JWT_MARK.test(text) && STAND_IN.test(text.trim()));
}

/** A value that stands in the text as it is. */
export function plainValue(text: string, at: number): Value {
  return { text, names: [], source: text, at };
}
