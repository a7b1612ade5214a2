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
import { NAMES } from "../lib/cli/config/configuration.ts";
import { COMMANDS, GROUPS } from "../lib/cli/commands.ts";
import { argumentsOf } from "../lib/cli/context.ts";
import { flagRow, helpText, ownFlags, usageOf } from "../lib/cli/help.ts";
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

/** A document and its language. */
interface Document {
  path: string;
  language: Language;
}

/** Makes the text of a block, from what stands behind the name in its marker. */
type Block = (language: Language, argument: string) => string | Promise<string>;

/** The blocks that programs of scripts/measure/ write. */
const MEASURED = ["bench", "matrix", "soak"];

const BLOCKS: Readonly<Record<string, Block>> = {
  commands: async (language) => {
    const words = await loadWords(language);
    return table(
      language,
      ["command", "does"],
      Object.keys(COMMANDS).map((name) => [
        code(usageOf(name)),
        words[`help.${name as keyof typeof COMMANDS}`],
      ]),
    );
  },
  flags: async (language, command) => {
    const words = await loadWords(language);
    const rows = command === ""
      ? Object.values(GROUPS).flat().map((flag) => flagRow(words, flag))
      : ownFlags(words, command);
    return table(language, ["flag", "meaning"], rows.map(([form, text]) => [code(form), text]));
  },
  permissions: (language) => {
    const needs = (name: string, given = {}) => permissionsFor(argumentsOf(given, name));
    const rows: [string, string[]][] = [
      ...Object.keys(COMMANDS).map((name): [string, string[]] => [name, needs(name)]),
      ["emulator --keys DIR", needs("emulator", { keys: ["DIR"] })],
      ["doctor --offline", needs("doctor", { offline: [""] })],
    ];
    const byFlags = Map.groupBy(rows, ([, flags]) => ["--no-prompt", ...flags].join(" "));
    return table(
      language,
      ["command", "permissions"],
      [...byFlags].map(([flags, rows]) => [
        rows.map(([name]) => code(name)).join(", "),
        code(flags),
      ]),
    );
  },
  settings: (language) =>
    table(
      language,
      ["value", "flag", "variables", "member", "default"],
      Object.entries(NAMES).map(([name, { flag, variables, member }]: [string, Names]) => [
        LABELS[name]![language],
        flag ? code(`--${flag}`) : "",
        variables.map(code).join(", "),
        member ? code(member) : "",
        DEFAULTS[name] ? code(DEFAULTS[name]) : "",
      ]),
    ),
  "exit-codes": (language) =>
    table(
      language,
      ["exit code", "meaning"],
      exitCodes(language).map(([number, text]) => [
        code(number),
        text,
      ]),
    ),
  codes: async (language) => {
    const words = await loadWords(language);
    return exitCodes(language).flatMap(([number, text]) => {
      const codes = Object.values(KINDS).filter(({ exitCode }) => `${exitCode}` === number)
        .flatMap(({ codes }) => codes)
        .filter((code) => lookUp(words, `${code}.title`));
      if (codes.length === 0) return [];
      const colon = language === "zh" ? "：" : ": ";
      const sentence = (code: string, part: string) =>
        words[`${code}.${part}` as WordKey].replace(/\{(\w+)\}/g, "‹$1›");
      const items = codes.map((name) =>
        `- ${code(name)}${colon}${sentence(name, "title")} → ${sentence(name, "fix")}`
      );
      return [`### ${number}${colon}${text}`, "", ...items, ""];
    }).join("\n");
  },
  help: async (language, command) => fence("text", await helpText(language, command)),
  run: async (language, scene) => {
    const { args } = sceneOf(scene);
    const command = fence("sh", commandLine([...TASK, ...args]));
    return `${command}\n\n${await output(language, scene)}`;
  },
  output: (language, scene) => output(language, scene),
  demo: async (language) => {
    let text = "";
    await demo({ language, print: (line) => text += line, task: TASK, now: () => NOW });
    return fence("text", steady(text));
  },
  tasks: (language) =>
    table(
      language,
      ["task", "does"],
      Object.entries(config.tasks).map(([name, task]) => [
        code(`deno task ${name}`),
        task.description,
      ]),
    ),
  "env-example": () => fence("text", fillEnv({})),
};

/** The names of a value in flags, files and the environment. */
interface Names {
  flag?: string;
  variables: readonly string[];
  member?: string;
}

