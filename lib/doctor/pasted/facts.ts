import type { DecodedAssertion } from "../../assertion.ts";
import type { ErrorDetails } from "../../error.ts";
import type { Verdict } from "../claims.ts";
import type { FindingCode } from "../kinds.ts";
import type { Finding } from "../finding.ts";
import type { PastedRequest } from "./pasted_request.ts";
import {
  cut,
  percentDecode,
  type Place,
  placeOf,
  replaceTraced,
  type Traced,
  UNKNOWN,
} from "./traced.ts";

/** A finding, and where in the input it was made. */
export interface Mistake extends Omit<Finding, "place"> {
  place: Place;
}

/** A JWT of a pasted request. */
export interface PastedJwt {
  text: Traced;
  /** What is in it, when it can be decoded. */
  decoded?: DecodedAssertion;
  /** Why it cannot. */
  fault?: { reason: string; segments: number };
  verdicts: Verdict[];
}

/** All that a rule may look at. */
export interface PastedFacts {
  request: PastedRequest;
  body: Body;
  jwts: PastedJwt[];
}

/** The reason chooses the sentence that says how we know, the details fill it. */
export function mistake(
  code: FindingCode,
  place: Place,
  reason: string,
  details: ErrorDetails = {},
): Mistake {
  return { code, severity: "error", certainty: "proven", details: { ...details, reason }, place };
}

/** One value in a body or an address. */
interface Field {
  name: string;
  namePlace: Place;
  /** The text, decoded; of a JSON value that is no text, the JSON. */
  value: Traced;
  /** The value in JSON; a form has none. */
  json?: JsonNode;
}

/** What a body turned out to be. */
interface Body {
  form: "json" | "form" | "other";
  fields: Field[];
  /** Of JSON that is an object. */
  root?: JsonNode;
  /** Where JSON goes wrong, as an offset in the body. */
  mistake?: number;
  /** The Content-Type that is sent. */
  type?: Traced;
  /** Its text, also when the client chooses it; absent when that is not known. */
  typeText?: string;
}

/** Reads the fields of the body and of the address. */
export function readBody(request: PastedRequest): Body {
  const { body, bodyKind, url, headers, defaultType, moreHeaders } = request;
  const type = headers.find(({ name }) => /^content-type\s*$/i.test(name.text))?.value;
  const typeText = type?.text ?? (moreHeaders ? undefined : defaultType ?? "");
  const query = url ? formFields(cut(url, (url.text.indexOf("?") + 1) || url.text.length)) : [];
  const result = { type, typeText };
  if (!body || (bodyKind !== "text" && bodyKind !== "query")) {
    return { ...result, form: "other", fields: query };
  }
  if (!/^\s*[[{"]/.test(body.text)) {
    return { ...result, form: "form", fields: [...query, ...formFields(body)] };
  }
  const json = readJson(body.text);
  const members = [...json.root?.members ?? []].map(([name, member]): Field => {
    const { from, to } = member.node;
    const isText = typeof member.node.value === "string" && body.text[from] === '"';
    return {
      name,
      namePlace: placeOf(cut(body, member.name.from, member.name.to)),
      value: isText ? unescaped(cut(body, from + 1, to - 1)) : cut(body, from, to),
      json: member.node,
    };
  });
  return { ...result, form: "json", fields: [...query, ...members], ...json };
}

/** Undoes the escapes of what stands between the quotes of a JSON text. */
export function unescaped(text: Traced): Traced {
  return replaceTraced(text, /\\(?:u([0-9a-fA-F]{4})|([^]))/g, ([, unit, letter]) => {
    if (unit !== undefined) return String.fromCharCode(parseInt(unit, 16));
    return ({ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" } as Record<string, string>)[letter!] ??
      letter!;
  });
}

function formFields(text: Traced): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < text.text.length;) {
    const stop = text.text.indexOf("&", at) < 0 ? text.text.length : text.text.indexOf("&", at);
    const pair = cut(text, at, stop);
    const equals = pair.text.indexOf("=");
    const name = equals < 0 ? pair : cut(pair, 0, equals);
    const value = cut(pair, equals < 0 ? pair.text.length : equals + 1);
    fields.push({
      name: percentDecode(name).text.trim(),
      namePlace: placeOf(name),
      value: percentDecode(value),
    });
    at = stop + 1;
  }
  return fields;
}

/** What stands for a value: a variable, also one that was left as it is, or a gap to fill in. */
const PLACEHOLDER = /^(?:\ufffc+|<[^<>]*>|\{\{[^{}]*\}\}|\[[A-Z_ ]+\]|\$\{?\w+\}?|%\w+%)$/;

/** Whether a text only stands for a value, and so cannot be a secret. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text.trim());
}

/** Whether a value cannot be judged, as not all of it is known. */
export function isOpen(text: string): boolean {
  return text.includes(UNKNOWN) || isPlaceholder(text);
}

/** A value in JSON, and where it stands in its text. */
export interface JsonNode {
  value?: unknown;
  from: number;
  to: number;
  /** Of an object: where each name stands, and its value. */
  members?: Map<string, { name: JsonNode; node: JsonNode }>;
  items?: JsonNode[];
}

const MAX_DEPTH = 50;
const BLANKS = /[ \t\r\n]*/y;
// deno-lint-ignore no-control-regex -- no text in JSON may hold them
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
/** U+FFFC stands for what only the shell knows. */
const OTHER =
  /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)|\ufffc+/y;

/** Reads JSON with the place of each value, which `JSON.parse` does not tell. */
function readJson(text: string): { root?: JsonNode; mistake?: number } {
  let at = 0;
  let root: JsonNode | undefined;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found) at += found.length;
    return found;
  };
  const blanks = () => take(BLANKS);
  const skip = (mark: string): boolean => {
    blanks();
    if (text[at] !== mark) return false;
    at++;
    return true;
  };
  const expect = (mark: string): void => {
    if (!skip(mark)) throw new SyntaxError();
  };

  function string(): JsonNode {
    blanks();
    const from = at;
    const found = take(STRING);
    if (found === undefined) throw new SyntaxError();
    return { value: JSON.parse(found), from, to: at };
  }

  function node(depth: number): JsonNode {
    blanks();
    const from = at;
    if (depth > MAX_DEPTH) throw new SyntaxError();
    if (text[at] === '"') return string();
    if (skip("{")) {
      const members: JsonNode["members"] = new Map();
      if (depth === 0) root = { from, to: from, members };
      if (!skip("}")) {
        do {
          const name = string();
          expect(":");
          members.set(String(name.value), { name, node: node(depth + 1) });
        } while (skip(","));
        expect("}");
      }
      return { from, to: at, members };
    }
    if (skip("[")) {
      const items: JsonNode[] = [];
      if (!skip("]")) {
        do items.push(node(depth + 1)); while (skip(","));
        expect("]");
      }
      return { from, to: at, items };
    }
    const found = take(OTHER);
    if (found === undefined) throw new SyntaxError();
    return { value: found.startsWith("\ufffc") ? found : JSON.parse(found), from, to: at };
  }

  try {
    root = node(0);
    blanks();
    return at < text.length ? { root, mistake: at } : { root };
  } catch {
    return { root, mistake: at };
  }
}
