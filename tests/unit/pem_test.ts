import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { CozeError } from "../../lib/error.ts";
import { readPem } from "../../lib/pem.ts";
import {
  bytesOf,
  ecSec1Pem,
  encryptedPkcs1Pem,
  pkcs1Pem,
  pkcs8Pem,
  publicPem,
  randomPem,
} from "../testing/keys.ts";

type Input = string | Uint8Array;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
/** Joins the lines of a key, without a newline at the end. */
const joined = (pem: string, glue: string) => pem.trimEnd().replaceAll("\n", glue);
/** Joins the lines, each changed. */
const eachLine = (pem: string, change: (line: string) => string, glue = "\n") =>
  pem.trimEnd().split("\n").map(change).join(glue);
const dashes = (pem: string, others: string) => pem.replaceAll("-----", others);
const withoutLines = (pem: string) => pem.replace(/-----.*\n/g, "");

/** What was done to a good file, and the repairs to report. */
const REPAIRED: Record<string, [make: (pem: string) => Input, repairs: string]> = {
  "nothing": [(pem) => pem, ""],
  "nothing, as bytes": [(pem) => Buffer.from(pem), ""],
  "a comment above": [(pem) => `one\ntwo\n${pem}`, ""],
  "a byte order mark": [(pem) => `\ufeff${pem}`, "bom"],
  "a byte order mark, as bytes": [(pem) => Buffer.from(`\ufeff${pem}`), "bom"],
  "UTF-16, little end first": [utf16, "utf-16"],
  "UTF-16, big end first": [(pem) => utf16(pem).swap16(), "utf-16"],
  "CRLF": [(pem) => pem.replaceAll("\n", "\r\n"), "crlf"],
  "lone CR": [(pem) => pem.replaceAll("\n", "\r"), "crlf"],
  "indentation by blanks": [(pem) => pem.replace(/^/gm, "  "), "indentation"],
  "indentation by tabs": [(pem) => pem.replace(/^(?=.)/gm, "\t"), "indentation"],
  "line breaks lost to blanks": [(pem) => `${joined(pem, " ")}\n`, "line-breaks"],
  "line breaks lost to nothing": [(pem) => `${joined(pem, "")}\n`, "line-breaks"],
  "no final newline": [(pem) => pem.trimEnd(), "final-newline"],

  "double quotes": [(pem) => `"${pem}"`, "quotes"],
  "single quotes and blanks": [(pem) => ` '${pem}' \n`, "quotes"],
  "backticks": [(pem) => `\`${pem}\``, "quotes"],
  "a JSON string": [(pem) => JSON.stringify(pem), "escaped-newlines quotes"],
  "escaped slashes, as of PHP": [(pem) => pem.replaceAll("/", "\\/"), "escaped-characters"],
  "escaped letters, as of ASP.NET": [
    (pem) => pem.replaceAll("+", "\\u002B").replaceAll("=", "\\u003d"),
    "escaped-characters",
  ],
  "a JSON object": [
    (pem) => JSON.stringify({ key: pem }),
    "escaped-newlines quotes surrounding-text",
  ],
  "a JSON array": [(pem) => JSON.stringify(pem.split("\n"), null, 2), "quotes"],
  "a JSON array in one line": [
    (pem) => JSON.stringify(pem.split("\n")),
    "quotes surrounding-text",
  ],
  "quoted lines with commas": [
    (pem) => eachLine(pem, (line) => `"${line}",`),
    "quotes surrounding-text",
  ],
  "a concatenation in JavaScript": [
    (pem) => `${eachLine(pem, (line) => `  "${line}\\n"`, " +\n")};`,
    "escaped-newlines quotes",
  ],
  "plus signs in front": [(pem) => eachLine(pem, (line) => `'${line}'\n`, "+ "), "quotes"],
  "a concatenation in PHP": [(pem) => eachLine(pem, (line) => `'${line}'\n`, " . "), "quotes"],
  "adjacent strings": [
    (pem) => eachLine(pem, (line) => `'${line}' \\\n`),
    "continued-lines quotes",
  ],

  "literal \\n": [(pem) => pem.replaceAll("\n", "\\n"), "escaped-newlines"],
  "literal \\r\\n": [(pem) => pem.replaceAll("\n", "\\r\\n"), "escaped-newlines"],
  "literal \\n, escaped twice": [(pem) => pem.replaceAll("\n", "\\\\n"), "escaped-newlines"],
  "literal \\r\\n, escaped thrice": [
    (pem) => pem.replaceAll("\n", "\\\\\\\\r\\\\\\\\n"),
    "escaped-newlines",
  ],
  "lines continued by backslashes": [
    (pem) => `${joined(pem, " \\ \n")}\n`,
    "continued-lines",
  ],

  "one typographic dash": [(pem) => dashes(pem, "—"), "dashes"],
  "two typographic dashes": [(pem) => dashes(pem, "—–"), "dashes"],
  "minus signs": [(pem) => dashes(pem, "−−−−−"), "dashes"],
  "hyphens": [(pem) => dashes(pem, "‐‐‐‐‐"), "dashes"],
  "ellipses": [(pem) => dashes(pem, "…"), "dashes"],
  "too few dashes": [(pem) => pem.slice(1), "dashes"],
  "too many dashes": [(pem) => dashes(pem, "------"), "dashes"],
  "no dashes": [(pem) => dashes(pem, ""), "dashes"],
  "no dashes and no lines": [(pem) => `${joined(dashes(pem, ""), " ")}\n`, "dashes line-breaks"],
  "blanks among the dashes": [(pem) => dashes(pem, " - - - - - "), "dashes"],

  "non-breaking blanks": [(pem) => pem.replaceAll(" ", "\u00a0"), "blanks"],
  "full-width blanks": [(pem) => pem.replaceAll(" ", "\u3000"), "blanks"],
  "zero-width blanks": [(pem) => pem.replaceAll("\n", "\u200b\n"), "blanks"],
  "a zero-width blank in a word": [(pem) => pem.replace("PRIV", "PRI\u200dV"), "blanks"],
  "U+2028 for newlines": [(pem) => `${joined(pem, "\u2028")}\n`, "blanks line-breaks"],

  "export in front": [(pem) => `export KEY='${pem}'\n`, "quotes surrounding-text"],
  "a YAML key in front": [(pem) => `privateKey: ${pem}`, "surrounding-text"],
  "a semicolon behind": [(pem) => `${pem.trimEnd()};\n`, "surrounding-text"],
  "a comma behind": [(pem) => `"${pem.trimEnd()}",`, "quotes surrounding-text"],

  "base64 around it": [base64, "base64"],
  "base64 around it, in lines": [(pem) => base64(pem).replace(/.{76}/g, "$&\n"), "base64"],
  "base64 around it, with CRLF": [
    (pem) => base64(pem).replace(/.{64}/g, "$&\r\n"),
    "crlf base64",
  ],
  "url-safe base64 around it": [
    (pem) => Buffer.from(`备注?>\n\n${pem}`).toString("base64url"),
    "base64",
  ],
  "base64 twice": [(pem) => base64(base64(pem)), "base64"],
  "base64 of UTF-16": [(pem) => utf16(pem).toString("base64"), "base64 utf-16"],
  "base64 in a variable": [(pem) => `export KEY="${base64(pem)}"\n`, "base64"],
  "base64 in YAML": [(pem) => `privateKey: ${base64(pem)},`, "base64"],
  "UTF-16 without a byte order mark": [(pem) => utf16(pem).subarray(2), "utf-16"],
  "UTF-16 in big endian without a mark": [(pem) => utf16(pem).swap16().subarray(2), "utf-16"],
  "binary DER": [bytesOf, "missing-begin-end"],
  "its lines doubled": [(pem) => block(pem), ""],
  "no BEGIN and END lines": [withoutLines, "missing-begin-end"],
  "no BEGIN and END lines, in one line": [
    (pem) => withoutLines(pem).replaceAll("\n", ""),
    "missing-begin-end",
  ],
  "no BEGIN and END lines, url-safe": [
    (pem) => bytesOf(pem).toString("base64url"),
    "missing-begin-end",
  ],

  "everything at once": [
    (pem) => utf16(`key = "${joined(dashes(pem, "—"), "\\\\n")}"`),
    "utf-16 dashes escaped-newlines quotes surrounding-text final-newline",
  ],
};

