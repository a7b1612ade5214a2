import { mask, maskJwts, redact } from "../redact.ts";

/** A redactor that also knows the secrets of this run by value. */
export interface Redactor {
  /** Remembers a secret; for a text of several lines, each long line too. */
  add(secret: string): void;
  /** Masks the remembered secrets and all that looks like one. */
  redact(text: string): string;
  /** Masks the remembered secrets and whole tokens, in what people and bots write. */
  redactContent(text: string): string;
  /** The remembered secrets, for who has to look for them in another way. */
  secrets(): Iterable<string>;
}

/**
 * Makes a redactor for one run of a program.
 *
 * @returns A redactor that knows no secret by value yet.
 */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  // A function, as in a text "$&" would stand for the secret itself.
  const byValue = (text: string) =>
    [...secrets].reduce((text, secret) => text.replaceAll(secret, () => mask(secret)), text);
  return {
    add(secret) {
      for (const part of [secret, ...secret.split(/\\n|\s+/)]) {
        if (part.length >= 16 && !part.startsWith("-----")) secrets.add(part);
      }
    },
    redact: (text) => redact(byValue(text)),
    redactContent: (text) => redactContent(byValue(text)),
    secrets: () => secrets,
  };
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
  return maskJwts(text.replace(ENDLESS, mask)).replace(WHOLE_TOKEN, mask);
}
