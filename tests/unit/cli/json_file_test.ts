import { assertEquals, assertThrows } from "@std/assert";
import { readJsonFile } from "../../../lib/cli/json_file.ts";
import { CozeError } from "../../../lib/error.ts";

const read = (text: string) => readJsonFile(new TextEncoder().encode(text), "coze.json");

Deno.test("readJsonFile() reads the members of the console's file", () => {
  const file = {
    "client_type": "jwt",
    "client_id": "1127900106117",
    "coze_www_base": "https://www.coze.cn",
    "coze_api_base": "https://api.coze.cn",
    "private_key": "(key)",
    "public_key_id": "(id)",
  };
  const { coze_www_base: _, ...used } = file;
  assertEquals(read(JSON.stringify(file)), used);
});

Deno.test("readJsonFile() leaves out what is empty or unknown", () => {
  assertEquals(read('{"client_id": "", "other": 1, "__proto__": {"client_type": "x"}}'), {});
});

const BROKEN: [text: string, line: number, column: number][] = [
  ["", 1, 1],
  ["{", 1, 2],
  ['{"a": 1,\n "b": }', 2, 7],
  ['{"a": 1,}', 1, 9],
  ["[1,x]", 1, 4],
  ["{'a': 1}", 1, 2],
  ['{"a": "x"} tail', 1, 12],
  ['{"a":"b\nc"}', 1, 8],
];
for (const [text, line, column] of BROKEN) {
  Deno.test(`readJsonFile() finds the fault in ${JSON.stringify(text)}`, () => {
    const { code, details } = assertThrows(() => read(text), CozeError);
    assertEquals(code, "config-file-malformed");
    assertEquals(details, { source: "coze.json", reason: "json", line, column });
  });
}

for (const text of ["[]", "null", '"text"', "1"]) {
  Deno.test(`readJsonFile() refuses ${text}, which is no object`, () => {
    assertEquals(assertThrows(() => read(text), CozeError).details.reason, "json");
  });
}

for (const value of ["1", "null", "[]", "{}", "true"]) {
  Deno.test(`readJsonFile() refuses ${value} as client_id`, () => {
    const { code, details } = assertThrows(() => read(`{"client_id": ${value}}`), CozeError);
    assertEquals(code, "config-file-malformed");
    assertEquals(details, { source: "coze.json", reason: "member", member: "client_id" });
  });
}

Deno.test("readJsonFile() says nothing of the text around the fault (security 12)", () => {
  const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
  const error = assertThrows(() => read(`{"private_key": "${secret}" x}`), CozeError);
  assertEquals(Deno.inspect(error).includes(secret), false);
});
