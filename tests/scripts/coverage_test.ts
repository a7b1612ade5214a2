import { assertEquals } from "@std/assert";
import { linesByFolder, summarize } from "../../scripts/coverage.ts";

const LCOV = `SF:/p/lib/cli/run.ts
DA:1,1
LH:3
LF:4
end_of_record
SF:/p/lib/error.ts
LH:10
LF:10
end_of_record
SF:/p/lib/der.ts
LH:5
LF:6
end_of_record
`;

Deno.test("linesByFolder() sums the files of each folder", () => {
  assertEquals([...linesByFolder(LCOV, "/p/")], [
    ["lib", { found: 16, hit: 15 }],
    ["lib/cli", { found: 4, hit: 3 }],
  ]);
  assertEquals([...linesByFolder("", "/p/")], []);
});

Deno.test("summarize() gives the percentage of all lines and of each folder", () => {
  assertEquals(summarize(linesByFolder(LCOV, "/p/")), {
    line: "coverage: 90.0 % of lines (lib 93.8 %, lib/cli 75.0 %)",
    percent: 90,
  });
});
