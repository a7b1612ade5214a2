import { type Answer, splitAnswer } from "./answer.ts";
import { expressionAt, HOLE, interpolated, isOpen, readValue, type Value } from "./value.ts";
import { type Jwt, JWT_MARK, markJwts } from "./jwts.ts";
import { plainOf } from "./plain.ts";
import { BEARERS, BODIES, CALL, CLIENTS, METHODS, SDK } from "./tables.ts";
import { nearest } from "../nearest.ts";

/** A value that stands under a name: a member of JSON, a pair of a form, an argument. */
export interface Member extends Value {
  name: string;
  style: "form" | "member";
  /** All of its value, as it is written. */
  expression: string;
}

/** What is said about an address. */
export interface Address {
  at: number;
  /** Scheme and host; absent when a variable holds them. */
  origin?: string;
  path: string;
  query: string;
  kind: "token" | "authorize" | "api" | "project" | "base" | "other";
}

/** A header that carries, or was meant to carry, the credential. */
export interface Credential extends Value {
  name: string;
}

/** All that the rules look at. Offsets are those of the source. */
export interface Evidence {
  text: string;
  language?: string;
  /** Whether something in it sends a request. */
  sends: boolean;
  isSdk: boolean;
  typographic: number[];
  jwts: Jwt[];
  answer?: Answer;
  addresses: Address[];
  methods: { verb: string; at: number }[];
  credentials: Credential[];
  members: Member[];
  /** Values of Content-Type. */
  types: { value: string; at: number }[];
  /** What the code says about the body. */
  bodies: { form?: number; multipart?: number; json?: number };
  /** The data of a command line or of HTTP, as it is sent. */
  data: Value[];
}

const MOST_HITS = 60;

/** Collects the evidence. */
export function scan(source: string): Evidence {
  let { text, typographic } = plainOf(source);
  if (text.trim() === "") ({ text, typographic } = plainOf(source, true));
  const marked = markJwts(text);
  const split = splitAnswer(marked.text);
  const [language, sends] = CLIENTS.find(([, , pattern]) => pattern.test(text)) ??
    [undefined, false];
  const all = split.rest;
  const focused = focusOf(all);
  const members = membersOf(focused, language);
  return {
    text: focused,
    language,
    sends,
    isSdk: SDK.test(focused),
    typographic,
    jwts: marked.jwts,
    answer: split.answer,
    addresses: addressesOf(focused),
    methods: METHODS.flatMap((pattern) => hits(focused, pattern)).map(({ 1: verb, index }) => ({
      verb: verb!,
      at: index,
    })),
    credentials: credentialsOf(focused),
    members,
    types: hits(focused, TYPE).map(({ 1: value, 0: all, index }) => ({
      value: value!,
      at: index + all.length - value!.length,
    })),
    bodies: {
      form: at(focused, BODIES.form),
      multipart: at(focused, BODIES.multipart),
      json: at(focused, BODIES.json),
    },
    data: dataOf(focused, language),
  };
}

const TYPE =
  /content-?_?type["'\])]*\s{0,4}(?:=>|[:=,])?\s{0,4}\(?(?:MediaType\.\w+\()?\\{0,3}["'`]?([\w.+-]{1,40}\/[\w.+-]{1,60})/gi;

function hits(text: string, pattern: RegExp): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  for (const match of text.matchAll(pattern)) {
    if (found.push(match) >= MOST_HITS) break;
  }
  return found;
}

function at(text: string, pattern: RegExp): number | undefined {
  const index = text.search(pattern);
  return index < 0 ? undefined : index;
}

