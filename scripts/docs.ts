/**
 * Writes into the documents what the program knows: tables, help texts, runs of commands. They stand
 * between `<!-- docs: NAME … -->` and `<!-- docs: end -->`.
 *
 * ```sh
 * deno task docs            # writes them
 * deno task docs --check    # ends with 1 where a document would change
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { fillEnv } from "../lib/cli/config/env_template.ts";
import { NAMES, type Names } from "../lib/cli/config/configuration.ts";
import { COMMANDS, GROUPS } from "../lib/cli/commands.ts";
import { argumentsOf } from "../lib/cli/context.ts";
import { flagRow, helpText, ownFlags, usageOf } from "../lib/cli/help.ts";
import { type SnippetName, snippetOf } from "../lib/cli/page/snippets.ts";
import { permissionsFor } from "../lib/cli/permissions.ts";
import { KINDS } from "../lib/doctor/kinds.ts";
import { DEFAULT_BASE_URL } from "../lib/token_request.ts";
import { type Language, loadWords, lookUp, type WordKey, type Words } from "../lib/words/words.ts";
import config from "../deno.json" with { type: "json" };
import { NOW, SCENES } from "../tests/golden/scenes.ts";
import { commandLine, runScene, steady } from "../tests/golden/screen.ts";
import { ROOT, TESTED_DENO } from "./child.ts";
import { demo } from "./demo.ts";

/** How people start a command in a checkout. */
const TASK = ["deno", "task", "coze-jwt"];

/** A document, its language and the words of it. */
interface Document {
  path: string;
  language: Language;
  words: Words;
}

/** Makes the text of a block, from what stands behind the name in its marker. */
type Block = (document: Document, argument: string) => string | Promise<string>;

/** The blocks that programs of scripts/measure/ write. */
const MEASURED = ["bench", "matrix", "soak"];

const BLOCKS: Readonly<Record<string, Block>> = {
  commands: ({ words }) =>
    table(
      words,
      ["command", "does"],
      NAMES_OF_COMMANDS.map((name) => [code(usageOf(name)), words[`help.${name}`]]),
    ),
  flags({ words }, command) {
    const rows = command === ""
      ? Object.values(GROUPS).flat().map((flag) => flagRow(words, flag))
      : ownFlags(words, command);
    return table(words, ["flag", "about"], rows.map(([form, text]) => [code(form), text]));
  },
  permissions({ words }) {
    const needs = (name: string, given = {}) => permissionsFor(argumentsOf(given, name));
    const rows: [string, string[]][] = [
      ...NAMES_OF_COMMANDS.map((name): [string, string[]] => [name, needs(name)]),
      ["emulator --keys DIR", needs("emulator", { keys: ["DIR"] })],
      ["serve --emulator", needs("serve", { emulator: [""] })],
      ["doctor --offline", needs("doctor", { offline: [""] })],
    ];
    const byFlags = Map.groupBy(rows, ([, flags]) => code(["--no-prompt", ...flags].join(" ")));
    const cells = [...byFlags].map(([flags, rows]) => [
      rows.map(([name]) => code(name)).join(", "),
      flags,
    ]);
    return table(words, ["command", "permissions"], cells);
  },
  settings({ words }) {
    const rows = Object.entries(NAMES).map(([name, value]) => {
      const { flag, variables, member }: Names = value;
      const set = [flag && `--${flag}`, variables, member, DEFAULTS[name]];
      return [said(words, name), ...set.map((names) => [names ?? []].flat().map(code).join(", "))];
    });
    return table(words, ["value", "flag", "variables", "member", "default"], rows);
  },
  "exit-codes": ({ words }) =>
    table(
      words,
      ["exit-code", "about"],
      EXIT_CODES.map((number) => [code(number), said(words, `exit.${number}`)]),
    ),
  codes: ({ language, words }) =>
    EXIT_CODES.flatMap((number) => {
      const colon = language === "zh" ? "：" : ": ";
      const sentence = (name: string) => lookUp(words, name)?.replace(/\{(\w+)\}/g, "‹$1›");
      const items = Object.values(KINDS).filter(({ exitCode }) => `${exitCode}` === number)
        .flatMap(({ codes }) => codes)
        .map((name) => [name, sentence(`${name}.title`), sentence(`${name}.fix`)])
        .filter(([, title]) => title)
        .map(([name, title, fix]) => `- ${code(name!)}${colon}${title} → ${fix}`);
      return items.length === 0
        ? []
        : [`### ${number}${colon}${said(words, `exit.${number}`)}`, "", ...items, ""];
    }).join("\n"),
  help: async ({ language }, command) => fence("text", await helpText(language, command)),
  async run({ language }, name) {
    const scene = SCENES.find((scene) => scene.name === name);
    if (!scene) throw new Error(`tests/golden/scenes.ts has no scene ${name}`);
    const { written } = await runScene(scene, language, TASK);
    const printed = steady(written.map(({ text }) => text).join(""));
    return `${fence("sh", commandLine([...TASK, ...scene.args]))}\n\n${fence("text", printed)}`;
  },
  // "NAME end" shows only what follows the last empty line.
  snippet(_, argument) {
    const [name, end] = argument.split(" ");
    const code = snippetOf(name as SnippetName, SITE);
    return fence("js ignore", end ? code.split("\n\n").at(-1)! : code);
  },
  async demo({ language }) {
    let text = "";
    await demo({ language, print: (line) => text += line, task: TASK, now: () => NOW });
    return fence("text", steady(text));
  },
  tasks({ words }) {
    const rows = Object.entries(config.tasks)
      .map(([name, { description }]) => [code(`deno task ${name}`), description]);
    return table(words, ["task", "does"], rows);
  },
};

