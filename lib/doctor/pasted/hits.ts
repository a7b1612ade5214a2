/** More of one kind tell nothing more, and each takes time. */
const MOST_HITS = 60;

/** The first matches of a global pattern. */
export function hits(text: string, pattern: RegExp): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  for (const match of text.matchAll(pattern)) {
    if (found.push(match) >= MOST_HITS) break;
  }
  return found;
}
