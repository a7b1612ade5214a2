import { assertEquals } from "@std/assert";
import { renderTable } from "../../../lib/cli/table.ts";
import { textOf } from "../../property/arbitraries.ts";
import { hold, holdClean } from "../../property/holds.ts";
import * as fc from "../../testing/fast_check.ts";

const HEAD = ["ID", "NAME", "ROLE"];

Deno.test("renderTable() pads columns by what a terminal shows", () => {
  const rows = [["7", "扣子空间", "owner"], ["42", "a e\u0301", "member"], ["1", "", "admin"]];
  assertEquals(renderTable(HEAD, rows, { terminal: true }).split("\n"), [
    "ID  NAME      ROLE",
    "7   扣子空间  owner",
    "42  a e\u0301       member",
    "1             admin",
  ]);
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
  const rows: [value: string, limit: number, shown: string][] = [
    ["abcdef", 6, "abcdef"],
    ["abcdefg", 6, "abcde…"],
    ["扣子扣", 6, "扣子扣"],
    ["扣子扣子", 6, "扣子…"],
    ["a扣子扣", 6, "a扣子…"],
    ["abcde\u0301f\u0301", 6, "abcde\u0301f\u0301"],
    ["👍👍👍👍", 6, "👍👍…"],
    ["x".repeat(41), 40, `${"x".repeat(39)}…`],
  ];
  for (const [value, limit, shown] of rows) {
    assertEquals(renderTable(["N"], [[value]], { terminal: true, limit }), `N\n${shown}`);
  }
});

Deno.test("renderTable() takes out what could steer a terminal (security 11)", () => {
  const text = textOf("扣子", "a", " ", "e\u0301").map((text) => text.slice(0, 2000));
  const rows = fc.array(fc.tuple(text, text), { maxLength: 5 });
  fc.assert(fc.property(rows, fc.boolean(), (rows, terminal) => {
    const shown = renderTable(["ONE", "TWO"], rows, { terminal, limit: 10 });
    holdClean(shown, "a table");
    const lines = shown.split("\n");
    hold(lines.length === Math.max(1, rows.length + (terminal ? 1 : 0)), "a line for each");
    if (terminal) hold(!shown.includes("\t"), "no tabs for people");
  }));
});