for (const [what, [make, repairs]] of Object.entries(REPAIRED)) {
  Deno.test(`readPem() reads a key with ${what}`, () => {
    const input = make(pkcs8Pem());
    const before = Uint8Array.from(Buffer.from(input));
    const block = readPem(input);
    assertEquals(Buffer.from(block.der).equals(bytesOf(pkcs8Pem())), true);
    assertEquals([block.repairs.join(" "), block.blocks], [repairs, 1]);
    block.der.fill(0);
    assert(Buffer.from(input).equals(before), "the caller's bytes stay (security 4)");
  });
}

/** Several blocks: how many, and the one to use. */
const BLOCKS: Record<string, [make: () => string, used: () => string, blocks: number]> = {
  "the first private key": [
    () => `note\n${randomPem("CERTIFICATE")}${randomPem("PUBLIC KEY")}${pkcs1Pem()}\n${pkcs8Pem()}`,
    pkcs1Pem,
    4,
  ],
  ...Object.fromEntries(
    ["EC", "OPENSSH", "ENCRYPTED"].map((kind) => [
      `RSA rather than ${kind}`,
      [() => randomPem(`${kind} PRIVATE KEY`) + pkcs8Pem(), pkcs8Pem, 2],
    ]),
  ),
};
for (const [what, [make, used, blocks]] of Object.entries(BLOCKS)) {
  Deno.test(`readPem() takes, of several blocks, ${what}`, () => {
    const block = readPem(make());
    assertEquals(block.blocks, blocks);
    assert(Buffer.from(block.der).equals(bytesOf(used())));
  });
}

