import { assert, assertEquals } from "@std/assert";
import { evidenceOf, exitCodeOf, fill, loadCatalogue } from "../../../lib/doctor/catalogue.ts";
import type { ErrorCode, ErrorDetails } from "../../../lib/error.ts";

const en = await loadCatalogue("en");
const zh = await loadCatalogue("zh");
const marks = (text: string) => text.match(/\{\w+\}|`[^`]+`|--[a-z-]+/g)?.sort() ?? [];

Deno.test("catalogue: both languages have the same codes in the same order", () => {
  assertEquals(Object.keys(zh.entries), Object.keys(en.entries));
  assertEquals(Object.keys(zh.evidence), Object.keys(en.evidence));
  assertEquals(Object.keys(zh.claims), Object.keys(en.claims));
});

Deno.test("catalogue: both languages have the same commands and placeholders", () => {
  const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
  for (const [code, entry] of Object.entries(en.entries)) {
    const other = zh.entries[code as ErrorCode];
    assertEquals([code, marks(other.fix)], [code, marks(entry.fix)]);
    const pasted = [other, entry].map(({ pasted }) => pasted === undefined ? [] : marks(pasted));
    assertEquals([code, pasted[0], "pasted" in other], [code, pasted[1], "pasted" in entry]);
    const both = [other, entry].map(({ title, meaning }) => placeholders(title + meaning));
    // Chinese may say in the evidence what English says in the title.
    assert(both[0]!.every((name) => both[1]!.includes(name)), code);
  }
  for (const part of ["evidence", "claims"] as const) {
    for (const [key, text] of Object.entries(en[part])) {
      assertEquals([key, placeholders(zh[part][key]!)], [key, placeholders(text)]);
    }
  }
});

Deno.test("catalogue: Chinese is Chinese, and no text is empty", () => {
  for (const { title, meaning, fix } of Object.values(zh.entries)) {
    for (const text of [title, meaning, fix]) {
      assert(/\p{Script=Han}/u.test(text) || /^`[^`]+`$/.test(text), text);
    }
  }
  for (const { title, meaning, fix } of Object.values(en.entries)) {
    for (const text of [title, meaning, fix]) assert(text.length > 3, text);
  }
});

Deno.test("exitCodeOf() follows the classes", () => {
  const expected: [ErrorCode, number][] = [
    ["interrupted", 130],
    ["unexpected", 1],
    ["usage-flag", 2],
    ["duration-out-of-range", 2],
    ["file-exists", 2],
    ["config-shadowed", 3],
    ["client-id-malformed", 3],
    ["ids-swapped", 3],
    ["key-id-is-public-key", 3],
    ["base-url-insecure", 3],
    ["key-file-missing", 4],
    ["key-damaged", 4],
    ["client-refused", 5],
    ["key-mismatch", 5],
    ["client-id-unknown", 5],
    ["token-invalid", 5],
    ["permission-missing", 6],
    ["scope-narrows", 6],
    ["quota-exhausted", 7],
    ["key-id-unknown", 5],
    ["wrong-region", 5],
    ["wire-not-a-jwt", 5],
    ["audience-mismatch", 5],
    ["redirected", 5],
    ["rate-limited", 7],
    ["dns-failure", 8],
    ["timeout", 8],
    ["answer-invalid", 8],
    ["server-fault", 8],
    ["sandbox-read", 9],
  ];
  assertEquals(expected.map(([code]) => [code, exitCodeOf(code)]), expected);
});

Deno.test("fill() puts values in and leaves nothing of absent ones", () => {
  assertEquals(fill("{a} and {b}{c}", { a: "x{b}", b: 2 }), "x{b} and 2");
});

Deno.test("evidenceOf() says nothing when a value it needs is absent", () => {
  const of = (code: ErrorCode, details: ErrorDetails) => evidenceOf(en, { code, details });
  assertEquals(of("rate-limited", { status: 429 }), []);
  assertEquals(of("rate-limited", { retryAfterSeconds: 3 }), ["wait 3 s, the server says"]);
  assertEquals(of("app-disabled", {}), []);
});
