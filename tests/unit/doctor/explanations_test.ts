import { assert, assertEquals } from "@std/assert";
import { parseArguments } from "../../../lib/cli/arguments.ts";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { loadHelp, loadText } from "../../../lib/cli/text.ts";
import { loadCatalogue } from "../../../lib/doctor/catalogue.ts";
import { loadExplanations } from "../../../lib/doctor/explanations.ts";
import { redact } from "../../../lib/redact.ts";

const PARTS = ["happens", "example", "prevent", "source"];
const explanations = { en: await loadExplanations("en"), zh: await loadExplanations("zh") };
const catalogue = await loadCatalogue("en");

/** Each text that is shown in a language, with its path. */
async function textsOf(language: "en" | "zh"): Promise<[path: string, text: string][]> {
  const { entries, evidence, claims } = await loadCatalogue(language);
  const help = await loadHelp(language);
  const text = await loadText(language);
  return flatten({ entries, evidence, claims, text, help, explanations: explanations[language] });
}

function flatten(texts: object, path = ""): [path: string, text: string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[`${path}${key}`, value]] : flatten(value, `${path}${key} `)
  );
}

const texts = { en: await textsOf("en"), zh: await textsOf("zh") };

Deno.test("explanations: both languages explain every code of the catalogue in four parts", () => {
  for (const [language, all] of Object.entries(explanations)) {
    assertEquals(Object.keys(all).sort(), Object.keys(catalogue.entries).sort(), language);
    for (const [code, explanation] of Object.entries(all)) {
      assertEquals(Object.keys(explanation).sort(), PARTS.toSorted(), code);
      const words = Object.values(explanation).join("\n");
      assert(Object.values(explanation).every((text) => text.trim() !== ""), code);
      // `Bearer {token}` is quoted from Coze's page.
      assert(!/\{\w+\}/.test(words.replace("{token}", "")), `${code} has a placeholder`);
      assert(language === "en" || /\p{Script=Han}/u.test(words), code);
    }
  }
});

Deno.test("explanations: both languages show the same commands, flags and variables", () => {
  const values = (text: string) => text.match(/`[^`]+`|--[a-z][a-z-]+|COZE_\w+/g)?.sort();
  for (const [path, text] of flatten(explanations.en)) {
    const [code, part] = path.split(" ") as ["timeout", "example"];
    assertEquals([path, values(explanations.zh[code][part])], [path, values(text)]);
  }
});

Deno.test("texts: no text looks like a secret", () => {
  for (const [path, text] of [...texts.en, ...texts.zh]) {
    assertEquals([path, redact(text)], [path, text]);
  }
});

/** Commands in backquotes, and the lines of an example that are not marked as wrong. */
function commandsIn(path: string, text: string): string[] {
  const quoted = [...text.matchAll(/`(coze-jwt(?: [^`]*)?)`/g)];
  const lines = path.endsWith(" example")
    ? [...text.matchAll(/^(?:\$|✓) (coze-jwt .*?)(?: {2,}.*)?$/gm)]
    : [];
  return [...quoted, ...lines].map(([, command]) => command!);
}

Deno.test("texts: each command in them exists and takes its flags", () => {
  for (const [path, text] of [...texts.en, ...texts.zh]) {
    for (const command of commandsIn(path, text)) {
      const words = command.replace(/\{\w+\}/g, "x").replace(/ COMMAND\b/, " token").split(" ");
      const [, name = ""] = words;
      assert(!/^[a-z]/.test(name) || (COMMANDS as readonly string[]).includes(name), path);
      parseArguments(words.slice(1));
    }
  }
});
