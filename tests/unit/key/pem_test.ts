import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { CozeError } from "../../../lib/error.ts";
import { readPem } from "../../../lib/key/pem.ts";
import {
  bytesOf,
  ecSec1Pem,
  encryptedPkcs1Pem,
  pkcs1Pem,
  pkcs8Pem,
  randomPem,
} from "../../testing/keys.ts";

type Input = string | Uint8Array;

const utf16 = (text: string, order: "le" | "be"): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return order === "le" ? bytes : bytes.swap16();
};
const oneLine = (text: string, glue: string) => text.trimEnd().replaceAll("\n", glue);

/** What was done to a good file, and which repairs are to be reported. */
const REPAIRED: Record<string, [make: (pem: string) => Input, repairs: string[]]> = {
  "nothing": [(pem) => pem, []],
  "nothing, as bytes": [(pem) => Buffer.from(pem), []],
  "a byte order mark": [(pem) => `\ufeff${pem}`, ["bom"]],
  "a byte order mark, as bytes": [(pem) => Buffer.from(`\ufeff${pem}`), ["bom"]],
  "UTF-16, little end first": [(pem) => utf16(pem, "le"), ["utf-16"]],
  "UTF-16, big end first": [(pem) => utf16(pem, "be"), ["utf-16"]],
  "double quotes": [(pem) => `"${pem}"`, ["quotes"]],
  "single quotes and blanks": [(pem) => ` '${pem}' \n`, ["quotes"]],
  "backticks": [(pem) => `\`${pem}\``, ["quotes"]],
  "literal \\n": [(pem) => pem.replaceAll("\n", "\\n"), ["escaped-newlines"]],
  "literal \\r\\n": [(pem) => pem.replaceAll("\n", "\\r\\n"), ["escaped-newlines"]],
  "quotes around literal \\n": [
    (pem) => `"${pem.replaceAll("\n", "\\n")}"`,
    ["quotes", "escaped-newlines"],
  ],
  "CRLF": [(pem) => pem.replaceAll("\n", "\r\n"), ["crlf"]],
  "lone CR": [(pem) => pem.replaceAll("\n", "\r"), ["crlf"]],
  "indentation by blanks": [(pem) => pem.replaceAll(/^/gm, "  "), ["indentation"]],
  "indentation by tabs": [(pem) => pem.replaceAll(/^(?=.)/gm, "\t"), ["indentation"]],
  "line breaks lost to blanks": [(pem) => `${oneLine(pem, " ")}\n`, ["line-breaks"]],
  "line breaks lost to nothing": [(pem) => `${oneLine(pem, "")}\n`, ["line-breaks"]],
  "no final newline": [(pem) => pem.trimEnd(), ["final-newline"]],
  "everything at once": [
    (pem) => utf16(`"${oneLine(pem, "\\n")}"`, "le"),
    ["utf-16", "quotes", "escaped-newlines", "final-newline"],
  ],
};

for (const [what, [make, repairs]] of Object.entries(REPAIRED)) {
  Deno.test(`readPem() reads a key with ${what}`, () => {
    const block = readPem(make(pkcs8Pem()));
    assertEquals(Buffer.from(block.der).equals(bytesOf(pkcs8Pem())), true);
    assertEquals([block.label, block.repairs, block.blocks], ["PRIVATE KEY", repairs, 1]);
  });
}

Deno.test("readPem() takes the first private key among several blocks", () => {
  const others = randomPem("CERTIFICATE") + randomPem("PUBLIC KEY");
  const block = readPem(`note\n${others}${pkcs1Pem()}\n${pkcs8Pem()}`);
  assertEquals([block.label, block.blocks], ["RSA PRIVATE KEY", 4]);
  assertEquals(Buffer.from(block.der).equals(bytesOf(pkcs1Pem())), true);
});

