import { assertEquals } from "@std/assert";
import { nearest } from "../../../lib/doctor/nearest.ts";

Deno.test("nearest() finds a word with a letter too many, too few, wrong or swapped", () => {
  for (const word of ["tokken", "tokn", "taken", "tokne"]) {
    assertEquals(nearest(word, ["inspect", "token"]), "token");
  }
});

Deno.test("nearest() finds nothing that is too far off", () => {
  assertEquals(nearest("emulate", ["token", "inspect"]), undefined);
  assertEquals(nearest("api.example.com", ["api.coze.com"], 2), undefined);
  assertEquals(nearest("x".repeat(10_000), ["token"]), undefined);
});
