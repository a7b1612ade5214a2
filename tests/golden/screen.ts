// What a run shows, as the text of a file.

import { run } from "../../lib/cli/main.ts";
import { createIo } from "../testing/fake_io.ts";
import { healthyWorld, type Scene } from "./scenes.ts";

/** The languages of the screens, with a locale that chooses each. */
export const LANGUAGES = { en: "en-US", zh: "zh-CN" } as const;

/** Written in the machine's time zone. */
const LOCAL_TIME = /\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/g;
/** All that differs from run to run, and what stands in its place. */
const PLACEHOLDERS: readonly [pattern: RegExp, placeholder: string][] = [
  // A jti, a log id, a token.
  [/\b[0-9a-f]{64}\b/g, "…"],
  [/\b(\d{14})[0-9A-F]{20}\b/g, "$1…"],
  [/\b(czs_emulator_)[\w-]{43}(?![\w-])/g, "$1…"],
  [/(?<=-----BEGIN PUBLIC KEY-----\n)[^-]+/g, "…\n"],
];

/**
 * Replaces what differs between two runs by placeholders.
 *
 * @param text What a run printed.
 */
export function steady(text: string): string {
  return PLACEHOLDERS.reduce((text, [pattern, name]) => text.replace(pattern, name), text);
}

/** What a scene wrote to stdout (1) and stderr (2), in this order. */
export interface Run {
  written: { to: 1 | 2; text: string }[];
  exitCode: number;
}

/**
 * Runs a scene on a terminal without colours, against a server that is never waited for.
 *
 * @param scene The command line and its world.
 * @param language Of the person at the terminal.
 * @param before How the person starts the program.
 */
export async function runScene(
  { args, world }: Scene,
  language: keyof typeof LANGUAGES,
  before: readonly string[] = ["coze-jwt"],
): Promise<Run> {
  const { io } = createIo({
    ...healthyWorld(),
    ...await world?.(),
    language: LANGUAGES[language],
    start: { before },
    args,
  });
  const written: Run["written"] = [];
  const write = (to: 1 | 2) => (text: string) => {
    const last = written.at(-1);
    if (last?.to === to) last.text += text;
    else written.push({ to, text });
  };
  const exitCode = await run({
    ...io,
    stdinIsTerminal: true,
    stdoutIsTerminal: true,
    stderrIsTerminal: true,
    writeStdout: write(1),
    writeStderr: write(2),
  });
  return { written, exitCode };
}

/** A run as the text of a file: the command line, what it writes (`1|`, `2|`), the exit code. */
export async function screenOf(scene: Scene, language: keyof typeof LANGUAGES): Promise<string> {
  const { written, exitCode } = await runScene(scene, language);
  const lines = written.flatMap(({ to, text }) => {
    const whole = text.endsWith("\n") ? text.slice(0, -1) : `${text}(no newline)`;
    return steady(whole).replace(LOCAL_TIME, "(local time)").split("\n")
      .map((line) => line === "" ? `${to}|` : `${to}| ${line}`);
  });
  return [`$ ${commandLine(["coze-jwt", ...scene.args])}`, ...lines, `exit code ${exitCode}`, ""]
    .join("\n");
}

/** A command line in a form that every shell takes. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => /^[\w.=@-]+$/.test(word) ? word : `"${word}"`).join(" ");
}
