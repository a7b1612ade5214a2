import { assert, assertEquals } from "@std/assert";
import { renderTable } from "../../../lib/cli/table.ts";
import { unicodeWidth } from "../../../lib/cli/unicode_width.ts";
import { textOf } from "../../property/arbitraries.ts";
import * as fc from "../../testing/fast_check.ts";
import { hold, holdClean } from "../../property/holds.ts";

const HEAD = ["ID", "NAME", "ROLE"];

Deno.test("renderTable() pads columns by what a terminal shows", () => {
  const rows = [["7", "扣子空间", "owner"], ["42", "a e\u0301", "member"], ["1", "", "admin"]];
  assertEquals(
    renderTable(HEAD, rows, { terminal: true }),
    [
      "ID  NAME      ROLE",
      "7   扣子空间  owner",
      "42  a e\u0301       member",
      "1             admin",
    ].join("\n"),
  );
});

Deno.test("renderTable() without rows shows people the head, and programs nothing", () => {
  assertEquals(renderTable(HEAD, [], { terminal: true }), "ID  NAME  ROLE");
  assertEquals(renderTable(HEAD, [], { terminal: false }), "");
});

Deno.test("renderTable() gives programs one record a line, in full and without head", () => {
  const long = "长".repeat(100);
  assertEquals(
    renderTable(HEAD, [["7", "a\tb\nc\r\nd", long], ["8", "", "x"]], { terminal: false }),
    `7\ta b c d\t${long}\n8\t\tx`,
  );
});

Deno.test("renderTable() shortens long values, and leaves those that just fit", () => {
  const shown = (value: string, limit: number) =>
    renderTable(["N"], [[value]], { terminal: true, limit }).split("\n")[1];
  assertEquals(shown("abcdef", 6), "abcdef");
  assertEquals(shown("abcdefg", 6), "abcde…");
  assertEquals(shown("扣子扣", 6), "扣子扣");
  assertEquals(shown("扣子扣子", 6), "扣子…");
  assertEquals(shown("a扣子扣", 6), "a扣子…");
  assertEquals(shown("abcde\u0301f\u0301", 6), "abcde\u0301f\u0301");
  assertEquals(shown("👍👍👍👍", 6), "👍👍…");
  assertEquals(shown("x".repeat(41), 40)?.length, 40);
});

Deno.test("renderTable() takes out what could steer a terminal (security 11)", () => {
  for (const terminal of [true, false]) {
    const shown = renderTable(["N"], [["a\x1b[2J\u202eb\x1b]52;c;eA==\x07"]], { terminal });
    assertEquals(shown.split("\n").at(-1), "ab");
  }
  const text = textOf("扣子", "a", " ", "e\u0301").map((text) => text.slice(0, 2000));
  const rows = fc.array(fc.tuple(text, text), { maxLength: 5 });
  fc.assert(fc.property(rows, fc.boolean(), (rows, terminal) => {
    const shown = renderTable(["ONE", "TWO"], rows, { terminal, limit: 10 });
    holdClean(shown, "a table");
    const lines = shown.split("\n");
    hold(lines.length === Math.max(1, rows.length + (terminal ? 1 : 0)), "a line for each");
    if (!terminal) return;
    hold(!shown.includes("\t"), "no tabs for people");
  }));
});

Deno.test("renderTable() keeps each line of people's tables within its limits", () => {
  const text = fc.array(fc.constantFrom("扣", "a", " ", "e\u0301", "Ａ")).map((all) =>
    all.join("")
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), fc.integer({ min: 3, max: 9 }), (rows, limit) => {
      const [head, ...lines] = renderTable(["A", "B"], rows, { terminal: true, limit }).split("\n");
      for (const line of lines) assert(unicodeWidth(line) <= 2 * limit + 2);
      // The second column begins at the same cell in each line, behind two blanks.
      const at = head!.indexOf("B");
      for (const line of lines) {
        let before = "";
        for (const letter of line) if (unicodeWidth(before) < at) before += letter;
        if (unicodeWidth(before) < at) continue;
        assert(unicodeWidth(before) === at && before.endsWith("  "), line);
      }
    }),
  );
});
