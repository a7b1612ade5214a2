/**
 * Stand-in for `jsr:@std/dotenv/parse`. It differs in two ways: it does not expand `$`; and for a key
 * that is no identifier it prints no warning, and reads further lines of its value as entries.
 *
 * Not over `node:util`, whose parseEnv reads comments, line breaks and escapes differently and takes
 * a third of the time in which Deno starts.
 *
 * @module
 */

/** One entry: key, then a value in single quotes, in double quotes, or without quotes. */
const ENTRY_REGEXP =
  /^\s*(?:export\s+)?([a-zA-Z_][a-zA-Z0-9_]*)\s*=[ \t]*(?:'\r?\n?((?:.|\r?\n)*?)\r?\n?'|"\r?\n?((?:[^"\\]|\\[^])*?)\r?\n?"|([^\r\n#]*)).*$/gm;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
  '\\"': '"',
  "\\'": "'",
  "\\\\": "\\",
};

/**
 * Parses the text of a `.env` file.
 *
 * @param text The text.
 * @returns The values by key; a key that is no identifier is left out.
 */
export function parse(text: string): Record<string, string> {
  const entries = Array.from(text.matchAll(ENTRY_REGEXP), ([, key, single, double, bare = ""]) => {
    const unescaped = double?.replace(/\\[^]/g, (escape) => ESCAPES[escape] ?? escape);
    return [key!, single ?? unescaped ?? bare.trim()] as const;
  });
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}
