import { assertEquals, assertThrows } from "@std/assert";
import { readEnvFile } from "../../../lib/cli/env_file.ts";
import { CozeError } from "../../../lib/error.ts";

const read = (text: string) => readEnvFile(new TextEncoder().encode(text), "keys/.env");

const ACCEPTED: [name: string, text: string, expected: Record<string, string>][] = [
  ["plain values", "A=1\nB=two\n", { A: "1", B: "two" }],
  ["comments, blank lines and export", "# c\n\n  export A=1 # why\n", { A: "1" }],
  ["blanks around the equals sign", "A = 1 \n", { A: "1" }],
  ["CRLF and a byte order mark", "\ufeffA=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["single quotes with $, # and double quotes", `A='a$b # "c"'\n`, { A: `a$b # "c"` }],
  ["double quotes with \\n", `A="a\\nb"\n`, { A: "a\nb" }],
  ["a value of several lines in quotes", `A='a\nb'\nB=2\n`, { A: "a\nb", B: "2" }],
  ["an empty value, with a comment too", "A=\nB=   # c\nC=2\n", { A: "", B: "", C: "2" }],
  ["a key id with - and _", "A=_v0VjcM-KQOhtuD5k\n", { A: "_v0VjcM-KQOhtuD5k" }],
  ["a URL", "A=http://127.0.0.1:8080\n", { A: "http://127.0.0.1:8080" }],
  ["an empty file", "", {}],
];
for (const [name, text, expected] of ACCEPTED) {
  Deno.test(`readEnvFile() accepts ${name}`, () => assertEquals({ ...read(text) }, expected));
}

const REFUSED: [name: string, text: string, reason: string, line: number, column: number][] = [
  ["an unquoted $", "A=1\nB=a$HOME\n", "dollar", 2, 4],
  ["a value that names itself", "A=$A\n", "dollar", 1, 3],
  ["an unclosed double quote", 'A="1\nB=2\n', "quote", 1, 3],
  ["an unclosed single quote", "A='1\n", "quote", 1, 3],
  ["a stray quote", "A=ab'c\n", "quote", 1, 5],
  ["text after the closing quote", "A='1' 2\n", "quote", 1, 7],
  ["a line without =", "A=1\nhello\n", "line", 2, 1],
  ["a name with a dash", "A-B=1\n", "line", 1, 1],
  ["a raw multi-line PEM", "A=-----BEGIN PRIVATE KEY-----\nMIIE\n", "multi-line", 1, 3],
  ["a # inside a value", "A=a#b\n", "hash", 1, 4],
  ["a name that stands twice", "A=1\nA=2\n", "duplicate", 2, 1],
  ["NUL bytes", "A=1\0\n", "encoding", 1, 1],
  ["separators that end a line for the parser", "A='\u2028$A'\n", "encoding", 1, 1],
];
for (const [name, text, reason, line, column] of REFUSED) {
  Deno.test(`readEnvFile() refuses ${name} with line and column`, () => {
    const error = assertThrows(() => read(text), CozeError);
    assertEquals(error.code, "config-file-malformed");
    assertEquals(error.details, { source: "keys/.env", reason, line, column });
  });
}

Deno.test("readEnvFile() refuses what is not UTF-8", () => {
  const utf16 = new Uint8Array([0xff, 0xfe, 0x41, 0, 0x3d, 0]);
  const error = assertThrows(() => readEnvFile(utf16, "keys/.env"), CozeError);
  assertEquals(error.details.reason, "encoding");
});

Deno.test("readEnvFile() says nothing of the text of a line it refuses (security 12)", () => {
  const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
  const error = assertThrows(() => read(`A=1\n${secret}\n`), CozeError);
  assertEquals(Deno.inspect(error).includes(secret), false);
});
