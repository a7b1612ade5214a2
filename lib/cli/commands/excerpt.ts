import type { Place } from "../../doctor/pasted/traced.ts";
import { mask, sanitize } from "../../redact.ts";
import { placeIn } from "../config/text_file.ts";
import { shorten } from "../table.ts";
import { unicodeWidth } from "../unicode_width.ts";

/** The width of the excerpt, in columns. */
const WINDOW = 100;
/** The shown width of the place itself, and of the text before it. */
const UNDER = 60;
const BEFORE = 30;

/**
 * Shows a place of an input, in the manner of compilers: the line with its number, and carets under
 * the place. Line and column count from 1; columns are characters.
 */
export function excerptOf(
  source: string,
  place: Place,
  hidden: readonly Place[],
  visible: Place,
  redact: (text: string) => string,
) {
  const start = source.lastIndexOf("\n", place.from - 1) + 1;
  const stop = source.indexOf("\n", start);
  const end = stop < 0 ? source.length : stop;
  const { line: lineNumber, column } = placeIn(source, place.from);

  let from = Math.min(place.from, end);
  let to = Math.max(from, Math.min(place.to, end));
  // A place of several lines ends at the first line, before its quote or backslash.
  while (place.to > end && to > from + 1 && /["'\s\\^`]/.test(source[to - 1]!)) to--;
  const secrets = hidden.filter((each) => each.from < end && each.to > start);
  for (const each of secrets) {
    // A place inside a secret becomes the whole secret: the mask has no places.
    if (each.from < from && from < each.to) from = Math.max(each.from, start);
    if (each.from < to && to < each.to) to = Math.min(each.to, end);
  }
  const show = (from: number, to: number): string => {
    let text = "";
    let at = from;
    for (const each of secrets) {
      if (each.from >= to || each.to <= from) continue;
      text += clean(source, Math.max(at, visible.from), Math.min(each.from, visible.to));
      text += masked(source.slice(Math.max(each.from, from), Math.min(each.to, to)));
      at = Math.max(at, each.to);
    }
    return text + clean(source, Math.max(at, visible.from), Math.min(to, visible.to));
  };
  let before = show(start, from);
  let under = show(from, to);
  let after = show(to, end);
  if (unicodeWidth(before + under + after) > WINDOW) {
    under = shorten(under, UNDER, unicodeWidth);
    before = shortenStart(before, Math.max(BEFORE, WINDOW - unicodeWidth(under + after)));
    after = shorten(after, WINDOW - unicodeWidth(before + under), unicodeWidth);
  }
  const line = (before + under + after).trimEnd();
  const carets = " ".repeat(unicodeWidth(before)) + "^".repeat(Math.max(1, unicodeWidth(under)));
  const shown = redact(line);
  const gutter = " ".repeat(String(lineNumber).length);
  // When the redactor masked more, the position of the place is lost.
  const below = shown === line ? `\n${gutter} | ${carets}` : "";
  return { line: lineNumber, column, text: `${gutter} |\n${lineNumber} | ${shown}${below}` };
}

function clean(source: string, from: number, to: number): string {
  return from < to ? sanitize(source.slice(from, to)).replace(/[\t\n]/g, " ") : "";
}

/** Masks a secret. Only a long token keeps its first six characters. */
function masked(secret: string): string {
  const text = sanitize(secret).replace(/\s/g, " ");
  return /^(?:eyJ|czs_|czu_|pat_)/.test(text) && text.length > 20
    ? mask(text.replaceAll("…", "."))
    : `…(${text.length} chars)`;
}

function shortenStart(text: string, limit: number): string {
  return reversed(shorten(reversed(text), limit, unicodeWidth));
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}
