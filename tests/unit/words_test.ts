import { assert, assertEquals } from "@std/assert";
import { commandOf, COMMANDS, flagOf, FLAGS, GROUPS } from "../../lib/cli/commands.ts";
import { parseArguments } from "../../lib/cli/parse.ts";
import { evidenceOf, titleOf } from "../../lib/doctor/report.ts";
import { exitCodeOf } from "../../lib/doctor/kinds.ts";
import type { ErrorDetails } from "../../lib/error.ts";
import { redact } from "../../lib/redact.ts";
import { type Code, fill, loadWords, lookUp, type WordKey } from "../../lib/words/words.ts";

const en = await loadWords("en");
const zh = await loadWords("zh");
const texts = Object.entries(en) as [WordKey, string][];
const codes = texts.filter(([key]) => key.endsWith(".meaning")).map(([key]) =>
  key.slice(0, -".meaning".length) as Code
);
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
/** What must not be translated. */
const literals = (text: string) =>
  text.match(/`[^`]+`|(?<![\w-])--[a-z][a-z-]+|\bCOZE_[A-Z_]+/g)?.sort() ?? [];

Deno.test("words: both languages have the same keys in the same order", () => {
  assertEquals(Object.keys(zh), Object.keys(en));
});

Deno.test("words: both languages have the same placeholders, commands, flags and variables", () => {
  for (const [key, text] of texts) {
    // A Chinese title may leave a value to the evidence.
    const own = key.endsWith(".title") ? placeholders(zh[key]) : placeholders(text);
    assertEquals([key, placeholders(zh[key])], [key, own.filter((name) => text.includes(name))]);
    if (/\.(?:fix|example)\b/.test(key)) {
      assertEquals([key, literals(zh[key])], [key, literals(text)]);
    }
  }
});

Deno.test("words: Chinese sentences are Chinese, and no sentence is empty", () => {
  for (const [key, text] of Object.entries(zh)) {
    assert(text !== "" && en[key as WordKey] !== "", key);
    const isProse = /[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}/.test(en[key as WordKey]) &&
      !/\.example$|\.about$/.test(key);
    assert(!isProse || /\p{Script=Han}/u.test(text), `${key}: ${text}`);
    // In prose; code in backquotes, quoted server texts and URLs are apart.
    const prose = text.replace(/`[^`]*`|“[^”]*”|https?:\S+|[\w.-]+:[\w"'{[/-]\S*/g, "");
    assert(
      /\.example$|^short|help\./.test(key) || !/\p{Script=Han}[,;:?!]/u.test(prose),
      `${key}: ${text}`,
    );
  }
});

Deno.test("words: every command and every flag has its sentence, and no other has one", () => {
  for (const name of [...Object.keys(COMMANDS), ...Object.keys(GROUPS)]) {
    assert(lookUp(en, `help.${name}`), name);
  }
  for (const name of Object.keys(FLAGS)) assert(lookUp(en, `flag.${name}`), name);
  for (const [key] of texts) {
    const [, flag, command = "token"] = /^flag\.([\w-]+)(?:\.(.+))?$/.exec(key) ?? [];
    if (flag !== undefined) assert(flagOf(flag) && commandOf(command), key);
  }
});

Deno.test("words: every code is explained in five parts", () => {
  for (const code of codes) {
    for (const part of ["title", "meaning", "fix", "example", "source"] as const) {
      assert(lookUp(en, `${code}.${part}`), `${code}.${part}`);
    }
  }
});

Deno.test("words: no sentence looks like a secret", () => {
  for (const text of [...Object.values(en), ...Object.values(zh)]) {
    assertEquals(redact(text), text);
  }
});

/** Commands in backquotes, and the lines of an example that are not marked as wrong. */
function commandsIn(key: string, text: string): string[] {
  const quoted = [...text.matchAll(/`(coze-jwt(?: [^`]*)?)`/g)];
  const lines = key.endsWith(".example")
    ? [...text.matchAll(/^(?:\$|✓) (coze-jwt .*?)(?: {2,}.*)?$/gm)]
    : [];
  return [...quoted, ...lines].map(([, command]) => command!);
}

Deno.test("words: each command in them exists and takes its flags", () => {
  for (const [key, text] of [...texts, ...Object.entries(zh)]) {
    for (const command of commandsIn(key, text)) {
      if (/\{command\}|\{word\}/.test(text)) continue;
      const words = command.replace(/\{\w+\}/g, "1").replace(/ (?:COMMAND|命令)\b/, " token")
        .replace(/"[^"]*"/g, "x").split(" ");
      parseArguments(words.slice(1));
    }
  }
});

Deno.test("exitCodeOf() has an exit code for every code of the words, and for no other", () => {
  for (const code of codes) assert(exitCodeOf(code) > 0, code);
});

Deno.test("fill() puts values in, and nothing for an absent value", () => {
  assertEquals(fill("{a} and {b}{c}", { a: "x{b}", b: 2 }), "x{b} and 2");
});

Deno.test("titleOf() takes the sentence for the reason, where there is one", () => {
  const title = (reason: string) =>
    titleOf(en, { code: "usage", details: { reason, flag: "--x" } });
  assertEquals([title("twice"), title("?")], ["--x was given twice", en["usage.title"]]);
});

Deno.test("evidenceOf() leaves out a sentence that needs an absent value", () => {
  const of = (code: Code, details: ErrorDetails) => evidenceOf(en, { code, details }).length;
  assertEquals(of("rate-limited", { status: 429 }), 0);
  assertEquals(of("rate-limited", { retryAfterSeconds: 3 }), 1);
  assertEquals(of("app-disabled", {}), 0);
});
