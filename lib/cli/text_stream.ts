// deno-lint-ignore-file no-control-regex -- terminal sequences are what this file is about
import { ESCAPE, sanitize } from "../redact.ts";
import { createRedactStream } from "./redact_stream.ts";
import type { Redactor } from "./redactor.ts";

/** Writes foreign text as it comes. */
export interface TextStream {
  /** Takes the next piece, cut anywhere, and writes what can be shown of it already. */
  write(piece: string): void;
  /** Writes the rest. The next piece begins a new text. */
  end(): void;
}

/** Where a text goes. */
export interface TextStreamOptions {
  /** Gets what may be shown; never an empty text. */
  write(text: string): void;
  redactor: Redactor;
}

/**
 * Makes a way to the terminal for a text that a server sends in pieces. However it is cut, what is
 * written is what the sanitiser and the redactor make of the whole. Held back are an escape
 * sequence, half of a surrogate pair, and the last word while it may become a secret.
 *
 * @param options Where to write, and the secrets of this run.
 */
export function createTextStream({ write, redactor }: TextStreamOptions): TextStream {
  const masked = createRedactStream(redactor);
  let held = "";
  const show = (text: string) => {
    if (text) write(text);
  };
  return {
    write(piece) {
      const text = held + piece;
      const whole = /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
      held = unfinishedEscape(whole) + text.slice(whole.length);
      show(masked.write(sanitize(whole)));
    },
    end() {
      const rest = sanitize(held);
      held = "";
      show(masked.write(rest) + masked.end());
    },
  };
}

/**
 * Finds the escape sequence in which a text is cut off, so that the next piece can go on with it.
 *
 * @param text The text so far.
 * @returns A sequence that swallows what this one would, and is short however long this one is;
 *   nothing when the text ends outside of one.
 */
function unfinishedEscape(text: string): string {
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
