import { CozeError, type ErrorCode, invalidArgument } from "./error.ts";

/** Bytes on a plain buffer, as Web Crypto demands. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

/** What was wrong with the text of a key that could be read all the same. */
// deno-fmt-ignore
export type Repair =
  | "pkcs1" | "bom" | "utf-16" | "base64" | "missing-begin-end" | "blanks"
  | "dashes" | "crlf" | "escaped-characters" | "continued-lines" | "escaped-newlines"
  | "quotes" | "indentation" | "line-breaks" | "surrounding-text" | "final-newline";

/** The key that a text holds. */
interface PemKey {
  der: Bytes;
  repairs: Repair[];
  /** How many blocks the text holds. */
  blocks: number;
}

const blank = (match: string) => " ".repeat(match.length);
const newline = (match: string) => "\n".padStart(match.length);
/**
 * What editors, shells and copying do to a text. Each replacement is as long as what it replaces:
 * a place in the cleaned text is the same place in the user's text.
 */
const CLEANUPS: [Repair, RegExp, (match: string, ...groups: string[]) => string][] = [
  ["blanks", /[[\p{Z}\p{Cf}]--[ ]]/gv, blank],
  ["dashes", /[[\p{Pd}\u2212\u2500\u2026]--[\-]]/gv, (match) => "-".repeat(match.length)],
  ["crlf", /\r\n?/g, newline],
  // JSON may write `\/` for a slash, `\u002b` for a plus sign.
  [
    "escaped-characters",
    /(?<!\\)\\+(?:u00([2-7][\da-f])|([/"'`]))/gi,
    (match, code, character = "") =>
      (code ? String.fromCharCode(parseInt(code, 16)) : character).padEnd(match.length),
  ],
  ["continued-lines", /(?<!\\)\\+[ \t]*\n/g, newline],
  ["escaped-newlines", /(?<!\\)\\+(?:r\\+n|[nr])/g, newline],
  // From the end of one string to the start of the next, in an array or a concatenation.
  ["quotes", /["'`](?:\s*[,+.])?\s*["'`]/g, newline],
];

/** A BEGIN or END line, even if its dashes are wrong or missing: word, dashes before it, label. */
const MARKER =
  /(?<![A-Za-z0-9+/])(BEGIN|END)(?<=((?:-[- ]*)?)\1) *([A-Z0-9][A-Z0-9 ]{0,40}?)(?:(?<=KEY|CERTIFICATE)[- ]*| *-[- ]*)/g;
/** What stands in front of a value: `export KEY=`, `"private_key": `. */
const ASSIGNMENT =
  /^\s*(?:(?:export|set|const|let|var)\s+)?["'`]?[\w.-]{1,64}["'`]?\s*[:=]\s*(?=["'`\w+/])/;
/** The name of a file. */
const PATH = /^.*\.(?:pem|p8|key|der|crt|cer|txt|json)$|^[~.]{0,2}[/\\].*$|^[a-z]:\\.*$/i;

/** The labels to read, without blanks. */
const RSA_LABEL = /^(?:RSA)?PRIVATEKEY$/;
/** Labels of what cannot be used, without blanks. */
const UNUSABLE: [RegExp, ErrorCode][] = [
  [/PUBLICKEY$/, "key-is-public"],
  [/CERTIFICATE$/, "key-is-public"],
  [/^ENCRYPTEDPRIVATEKEY$/, "key-is-encrypted"],
  [/^OPENSSHPRIVATEKEY$/, "key-is-openssh"],
  [/^(?:EC|DSA)PRIVATEKEY$/, "key-not-rsa"],
];

/**
 * Finds the private key in a text and decodes it. Reads PEM, base64 of a whole PEM, and a key without
 * BEGIN and END lines, in base64 or in binary DER; repairs what {@linkcode Repair} lists.
 */
export function readPem(input: string | Uint8Array): PemKey {
  if (typeof input !== "string" && !(input instanceof Uint8Array)) {
    throw invalidArgument("pem", "a text or bytes");
  }
  if (typeof input !== "string" && isDer(input)) {
    const der = new Uint8Array(input);
    return { der, repairs: ["missing-begin-end"], blocks: 1 };
  }
  const repairs: Repair[] = [];
  const text = decodeText(input, repairs);
  // The text after each cleanup.
  const stages = [text];
  for (const [, pattern, replace] of CLEANUPS) {
    stages.push(stages.at(-1)!.replace(pattern, replace));
  }
  const plain = stages.at(-1)!;
  const markers = Array.from(plain.matchAll(MARKER), toMarker);
  // Code that adds the lines to a PEM which has them doubles BEGIN.
  const begins = markers.filter(({ word, to }, i) => {
    const next = markers[i + 1];
    return word === "BEGIN" && (next?.word !== "BEGIN" || plain.slice(to, next.from).trim() !== "");
  });
  const begin = begins.find(({ key }) => RSA_LABEL.test(key)) ??
    begins.find(({ key }) => key.endsWith("PRIVATEKEY")) ?? begins[0];
  if (!begin) return readWithoutBegin(stages, repairs, markers.length > 0);

  const { label, key, from, to } = begin;
  const unusable = UNUSABLE.find(([pattern]) => pattern.test(key));
  if (unusable) {
    throw new CozeError(unusable[1], `This is not a private key for RS256 but "${label}"`, {
      label,
      kind: label.replace(/ PRIVATE KEY$/, ""),
    });
  }
  if (!RSA_LABEL.test(key)) throw damaged("label", text, from);
  const end = markers.find((marker) => marker.from >= to);
  if (end?.word !== "END") {
    throw damaged("no-end", text, plain.slice(0, end?.from).trimEnd().length);
  }
  if (end.key !== key) throw damaged("end-label", text, end.from);
  const body = plain.slice(to, end.from);
  if (/(?:Proc-Type|DEK-Info):/.test(body)) {
    throw new CozeError("key-is-encrypted", "The private key is encrypted", { label });
  }
  const der = decodeBase64(text, body, to);

  const before = plain.slice(0, from).trimEnd();
  const after = plain.slice(end.to);
  const sameLine = plain.slice(plain.lastIndexOf("\n", from) + 1, from) + after.split("\n", 1)[0];
  const found: [Repair, boolean][] = [
    ["dashes", !begin.exact || !end.exact],
    ["quotes", /["'`]/.test(before.slice(-1))],
    ["indentation", /^[ \t]+\S/m.test(plain.slice(from, end.from))],
    ["line-breaks", !body.trim().includes("\n") && body.length > 128],
    ["surrounding-text", /[^"'`\s]/.test(sameLine)],
    ["final-newline", /^["'`]?$/.test(after)],
  ];
  repairs.push(...cleanupsIn(stages, from, end.to));
  repairs.push(...found.flatMap(([repair, isFound]) => isFound ? repair : []));
  return { der, repairs: [...new Set(repairs)], blocks: begins.length };
}

function toMarker(
  { 0: match, 1: word = "", 2: dashes = "", 3: words = "", index }: RegExpExecArray,
) {
  const label = words.trim().replace(/ +/g, " ");
  return {
    word,
    label,
    /** The label without blanks: a cleaned zero-width character can leave one inside a word. */
    key: label.replaceAll(" ", ""),
    from: index - dashes.length,
    to: index + match.length,
    exact: (dashes + match).trimEnd() === `-----${word} ${label}-----`,
  };
}

/** The cleanups that changed a part of the text. */
function cleanupsIn(stages: string[], from: number, to: number): Repair[] {
  const part = (stage: number) => stages[stage]!.slice(from, to);
  return CLEANUPS.flatMap(([repair], i) => part(i) === part(i + 1) ? [] : repair);
}

function decodeText(input: string | Uint8Array, repairs: Repair[]): string {
  const text = typeof input === "string" ? input : decodeBytes(input, repairs);
  if (!text.startsWith("\ufeff")) return text;
  repairs.push("bom");
  return text.slice(1);
}

function decodeBytes(bytes: Uint8Array, repairs: Repair[]): string {
  const [first, second] = [bytes[0], bytes[1]];
  // A byte order mark, or the zero byte of an ASCII character.
  const isLittle = first === 0xff && second === 0xfe || second === 0;
  const isBig = first === 0xfe && second === 0xff || first === 0;
  if (!isLittle && !isBig) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  repairs.push("utf-16");
  return new TextDecoder(isLittle ? "utf-16le" : "utf-16be").decode(bytes);
}

/** A key in DER is one SEQUENCE; one of RSA has over 127 bytes. */
function isDer({ 0: tag, 1: size, length }: Uint8Array): boolean {
  return tag === 0x30 && (size! >= 0x80 || size === length - 2);
}

/** Reads base64 of a whole PEM, or the base64 of a key without BEGIN and END lines. */
function readWithoutBegin(stages: string[], repairs: Repair[], hasEnd: boolean): PemKey {
  const text = stages[0]!;
  const plain = stages.at(-1)!;
  if (plain.trim() === "") throw damaged("empty", text, 0);
  // From the first dash of a run only: starting at each dash takes quadratic time.
  const line = plain.search(/(?<!-)-+ *BEGIN\b/i);
  if (line >= 0) throw damaged("begin-line", text, line);
  if (plain.length < 256 && PATH.test(text.replace(/^[\s"']+|[\s"']+$/g, ""))) {
    throw new CozeError("key-is-a-path", "This is the name of a file, not a private key");
  }
  const bytes = hasEnd ? undefined : decodeBare(text, plain);
  if (!bytes) throw damaged("no-begin", text, 0);
  repairs.push(...cleanupsIn(stages, 0, plain.length));
  if (!isDer(bytes)) repairs.push("base64");
  try {
    const inner = readPem(bytes);
    return { ...inner, repairs: [...new Set([...repairs, ...inner.repairs])] };
  } catch (error) {
    if (!(error instanceof CozeError) || error.code !== "key-damaged") throw error;
    const message = `${error.message} of the text inside the base64`;
    throw new CozeError("key-damaged", message, { ...error.details, encoding: "base64" });
  } finally {
    bytes.fill(0);
  }
}

/** Decodes a text that is base64 as a whole, when it contains a key or a text. */
function decodeBare(text: string, plain: string): Bytes | undefined {
  const start = ASSIGNMENT.exec(plain)?.[0].length ?? 0;
  let body = plain.slice(start).replace(/["'`,;]/g, " ").replaceAll("-", "+").replaceAll("_", "/");
  // Url-safe base64 often has no padding.
  const rest = body.replace(/\s+/g, "").length % 4;
  if (rest > 1) body = body.trimEnd() + "=".repeat(4 - rest);
  try {
    const bytes = decodeBase64(text, body, start);
    // Other bytes are not text: the input only looked like base64.
    const isUseful = isDer(bytes) || /BEGIN|^[\s\x20-\x7e]*$/.test(decodeBytes(bytes, []));
    return isUseful ? bytes : undefined;
  } catch (error) {
    // This is how base64 of a PEM or of a key begins: the place of the damage helps.
    if (/^\s*(?:LS0t|MI[IG])/.test(body)) throw error;
    return undefined;
  }
}

/** Decodes base64; the error tells the place of the damage. */
function decodeBase64(text: string, body: string, start: number): Bytes {
  const foreign = body.search(/[^A-Za-z0-9+/\s]/);
  if (foreign >= 0 && !/^=[=\s]*$/.test(body.slice(foreign))) {
    throw damaged("character", text, start + foreign);
  }
  const digits = body.replace(/\s+/g, "");
  if (digits === "") throw damaged("empty", text, start);
  if (digits.length % 4 !== 0 || /={3}$/.test(digits)) {
    throw damaged("base64-length", text, start + endOfUnevenLine(body));
  }
  return Uint8Array.fromBase64(digits);
}

/** The end of the first line, except the last, whose length is not the median; else of the last. */
function endOfUnevenLine(body: string): number {
  const lines = Array.from(body.matchAll(/\S+/g), ({ 0: line, index }) => ({
    length: line.length,
    end: index + line.length,
  }));
  const median = lines.map(({ length }) => length).sort((a, b) => a - b)[lines.length >> 1];
  return (lines.slice(0, -1).find(({ length }) => length !== median) ?? lines.at(-1)!).end;
}

function damaged(reason: string, text: string, index: number): CozeError {
  const lines = text.slice(0, index).split(/\r\n?|\n/);
  const [line, column] = [lines.length, lines.at(-1)!.length + 1];
  const message = `Cannot read the private key (${reason}): line ${line}, column ${column}`;
  return new CozeError("key-damaged", message, { reason, line, column });
}