Deno.test("readPem() prefers a key it can use to one that it cannot", () => {
  for (const label of ["EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
    const block = readPem(randomPem(label) + pkcs8Pem());
    assertEquals([block.label, block.blocks], ["PRIVATE KEY", 2]);
  }
});

Deno.test("readPem() leaves the caller's bytes as they are (security 4)", () => {
  for (const [make] of Object.values(REPAIRED)) {
    const input = make(pkcs8Pem());
    if (typeof input === "string") continue;
    const before = Uint8Array.from(input);
    readPem(input).der.fill(0);
    assert(Buffer.from(before).equals(input));
  }
});

const UNUSABLE: Record<string, [make: () => string, code: string]> = {
  "a public key": [() => randomPem("PUBLIC KEY"), "key-is-public"],
  "an RSA public key": [() => randomPem("RSA PUBLIC KEY"), "key-is-public"],
  "a certificate": [() => randomPem("CERTIFICATE"), "key-is-certificate"],
  "an X509 certificate": [() => randomPem("X509 CERTIFICATE"), "key-is-certificate"],
  "a trusted certificate": [() => randomPem("TRUSTED CERTIFICATE"), "key-is-certificate"],
  "an encrypted key": [() => randomPem("ENCRYPTED PRIVATE KEY"), "key-is-encrypted"],
  "an encrypted key with DEK-Info": [encryptedPkcs1Pem, "key-is-encrypted"],
  "an OpenSSH key": [() => randomPem("OPENSSH PRIVATE KEY"), "key-is-openssh"],
  "an EC key": [ecSec1Pem, "key-not-rsa"],
  "an EC key after its parameters": [
    () => `${randomPem("EC PARAMETERS")}${ecSec1Pem()}`,
    "key-not-rsa",
  ],
  "a DSA key": [() => randomPem("DSA PRIVATE KEY"), "key-not-rsa"],
  "a path": [() => "keys/private_key.pem", "key-is-a-path"],
  "a path without the ending": [() => "/run/secrets/coze\n", "key-is-a-path"],
  "a path on Windows": [() => "C:\\keys\\coze", "key-is-a-path"],
  "a path from home": [() => "~/coze", "key-is-a-path"],
};

for (const [what, [make, code]] of Object.entries(UNUSABLE)) {
  Deno.test(`readPem() knows ${what}`, () => {
    assertEquals(assertThrows(() => readPem(make()), CozeError).code, code);
  });
}

/** Where the text is damaged: line 3, column 11 for most. */
const DAMAGED: Record<string, [(pem: string) => Input, string, number, number]> = {
  "an empty file": [() => "", "empty", 1, 1],
  "blank lines": [() => "\n \n", "empty", 1, 1],
  "no base64": [() => "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "empty", 1, 28],
  "some other text": [() => "hello world, this is no key", "no-begin", 1, 1],
  "base64 without BEGIN": [(pem) => pem.split("\n").slice(1, -2).join("\n"), "no-begin", 1, 1],
  "a BEGIN line with too few dashes": [(pem) => `a\n${pem.slice(1)}`, "begin-line", 2, 1],
  "a BEGIN line in small letters": [(pem) => pem.toLowerCase(), "begin-line", 1, 1],
  "no END line": [(pem) => pem.slice(0, 100), "no-end", 3, 8],
  "another END line": [(pem) => pem.replace("END ", "END RSA "), "end-label", 28, 1],
  "a foreign character": [star, "character", 3, 11],
  "an underscore of base64url": [(pem) => at(pem, 2, 1, "_"), "character", 2, 1],
  "a full-width letter": [(pem) => at(pem, 9, 64, "Ａ"), "character", 9, 64],
  "a zero-width blank": [(pem) => at(pem, 5, 30, "\u200b"), "character", 5, 30],
  "an ellipsis": [(pem) => at(pem, 4, 7, "…"), "character", 4, 7],
  "a CRLF file": [(pem) => star(pem).replaceAll("\n", "\r\n"), "character", 3, 11],
  "a UTF-16 file": [(pem) => utf16(star(pem), "be"), "character", 3, 11],
  "a key under a comment": [(pem) => `one\ntwo\n${star(pem)}`, "character", 5, 11],
  "padding in the middle": [(pem) => at(pem, 3, 11, "="), "character", 3, 11],
};

/** Puts a character in the place of another; the last line but one of the key is short. */
function at(pem: string, line: number, column: number, character: string): string {
  const lines = pem.split("\n");
  const old = lines[line - 1]!;
  lines[line - 1] = old.slice(0, column - 1) + character + old.slice(column);
  return lines.join("\n");
}

function star(pem: string): string {
  return at(pem, 3, 11, "*");
}

for (const [what, [make, reason, line, column]] of Object.entries(DAMAGED)) {
  Deno.test(`readPem() names line and column of the damage: ${what}`, () => {
    const input = make(pkcs8Pem());
    const error = assertThrows(() => readPem(input), CozeError);
    assertEquals([error.code, error.details], ["key-damaged", { reason, line, column }]);
    assertMatch(error.message, new RegExp(`: line ${line}, column ${column}$`));
  });
}

Deno.test("readPem() names the end of the base64 when a character is lost", () => {
  const lines = pkcs8Pem().trimEnd().split("\n");
  const pem = pkcs8Pem().replace(/(?<=\n.{10})./, "");
  const { code, details } = assertThrows(() => readPem(pem), CozeError);
  const [line, column] = [lines.length - 1, lines.at(-2)!.length + 1];
  assertEquals([code, details], ["key-damaged", { reason: "base64-length", line, column }]);
});

const blockOf = (base64: string) =>
  `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;

for (const base64 of ["=", "A===", "====", "AAAAA"]) {
  Deno.test(`readPem() refuses ${base64} as base64`, () => {
    const { code, details } = assertThrows(() => readPem(blockOf(base64)), CozeError);
    assertEquals([code, details.reason], ["key-damaged", "base64-length"]);
  });
}

Deno.test("readPem() ends soon on long runs of dashes and of padding", () => {
  const texts = [["-".repeat(1e6), "no-begin"], [blockOf("=".repeat(1e6)), "base64-length"]];
  for (const [text, reason] of texts) {
    assertEquals(assertThrows(() => readPem(text!), CozeError).details.reason, reason);
  }
});

Deno.test("readPem() says of binary DER what it is", () => {
  const error = assertThrows(() => readPem(new Uint8Array(bytesOf(pkcs8Pem()))), CozeError);
  assertEquals([error.code, error.details], ["key-damaged", { reason: "binary" }]);
});

Deno.test("readPem() shows nothing of the key in its errors (security 12)", () => {
  for (const [make] of Object.values(DAMAGED)) {
    const error = assertThrows(() => readPem(make(pkcs8Pem())), CozeError);
    const shown = error.stack + Deno.inspect(error) + JSON.stringify(error);
    for (const line of pkcs8Pem().split("\n").slice(1, 6)) {
      assert(!shown.includes(line.slice(12, 28)), error.message);
    }
  }
});
