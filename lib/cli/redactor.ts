import { mask, redact, redactContent } from "../redact.ts";

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
