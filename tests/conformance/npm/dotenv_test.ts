// The contract of dotenv's parse() for what our guard lets through. These tests pass against the
// package and against npm/std_dotenv_parse.ts.

import { assertEquals } from "@std/assert";
import { parse } from "./dotenv.ts";

const PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQ+/=\n-----END PRIVATE KEY-----";

const CASES: Record<string, [text: string, values: Record<string, string>][]> = {
  "reads KEY=value lines": [
    ["A=1\nB_2=x y\n_c=a=b\n", { A: "1", B_2: "x y", _c: "a=b" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["\n\n  A = 1\n\n\tB\t=\t2", { A: "1", B: "2" }],
    ["", {}],
  ],
  "reads an optional export": [
    ["export A=1\n  export  B=2\nexport\tC=3\nexport D=\n", { A: "1", B: "2", C: "3", D: "" }],
    ["export=1", { export: "1" }],
  ],
  "leaves out comments and blank lines": [
    ["# A=0\nA=1\n   # B=2\n\n#\n", { A: "1" }],
    ["# it's\nA='x'\n# say \"\nB=y\n # =`\nC=z", { A: "x", B: "y", C: "z" }],
  ],
  "cuts a value without quotes at # and trims it": [
    ["A=a#b\nB=a #c\nC= a b  \nD=#c\n", { A: "a", B: "a", C: "a b", D: "" }],
    ["A=x\u3000\nB=\u00a0x\n", { A: "x", B: "x" }],
    ['A=a\\nb\nB=it\'s\nC=x"y"\n', { A: "a\\nb", B: "it's", C: 'x"y"' }],
  ],
  "keeps single quotes raw": [
    ["A='x # y'\nB=' a\\nb '\nC='say \"hi\"'\n", { A: "x # y", B: " a\\nb ", C: 'say "hi"' }],
  ],
  "expands \\n, \\r and \\t in double quotes": [
    ['A="a\\nb\\r\\n\\tc"\nB=" x # y "\nC="it\'s"\n', {
      A: "a\nb\r\n\tc",
      B: " x # y ",
      C: "it's",
    }],
    ['A="\\u0041\\k"\n', { A: "\\u0041\\k" }],
    ['A="\\nx\\n"\n', { A: "\nx\n" }],
  ],
  "takes \\\", \\' and \\\\ in double quotes for a character of the value": [
    ['A="a\\"b"\nB="it\\\'s"\nC="a\\\\b"\n', { A: 'a"b', B: "it's", C: "a\\b" }],
    ['A="x\\\\"\nB=1\n', { A: "x\\", B: "1" }],
    ['A="\\\\n"\n', { A: "\\n" }],
    ['A="x\\\ny"\n', { A: "x\\\ny" }],
    ['A="C:\\keys\\"\nB="2"\n', { A: 'C:\\keys"\nB=' }],
    ["A='x\\'\nB='y'\n", { A: "x\\", B: "y" }],
  ],
  "allows a comment behind the closing quote": [
    ["A='x' # c\nB=\"y\"#c\nC='' # 'z'\nD=\"\" # \"z\"\n", { A: "x", B: "y", C: "", D: "" }],
  ],
  "reads a quoted value of several lines": [
    [`A="${PEM}"\nB=1\n`, { A: PEM, B: "1" }],
    [`A='${PEM}'\nB=1\n`, { A: PEM, B: "1" }],
    ['A="x\r\ny"\r\nB=1\r\n', { A: "x\r\ny", B: "1" }],
    ["A='x\nB=2\n# y'\nC=3\n", { A: "x\nB=2\n# y", C: "3" }],
  ],
  "drops one line break next to each quote": [
    [`A="\n${PEM}\n"\n`, { A: PEM }],
    ["A='\n\nx\n\n'\nB=\"\r\nx\r\n\"\n", { A: "\nx\n", B: "x" }],
  ],
  "reads empty values": [
    ["A=\nB= \nC=''\nD=\"\"\nE= # c\nF=x\n", { A: "", B: "", C: "", D: "", E: "", F: "x" }],
    ["A= \r\nB=\t\r\nC=1\r\n", { A: "", B: "", C: "1" }],
  ],
  "lets the last of several win": [
    ["A=1\nA='2'\nB=1\nB=\n", { A: "2", B: "" }],
  ],
};

for (const [criterion, cases] of Object.entries(CASES)) {
  Deno.test(`parse() ${criterion}`, () => {
    for (const [text, values] of cases) {
      assertEquals({ ...parse(text) }, values, JSON.stringify(text));
    }
  });
}

// Not tested, as our grammar refuses them first and the package is not to see them: a `$` outside
// quotes (the package asks the environment, and `A=$A` never ends); a key that is no identifier
// (the package prints it raw and leaves it out, the stand-in only leaves it out); an unclosed quote
// and a value that begins with a backtick (the package keeps them as they are).
