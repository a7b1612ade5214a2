import { parseCurl } from "./curl.ts";
import { parseHttpText } from "./http_text.ts";
import type { Place, Traced } from "./traced.ts";

/** A header of a pasted request. */
export interface PastedHeader {
  name: Traced;
  /** Without the blanks before it. */
  value: Traced;
  /** All of it; without a colon the name is the whole line. */
  line: Traced;
}

/** A request that somebody pasted, however it was written. */
export interface PastedRequest {
  form: "curl" | "http";
  /** What stands for the request when something is missing in it. */
  head: Place;
  /** All of it; what stands around it is not looked at. */
  whole: Place;
  method: Traced;
  url?: Traced;
  headers: PastedHeader[];
  /** Whether there are more headers, in a file or a variable. */
  moreHeaders: boolean;
  body?: Traced;
  /** How the body is sent; `unknown` is in a file or a variable. */
  bodyKind: "none" | "text" | "multipart" | "query" | "unknown";
  /** What the client says about the body when no header does. */
  defaultType?: string;
  /** Texts that may hold secrets, each as it is read. */
  words: Traced[];
  /** Values that are secret whatever they look like. */
  secrets: Traced[];
}

/**
 * Reads a pasted request.
 *
 * @param text What was pasted.
 * @returns The request, or nothing when this is neither a curl command line nor HTTP.
 * @throws {CozeError} `usage-value` when a quote is not closed.
 */
export function parsePasted(text: string): PastedRequest | undefined {
  return parseCurl(text) ?? parseHttpText(text);
}
