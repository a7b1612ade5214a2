import { assertEquals, assertThrows } from "@std/assert";
import { type Shell, shellOf, shellWords } from "../../../../lib/doctor/pasted/shell_words.ts";
import { placeOf, traceAll } from "../../../../lib/doctor/pasted/traced.ts";
import { CozeError } from "../../../../lib/error.ts";

const words = (text: string, shell: Shell = "posix") =>
  shellWords(traceAll(text), shell).words.map(({ text }) => text);

const FORMS: [shell: Shell, text: string, words: string[]][] = [
  ["posix", "a b\tc", ["a", "b", "c"]],
  ["posix", `a'b c'd`, ["ab cd"]],
  ["posix", `'it'\\''s'`, ["it's"]],
  ["posix", `'\\n"$x'`, [`\\n"$x`]],
  ["posix", `"a\\"b\\\\c\\d"`, [`a"b\\c\\d`]],
  ["posix", `$'a\\n\\t\\'\\\\\\x41\\u0042\\101'`, ["a\n\t'\\AB101"]],
  ["posix", `a\\ b`, ["a b"]],
  ["posix", "a\\\nb \\\r\n c", ["ab", "c"]],
  ["posix", '"a\\\nb"', ["ab"]],
  ["posix", `""`, [""]],
  ["posix", "$A ${B} $(c d) `e` %FOO%", ["\ufffc", "\ufffc", "\ufffc", "\ufffc", "\ufffc"]],
  ["posix", `"Bearer $JWT"`, ["Bearer \ufffc"]],
  ["posix", "a | b", ["a"]],
  ["posix", "a; b", ["a"]],
  ["posix", "a > b", ["a"]],
  ["posix", "a # b", ["a"]],
  ["posix", "a\nb", ["a"]],
  ["posix", "a\n  -b", ["a", "-b"]],
  ["posix", "a%E4%BD%A0", ["a%E4%BD%A0"]],
  ["cmd", 'a ^\r\n  ^"b c^" "d^e" f^&g', ["a", "b c", "d^e", "f&g"]],
  ["cmd", '^"^{^\\^"a^\\^":1^}^"', ['{"a":1}']],
  ["cmd", '"{\\"a\\":""b""} %JWT%"', ['{"a":"b"} \ufffc']],
  ["powershell", 'a `\n  \'b\'\'c\' "d`"e""f" $env:JWT', ["a", "b'c", 'd"e"f', "\ufffc"]],
  ["powershell", `'{\\"a\\":1}'`, ['{"a":1}']],
];
for (const [shell, text, expected] of FORMS) {
  Deno.test(`shellWords() of ${shell} reads ${JSON.stringify(text)}`, () => {
    assertEquals(words(text, shell), expected);
  });
}

Deno.test("shellWords() knows where each word and each character stood", () => {
  const text = `a 'b c'"\\"d" $JWT`;
  const [, second, third] = shellWords(traceAll(text), "posix").words;
  assertEquals(text.slice(second!.from[3], second!.to[3]), '\\"');
  assertEquals(placeOf(second!), { from: 3, to: 11 });
  const { from, to } = placeOf(third!);
  assertEquals(text.slice(from, to), "$JWT");
});

for (const text of ["a 'b", 'a "b', "a $'b\\'", "'", '"']) {
  Deno.test(`shellWords() refuses ${text}, whose quote is not closed`, () => {
    const error = assertThrows(() => words(text), CozeError) as CozeError;
    assertEquals([error.code, error.details.reason], ["usage", "quote"]);
    assertEquals(error.details.offset, text.search(/\$?['"]/));
  });
}

Deno.test("shellOf() tells shells by how lines are continued", () => {
  const lines = ["curl a \\\n b", "curl a ^\r\n b", 'curl ^"a^"', "curl a `\n b", "curl `x`"];
  assertEquals(lines.map(shellOf), ["posix", "cmd", "cmd", "powershell", "posix"]);
});
