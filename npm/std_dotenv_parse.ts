/**
 * Stand-in for `jsr:@std/dotenv/parse`. It differs in two ways: it does not expand `$`, and inside
 * double quotes it takes no backslash before a quote, a backslash or the end of a line for an escape.
 *
 * Not over `node:util`, whose parseEnv reads comments, line breaks and escapes differently and takes
 * a third of the time in which Deno starts.
 *
 * @module
 */

/** One entry: key, then a quoted value, which may have several lines, or one that is not quoted. */
const ENTRY_REGEXP =
  /^\s*(?:export\s+)?([a-zA-Z_][a-zA-Z0-9_]*)\s*=[ \t]*(?:(["'])\r?\n?((?:.|\r?\n)*?)\r?\n?\2|([^\r\n#]*)).*$/gm;
const ESCAPES: Readonly<Record<string, string>> = { "\\n": "\n", "\\r": "\r", "\\t": "\t" };

/**
 * Parses the text of a `.env` file.
 *
 * @param text The text.
 * @returns The values by key; a key that is no identifier is left out.
 */
export function parse(text: string): Record<string, string> {
  const entries = Array.from(
    text.matchAll(ENTRY_REGEXP),
    ([, key, quote, quoted = "", bare = ""]) => {
      const value = quote === '"'
        ? quoted.replace(/\\[nrt]/g, (escape) => ESCAPES[escape]!)
        : quoted;
      return [key!, value + bare.trim()] as const;
    },
  );
  return Object.fromEntries(entries);
}
