import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, fixOf } from "../../../lib/doctor/report.ts";
import { loadWords } from "../../../lib/words/words.ts";

const path = "my keys/it's {directory}.pem";
const QUOTED = "'my keys/it'\\''s {directory}.pem'";

Deno.test("describe() writes a command whose words a shell reads as they are", async () => {
  const words = await loadWords("en");
  const finding = { severity: "warning", certainty: "proven", details: { path } } as const;
  const { command } = describe({ code: "key-file-mode", ...finding }, words);
  assertEquals(command, `chmod 600 ${QUOTED}`);
  const details = { bot: "7" };
  const next = describe({ ...finding, code: "bot-not-published", details }, words);
  assertEquals(next.command, "coze-jwt bot publish 7");
});

Deno.test("fixOf() quotes a path inside a command, and nowhere else", async () => {
  for (const language of ["en", "zh"] as const) {
    const words = await loadWords(language);
    const fix = fixOf(words, { code: "file-unwritable", details: { path } });
    assertStringIncludes(fix, `\`df ${QUOTED}\``);
    const details = { path, directory: "my keys" };
    assertStringIncludes(fixOf(words, { code: "sandbox-read", details }), "=my keys");
  }
});
