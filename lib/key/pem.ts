import type { Bytes } from "./der.ts";
import { CozeError, type ErrorCode } from "../error.ts";

/** What had to be put right before the text could be read. */
export type Repair =
  | "pkcs1"
  | "bom"
  | "utf-16"
  | "quotes"
  | "escaped-newlines"
  | "crlf"
  | "indentation"
  | "line-breaks"
  | "final-newline";

/** One block of PEM (RFC 7468): its label, its bytes, and what was odd about the text. */
export interface PemBlock {
  label: string;
  der: Bytes;
  repairs: Repair[];
  /** How many PEM blocks the text holds. */
  blocks: number;
}

const BEGIN = /-----BEGIN ([A-Z0-9 ]+?)-----/g;
const END = /-----END ([A-Z0-9 ]+?)-----/g;
/** Labels that name a form that cannot be used as it is, with their codes. */
const UNUSABLE: Readonly<Record<string, ErrorCode>> = {
  "PUBLIC KEY": "key-is-public",
  "RSA PUBLIC KEY": "key-is-public",
  "CERTIFICATE": "key-is-certificate",
  "X509 CERTIFICATE": "key-is-certificate",
  "TRUSTED CERTIFICATE": "key-is-certificate",
  "ENCRYPTED PRIVATE KEY": "key-is-encrypted",
  "OPENSSH PRIVATE KEY": "key-is-openssh",
  "EC PRIVATE KEY": "key-not-rsa",
  "DSA PRIVATE KEY": "key-not-rsa",
};

/**
 * Finds the private key in a PEM text and decodes it, putting right what can be put right: byte
 * order mark, UTF-16, quotes around it, literal `\n`, CRLF, indentation, lost line breaks.
 *
 * @param input The text of the file, or its bytes, which are not written to.
 * @returns The first private-key block, or the first block of all.
 * @throws {CozeError} `key-damaged` with line and column, `key-is-a-path`, `key-is-public`,
 *   `key-is-certificate`, `key-is-encrypted`, `key-is-openssh`, `key-not-rsa`.
 */
export function readPem(input: string | Uint8Array): PemBlock {
  const repairs: Repair[] = [];
  const text = normalise(input, repairs);
  const begins = [...text.matchAll(BEGIN)];
  const begin =
    begins.find(([, label]) => label === "PRIVATE KEY" || label === "RSA PRIVATE KEY") ??
      begins.find(([, label]) => label!.endsWith("PRIVATE KEY")) ?? begins[0];
  if (!begin) throw notPem(text);

  const label = begin[1]!;
  const unusable = UNUSABLE[label];
  if (unusable) {
    throw new CozeError(unusable, `Cannot use the key as it is labelled "${label}"`, {
      label,
      kind: label.replace(/ PRIVATE KEY$/, ""),
    });
  }
  const start = begin.index + begin[0].length;
  END.lastIndex = start;
  const end = END.exec(text);
  if (!end) throw damaged("no-end", text, text.trimEnd().length);
  if (end[1] !== label) throw damaged("end-label", text, end.index);
  const body = text.slice(start, end.index);
  if (/^(?:Proc-Type|DEK-Info):/m.test(body)) {
    throw new CozeError("key-is-encrypted", "Cannot use the key as it is encrypted", { label });
  }
  if (/^[ \t]+\S/m.test(text.slice(begin.index, end.index))) repairs.push("indentation");
  if (!body.trim().includes("\n") && body.length > 128) repairs.push("line-breaks");
  if (text.length === end.index + end[0].length) repairs.push("final-newline");
  return { label, der: decodeBase64(text, start, end.index), repairs, blocks: begins.length };
}

function normalise(input: string | Uint8Array, repairs: Repair[]): string {
  let text = typeof input === "string" ? input : decodeText(input, repairs);
  const apply = (repair: Repair, pattern: RegExp, replacement: string) => {
    const repaired = text.replace(pattern, replacement);
    if (repaired !== text) repairs.push(repair);
    text = repaired;
  };
  apply("bom", /^\ufeff/, "");
  apply("quotes", /^\s*(["'`])([\s\S]*)\1\s*$/, "$2");
  apply("escaped-newlines", /\\r\\n|\\n|\\r/g, "\n");
  apply("crlf", /\r\n?/g, "\n");
  return text;
}

function decodeText(bytes: Uint8Array, repairs: Repair[]): string {
  const [first, second] = bytes;
  if (first === 0x30 && second! >= 0x80) {
    throw new CozeError("key-damaged", "Cannot read the key as it is binary DER, not PEM", {
      reason: "binary",
    });
  }
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!utf16) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  repairs.push("utf-16");
  return new TextDecoder(first === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
}

function notPem(text: string): CozeError {
  const trimmed = text.trim();
  if (trimmed === "") return damaged("empty", text, 0);
  // From the first dash of a run only: looking from each would take forever on a long run.
  const line = text.search(/(?<!-)-+ *BEGIN\b/i);
  if (line >= 0) return damaged("begin-line", text, line);
  const oneLine = trimmed.length < 256 && !trimmed.includes("\n");
  if (oneLine && /\.(?:pem|key|der|txt|json)$|^[~.]{0,2}[/\\]|^[a-z]:\\/i.test(trimmed)) {
    return new CozeError("key-is-a-path", "Cannot use the key as its text is the name of a file");
  }
  return damaged("no-begin", text, 0);
}

/** Decodes the base64 between two places of the text, naming the first foreign character. */
function decodeBase64(text: string, start: number, end: number): Bytes {
  const body = text.slice(start, end);
  const foreign = body.search(/[^A-Za-z0-9+/\s]/);
  if (foreign >= 0 && !/^=[=\s]*$/.test(body.slice(foreign))) {
    throw damaged("character", text, start + foreign);
  }
  const digits = body.replace(/\s+/g, "");
  if (digits === "") throw damaged("empty", text, start);
  if (digits.length % 4 !== 0 || /={3}$/.test(digits)) {
    throw damaged("base64-length", text, start + body.trimEnd().length);
  }
  return Uint8Array.fromBase64(digits);
}

function damaged(reason: string, text: string, index: number): CozeError {
  const before = text.slice(0, index);
  const line = before.split("\n").length;
  const column = index - before.lastIndexOf("\n");
  const message = `Cannot read the key as PEM, ${reason}: line ${line}, column ${column}`;
  return new CozeError("key-damaged", message, { reason, line, column });
}
