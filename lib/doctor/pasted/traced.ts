/** A stretch of the input, in UTF-16 units; `to` is behind the last one. */
export interface Place {
  from: number;
  to: number;
}

/** A text taken out of an input, and where each of its units stood there. */
export interface Traced {
  text: string;
  /** Where the source of each unit begins and ends: an escape is longer than what it stands for. */
  from: number[];
  to: number[];
  /** Where it stood, for a text that is empty. */
  start: number;
}

/** Stands for what only a shell knows: the value of a variable, the output of a command. */
export const UNKNOWN = "\ufffc";

/** Takes a whole input as it is. */
export function traceAll(text: string): Traced {
  const from = Array.from({ length: text.length }, (_, i) => i);
  return { text, from, to: from.map((i) => i + 1), start: 0 };
}

/** Begins a text that {@linkcode put} fills. */
export function emptyTrace(start: number): Traced {
  return { text: "", from: [], to: [], start };
}

/**
 * Adds a text that stands for a part of another one: unit by unit when both have the same length,
 * else as a whole.
 */
export function put(target: Traced, text: string, source: Traced, from: number, to: number): void {
  const same = text.length === to - from;
  for (let i = 0; i < text.length; i++) {
    target.from.push(source.from[same ? from + i : from] ?? source.start);
    target.to.push(source.to[same ? from + i : to - 1] ?? source.start);
  }
  target.text += text;
}

export function cut(source: Traced, from: number, to = source.text.length): Traced {
  return {
    text: source.text.slice(from, to),
    from: source.from.slice(from, to),
    to: source.to.slice(from, to),
    start: source.from[from] ?? source.to.at(-1) ?? source.start,
  };
}

export function placeOf({ from, to, start }: Traced): Place {
  return { from: from[0] ?? start, to: Math.max(to.at(-1) ?? start, (from[0] ?? start) + 1) };
}

/** The pattern must be global, and find no empty text. */
export function replaceTraced(
  source: Traced,
  pattern: RegExp,
  replace: (match: RegExpMatchArray) => string,
): Traced {
  const result = emptyTrace(source.start);
  let done = 0;
  for (const match of source.text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    put(result, source.text.slice(done, match.index), source, done, match.index);
    put(result, replace(match), source, match.index, end);
    done = end;
  }
  put(result, source.text.slice(done), source, done, source.text.length);
  return result;
}

/** Undoes the encoding of forms and addresses: `%41`, and `+` for a blank. */
export function percentDecode(source: Traced): Traced {
  return replaceTraced(source, /%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+|\+/gi, ([escape]) => {
    try {
      return escape === "+" ? " " : decodeURIComponent(escape);
    } catch {
      return "\ufffd";
    }
  });
}
