// deno-lint-ignore-file no-control-regex -- control characters are what this file is about
// What may be shown: every foreign text passes `sanitize` before it reaches a terminal, and
// everything that is printed passes a redactor, so that no secret leaves by accident.

/** ANSI and other terminal sequences, 7-bit and 8-bit, also when they are cut off at the end. */
const ESCAPE =
  /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?/g;
/** C0 and C1 controls but tab and newline; bidi and zero-width marks; line separators; tags. */
const INVISIBLE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Takes everything out of a text that could steer a terminal or hide in it.
 *
 * @param text A text from a server, a file or an argument.
 * @returns The text without escape sequences, control characters (tab and newline stay), bidi and
 *   zero-width marks.
 */
export function sanitize(text: string): string {
  return text.toWellFormed().replace(ESCAPE, "").replace(INVISIBLE, "");
}

/**
 * Finds the escape sequence in which a text is cut off, so that the next piece can go on with it.
 *
 * @param text The text so far.
 * @returns A sequence that swallows what this one would, and is short however long this one is;
 *   nothing when the text ends outside of one.
 */
export function unfinishedEscape(text: string): string {
  let last = "";
  for (const [sequence] of text.matchAll(ESCAPE)) last = sequence;
  if (!text.endsWith(last)) return "";
  if (/^(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])/.test(last)) {
    return /(?:[\x07\x9c]|\x1b\\)$/.test(last) ? "" : "\x1b]";
  }
  const [, start, middle] = /^(\x1b\[|\x9b)[0-?]*([ -/]*)$/.exec(last) ??
    /^(\x1b)([ -/]*)$/.exec(last) ?? [];
  return start === undefined ? "" : start + (middle ? " " : "");
}

/** Also matches a run without a dot, so that no part of it is looked at twice. */
const JWT = /eyJ[\w-]+(\.[\w-]+(?:\.[\w-]*)?)?/g;
const BEARER = /\b(Bearer\s+)([\w.~+/=-]{8,})/gi;
/** A piece of a key or a signature; ids, hashes and `jti` are shorter. */
const LONG = /[\w+/=-]{80,}/g;
const TOKEN = /(?:czs|czu|pat|\bcode)_[\w-]{6,}/g;
/** A private key in PEM with something in it; the bare words occur in our own sentences. */
const PEM =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?=[\s\S]{0,200}?[\w+/]{16})[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g;

/**
 * Masks what looks like a secret: JWTs, bearer tokens, Coze tokens, private keys in PEM.
 *
 * @param text Any text.
 * @returns The text with each secret shortened to its first characters and its length.
 */
export function redact(text: string): string {
  return text
    .replace(PEM, "(private key)")
    .replace(JWT, (run, rest?: string) => rest === undefined ? run : mask(run))
    .replace(LONG, mask)
    .replace(TOKEN, mask)
    .replace(BEARER, (_, scheme: string, value: string) => scheme + mask(value));
}

/** A token of Coze, whole: code and prose have words such as `code_generator`, or "Bearer tokens". */
const WHOLE_TOKEN = /(?<![A-Za-z0-9_])(?:czs|czu|pat)_(?=[\w-]*\d)[\w-]{16,}/g;
/** No word of a text is that long. */
const ENDLESS = /[\w.~+/=-]{8193,}/g;

/**
 * Masks secrets in what people and bots write: JWTs and whole tokens. What else may look like a
 * secret is their text, and would be spoilt.
 *
 * @param text A text that somebody wrote.
 * @returns The text with each secret shortened.
 */
export function redactContent(text: string): string {
  return text
    .replace(ENDLESS, mask)
    .replace(JWT, (run, rest?: string) => rest === undefined ? run : mask(run))
    .replace(WHOLE_TOKEN, mask);
}

/**
 * Shortens a secret so that two of them can be told apart and neither can be used.
 *
 * @param secret A token, a JWT or another secret.
 * @returns Its first six characters and its length, as in `eyJhbG…(712 chars)`; a text that is
 *   masked already stays as it is.
 */
export function mask(secret: string): string {
  return secret.includes("…") ? secret : `${secret.slice(0, 6)}…(${secret.length} chars)`;
}

/**
 * Quotes a foreign text for a message: sanitised, masked, on one line, at most 300 characters.
 *
 * @param text A text from a server.
 * @param limit Most characters to keep.
 * @returns A text that is safe to show.
 */
export function quote(text: string, limit = 300): string {
  // Cut first, as patterns take their time on a hostile text; twenty times leaves room for masks.
  const safe = redact(sanitize(text.slice(0, 20 * limit)).replace(/\s+/g, " ").trim());
  return safe.length > limit ? `${safe.slice(0, limit - 1).toWellFormed()}…` : safe;
}
