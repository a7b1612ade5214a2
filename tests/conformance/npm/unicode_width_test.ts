// The contract of std's unicodeWidth() for what our sanitiser lets through. These tests pass
// against the package and against npm/std_cli_unicode_width.ts.

import { assertEquals } from "@std/assert";
import { unicodeWidth } from "./unicode_width.ts";

const CASES: Record<string, [text: string, cells: number][]> = {
  "counts one cell for ASCII": [["", 0], ["a", 1], ["bot-2 (draft)", 13], [" ", 1]],
  "counts one cell for letters with accents, Cyrillic and Greek": [["é", 1], ["Жук", 3], ["λ", 1]],
  "counts two cells for Chinese, Japanese and Korean": [
    ["扣子", 4],
    ["智能体 node-chat2", 17],
    ["カタカナ", 8],
    ["한글", 4],
  ],
  "counts two cells for full-width forms and punctuation": [["Ａ１", 4], ["（，。）", 8]],
  "counts no cell for combining marks": [["e\u0301", 1], ["a\u0308o\u0308", 2]],
  "counts one cell for the marks of a shortened text": [["…", 1], ["扣…", 3]],
};

for (const [criterion, cases] of Object.entries(CASES)) {
  Deno.test(`unicodeWidth() ${criterion}`, () => {
    for (const [text, cells] of cases) assertEquals(unicodeWidth(text), cells, text);
  });
}

// Not tested, as our sanitiser takes it out first: controls, escape sequences, zero-width marks.
// Nor emoji of several code points, which terminals themselves count differently.
