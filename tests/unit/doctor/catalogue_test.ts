import type { DescribedCode } from "../../../lib/doctor/catalogue.ts";
import { assert, assertEquals } from "@std/assert";
import { evidenceOf, exitCodeOf, fill, loadCatalogue } from "../../../lib/doctor/catalogue.ts";
import type { ErrorDetails } from "../../../lib/error.ts";

const en = await loadCatalogue("en");
const zh = await loadCatalogue("zh");
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
const commands = (text = "") => text.match(/\{\w+\}|`[^`]+`|--[a-z-]+/g)?.sort();

Deno.test("catalogue: both languages have words for the same codes and details", () => {
  for (const part of ["entries", "evidence", "claims", "probes"] as const) {
    assertEquals(Object.keys(zh[part]).sort(), Object.keys(en[part]).sort(), part);
  }
  for (const code of Object.keys(en.entries) as DescribedCode[]) {
    for (const text of [...Object.values(en.entries[code]), ...Object.values(zh.entries[code])]) {
      assert(text.trim() !== "", code);
    }
    const { title, meaning } = zh.entries[code];
    for (const text of [title, meaning]) assert(/\p{Script=Han}/u.test(text), code);
  }
});

Deno.test("catalogue: both languages have the same commands and placeholders", () => {
  for (const [code, { title, meaning, fix, pasted }] of Object.entries(en.entries)) {
    const other = zh.entries[code as DescribedCode];
    assertEquals([commands(other.fix), commands(other.pasted)], [commands(fix), commands(pasted)]);
    // A Chinese title may leave a value to the evidence.
    for (const name of placeholders(other.title + other.meaning)) {
      assert(placeholders(title + meaning).includes(name), `${code} ${name}`);
    }
  }
  for (const part of ["evidence", "claims", "probes"] as const) {
    for (const [key, text] of Object.entries<string>(en[part])) {
      const other = (zh[part] as Record<string, string>)[key]!;
      assertEquals([key, placeholders(other)], [key, placeholders(text)]);
    }
  }
});

const EXIT_CODES: Record<number, string> = {
  1: "unexpected",
  2: "usage-flag duration-out-of-range file-exists",
  3: "config-shadowed client-id-malformed ids-swapped key-id-is-public-key base-url-insecure",
  4: "key-file-missing key-damaged",
  5: "client-refused key-mismatch client-id-unknown key-id-unknown token-invalid wrong-region " +
    "wire-not-a-jwt audience-mismatch redirected",
  6: "permission-missing scope-narrows",
  7: "rate-limited quota-exhausted",
  8: "dns-failure timeout answer-invalid server-fault",
  9: "sandbox-read",
  130: "interrupted",
};
for (const [exitCode, codes] of Object.entries(EXIT_CODES)) {
  Deno.test(`exitCodeOf() gives ${exitCode} for ${codes}`, () => {
    for (const code of codes.split(" ") as DescribedCode[]) {
      assertEquals([code, exitCodeOf(code)], [code, Number(exitCode)]);
    }
  });
}

Deno.test("fill() puts values in, and nothing for an absent value", () => {
  assertEquals(fill("{a} and {b}{c}", { a: "x{b}", b: 2 }), "x{b} and 2");
});

Deno.test("evidenceOf() leaves out a sentence that needs an absent value", () => {
  const of = (code: DescribedCode, details: ErrorDetails) =>
    evidenceOf(en, { code, details }).length;
  assertEquals(of("rate-limited", { status: 429 }), 0);
  assertEquals(of("rate-limited", { retryAfterSeconds: 3 }), 1);
  assertEquals(of("app-disabled", {}), 0);
});
