import { assertEquals, assertThrows } from "@std/assert";
import { readEnvFile } from "../../../../lib/cli/config/env_file.ts";
import { CozeError } from "../../../../lib/error.ts";

const read = (text: string) => readEnvFile(new TextEncoder().encode(text), "keys/.env");

const ACCEPTED: [name: string, text: string, expected: Record<string, string>][] = [
  ["plain values", "A=1\nB=two\n", { A: "1", B: "two" }],
  ["comments, blank lines and export", "# c\n\n  export A=1 # why\n", { A: "1" }],
  ["blanks around the equals sign", "A = 1 \n", { A: "1" }],
  ["CRLF and a byte order mark", "\ufeffA=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["single quotes with $, # and double quotes", `A='a$b # "c"'\n`, { A: `a$b # "c"` }],
  ["double quotes with \\n and \\r", `A="a\\r\\nb"\n`, { A: "a\r\nb" }],
  ["a backslash outside double quotes", "A=C:\\keys\\\nB='C:\\new\\'\n", {
    A: "C:\\keys\\",
    B: "C:\\new\\",
  }],
  ["a value of several lines in quotes", `A='a\nb'\nB=2\n`, { A: "a\nb", B: "2" }],
  ["an empty value, with a comment too", "A=\nB=   # c\nC=2\n", { A: "", B: "", C: "2" }],
  ["a key id with - and _", "A=_v0VjcM-KQOhtuD5k\n", { A: "_v0VjcM-KQOhtuD5k" }],
  ["a URL", "A=http://127.0.0.1:8080\n", { A: "http://127.0.0.1:8080" }],
  ["an empty file", "", {}],
];
for (const [name, text, expected] of ACCEPTED) {
  Deno.test(`readEnvFile() accepts ${name}`, () => assertEquals({ ...read(text) }, expected));
}

// Of a character that cannot be seen, only the number is told.
const REFUSED: [name: string, text: string, reason: string, place: string, character: string][] = [
  ["an unquoted $", "A=1\nB=a$HOME\n", "dollar", "2:4", '"$"(U+0024)'],
  ["a value that names itself", "A=$A\n", "dollar", "1:3", '"$"(U+0024)'],
  ["an unclosed double quote", 'A="1\nB=2\n', "unclosed", "1:3", `'"'(U+0022)`],
  ["an unclosed single quote", "A='1\n", "unclosed", "1:3", `"'"(U+0027)`],
  ["a quote that a later line closes", "A='1\nB='2'\n", "unclosed", "1:3", `"'"(U+0027)`],
  ["a stray quote", "A=ab'c\n", "quote", "1:5", `"'"(U+0027)`],
  ["text after the closing quote", "A='1' 2\n", "after-quote", "1:7", '"2"(U+0032)'],
  ["a comment right after the closing quote", "A='1'#\n", "after-quote", "1:6", '"#"(U+0023)'],
  ['\\" at the end of double quotes', 'A="$X\\"\n', "backslash", "1:6", '"\\"(U+005C)'],
  ["a path of Windows in double quotes", 'A="C:\\keys\\"\n', "backslash", "1:6", '"\\"(U+005C)'],
  ["\\\\n in double quotes", 'A="a\\\\nb"\n', "backslash", "1:5", '"\\"(U+005C)'],
  ["a backslash on a later line of a value", 'A="1\n2\\t"\n', "backslash", "2:2", '"\\"(U+005C)'],
  ["a line without =", "A=1\nhello\n", "line", "2:6", "EOL"],
  ["a last line without =", "hello", "line", "1:6", "EOF"],
  ["a name with a dash", "A-B=1\n", "line", "1:2", '"-"(U+002D)'],
  ["an ideographic space", "A\u3000=1\n", "line", "1:2", "U+3000"],
  ["a full-width colon", "A：1\n", "separator", "1:2", '"："(U+FF1A)'],
  ["a full-width equals sign", "A ＝ 1\n", "separator", "1:3", '"＝"(U+FF1D)'],
  ["a colon, as in YAML", "A: 1\n", "separator", "1:2", '":"(U+003A)'],
  [
    "a raw multi-line PEM",
    "A=-----BEGIN PRIVATE KEY-----\nMIIE\n",
    "multi-line",
    "1:3",
    '"-"(U+002D)',
  ],
  ["a # inside a value", "A=a#b\n", "hash", "1:4", '"#"(U+0023)'],
  ["a name that stands twice", "A=1\nA=2\n", "duplicate", "2:1", '"A"(U+0041)'],
  ["NUL", "A=1\0\n", "control", "1:4", "U+0000"],
  ["what ends a line for the parser only", "A='\u2028$A'\n", "control", "1:4", "U+2028"],
];
for (const [name, text, reason, place, character] of REFUSED) {
  Deno.test(`readEnvFile() refuses ${name} with line, column and character`, () => {
    const { code, details } = assertThrows(() => read(text), CozeError);
    assertEquals([code, details.source, details.reason], [
      "config-file-malformed",
      "keys/.env",
      reason,
    ]);
    assertEquals([`${details.line}:${details.column}`, details.character], [place, character]);
  });
}

const UNDECODABLE: [name: string, bytes: number[], reason: string, place: string][] = [
  ["UTF-16 with a byte order mark", [0xff, 0xfe, 0x41, 0], "utf-16", "1:1"],
  ["UTF-16, big endian", [0xfe, 0xff, 0, 0x41], "utf-16", "1:1"],
  ["UTF-16 without a byte order mark", [0x41, 0, 0x3d, 0], "utf-16", "1:1"],
  // A=1, and 你 in a comment.
  ["GBK", [0x41, 0x3d, 0x31, 0x0a, 0x23, 0xc4, 0xe3], "not-utf-8", "2:2"],
];
for (const [name, bytes, reason, place] of UNDECODABLE) {
  Deno.test(`readEnvFile() refuses ${name}`, () => {
    const read = () => readEnvFile(new Uint8Array(bytes), "keys/.env");
    const { details } = assertThrows(read, CozeError);
    assertEquals([details.reason, `${details.line}:${details.column}`], [reason, place]);
  });
}

const GOOD_LINES: [text: string, expected: Record<string, string>][] = [
  ["A=1\nB=$X\nC=3\n", { A: "1", C: "3" }],
  ["A=1\nB：2\nhello\nC=3\n", { A: "1", C: "3" }],
  ['A="1\nB=2\n', { B: "2" }],
  ["A='1\nB='2'\nC=3\n", { B: "2", C: "3" }],
  ['A="\\k"\nB="2"\n', { B: "2" }],
  ["A=1\nA=2\nB=3\n", { A: "1", B: "3" }],
  ["A=-----BEGIN PRIVATE KEY-----\nMI+E\n-----END PRIVATE KEY-----\nB=2\n", { B: "2" }],
];
for (const [text, expected] of GOOD_LINES) {
  Deno.test(`readEnvFile() reports the first fault of ${JSON.stringify(text)}, reads the other lines`, () => {
    const problems: unknown[] = [];
    const bytes = new TextEncoder().encode(text);
    const values = readEnvFile(bytes, "keys/.env", (problem) => problems.push(problem));
    assertEquals([{ ...values }, problems.length], [expected, 1]);
  });
}

Deno.test("readEnvFile() says nothing of the text of a line it refuses (security 12)", () => {
  const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
  for (const text of [`A=1\n${secret}\n`, `A="${secret}\\"\n`, `A=${secret}\nA=2\n`]) {
    const error = assertThrows(() => read(text), CozeError);
    assertEquals(Deno.inspect(error).includes(secret), false);
  }
});
