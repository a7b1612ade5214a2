import { hits } from "./hits.ts";
import { expressionAt, interpolated, plainValue, readValue, type Value } from "./value.ts";

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
