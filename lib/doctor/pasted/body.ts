import { type JsonNode, readJson } from "./json_text.ts";
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

/** One value in a body or an address. */
export interface Field {
  name: string;
  namePlace: Place;
  /** The text, decoded; of a JSON value that is no text, the JSON. */
  value: Traced;
  /** The value in JSON; a form has none. */
  json?: JsonNode;
}

/** What a body turned out to be. */
export interface Body {
  form: "json" | "form" | "other";
  fields: Field[];
  /** Of JSON that is an object. */
  root?: JsonNode;
  /** Where JSON goes wrong, as an offset in the body. */
  mistake?: number;
  /** The Content-Type that is sent. */
  type?: Traced | undefined;
  /** Its text, also when the client chooses it; absent when that is not known. */
  typeText?: string | undefined;
}

/**
 * Reads the body of a pasted request.
 *
 * @param request The request.
 * @returns Its form, and what is in it, the address included.
 */
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

/**
 * Undoes the escapes of a JSON text.
 *
 * @param text What stands between its quotes.
 */
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

/**
 * Whether a text only stands for a value, and so cannot be a secret.
 *
 * @param text The text.
 */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text.trim());
}

/**
 * Whether a value cannot be judged, as not all of it is known.
 *
 * @param text The value.
 */
export function isOpen(text: string): boolean {
  return text.includes(UNKNOWN) || isPlaceholder(text);
}
