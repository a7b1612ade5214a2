import { assert, assertEquals } from "@std/assert";
import { knownMessage, normalizeMessage } from "../../../../lib/doctor/inquiry/observation.ts";
import { KEY_ID } from "../../../testing/keys.ts";

Deno.test("normalizeMessage() removes what differs from request to request", () => {
  const said = (kid: string, time: string, logId: string) =>
    normalizeMessage(`Bad kid ${kid} (code 17) at ${time}, logid ${logId}`, [KEY_ID]);
  const first = said("_v0VjcMlLdQc", "2026-01-02T03:04:05.678Z", "20260102030405A1B2C3D4E5F60718");
  assertEquals(first, said(KEY_ID, "2026-03-04 05:06:07", "20260304050607FFFFFFFFFFFFFFFFFF"));
  assertEquals(first, "bad kid code 17 at logid");
  assertEquals(normalizeMessage("late by 12345 s", []), normalizeMessage("late by 6789012 s", []));
  assertEquals(normalizeMessage("at 12:00:01", []), normalizeMessage("at 9:59", []));
});

Deno.test("normalizeMessage() keeps what differs between two refusals", () => {
  const texts = [
    "invalid jwt: a",
    "invalid jwt: b",
    "E17",
    "E18",
    "refused (401)",
    "refused (402)",
  ];
  assertEquals(new Set(texts.map((text) => normalizeMessage(text, [KEY_ID]))).size, texts.length);
  assert(normalizeMessage("认证失败", []) !== "");
});

Deno.test("knownMessage() knows the two messages that Coze is known to send", () => {
  assertEquals(knownMessage("invalid jwt kid not been registred"), "key-id");
  assertEquals(knownMessage("invalid jwt empty jwt token"), "bearer");
  assertEquals(knownMessage("verify jwt empty error"), undefined);
});
