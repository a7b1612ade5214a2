import type { FindingCode } from "../../doctor/kinds.ts";
import { CozeError, type ErrorDetails } from "../../error.ts";
import type { Io } from "../io.ts";

export type Problem = CozeError<FindingCode>;

/** Receives a problem. When it returns, reading continues. */
export type Report = (problem: Problem) => void;

/** A report that stops at the first problem. */
export function fail(problem: Problem): never {
  throw problem;
}

const REASONS: Readonly<Record<string, string>> = {
  NotAFile: "not-a-file",
  TooLarge: "too-large",
  NotADirectory: "no-directory",
  FilesystemLoop: "no-directory",
};

export function reasonOf({ name }: Error): string {
  return REASONS[name] ?? "unreadable";
}

/** Reads a file of the keys directory that may be absent. */
export async function readOptional(io: Io, path: string): Promise<Uint8Array | undefined> {
  try {
    return await io.readFile(path);
  } catch (error) {
    const { name } = error as Error;
    if (name === "NotFound") return undefined;
    if (name !== "NotCapable") throw malformed(path, reasonOf(error as Error));
    const directory = path.replace(/\/[^/]*$/, "");
    const message = `Cannot read ${path} without --allow-read=${directory}`;
    throw new CozeError("sandbox-read", message, { path, directory });
  }
}

export function decodeText(bytes: Uint8Array, path: string): string {
  const [first, second] = bytes;
  // UTF-16 begins with FE FF or FF FE, or has a zero byte in each ASCII character.
  if (first! + second! === 0x1fd || first === 0 || second === 0) {
    throw malformed(path, "utf-16", { line: 1, column: 1 });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder().decode(bytes);
    throw malformed(path, "not-utf-8", placeIn(text, text.indexOf("\ufffd")));
  }
}

export function malformed(source: string, reason: string, details: ErrorDetails = {}): Problem {
  const place = [source, details.line, details.column].filter((part) => part !== undefined);
  const message = `Cannot read ${place.join(":")} (${reason})`;
  return new CozeError("config-file-malformed", message, { source, reason, ...details });
}

/**
 * Line, column (in characters) and character of a place. Not the line itself: it may be a line of a
 * private key.
 */
export function placeIn(text: string, at: number) {
  const before = text.slice(0, at).split("\n");
  const column = [...before.at(-1)!].length + 1;
  return { line: before.length, column, character: characterAt(text, at) };
}

/** Such as `"："(U+FF1A)`; only the number for an invisible character. */
function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return "EOF";
  if (code === 0x0a) return "EOL";
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const character = String.fromCodePoint(code);
  if (/[\p{C}\p{M}\p{Z}]/u.test(character)) return number;
  return character === '"' ? `'"'(${number})` : `"${character}"(${number})`;
}
