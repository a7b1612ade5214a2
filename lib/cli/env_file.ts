import type { CliError } from "./codes.ts";
import { CozeError } from "../error.ts";
import { parse } from "./dotenv.ts";

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;

/**
 * Reads a .env file. Every form that parsers read differently is refused first: the parser would
 * ask the environment for an unquoted `$NAME`, never end on `A=$A`, and print an odd line, which
 * may be a line of a private key.
 *
 * @param bytes The file.
 * @param path Its name, for errors.
 * @returns The variables of the file.
 * @throws {CozeError} `config-file-malformed` with line and column, never with text of the file.
 */
export function readEnvFile(bytes: Uint8Array, path: string): Record<string, string> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
  } catch {
    throw malformed(path, "encoding", 1, 1);
  }
  // NUL is binary; the two separators end a line for the parser and for nobody else.
  if (/[\0\u2028\u2029]/.test(text)) throw malformed(path, "encoding", 1, 1);
  return parse(scan(text, path).join("\n"));
}

/** Leaves out blank lines and comments: of many blank lines the parser looks at each from each. */
function scan(text: string, path: string): string[] {
  const lines = text.split("\n");
  const kept: string[] = [];
  const names = new Set<string>();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [head, name] = ASSIGNMENT.exec(line) ?? [];
    if (head === undefined) throw malformed(path, "line", i + 1, 1);
    kept.push(line);
    const refuse = (reason: string, index: number) => malformed(path, reason, i + 1, index + 1);
    if (names.has(name!)) throw refuse("duplicate", line.indexOf(name!));
    names.add(name!);

    const quote = line[head.length];
    if (quote === '"' || quote === "'") {
      const start = head.length + 1;
      const opened = i + 1;
      let rest = line.slice(start);
      let at = start;
      while (!rest.includes(quote)) {
        if (++i >= lines.length) throw malformed(path, "quote", opened, start);
        rest = lines[i]!;
        kept.push(rest);
        at = 0;
      }
      const after = rest.indexOf(quote) + 1;
      const odd = rest.slice(after).search(/[^ \t]/);
      if (odd >= 0 && !/^[ \t]+#/.test(rest.slice(after))) {
        throw malformed(path, "quote", i + 1, at + after + odd + 1);
      }
      continue;
    }
    const value = line.replace(/(?<=[ \t])#.*$/, "").slice(head.length);
    if (value.startsWith("-----BEGIN") && !value.includes("-----END")) {
      throw refuse("multi-line", head.length);
    }
    for (
      const [reason, pattern] of [["dollar", /\$/], ["quote", /["'`]/], ["hash", /#/]] as const
    ) {
      const index = value.search(pattern);
      if (index >= 0) throw refuse(reason, head.length + index);
    }
  }
  return kept;
}

/**
 * Says where a configuration file is malformed.
 *
 * @param path The file.
 * @param reason Which sentence of the catalogue says how.
 * @param line Counted from 1.
 * @param column Counted from 1.
 */
export function malformed(path: string, reason: string, line: number, column: number): CliError {
  return new CozeError("config-file-malformed", `Cannot read ${path}: line ${line}, ${reason}`, {
    source: path,
    reason,
    line,
    column,
  });
}
