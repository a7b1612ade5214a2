// What a run shows, as the text of a file.

import { run } from "../../lib/cli/main.ts";
import { createIo } from "../testing/fake_io.ts";
import { healthyWorld, type Scene } from "./scenes.ts";

/** The languages of the screens, with a locale that chooses each. */
export const LANGUAGES = { en: "en-US", zh: "zh-CN" } as const;

/** All that differs from run to run or from machine to machine, and what stands in its place. */
const PLACEHOLDERS: readonly [pattern: RegExp, placeholder: string][] = [
  [/\b[0-9a-f]{64}\b/g, "(jti)"],
  [/\b\d{14}[0-9A-F]{20}\b/g, "(log id)"],
  [/\bczs_emulator_[\w-]{43}(?![\w-])/g, "(token)"],
  [/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g, "(public key)"],
  // Written in the machine's time zone.
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/g, "(local time)"],
  // A version of a bot is the time of its publishing.
  [/(?<=(?:version|版本) )\d{13}\b/g, "(version)"],
];

/**
 * Replaces what differs between two runs by placeholders.
 *
 * @param text What a run printed.
 */
export function steady(text: string): string {
  return PLACEHOLDERS.reduce((text, [pattern, name]) => text.replace(pattern, name), text);
}

/**
 * Runs a scene.
 *
 * @param scene The command line and its world.
 * @param language Of the person at the terminal.
 * @returns The command line; what it writes to stdout (`1|`) and stderr (`2|`), in this order; the
 *   exit code.
 */
export async function screenOf(
  { args, world }: Scene,
  language: keyof typeof LANGUAGES,
): Promise<string> {
  const { io } = createIo({
    ...healthyWorld(),
    ...await world?.(),
    language: LANGUAGES[language],
    args,
  });
  const written: { to: 1 | 2; text: string }[] = [];
  const write = (to: 1 | 2) => (text: string) => {
    const last = written.at(-1);
    if (last?.to === to) last.text += text;
    else written.push({ to, text });
  };
  const exitCode = await run({
    ...io,
    // A terminal without colours, and a server that is never waited for.
    stdinIsTerminal: true,
    stdoutIsTerminal: true,
    stderrIsTerminal: true,
    writeStdout: write(1),
    writeStderr: write(2),
  });
  const lines = written.flatMap(({ to, text }) => {
    const whole = text.endsWith("\n") ? text.slice(0, -1) : `${text}(no newline)`;
    return steady(whole).split("\n").map((line) => line === "" ? `${to}|` : `${to}| ${line}`);
  });
  return [`$ ${commandLine(args)}`, ...lines, `exit code ${exitCode}`, ""].join("\n");
}

function commandLine(args: readonly string[]): string {
  const words = args.map((word) => /^[\w.=-]+$/.test(word) ? word : `"${word}"`);
  return ["coze-jwt", ...words].join(" ");
}
