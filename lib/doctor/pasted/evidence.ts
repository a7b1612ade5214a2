import type { Verdict } from "../claims.ts";
import { addressesOf, targetOf } from "./addresses.ts";
import { splitAnswer } from "./answer.ts";
import { headersOf, membersOf, plainValue, readValue, type Value } from "./fields.ts";
import { type Jwt, markJwts } from "./jwts.ts";
import { BODIES, CALL, CLIENTS, METHODS, SDK } from "./languages.ts";
import { readKey, readSettings } from "./settings.ts";
import { blank, hits, withoutComments, withPlainCharacters } from "./text.ts";

/** What was read. */
export type Evidence = ReturnType<typeof collect>;

/** What the rules look at. */
export interface Case extends Evidence {
  /** A request with an answer is judged as one without. */
  kind: PastedKind;
  /** The hosts that may be meant, the likeliest first. */
  hosts: readonly string[];
  now: number;
  /** The JWT that is judged, and verdicts on it when it is meant for the token endpoint. */
  jwt?: Jwt;
  verdicts: readonly Verdict[];
}

/** What a pasted text is taken for. */
export type PastedKind =
  | "token-request"
  | "request-with-answer"
  | "api-call"
  | "project-token-or-call"
  | "web-flow"
  | "assertion"
  | "access-token"
  | "answer"
  | "settings"
  | "private-key"
  | "none";

/** Reads a text in passes, each of which finds one kind of evidence. Offsets are of the source. */
export function collect(source: string) {
  const { text: plain, typographic } = withPlainCharacters(withoutComments(source));
  const { text: marked, jwts } = markJwts(plain);
  const { answer, rest } = splitAnswer(marked);
  const text = onlyTokenCall(rest);
  const sender = CLIENTS.find(([, , sends]) => sends.test(plain));
  const language = (sender ?? CLIENTS.find((row) => row[3]?.test(plain)))?.[0];
  const addresses = addressesOf(text);
  return {
    /** In plain characters, with marks for JWTs, without comments, the answer and other calls. */
    text,
    language,
    /** Whether something in it sends a request. */
    sends: sender !== undefined,
    /** Whether all that is sent stands in the text, so that what is absent is not sent. */
    isCommand: /^(?:curl|http|wget|httpie)$/.test(language ?? ""),
    /** Whether an official SDK writes the request. */
    isSdk: SDK.test(text),
    /** Where typographic characters stand for syntax. */
    typographic,
    jwts,
    answer,
    addresses,
    /** The address of the call. */
    target: targetOf(addresses, language === "curl" || language === "http"),
    methods: METHODS.flatMap((pattern) => wordsOf(text, pattern)),
    /** Authorization, and what people write for it. */
    headers: headersOf(text),
    /** Members of the body and of claims. */
    members: membersOf(text, language),
    /** Values of Content-Type. */
    types: wordsOf(text, CONTENT_TYPE),
    /** Where the code says how it sends the body. */
    bodies: {
      form: BODIES.form.exec(text)?.index,
      multipart: BODIES.multipart.exec(text)?.index,
      json: BODIES.json.exec(text)?.index,
    },
    /** The body that a command line or an HTTP request sends. */
    data: dataOf(text, language),
    settings: readSettings(source),
    key: readKey(source),
  };
}

const CONTENT_TYPE =
  /content-?_?type["'\])]*\s{0,4}(?:=>|[:=,])?\s{0,4}\(?(?:MediaType\.\w+\()?\\{0,3}["'`]?([\w.+-]{1,40}\/[\w.+-]{1,60})/gi;

/** The first group of each match, and where it stands. */
function wordsOf(text: string, pattern: RegExp): { word: string; at: number }[] {
  return hits(text, pattern)
    .map(({ 0: all, 1: word = "", index }) => ({ word, at: index + all.lastIndexOf(word) }));
}

/** Leaves, of several calls, the one that asks for a token; what stands around it is blank. */
function onlyTokenCall(text: string): string {
  const calls = hits(text, CALL).map(({ index }) => index);
  // A block begins at a blank line before its call, or at the line of the call.
  const starts = calls.map((call, i) => {
    const blankLine = text.lastIndexOf("\n\n", call);
    return blankLine > (calls[i - 1] ?? 0) ? blankLine : text.lastIndexOf("\n", call) + 1;
  });
  const blocks = starts.map((from, i) => text.slice(from, starts[i + 1]));
  const chosen = [/oauth2\/(?:\S{0,80}\/)?token/, /jwt-bearer|["']?assertion["']?\s{0,3}[:=]/]
    .map((pattern) => blocks.findIndex((block) => pattern.test(block))).find((at) => at >= 0);
  if (chosen === undefined) return text;
  // What stands before all calls may be for each of them.
  return text.slice(0, starts[0]) +
    blocks.map((block, i) => i === chosen ? block : blank(block)).join("");
}

const DATA =
  /(?<!\btr)\s(?:-d|--?data(?:-raw|-binary|-ascii|-urlencode)?|--json|--body-data|--post-data)[ =]?(?=["'$@\w{\ufffc\\])/g;

/** What a command line sends as data; the body of HTTP. */
function dataOf(text: string, language?: string): Value[] {
  if (language === "http") {
    const [, body = ""] = /\r?\n(?:[ \t]*\r?\n|(?=\{))([^]*)/.exec(text.trimStart()) ?? [];
    // What follows an object is no part of it.
    const content = body.trim().replace(/^(\{[^]*\})[^}]*$/, "$1");
    return content === "" ? [] : [{ ...plainValue(content, text.indexOf(content)), quote: "" }];
  }
  if (language !== "curl" && language !== "wget") return [];
  return hits(text, DATA).map(({ 0: option, index }) => {
    const from = index + option.length;
    // Without quotes it ends at the next blank.
    return text[from] === "{"
      ? plainValue(/\S*/.exec(text.slice(from, from + 4096))![0], from)
      : readValue(text, from, true);
  });
}
