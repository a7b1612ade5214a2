import { nearest } from "../nearest.ts";
import { hits } from "./hits.ts";
import { JWT_MARK } from "./jwts.ts";
import { BEARERS } from "./tables.ts";
import { HOLE, interpolated, plainValue, readValue, type Value } from "./value.ts";

/** A header that carries, or was meant to carry, the credential. */
export interface Credential extends Value {
  name: string;
}

const AUTHORIZATION =
  /(\\{0,3}["'`]?)(?<![\w-])(proxy-)?(\p{L}?au[\w\u200b-\u200f\ufeff]{6,16}n)(?![\w.]*\()(\\{0,3}["'`]?)([ \t]{0,4}\)?\]?(?:["'`]?\]?)[ \t]{0,4}(?:=>|[:=,](?!=)))?/giu;
const PAIR = /\s{0,20},\s{0,80}\\{0,3}["']value\\{0,3}["']\s{0,4}:\s{0,4}/y;

/** The headers that carry, or were meant to carry, the JWT. */
export function credentialsOf(text: string): Credential[] {
  const found: Credential[] = [];
  for (const match of hits(text, AUTHORIZATION)) {
    const [whole, open, proxy, name, close, separator] = match;
    const plain = name!.replace(/[^A-Za-z]/g, "").toLowerCase();
    if (proxy || nearest(plain, ["authorization"], 2) === undefined) continue;
    let from = match.index + whole.length;
    PAIR.lastIndex = match.index + whole.length - (separator?.length ?? 0);
    if (close) {
      const pair = PAIR.exec(text);
      if (pair) from = PAIR.lastIndex;
      else if (!separator) continue;
    } else if (!separator) continue;
    found.push({ ...headerValue(text, from, open!, close!, separator ?? ":"), name: name! });
  }
  for (const { 0: whole, index } of hits(text, BEARERS)) {
    const value = readValue(text, index + whole.length);
    found.push({
      ...value,
      text: value.text && `Bearer ${value.text}`,
      name: "Authorization",
      quote: undefined,
    });
  }
  // A header in a variable: its text begins with Bearer all the same.
  if (!found.some((each) => each.text.replaceAll(HOLE, "").trim() !== "")) {
    for (const { index } of hits(text, /["'`]Bearer(?![\w-]*["'`]?\s*[:=)])/gi)) {
      const other = /["'`]([\w-]{3,40})["'`]\s{0,4}(?:[:,]|=>)\s{0,4}$/.exec(
        text.slice(Math.max(0, index - 60), index),
      );
      found.push({ ...readValue(text, index), name: other?.[1] ?? "Authorization" });
    }
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
  const blanks = /[ \t]*\(?/y;
  if (open && !close) {
    // The name begins a literal that holds the whole header.
    const quote = open.at(-1)!;
    blanks.lastIndex = from;
    blanks.exec(text);
    const value = readValue(`${quote}${text.slice(from, from + 4096)}`, 0);
    const isRaw = separator.trim() === ":";
    return {
      ...value,
      text: isRaw ? value.text.replace(/^[ \t]*/, "") : value.text,
      at: from,
      quote,
    };
  }
  const rest = text.slice(from, from + 4096);
  const line = /^[^\n]*/.exec(rest)![0];
  const value = line.trimStart();
  const at = from + line.length - value.length;
  // A header line without quotes.
  if (
    !close && /:$/.test(separator) &&
    (/^(?:bearer|basic|token)\b/i.test(value) || JWT_MARK.test(value.slice(0, 1)) || value === "" ||
      /^[\w-]{20,}$/.test(value.trim())) &&
    !/^\w+\s*,\s*$/.test(value)
  ) {
    const until = value.replace(/\r$/, "").replace(/(?<!["'`])["'`]+[ \t]*\\?$/, "");
    return { ...plainValue(until, at), text: interpolated(until) };
  }
  return readValue(text, at + /^\(?/.exec(value)![0].length);
}
