/**
 * Stand-in for `jsr:@std/dotenv/parse` over `node:util`, without the expansion of `$`: a file that
 * holds one outside quotes does not get here.
 *
 * @module
 */

import { parseEnv } from "node:util";

/** One entry: key, then a quoted value, which may have several lines, or one that is not quoted. */
const ENTRY_REGEXP =
  /^\s*(?:export\s+)?([^\s=#]+)\s*=[ \t]*(?:(["'])\r?\n?((?:.|\r?\n)*?)\r?\n?\2|([^\r\n#]*)).*$/gm;
const KEY_REGEXP = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Stands for a carriage return, as parseEnv drops every one. A noncharacter: no text holds it. */
const CARRIAGE_RETURN = "\uFDD0";

/**
 * Parses the text of a `.env` file.
 *
 * @param text The text.
 * @returns The values by key; a key that is no identifier is left out.
 */
export function parse(text: string): Record<string, string> {
  const lines = Array.from(text.matchAll(ENTRY_REGEXP), (match) => tidy(match.slice(1)));
  const values = Object.entries(parseEnv(lines.join("\n")))
    .filter(([key]) => KEY_REGEXP.test(key))
    .map(([key, value]) => [key, value!.replaceAll(CARRIAGE_RETURN, "\r")]);
  return Object.fromEntries(values);
}

/**
 * Writes an entry the way parseEnv reads it like the real package. Left alone, parseEnv loses
 * `export KEY=`, takes the next line for the value of an empty one with a space behind it, keeps
 * the line breaks next to the quotes, does not know `\r` and `\t`, and trips over quotes in comments.
 */
function tidy([key, quote = "", quoted = "", bare = ""]: (string | undefined)[]): string {
  const value = quote === '"'
    ? quoted.replaceAll("\\r", CARRIAGE_RETURN).replaceAll("\\t", "\t")
    : quoted;
  return `${key}=${quote}${value.replaceAll("\r", CARRIAGE_RETURN)}${bare.trim()}${quote}`;
}