/** The site of the examples. */
const SITE = {
  broker: "https://www.example.com/token",
  bot: "7500000000000000001",
  baseUrl: DEFAULT_BASE_URL,
};

const NAMES_OF_COMMANDS = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];
const EXIT_CODES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130"];
/** What a value is when nothing sets it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  keyPath: "keys/private_key.pem",
  baseUrl: DEFAULT_BASE_URL,
};

/** A word that only documents need. */
function said(words: Words, name: string): string {
  return words[`docs.${name}` as WordKey];
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(words: Words, heads: readonly string[], rows: readonly string[][]): string {
  const line = (row: readonly string[]) => {
    const cells = row.map((cell) =>
      cell.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ").replace(/(?<=[，；）]) | (?=（)/g, "")
    );
    return `| ${cells.join(" | ")} |`;
  };
  const head = heads.map((name) => said(words, name));
  return [head, heads.map(() => "---"), ...rows].map(line).join("\n");
}

/** All documents that people read. */
async function documents(): Promise<Document[]> {
  const readmes = { en: "README.md", zh: "README.zh-CN.md" };
  const all = (["en", "zh"] as const).map(async (language) => {
    const words = await loadWords(language);
    const pages = await Array.fromAsync(
      Deno.readDir(`${ROOT}docs/${language}`),
      ({ name }) => name,
    );
    return [readmes[language], ...pages.map((name) => `docs/${language}/${name}`)]
      .map((path) => ({ path, language, words }));
  });
  return (await Promise.all(all)).flat();
}

/** Puts the versions of this project and of Deno into a text. */
function withVersions(text: string): string {
  return text.replace(/\b(deno@|tests need Deno )\d+\.\d+\.\d+/g, `$1${TESTED_DENO}`)
    .replace(/(?<=[/`]v|@coze-jwt\/coze-jwt@)\d+\.\d+\.\d+/g, config.version);
}

/** The document as it should be. */
async function render(document: Document): Promise<string> {
  const { path } = document;
  const text = withVersions(await Deno.readTextFile(ROOT + path));
  const pieces: string[] = [];
  let at = 0;
  for (const match of text.matchAll(/(<!-- docs: (\S+) ?(.*) -->\n)([^]*?)<!-- docs: end -->/g)) {
    const [whole, begin, name, argument, body] = match;
    const block = BLOCKS[name!];
    if (!block && !MEASURED.includes(name!)) throw new Error(`${path}: unknown block ${name}`);
    const made = block ? `\n${await block(document, argument!)}\n\n` : body;
    pieces.push(text.slice(at, match.index), begin!, made!, "<!-- docs: end -->");
    at = match.index + whole.length;
  }
  return await formatted([...pieces, text.slice(at)].join(""));
}

/** A document in the form that `deno fmt` gives it. */
async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  Deno.env.set("TZ", "Asia/Shanghai");
  const isCheck = Deno.args.includes("--check");
  const files = [
    ...await Promise.all(
      (await documents()).map(async (each) => ({ path: each.path, text: await render(each) })),
    ),
    { path: "keys/.env.example", text: fillEnv({}) },
  ];
  const changed = files.filter(({ path, text }) => Deno.readTextFileSync(ROOT + path) !== text);
  for (const { path, text } of changed) {
    if (!isCheck) Deno.writeTextFileSync(ROOT + path, text);
    console.error(isCheck ? `${path} is out of date; run: deno task docs` : `wrote ${path}`);
  }
  Deno.exitCode = isCheck && changed.length > 0 ? 1 : 0;
}
