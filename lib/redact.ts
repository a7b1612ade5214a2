// deno-lint-ignore-file no-control-regex -- they are what this file is about
/** ANSI and other terminal sequences, 7-bit and 8-bit, also cut off at the end. */
export const ESCAPE =
  /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?/g;
/** Control characters except tab and newline, and invisible ones. */
const INVISIBLE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u2065\u3164\uffa0\u{e0000}-\u{e0fff}]|\p{Cf}/gu;

/** Removes what could control a terminal or is invisible; tab and newline stay. */
export function sanitize(text: string): string {
  return text.toWellFormed().replace(ESCAPE, "").replace(INVISIBLE, "");
}

/** Consumes each run whole, so the time is linear. */
const JWT = /eyJ[\w-]+(\.[\w-]+(?:\.[\w-]*)?)?/g;
const BEARER = /(?<![\w-])(Bearer\s+)([\w.~+/=-]{8,})/gi;
/** Part of a key or a signature; ids and names in paths are shorter. */
const LONG = /[\w+/=-]{80,}/g;
const TOKEN = /(?:cz[su]|\b(?:pat|sat|cztei|code(?=_[\w-]*\d)))_[\w-]{6,}/g;
/** A private key in PEM with content; our own sentences contain the bare words. */
const PEM =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?=[\s\S]{0,200}?[\w+/]{16})[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g;

/** Masks what looks like a secret: JWTs, bearer tokens, Coze tokens, private keys in PEM. */
export function redact(text: string): string {
  return maskJwts(text.replace(PEM, "(private key)"))
    .replace(LONG, (run) => /[^/]{40}/.test(run) ? mask(run) : run)
    .replace(TOKEN, mask)
    .replace(BEARER, (_, scheme: string, value: string) => scheme + mask(value));
}

/** Masks JWTs alone. */
export function maskJwts(text: string): string {
  return text.replace(JWT, (run, rest?: string) => rest === undefined ? run : mask(run));
}

/** Shortens a secret, as in `eyJhbG…(712 chars)`. A masked text is not masked again. */
export function mask(secret: string): string {
  return secret.includes("…") ? secret : `${secret.slice(0, 6)}…(${secret.length} chars)`;
}

/** A server's text is cut to this multiple of the limit before slow patterns run. */
const CUT_FACTOR = 20;
/** Dropped at such a cut, which may have split a secret. */
const CUT_MARGIN = 1024;

/**
 * Quotes a text of a server for a message: sanitised, on one line, secrets masked.
 *
 * `secret` is masked whatever it looks like, also when the text encodes it.
 */
export function quote(text: string, limit = 300, secret = ""): string {
  const maxLength = CUT_FACTOR * limit;
  const clean = sanitize(text.slice(0, maxLength)).replace(/\s+/g, " ").trim();
  const masked = redact(maskSecret(clean, secret));
  const isCut = text.length > maxLength;
  const safe = isCut ? masked.slice(0, Math.max(0, masked.length - CUT_MARGIN)) : masked;
  return safe.length > limit ? `${safe.slice(0, limit - 1).toWellFormed()}…` : safe;
}

/** A shorter text can be a word of the server's sentence. */
const MIN_SECRET_LENGTH = 12;

/** Masks a secret in a text, also if the text breaks it into lines, percent-encodes or escapes it. */
export function maskSecret(text: string, secret: string): string {
  // A shorter text cannot contain the secret, and the pattern of a JWT takes long to compile.
  if (secret.length < MIN_SECRET_LENGTH || text.length < secret.length) return text;
  const encoded = [...secret].map((character) => {
    const hex = character.charCodeAt(0).toString(16).padStart(2, "0");
    return `(?:\\x${hex}|%(?:25)*${hex}|\\\\+(?:u00|x)${hex})`;
  });
  return text.replace(new RegExp(encoded.join("\\s*"), "gi"), () => mask(secret));
}
