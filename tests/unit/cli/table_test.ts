import { assertEquals } from "@std/assert";
import { align, printTable } from "../../../lib/cli/table.ts";
import { unicodeWidth } from "../../../lib/cli/unicode_width.ts";
import type { Context } from "../../../lib/cli/context.ts";

Deno.test("align() pads columns by what a terminal shows", () => {
  const rows = [["7", "扣子空间", "owner"], ["42", "a e\u0301", "member"], ["1", "", "admin"]];
  assertEquals(align([["ID", "NAME", "ROLE"], ...rows], unicodeWidth), [
    "ID  NAME      ROLE",
    "7   扣子空间  owner",
    "42  a e\u0301       member",
    "1             admin",
  ]);
});

async function printed(rows: string[][], stdoutIsTerminal: boolean): Promise<string | undefined> {
  let shown: string | undefined;
  const content = (text: string) => shown = text;
  const context = {
    io: { stdoutIsTerminal },
    output: { json: false, content },
    text: (key: string) => key,
  };
  await printTable(context as unknown as Context, rows, ["column.id", "column.name"], (row) => row);
  return shown;
}

Deno.test("printTable() gives programs one record a line, in full and without head", async () => {
  const long = "长".repeat(100);
  assertEquals(
    await printed([["7", "a\tb\nc\r\nd\x1b[2J"], ["8", long]], false),
    `7\ta b c d\n8\t${long}`,
  );
  assertEquals(await printed([], false), undefined);
});

Deno.test("printTable() without rows shows people the head", async () => {
  assertEquals(await printed([], true), "column.id  column.name");
});

Deno.test("printTable() shortens values of more than 40 cells, and leaves those that just fit", async () => {
  const rows: [value: string, shown: string][] = [
    ["x".repeat(40), "x".repeat(40)],
    ["x".repeat(41), `${"x".repeat(39)}…`],
    ["扣".repeat(20), "扣".repeat(20)],
    ["扣".repeat(21), `${"扣".repeat(19)}…`],
    [`a${"扣".repeat(20)}`, `a${"扣".repeat(19)}…`],
    ["e\u0301".repeat(40), "e\u0301".repeat(40)],
  ];
  for (const [value, shown] of rows) {
    assertEquals((await printed([["7", value]], true))?.split("\n")[1], `7          ${shown}`);
  }
});
