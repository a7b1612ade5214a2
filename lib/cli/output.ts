import { mask, maskJwts, redact, sanitize } from "../redact.ts";
import type { Io } from "./io.ts";

/** The only way to the terminal: everything passes the sanitiser and the redactor. */
export interface Output {
  /** Whether `--json` was given. */
  json: boolean;
  answer(text: string): void;
  /** Writes the answer to stdout as JSON, on one line unless it is a terminal. */
  answerJson(value: unknown): void;
  /** The same for texts of people and bots: only whole secrets are masked. */
  content(text: string): void;
  contentJson(value: unknown): void;
  /** Writes the requested secret to stdout. */
  secret(text: string): void;
  say(text: string): void;
  /** Writes one line of JSON to stderr, for programs. */
  sayJson(value: unknown): void;
  /** Cleans a text, as `answer` and `say` do. */
  clean(text: string): string;
  /** Colours a clean text on a terminal; `answer` and `say` would remove the colour. */
  mark(mark: keyof typeof MARKS, text: string): string;
  /** Writes lines to stdout that are clean and may have colours. */
  marked(lines: readonly string[]): void;
}

const MARKS = { error: 31, warning: 33, note: 36, ok: 32, bold: 1, dim: 2 };

export function createOutput(io: Io, redactor: Redactor, json: boolean): Output {
  const clean = (text: string) => redactor.redact(sanitize(text));
  const cleanContent = (text: string) => redactor.redactContent(sanitize(text));
  // Each text is cleaned alone, or the result would not be JSON. Invisible characters in names
  // become escapes.
  const toJson = (value: unknown, indent = 0, wash = clean) =>
    JSON.stringify(value, (_, leaf) => typeof leaf === "string" ? wash(leaf) : leaf, indent)
      .replace(/[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, escapeUnit);
  const mark: Output["mark"] = (name, text) =>
    io.color ? `\x1b[${MARKS[name]}m${text}\x1b[0m` : text;
  return {
    json,
    clean,
    mark,
    marked: (lines) => io.writeStdout(`${lines.join("\n")}\n`),
    answer: (text) => io.writeStdout(`${clean(text)}\n`),
    answerJson: (value) => io.writeStdout(`${toJson(value, io.stdoutIsTerminal ? 2 : 0)}\n`),
    content: (text) => io.writeStdout(`${cleanContent(text)}\n`),
    contentJson: (value) =>
      io.writeStdout(`${toJson(value, io.stdoutIsTerminal ? 2 : 0, cleanContent)}\n`),
    secret: (text) => io.writeStdout(`${sanitize(text)}\n`),
    say: (text) => io.writeStderr(`${clean(text)}\n`),
    sayJson: (value) => io.writeStderr(`${toJson(value)}\n`),
  };
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Whether a text looks like a private key: PEM, base64 of PEM, or base64 of the key. */
export function isKeyText(text: string): boolean {
  return /PRIVATE KEY|^(?:MI|LS0tLS1C)[\w+/-]{60}/m.test(text);
}

/** A redactor that knows the secrets of this run. */
export interface Redactor {
  /** Remembers a secret and each of its long lines. */
  add(secret: string): void;
  /** Masks the remembered secrets and everything that looks like a secret. */
  redact(text: string): string;
  /** Masks remembered secrets and whole tokens in the texts of people and bots. */
  redactContent(text: string): string;
}

/**
 * The host of a URL, with what stands before it. URL parsers need no slashes after `https:` and
 * take `\` for `/`. A quote before a comma or a bracket and Chinese punctuation end a URL.
 */
const AUTHORITY =
  /(\bhttps?:[/\\]*|(?<![\w/\\])[/\\]{2,})((?:(?!["'>][,;:\]})>])[^\s/\\?#\u2018-\u201d\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f])+)/gi;
/** A user name and a password, which ends at the last `@` or `＠`; or a user name or a token alone. */
const USER_INFO = /^(?:[^,;:]*:.*|[\w.~%+@-]+)[@＠]/;
/** A character that no secret contains. In a stream, it ends a word. */
export const NOT_IN_SECRET = /[^\w.~+/=-]/;
/** The longest word that is searched for secrets. */
export const LONGEST_WORD = 8192;
const ENDLESS = new RegExp(`[\\w.~+/=-]{${LONGEST_WORD + 1},}`, "g");
/** A whole token of Coze; not `code_generator` or "Bearer tokens", which occur in texts. */
const WHOLE_TOKEN = /(?<![A-Za-z0-9_])(?:cz[su]|pat|sat|cztei)_(?=[\w-]*\d)[\w-]{16,}/g;

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  // A function: in a replacement text, "$&" would insert the secret.
  const byValue = (text: string, values: Iterable<string>) =>
    [...values].reduce((text, secret) => text.replaceAll(secret, () => mask(secret)), text);
  return {
    add(secret) {
      for (const part of [secret, ...secret.split(/\\n|[^\w.~+/=-]+/)]) {
        if (part.length >= 16 && !part.startsWith("-----")) secrets.add(part);
      }
    },
    redact: (text) =>
      redact(byValue(text, secrets))
        .replace(AUTHORITY, (_, start, host: string) => start + host.replace(USER_INFO, "…@")),
    redactContent(text) {
      // Single words only, because a stream is masked word by word.
      const words = [...secrets].filter((secret) => !NOT_IN_SECRET.test(secret));
      const masked = byValue(text.replace(ENDLESS, shorten), words);
      return maskJwts(masked).replace(WHOLE_TOKEN, mask);
    },
  };
}

/** Masks a word without its length, so that a stream can show the mask before the word ends. */
function shorten(word: string): string {
  return `${word.slice(0, 6)}…(over ${LONGEST_WORD} chars)`;
}
