import { assertEquals, assertThrows } from "@std/assert";
import { readJsonFile } from "../../../lib/cli/json_file.ts";
import { CozeError } from "../../../lib/error.ts";

const read = (text: string) => readJsonFile(new TextEncoder().encode(text), "coze.json");

Deno.test("readJsonFile() reads the members of the console's file, and no other", () => {
  const used = {
    "client_type": "jwt",
    "client_id": "1127900106117",
    "coze_api_base": "https://api.coze.cn",
    "private_key": "(key)",
    "public_key_id": "(id)",
  };
  const file = { ...used, "coze_www_base": "https://www.coze.cn", other: 1 };
  assertEquals(read(JSON.stringify(file)), used);
  assertEquals(read('{"client_id": "", "__proto__": {"client_type": "x"}}'), {});
});

const REFUSED: [text: string, reason: string, fault: object][] = [
  ["", "json", { line: 1, column: 1 }],
  ["{", "json", { line: 1, column: 2 }],
  ['{"a": 1,\n "b": }', "json", { line: 2, column: 7 }],
  ['{"a": 1,}', "json", { line: 1, column: 9 }],
  ["[1,x]", "json", { line: 1, column: 4 }],
  ["{'a': 1}", "json", { line: 1, column: 2 }],
  ['{"a": "x"} tail', "json", { line: 1, column: 12 }],
  ['{"a":"b\nc"}', "json", { line: 1, column: 8 }],
  ["[]", "json", {}],
  ["null", "json", {}],
  ['"text"', "json", {}],
  ['{"client_id": 1}', "member", { member: "client_id" }],
  ['{"client_id": null}', "member", { member: "client_id" }],
  ['{"client_id": []}', "member", { member: "client_id" }],
];
for (const [text, reason, fault] of REFUSED) {
  Deno.test(`readJsonFile() refuses ${JSON.stringify(text)} and names the place`, () => {
    const { code, details } = assertThrows(() => read(text), CozeError);
    assertEquals(code, "config-file-malformed");
    assertEquals(details, { ...details, source: "coze.json", reason, ...fault });
  });
}

Deno.test("readJsonFile() says nothing of the text around the fault (security 12)", () => {
  const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
  const error = assertThrows(() => read(`{"private_key": "${secret}" x}`), CozeError);
  assertEquals(Deno.inspect(error).includes(secret), false);
});