/** What a value is when nothing sets it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  keyPath: "keys/private_key.pem",
  baseUrl: DEFAULT_BASE_URL,
};

async function output(language: Language, name: string): Promise<string> {
  const { written } = await runScene(sceneOf(name), language, TASK);
  return fence("text", steady(written.map(({ text }) => text).join("")));
}

function sceneOf(name: string) {
  const scene = SCENES.find((scene) => scene.name === name);
  if (!scene) throw new Error(`tests/golden/scenes.ts has no scene ${name}`);
  return scene;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(language: Language, heads: readonly string[], rows: readonly string[][]): string {
  const space = language === "zh" ? "" : " ";
  const cells = (row: readonly string[]) =>
    `| ${row.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", space)).join(" | ")} |`;
  const head = heads.map((name) => HEADS[name]?.[language] ?? name);
  return [head, heads.map(() => "---"), ...rows].map(cells).join("\n");
}

/** Words that stand in the documents alone. */
const HEADS: Readonly<Record<string, Record<Language, string>>> = {
  command: { en: "command", zh: "命令" },
  does: { en: "does", zh: "作用" },
  flag: { en: "flag", zh: "选项" },
  meaning: { en: "meaning", zh: "含义" },
  permissions: { en: "flags of Deno", zh: "Deno 权限选项" },
  value: { en: "value", zh: "配置项" },
  variables: {
    en: "names in the environment and in `.env`, in this order",
    zh: "环境变量和 `.env` 中的名称（按此顺序）",
  },
  member: { en: "in `coze_oauth_config.json`", zh: "`coze_oauth_config.json` 中" },
  default: { en: "default", zh: "默认值" },
  "exit code": { en: "exit code", zh: "退出码" },
};

/** What the values in NAMES are called. */
const LABELS: Readonly<Record<string, Record<Language, string>>> = {
  clientId: { en: "App ID (应用 ID)", zh: "应用 ID（App ID）" },
  keyId: { en: "key id (公钥指纹)", zh: "公钥指纹（key id）" },
  keyPath: { en: "private key, its file", zh: "私钥文件" },
  keyText: { en: "private key, its text", zh: "私钥内容" },
  baseUrl: { en: "base URL", zh: "API 地址" },
  region: { en: "region, in place of the base URL", zh: "区域（代替 API 地址）" },
  clientType: { en: "type of the app, checked only", zh: "应用类型（仅检查）" },
  workspaceId: { en: "workspace", zh: "工作空间" },
  botId: { en: "bot", zh: "智能体" },
};

const EXIT_CODES: readonly [number: string, en: string, zh: string][] = [
  ["0", "done", "成功"],
  ["1", "unexpected: a fault of this program", "意外错误：程序自身的故障"],
  ["2", "usage: command, flag or value", "用法：命令、选项或取值有误"],
  ["3", "configuration", "配置"],
  ["4", "private key", "私钥"],
  ["5", "refused, or a request that would be", "被拒绝，或请求必然被拒绝"],
  ["6", "a permission or a resource of the API", "API 的权限或资源"],
  ["7", "too many requests, or the quota is used up", "请求过多，或额度用尽"],
  ["8", "network, proxy, TLS, or a fault of the server", "网络、代理、TLS，或服务器故障"],
  ["9", "the sandbox lacks a permission", "缺少沙箱权限"],
  ["130", "interrupted (`^C`); 143 when terminated", "被中断（`^C`）；被终止时为 143"],
];

function exitCodes(language: Language): [number: string, text: string][] {
  return EXIT_CODES.map(([number, en, zh]) => [number, language === "zh" ? zh : en]);
}

/** All documents that people read. */
export function documents(): Document[] {
  const folder = (language: Language): Document[] =>
    [...Deno.readDirSync(`${ROOT}docs/${language}`)]
      .map(({ name }) => ({ path: `docs/${language}/${name}`, language }))
      .sort((a, b) => a.path < b.path ? -1 : 1);
  return [
    { path: "README.md", language: "en" },
    { path: "README.zh-CN.md", language: "zh" },
    ...folder("en"),
    ...folder("zh"),
  ];
}

/** Puts the versions of this project and of Deno into a text. */
function withVersions(text: string): string {
  return text.replace(/\bdeno@\d+\.\d+\.\d+/g, `deno@${TESTED_DENO}`)
    .replace(/(?<=\/v|@coze-jwt\/coze-jwt@)\d+\.\d+\.\d+/g, config.version);
}

/** The document as it should be. */
async function render({ path, language }: Document): Promise<string> {
  const text = withVersions(Deno.readTextFileSync(ROOT + path));
  const pieces: string[] = [];
  let at = 0;
  for (const match of text.matchAll(/(<!-- docs: (\S+) ?(.*) -->\n)([^]*?)<!-- docs: end -->/g)) {
    const [whole, begin, name, argument, body] = match;
    const block = BLOCKS[name!];
    if (!block && !MEASURED.includes(name!)) throw new Error(`${path}: unknown block ${name}`);
    const made = block ? `\n${await block(language, argument!)}\n\n` : body;
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
      documents().map(async (document) => ({
        path: document.path,
        text: await render(document),
      })),
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