Deno.test("readPem() finds nothing in a buffer that was handed on", () => {
  const bytes = new Uint8Array(500);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  const error = assertThrows(() => readPem(bytes), CozeError);
  assertEquals([error.code, error.details.reason], ["key-damaged", "empty"]);
});

Deno.test("readPem() takes END inside base64 for base64", () => {
  const { der } = readPem("-----BEGIN PRIVATE KEY-----AAAAENDA-----END PRIVATE KEY-----\n");
  assertEquals(Buffer.from(der).toString("base64"), "AAAAENDA");
});

const UNUSABLE: Record<string, [make: () => string, code: string]> = {
  ...Object.fromEntries(
    ([
      ["PUBLIC KEY", "key-is-public"],
      ["RSA PUBLIC KEY", "key-is-public"],
      ["CERTIFICATE", "key-is-public"],
      ["X509 CERTIFICATE", "key-is-public"],
      ["TRUSTED CERTIFICATE", "key-is-public"],
      ["ENCRYPTED PRIVATE KEY", "key-is-encrypted"],
      ["OPENSSH PRIVATE KEY", "key-is-openssh"],
      ["DSA PRIVATE KEY", "key-not-rsa"],
    ] as const).map(([label, code]) => [label, [() => randomPem(label), code]]),
  ),
  "an encrypted key with DEK-Info": [encryptedPkcs1Pem, "key-is-encrypted"],
  "an EC key": [ecSec1Pem, "key-not-rsa"],
  "an EC key after its parameters": [() => randomPem("EC PARAMETERS") + ecSec1Pem(), "key-not-rsa"],
  "base64 of a public key": [() => base64(publicPem()), "key-is-public"],
  "a path": [() => "keys/private_key.pem", "key-is-a-path"],
  "a path without the ending": [() => "/run/secrets/coze\n", "key-is-a-path"],
  "a path on Windows": [() => "C:\\keys\\new\\coze", "key-is-a-path"],
  "a path from home": [() => "~/coze", "key-is-a-path"],
  "a path in quotes": [() => '"keys/coze.p8"', "key-is-a-path"],
};
for (const [what, [make, code]] of Object.entries(UNUSABLE)) {
  Deno.test(`readPem() refuses ${what}`, () => {
    assertEquals(assertThrows(() => readPem(make()), CozeError).code, code);
  });
}

/** Replaces one character. */
function at(pem: string, line: number, column: number, character: string): string {
  const lines = pem.split("\n");
  const old = lines[line - 1]!;
  lines[line - 1] = old.slice(0, column - 1) + character + old.slice(column);
  return lines.join("\n");
}
const star = (pem: string) => at(pem, 3, 11, "*");
const block = (body: string) => `-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY-----\n`;
const lastColumn = (pem: string) => pem.split("\n").at(-3)!.length + 1;

