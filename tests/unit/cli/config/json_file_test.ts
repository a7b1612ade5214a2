import { assertEquals, assertThrows } from "@std/assert";
import { readJsonFile } from "../../../../lib/cli/config/json_file.ts";
import { CozeError } from "../../../../lib/error.ts";

const MEMBERS = ["client_type", "client_id", "public_key_id", "private_key", "coze_api_base"];
const read = (text: string) => readJsonFile(new TextEncoder().encode(text), "coze.json", MEMBERS);

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

const REFUSED: [text: string, line: number, column: number, character: string][] = [
  ["", 1, 1, "EOF"],
  ["{", 1, 2, "EOF"],
  ['{"a": 1,\n "b": }', 2, 7, '"}"(U+007D)'],
  ['{"a": 1,}', 1, 9, '"}"(U+007D)'],
  ['{"a"：1}', 1, 5, '"："(U+FF1A)'],
  ["[1,x]", 1, 4, '"x"(U+0078)'],
  ["{'a': 1}", 1, 2, `"'"(U+0027)`],
  ['{"a": "x"} tail', 1, 12, '"t"(U+0074)'],
  ['{"a":"b\nc"}', 1, 8, "EOL"],
  ["\n []", 2, 2, '"["(U+005B)'],
  ["null", 1, 1, '"n"(U+006E)'],
  ['"text"', 1, 1, `'"'(U+0022)`],
];
for (const [text, line, column, character] of REFUSED) {
  Deno.test(`readJsonFile() refuses ${JSON.stringify(text)} and names the place`, () => {
    const { code, details } = assertThrows(() => read(text), CozeError);
    assertEquals(code, "config-file-malformed");
    assertEquals(details, { source: "coze.json", reason: "json", line, column, character });
  });
}

Deno.test("readJsonFile() reports members that are not strings, and reads the others", () => {
  const json = { "client_id": 1, "public_key_id": null, "client_type": "jwt", "": 1 };
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const members: unknown[] = [];
  const values = readJsonFile(bytes, "coze.json", MEMBERS, ({ code, details }) => {
    members.push([code, details.reason, details.member]);
  });
  assertEquals(values, { "client_type": "jwt" });
  assertEquals(members, [
    ["config-file-malformed", "member", "client_id"],
    ["config-file-malformed", "member", "public_key_id"],
  ]);
});

Deno.test("readJsonFile() refuses UTF-16 and GBK", () => {
  for (const bytes of [[0xff, 0xfe, 0x7b, 0], [0x7b, 0x22, 0xc4, 0xe3]]) {
    const { details } = assertThrows(
      () => readJsonFile(new Uint8Array(bytes), "coze.json", MEMBERS),
      CozeError,
    );
    assertEquals(details.reason, bytes[1] === 0xfe ? "utf-16" : "not-utf-8");
  }
});

Deno.test("readJsonFile() says nothing of the text around the fault (security 12)", () => {
  const secret = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
  const error = assertThrows(() => read(`{"private_key": "${secret}" x}`), CozeError);
  assertEquals(Deno.inspect(error).includes(secret), false);
});
