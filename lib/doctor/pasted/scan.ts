import { type Address, addressesOf } from "./addresses.ts";
import { type Answer, splitAnswer } from "./answer.ts";
import { type Jwt, markJwts } from "./jwts.ts";
import { type Credential, credentialsOf, type Member, membersOf } from "./fields.ts";
import { blank, hits, plainOf } from "./plain.ts";
import { BODIES, CALL, CLIENTS, METHODS, SDK } from "./tables.ts";
import { plainValue, readValue, type Value } from "./value.ts";

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

/** Collects the evidence. */
export function scan(source: string): Evidence {
  let { text, typographic } = plainOf(source);
  if (text.trim() === "") ({ text, typographic } = plainOf(source, true));
  const marked = markJwts(text);
  const split = splitAnswer(marked.text);
  const [language, sends] = CLIENTS.find(([, , pattern]) => pattern.test(text)) ??
    [undefined, false];
  const focused = focusOf(split.rest);
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
    members: membersOf(focused, language),
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
  const pad = (from: number, to: number) => blank(text.slice(from, to));
  // What stands before all calls may be for each of them.
  const [head] = starts;
  return text.slice(0, head) + pad(head!, best[0]) + text.slice(best[0], best[1]) +
    pad(best[1], text.length);
}

const DATA =
  /\s(?:-d|--?data(?:-raw|-binary|-ascii|-urlencode)?|--json|--body-data|--post-data)[ =]?(?=["'$@\w{\ufffc\\])/g;

/** What a command line sends as data; the body of HTTP. */
function dataOf(text: string, language?: string): Value[] {
  if (language === "http") {
    const [, body = ""] = /\r?\n(?:[ \t]*\r?\n|(?=\{))([^]*)/.exec(text.trimStart()) ?? [];
    // What follows an object is no part of it.
    const content = body.trim().replace(/^(\{[^]*\})[^}]*$/, "$1");
    return content === "" ? [] : [{ ...plainValue(content, text.indexOf(content)), quote: "" }];
  }
  if (language !== "curl" && language !== "wget") return [];
  return hits(text, DATA).map(({ 0: whole, index }) => {
    const from = index + whole.length;
    // Without quotes it ends at the next blank.
    return text[from] === "{"
      ? plainValue(/\S*/.exec(text.slice(from, from + 4096))![0], from)
      : readValue(text, from, true);
  });
}
