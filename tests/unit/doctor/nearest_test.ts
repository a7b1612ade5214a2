import { assertEquals } from "@std/assert";
import { nearest } from "../../../lib/doctor/nearest.ts";

Deno.test("nearest() finds a word with a letter too many, too few, wrong or swapped", () => {
  for (const word of ["tokken", "tokn", "taken", "tokne"]) {
    assertEquals(nearest(word, ["inspect", "token"]), "token");
    assertEquals(nearest(word, ["inspect", "token"], 1), "token");
  }
});

Deno.test("nearest() prefers two letters swapped to two letters wrong", () => {
  assertEquals(nearest("tokne", ["tokyo", "token"]), "token");
});

Deno.test("nearest() finds nothing when too many letters differ", () => {
  assertEquals(nearest("emulate", ["token", "inspect"]), undefined);
  assertEquals(nearest("api.example.com", ["api.coze.com"], 2), undefined);
  assertEquals(nearest("x".repeat(10_000), ["token"]), undefined);
});