/** Damage, and its place in the user's text. */
const DAMAGED: Record<string, [(pem: string) => Input, string, number, number?]> = {
  "an empty file": [() => "", "empty", 1, 1],
  "blank lines": [() => "\n \n", "empty", 1, 1],
  "no base64": [() => block(""), "empty", 1, 28],
  "other text": [() => "hello world, this is no key", "no-begin", 1, 1],
  "other text of base64 characters": [() => "hello world this is no key", "no-begin", 1, 1],
  "a run of dashes": [() => "-".repeat(1e6), "no-begin", 1, 1],
  "no BEGIN line": [(pem) => pem.slice(28), "no-begin", 1, 1],
  "half a BEGIN line": [(pem) => `a\n-----BEGIN PRIV\n${pem.slice(28, 99)}`, "begin-line", 2, 1],
  "a BEGIN line in small letters": [(pem) => pem.toLowerCase(), "begin-line", 1, 1],
  "no END line": [(pem) => pem.slice(0, 100), "no-end", 3, 8],
  "no END line, another key behind": [(pem) => `${pem.slice(0, 100)}\n${pem}`, "no-end", 3, 8],
  "another END line": [(pem) => pem.replace("END ", "END RSA "), "end-label", 28, 1],
  "an unknown label": [(pem) => `a\n${pem.replaceAll("PRIV", "ANY PRIV")}`, "label", 2, 1],
  "a foreign character": [star, "character", 3, 11],
  "an underscore of base64url": [(pem) => at(pem, 2, 1, "_"), "character", 2, 1],
  "a full-width letter": [(pem) => at(pem, 9, 64, "Ａ"), "character", 9, 64],
  "an ellipsis": [(pem) => at(pem, 4, 7, "…"), "character", 4, 7],
  "a single quote": [(pem) => at(pem, 4, 7, '"'), "character", 4, 7],
  "a CRLF file": [(pem) => star(pem).replaceAll("\n", "\r\n"), "character", 3, 11],
  "a file with lone CR": [(pem) => star(pem).replaceAll("\n", "\r"), "character", 3, 11],
  "a UTF-16 file": [(pem) => utf16(star(pem)), "character", 3, 11],
  "a key under a comment": [(pem) => `one\ntwo\n${star(pem)}`, "character", 5, 11],
  "literal \\n": [(pem) => star(pem).replaceAll("\n", "\\n"), "character", 1, 106],
  "a JSON array": [(pem) => JSON.stringify(star(pem).split("\n"), null, 2), "character", 4, 14],
  "no BEGIN line, a foreign character": [(pem) => withoutLines(star(pem)), "character", 2, 11],
  "base64 around it, a foreign character": [(pem) => at(base64(pem), 1, 9, "*"), "character", 1, 9],
  "padding in the middle": [(pem) => at(pem, 3, 11, "="), "character", 3, 11],
  "a lost character": [(pem) => at(pem, 3, 11, ""), "base64-length", 3, 64],
  "a lost character in the first line": [(pem) => at(pem, 2, 11, ""), "base64-length", 2, 64],
  "a doubled character": [(pem) => at(pem, 9, 11, "AA"), "base64-length", 9, 66],
  "a lost character in the last line": [
    (pem) => at(pem, 27, 1, ""),
    "base64-length",
    27,
    pkcs8Pem().split("\n").at(-3)!.length,
  ],
  "a run of padding": [() => block("=".repeat(1e6)), "base64-length", 2, 1e6 + 1],
  ...Object.fromEntries(["=", "A===", "====", "AAAAA"].map((body) => [
    body,
    [() => block(`${body}\n`), "base64-length", 2, body.length + 1],
  ])),
};
for (const [what, [make, reason, line, column]] of Object.entries(DAMAGED)) {
  Deno.test(`readPem() names line and column of the damage: ${what}`, () => {
    const error = assertThrows(() => readPem(make(pkcs8Pem())), CozeError);
    const place = { reason, line, column: column ?? lastColumn(pkcs8Pem()) };
    assertEquals([error.code, error.details], ["key-damaged", place]);
    assertMatch(error.message, new RegExp(`: line ${line}, column ${place.column}$`));
    const shown = error.stack + Deno.inspect(error) + JSON.stringify(error);
    for (const text of pkcs8Pem().split("\n").slice(1, 6)) {
      assert(!shown.includes(text.slice(12, 28)), "nothing of the key is shown (security 12)");
    }
  });
}

Deno.test("readPem() names the place in the text that was in base64", () => {
  const { details } = assertThrows(() => readPem(base64(star(pkcs8Pem()))), CozeError);
  assertEquals(details, { reason: "character", line: 3, column: 11, encoding: "base64" });
});
