import { nearest } from "../nearest.ts";
import { JWT_MARK } from "./jwts.ts";
import { hits } from "./plain.ts";
import { BEARERS } from "./tables.ts";
import { expressionAt, HOLE, interpolated, plainValue, readValue, type Value } from "./value.ts";

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

/** A value that stands under a name: a member of JSON, a pair of a form, an argument. */
export interface Member extends Value {
  name: string;
  style: "form" | "member";
  /** All of its value, as it is written. */
  expression: string;
}

/** Names of the wire, of claims and of the libraries that write them. */
const NAMES: readonly (readonly [name: string, pattern: string])[] = [
  ["grant_type", "grant_?type"],
  ["assertion", "(?:client_)?assertion"],
  ["duration_seconds", "duration_?seconds"],
  ["scope", "scope"],
  ["iss", "iss(?:uer)?"],
  ["aud", "aud(?:ience)?"],
  ["iat", "iat|issued_?at"],
  ["exp", "exp"],
  ["jti", "jti"],
  ["kid", "kid|key_?id|public_?key_?id"],
  ["alg", "alg(?:orithms?)?"],
  ["session_name", "session_?name"],
  ["code_verifier", "code_verifier"],
  ["client_id", "client_?id|app_?id"],
];
const NAME_OF = NAMES.map(([name, pattern]) =>
  [name, new RegExp(`^(?:set|with)?(?:${pattern})$`, "i")] as const
);
const MEMBER = new RegExp(
  String.raw`(\\{0,3}["'\x60]?)(?<![\w$-])((?:set|with)?(?:${
    NAMES.map(([, pattern]) => pattern).join("|")
  }))(?![\w-])(\\{0,3}["'\x60]?)(\s{0,20}(?:\]?\s{0,4}(?:=>|:=|[:=](?!=))|\]?\s{0,4}=(?!=)|,|\)?\.?\(\s?)\s{0,40})`,
  "gi",
);

/** Where a pair of a form can stand without quotes. */
const SHELLS = /^(?:curl|wget|httpie|http)$/;

/** Finds the members of the wire and of claims. */
export function membersOf(text: string, language = "http"): Member[] {
  return hits(text, MEMBER).flatMap((match): Member[] => {
    const [whole, open, word, close, separator] = match;
    const name = NAME_OF.find(([, pattern]) => pattern.test(word!))?.[0];
    if (!name) return [];
    const from = match.index + whole.length;
    // A call such as .claim("iss", x) or .setIssuer(x); a comma elsewhere only lists names.
    if (/^\s*,/.test(separator!) && !close) return [];
    const before = open || text[match.index - 1] || "\n";
    const isForm = separator === "=" && !(open && close) &&
      (/[&?"'`]$/.test(before) || (SHELLS.test(language) && /\s/.test(before)));
    const value = isForm
      ? formValue(text, from)
      : readValue(text, from + /^[\[{(]?/.exec(text.slice(from, from + 1))![0].length);
    const isList = /^[\[]/.test(text.slice(from, from + 1));
    return [{
      ...value,
      text: isList ? `[${value.text}` : value.text,
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
  const raw = /^[^&\s"'`\\,;)}]*/.exec(text.slice(from, from + 4096))![0];
  let decoded = raw;
  try {
    decoded = decodeURIComponent(raw);
  } catch {
    // A lone % of a variable.
  }
  return { ...plainValue(raw, from), text: interpolated(decoded) };
}