/** Of several calls, the one that asks for a token; what stands around it is blank. */
function focusOf(text: string): string {
  const calls = hits(text, CALL).map(({ index }) => index);
  if (calls.length < 2) return text;
  // A block begins at a blank line before its call, or at the line of the call.
  const starts = calls.map((call, i) => {
    const blankLine = text.lastIndexOf("\n\n", call);
    return blankLine > (calls[i - 1] ?? 0) ? blankLine : text.lastIndexOf("\n", call) + 1;
  });
  const blocks = starts.map((from, i) => [from, starts[i + 1] ?? text.length] as const);
  const rank = ([from, to]: readonly [number, number]) => {
    const block = text.slice(from, to);
    if (/oauth2\/(?:\S{0,80}\/)?token/.test(block)) return 2;
    return /jwt-bearer|["']?assertion["']?\s{0,3}[:=]/.test(block) ? 1 : 0;
  };
  const best = blocks.reduce((best, block) => rank(block) > rank(best) ? block : best);
  if (rank(best) === 0) return text;
  const pad = (from: number, to: number) => text.slice(from, to).replace(/[^\n]/g, " ");
  // What stands before all calls may be for each of them.
  const [head] = starts;
  return text.slice(0, head) + pad(head!, best[0]) + text.slice(best[0], best[1]) +
    pad(best[1], text.length);
}

const URLS =
  /\b(https?):\/{1,2}([^\s"'`<>/?#\\)\]},;|^]+)([^\s"'`<>?#\\)\];|^]*)(\?[^\s"'`<>]*)?|(?<![\w./@:-])((?:[\w-]{1,40}\.){0,4}coze\.(?:cn|com|site)(?::\d+)?)(?![\w.-])([/][^\s"'`<>?#\\)\];|^]*)?(\?[^\s"'`<>]*)?|(?<![\w./\ufffc-])(\/(?:api\/permission\/|oauth2?\/|v[123]\/|open_api\/)[^\s"'`<>?#\\)\]};|^]*)(\?[^\s"'`<>]*)?/gi;

function addressesOf(text: string): Address[] {
  return hits(text, URLS).map((match): Address => {
    const [, scheme, authority, path1, query1, bare, path2, query2, path3, query3] = match;
    const path = path1 ?? path2 ?? path3 ?? "";
    const host = authority ?? bare;
    // Without a scheme curl guesses http; a host without a path is only the name of one.
    const origin = host === undefined || /[${}]|%s/.test(host)
      ? undefined
      : `${scheme ?? (path === "" ? "https" : "http")}://${host}`;
    return {
      at: match.index,
      origin,
      path,
      query: query1 ?? query2 ?? query3 ?? "",
      kind: kindOf(host ?? "", path),
    };
  });
}

/** The three paths. Source: Coze's pages oauth_jwt and oauth_jwt_privilege. */
export const TOKEN_PATH =
  /\/api\/permission\/oauth2\/(?:(?:account|enterprise_id)\/[^/]+\/)?token$/;

function kindOf(host: string, path: string): Address["kind"] {
  if (/\.coze\.site/i.test(host)) return "project";
  if (TOKEN_PATH.test(path)) return "token";
  if (/oauth2\/(?:authorize|device)/.test(path)) return "authorize";
  // Other services have such paths too.
  if (/\/(?:v[1-3]|open_api)\//.test(path) && /^$|coze|^localhost|^127\./i.test(host)) return "api";
  if (path.replace(/\/$/, "") === "") return "base";
  return "other";
}

const AUTHORIZATION =
  /(\\{0,3}["'`]?)(?<![\w-])(proxy-)?(\p{L}?au[\w\u200b-\u200f\ufeff]{6,16}n)(?![\w.]*\()(\\{0,3}["'`]?)([ \t]{0,4}\)?\]?(?:["'`]?\]?)[ \t]{0,4}(?:=>|[:=,](?!=)))?/giu;
const PAIR = /\s{0,20},\s{0,80}\\{0,3}["']value\\{0,3}["']\s{0,4}:\s{0,4}/y;

/** The headers that carry, or were meant to carry, the JWT. */
function credentialsOf(text: string): Credential[] {
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
      found.push({ ...readValue(text, index), name: "Authorization" });
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
    return { ...plain(until, at), text: interpolated(until) };
  }
  return readValue(text, at + /^\(?/.exec(value)![0].length);
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

function membersOf(text: string, language = "http"): Member[] {
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
  return { ...plain(raw, from), text: interpolated(decoded) };
}

const DATA =
  /\s(?:-d|--?data(?:-raw|-binary|-ascii|-urlencode)?|--json|--body-data|--post-data)[ =]?(?=["'$@\w{\ufffc\\])/g;

/** What a command line sends as data; the body of HTTP. */
function dataOf(text: string, language?: string): Value[] {
  if (language === "http") {
    const [, body = ""] = /\r?\n[ \t]*\r?\n([^]*)/.exec(text.trimStart()) ?? [];
    const content = body.trim();
    return content === "" ? [] : [{ ...plain(content, text.indexOf(content)), quote: "" }];
  }
  if (language !== "curl" && language !== "wget") return [];
  return hits(text, DATA).map(({ 0: whole, index }) => {
    const from = index + whole.length;
    // Without quotes it ends at the next blank.
    return text[from] === "{"
      ? plain(/\S*/.exec(text.slice(from, from + 4096))![0], from)
      : readValue(text, from, true);
  });
}

function plain(text: string, at: number): Value {
  return { text, names: [], source: text, at };
}
