/** A value in JSON, and where it stands in its text. */
export interface JsonNode {
  value?: unknown;
  from: number;
  to: number;
  /** Of an object: where each name stands, and its value. */
  members?: Map<string, { name: JsonNode; node: JsonNode }>;
  items?: JsonNode[];
}

/** Deeper is nothing that is meant. */
const MAX_DEPTH = 50;
const BLANKS = /[ \t\r\n]*/y;
// deno-lint-ignore no-control-regex -- no text in JSON may hold them
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
/** U+FFFC stands for what only the shell knows. */
const OTHER =
  /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)|\ufffc+/y;

/**
 * Reads JSON with the place of each value, which `JSON.parse` does not tell.
 *
 * @param text JSON, with U+FFFC where a value is not known.
 * @returns The value, as far as it can be read, and the offset of the first mistake.
 */
export function readJson(text: string): { root?: JsonNode; mistake?: number } {
  let at = 0;
  let root: JsonNode | undefined;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found) at += found.length;
    return found;
  };
  const blanks = () => take(BLANKS);
  const skip = (mark: string): boolean => {
    blanks();
    if (text[at] !== mark) return false;
    at++;
    return true;
  };
  const expect = (mark: string): void => {
    if (!skip(mark)) throw new SyntaxError();
  };

  function string(): JsonNode {
    blanks();
    const from = at;
    const found = take(STRING);
    if (found === undefined) throw new SyntaxError();
    return { value: JSON.parse(found), from, to: at };
  }

  function node(depth: number): JsonNode {
    blanks();
    const from = at;
    if (depth > MAX_DEPTH) throw new SyntaxError();
    if (text[at] === '"') return string();
    if (skip("{")) {
      const members: JsonNode["members"] = new Map();
      if (depth === 0) root = { from, to: from, members };
      if (!skip("}")) {
        do {
          const name = string();
          expect(":");
          members.set(String(name.value), { name, node: node(depth + 1) });
        } while (skip(","));
        expect("}");
      }
      return { from, to: at, members };
    }
    if (skip("[")) {
      const items: JsonNode[] = [];
      if (!skip("]")) {
        do items.push(node(depth + 1)); while (skip(","));
        expect("]");
      }
      return { from, to: at, items };
    }
    const found = take(OTHER);
    if (found === undefined) throw new SyntaxError();
    return { value: found.startsWith("\ufffc") ? found : JSON.parse(found), from, to: at };
  }

  try {
    root = node(0);
    blanks();
    return at < text.length ? { root, mistake: at } : { root };
  } catch {
    return { ...(root && { root }), mistake: at };
  }
}
