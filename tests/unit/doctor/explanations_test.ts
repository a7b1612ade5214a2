import { assert, assertEquals } from "@std/assert";
import { parseArguments } from "../../../lib/cli/arguments.ts";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import { loadHelp, loadText } from "../../../lib/cli/text.ts";
import { type Language, loadCatalogue } from "../../../lib/doctor/catalogue.ts";
import { loadExplanations } from "../../../lib/doctor/explanations.ts";
import type { ErrorCode } from "../../../lib/error.ts";
import { redact } from "../../../lib/redact.ts";

const LANGUAGES: readonly Language[] = ["en", "zh"];

const PARTS = ["happens", "example", "prevent", "source"] as const;
const catalogues = { en: await loadCatalogue("en"), zh: await loadCatalogue("zh") };
const explanations = { en: await loadExplanations("en"), zh: await loadExplanations("zh") };
const codes = Object.keys(catalogues.en.entries) as ErrorCode[];

/** All that `explain` says of a code. */
function partsOf(language: Language, code: ErrorCode): Record<string, string> {
  return { ...catalogues[language].entries[code], ...explanations[language][code] };
}

/** Every text that is shown, with a name for it. */
const texts: [name: string, text: string][] = [];
for (const language of LANGUAGES) {
  for (const code of codes) {
    for (const [part, text] of Object.entries(partsOf(language, code))) {
      texts.push([`${language} ${code} ${part}`, text]);
    }
  }
  for (const part of ["evidence", "claims"] as const) {
    for (const [key, text] of Object.entries(catalogues[language][part])) {
      texts.push([`${language} ${part} ${key}`, text]);
    }
  }
  texts.push(...namedTexts({ ...await loadText(language), ...await loadHelp(language) }, language));
}

function namedTexts(text: object, name: string): [string, string][] {
  return Object.entries(text).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[`${name} ${key}`, value] as [string, string]]
      : namedTexts(value as object, `${name} ${key}`)
  );
}

Deno.test("explanations: both languages have every code, in the catalogue's order", () => {
  for (const language of LANGUAGES) {
    assertEquals(Object.keys(explanations[language]), codes);
    for (const code of codes) assertEquals(Object.keys(explanations[language][code]), [...PARTS]);
  }
});

Deno.test("explanations: no part is empty, and none says again what another says", () => {
  for (const language of LANGUAGES) {
    for (const code of codes) {
      const parts = Object.entries(partsOf(language, code)).filter(([part]) => part !== "binary");
      for (const [part, text] of parts) {
        assert(text.trim() === text && text.length > 1, `${language} ${code} ${part}`);
        for (const [other, words] of parts) {
          // A word such as "Interrupted" may occur in a sentence; a sentence must not.
          const again = part !== other && text.length > 20 && words.includes(text);
          // An example of an error shows its title.
          assert(
            !again || part + other === "titleexample",
            `${language} ${code}: ${part} is in ${other}`,
          );
        }
      }
    }
  }
});

Deno.test("explanations: values of a run do not occur, and examples are some lines at most", () => {
  for (const language of LANGUAGES) {
    for (const code of codes) {
      for (const part of PARTS) {
        const text = explanations[language][code][part];
        // `Bearer {token}` is quoted from Coze's page.
        assert(!/\{\w+\}/.test(text.replace("{token}", "")), `${language} ${code} ${part}`);
        assert(text.split("\n").length <= (part === "example" ? 4 : 1), `${language} ${code}`);
      }
    }
  }
});

