import { mask, maskJwts, redact } from "../redact.ts";

/** A redactor that also knows the secrets of this run by value. */
export interface Redactor {
  /** Remembers a secret; for a text of several lines, each long line too. */
  add(secret: string): void;
  /** Masks the remembered secrets and all that looks like one. */
  redact(text: string): string;
  /** Masks the remembered secrets and whole tokens, in what people and bots write. */
  redactContent(text: string): string;
}

/** JWTs and tokens consist of other characters. In a stream, each of these ends a word. */
export const NOT_IN_SECRET = /[^\w.~+/=-]/;
/** The longest word that is searched for secrets. */
export const LONGEST_WORD = 8192;
const ENDLESS = new RegExp(`[\\w.~+/=-]{${LONGEST_WORD + 1},}`, "g");
/** A token of Coze, whole: code and prose have words such as `code_generator`, or "Bearer tokens". */
const WHOLE_TOKEN = /(?<![A-Za-z0-9_])(?:czs|czu|pat)_(?=[\w-]*\d)[\w-]{16,}/g;

/**
 * Makes a redactor for one run of a program.
 *
 * @returns A redactor that knows no secret by value yet.
 */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  // A function, as in a text "$&" would stand for the secret itself.
  const byValue = (text: string, values: Iterable<string>) =>
    [...values].reduce((text, secret) => text.replaceAll(secret, () => mask(secret)), text);
  return {
    add(secret) {
      for (const part of [secret, ...secret.split(/\\n|[^\w.~+/=-]+/)]) {
        if (part.length >= 16 && !part.startsWith("-----")) secrets.add(part);
      }
    },
    redact: (text) => redact(byValue(text, secrets)),
    redactContent(text) {
      // Words only, so that a text can be masked word by word as it arrives.
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
