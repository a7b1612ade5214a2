// deno-lint-ignore-file no-control-regex -- terminal sequences are what this file is about
import { ESCAPE, sanitize } from "../redact.ts";
import { LONGEST_WORD, NOT_IN_SECRET, type Redactor } from "./output.ts";

/**
 * Sanitises and masks a text that arrives in pieces. The output does not depend on the cuts. It
 * holds back an unfinished escape sequence, half of a surrogate pair, and the last word, which may
 * become a secret.
 */
export function createMaskedStream(redactor: Redactor, show: (text: string) => void) {
  /** An unfinished escape sequence, or half of a surrogate pair. */
  let raw = "";
  /** The last word, sanitised. */
  let word = "";
  /** Whether the word is too long and its mask is already shown. */
  let isMasked = false;

  function release(text: string): void {
    const masked = redactor.redactContent(text);
    if (masked) show(masked);
  }
  function add(text: string): void {
    const lastWord = text.split(NOT_IN_SECRET).at(-1)!;
    const isSameWord = lastWord.length === text.length;
    if (isMasked && isSameWord) return;
    if (isMasked) text = text.slice(text.search(NOT_IN_SECRET));
    isMasked = false;
    if (isSameWord) word += text;
    else {
      release(word + text.slice(0, text.length - lastWord.length));
      word = lastWord;
    }
    if (word.length <= LONGEST_WORD) return;
    release(word);
    word = "";
    isMasked = true;
  }
  return {
    /** Takes the next piece, cut anywhere, and shows what is safe. */
    write(piece: string): void {
      const text = raw + piece;
      const whole = /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
      raw = unfinishedEscape(whole) + text.slice(whole.length);
      add(sanitize(whole));
    },
    /** Shows the rest. The next piece starts a new text. */
    end(): void {
      add(sanitize(raw));
      release(word);
      raw = word = "";
      isMasked = false;
    },
  };
}

const UNFINISHED =
  /^(?:(\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*|(\x1b\[|\x9b)[0-?]*([ -/]?)[ -/]*|(\x1b)([ -/]?)[ -/]*)$/;

/** Finds the escape sequence in which a text is cut off. */
function unfinishedEscape(text: string): string {
  let last = "";
  for (const [sequence] of text.matchAll(ESCAPE)) last = sequence;
  return text.endsWith(last) ? UNFINISHED.exec(last)?.slice(1).join("") ?? "" : "";
}