Deno.test("explanations: both languages show the same example values and commands", () => {
  const values = (text: string) =>
    text.match(/`[^`]+`|--[a-z][a-z-]+|COZE_\w+|\d{4,}|[✗✓]|"[a-z_]+"/g) ?? [];
  for (const code of codes) {
    const [en, zh] = LANGUAGES.map((language) => values(explanations[language][code].example));
    assertEquals([code, zh], [code, en]);
    for (const part of ["happens", "prevent"] as const) {
      const [en, zh] = LANGUAGES.map((each) => values(explanations[each][code][part]).sort());
      assertEquals([code, part, zh], [code, part, en]);
    }
  }
});

Deno.test("texts: Chinese is Chinese, with Chinese punctuation", () => {
  for (const [name, text] of texts.filter(([name]) => name.startsWith("zh"))) {
    const odd = /\p{Script=Han}[,;.:!?()] ?\p{Script=Han}/u.exec(text) ??
      /\p{Script=Han}[,;!?](?:\s|$)/u.exec(text);
    assertEquals([name, odd?.[0]], [name, undefined]);
  }
  for (const code of codes) {
    for (const part of ["happens", "prevent", "source"] as const) {
      assert(/\p{Script=Han}/u.test(explanations.zh[code][part]), `${code} ${part}`);
    }
  }
});

Deno.test("texts: nothing in them looks like a secret", () => {
  for (const [name, text] of texts) {
    assertEquals([name, redact(text)], [name, text]);
    assert(!/\b[\w+/]{60,}/.test(text.replace(/https?:\S+/g, "")), name);
  }
});

Deno.test("texts: a label of the console in Chinese stands beside its English one", () => {
  const LABELS = {
    "应用 ID": "App ID",
    "公钥指纹": "Public key",
    "创建 Key": "Generate Key",
    "授权": "Authoriz",
    "普通": "Normal",
    "服务类应用": "Service Application",
    "渠道": "Connector",
    "权限": "ermission",
    "示例下载": "Demo Download",
  };
  for (const code of codes) {
    const { binary: _, ...parts } = partsOf("en", code);
    const all = Object.values(parts).join("\n");
    for (const [chinese, english] of Object.entries(LABELS)) {
      if (all.includes(chinese)) assert(all.includes(english), `${code}: ${chinese}`);
    }
  }
});

/** Commands in backquotes, and in an example all that is not marked as wrong. */
function commandsIn(name: string, text: string): string[] {
  const quoted = [...text.matchAll(/`(coze-jwt(?: [^`]*)?)`/g)].map(([, command]) => command!);
  const lines = name.endsWith(" example")
    ? [...text.matchAll(/^(?:\$|✓) (coze-jwt .*?)(?: {2,}.*)?$/gm)].map(([, command]) => command!)
    : [];
  return [...quoted, ...lines];
}

Deno.test("texts: each command they name exists and takes these flags", () => {
  let count = 0;
  for (const [name, text] of texts) {
    for (const [, word] of text.matchAll(/coze-jwt ([a-z]+)\b/g)) {
      const wrong = text.includes(`✗ coze-jwt ${word}`);
      const known = (COMMANDS as readonly string[]).includes(word!);
      const prose = name === "en usage-command meaning";
      assert(known || wrong || prose, `${name}: ${word}`);
    }
    for (const command of commandsIn(name, text)) {
      count++;
      const words = command.replace(/\{\w+\}/g, "x").replace(/ COMMAND\b/, " token").split(" ");
      parseArguments(words.slice(1));
    }
  }
  assert(count > 30, `${count} commands were found`);
});

const PAGES = new Set(
  ("oauth_jwt oauth_jwt_channel oauth_jwt_collaborate oauth_jwt_privilege oauth_apps " +
    "authentication coze_error_codes troubleshooting_4100_4101 coze_api_overview ouath_demo " +
    "pat chat_v3").split(" "),
);
const ISSUES = new Set([
  ...["108", "123", "148", "230", "78"].map((number) => `coze-py issue #${number}`),
  ...["43", "56"].map((number) => `coze-go issue #${number}`),
  "coze-java issue #39",
  "Laisky/one-api issue #71",
]);
/** How sure a source is; each language in the same order. */
const CERTAINTIES = {
  en: [
    /(?<!not )\bdocumented\b/,
    /(?<!never )\bseen\b/,
    /\binferred\b/,
    /\bmeasured\b/,
    /\ba rule of this/,
  ],
  zh: [/有明文/, /有实例/, /推断/, /实测/, /本程序的规则/],
};

Deno.test("source: each page, issue and RFC is a known one, the same in both languages", () => {
  const refs = (source: string) => ({
    pages: source.match(
      /\b(?:oauth|ouath|coze|chat|troubleshooting)_\w+|\bauthentication\b|\bpat\b/g,
    )
      ?.sort(),
    issues: source.match(/[\w/-]+ issue #\d+/g)?.sort(),
    rfcs: source.match(/RFC \d{4}\b/g)?.sort(),
  });
  for (const code of codes) {
    const { source } = explanations.en[code];
    const { pages = [], issues = [] } = refs(source);
    assertEquals([code, refs(explanations.zh[code].source)], [code, refs(source)]);
    for (const page of pages) assert(PAGES.has(page), `${code}: ${page}`);
    for (const issue of issues) assert(ISSUES.has(issue), `${code}: ${issue}`);
    for (const language of LANGUAGES) {
      const text = explanations[language][code].source;
      assertEquals(text.match(/ #\d+/g)?.length ?? 0, issues.length, code);
      // An RFC is cited with its section.
      assertEquals(text.match(/RFC(?! \d{4} [\dA]+(?:\.\d+)*)/g), null, code);
      const page = language === "en" ? /Coze's pages? [a-z]/ : /扣子文档 [a-z]/;
      assertEquals(page.test(text), pages.length > 0, code);
    }
  }
});

Deno.test("source: says how sure it is, the same in both languages", () => {
  for (const code of codes) {
    const [en, zh] = LANGUAGES.map((language) =>
      CERTAINTIES[language].map((words) => words.test(explanations[language][code].source))
    );
    assertEquals([code, zh], [code, en]);
    assert(en!.includes(true), code);
  }
});
