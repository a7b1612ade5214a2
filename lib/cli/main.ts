import type { NextCommand } from "../doctor/report.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { quote } from "../redact.ts";
import type { Language, WordKey } from "../words/words.ts";
import { commandOf, TABLE } from "./commands.ts";
import {
  type Arguments,
  CliError,
  type Context,
  isOlder,
  type Known,
  LEAST_DENO,
  parseDuration,
  valueError,
} from "./context.ts";
import type { Io } from "./io.ts";
import { createOutput, createRedactor, type Output } from "./output.ts";
import { parseArguments } from "./parse.ts";

/** Runs one command line. */
export async function run(io: Io): Promise<number> {
  const redactor = createRedactor();
  // Looked up before the arguments are understood, so that errors about them speak the language.
  const end = io.args.includes("--") ? io.args.indexOf("--") : undefined;
  const words = io.args.slice(0, end);
  const language = languageOf(words, io.language);
  const known: Known = {};
  let args: Arguments | undefined;
  const typed = async (next: NextCommand) =>
    (await import("./typed_command.ts")).typedCommand(next, io, args, known);
  const mayOpen = async (host: string) =>
    (await import("./typed_command.ts")).mayOpen(host, args?.has("base-url") ?? false);
  // Loaded when there is something to say: a token alone needs no words.
  const text = async (key: WordKey, details: ErrorDetails = {}) => {
    const { fill, loadWords } = await import("../words/words.ts");
    return fill((await loadWords(language))[key], details);
  };
  const output = createOutput({
    io,
    redactor,
    language,
    json: words.some((word) => /^--json(?:=|$)/.test(word)),
    typed,
    mayOpen,
    // A run that succeeds has no need of it.
    printProblems: async (...args) => (await import("./problems.ts")).printProblems(...args),
  });
  const interrupt = new AbortController();
  let interruptedBy: 130 | 143 = 130;
  let stopListening: (() => void) | undefined;
  const listen = () => {
    stopListening ??= io.onInterrupt((exitCode) => {
      // The first reason counts, not the pipe that breaks because of it.
      if (!interrupt.signal.aborted) interruptedBy = exitCode;
      interrupt.abort();
    });
    return interrupt.signal;
  };
  if (isOlder(io.denoVersion, LEAST_DENO)) {
    const details = { least: LEAST_DENO, version: io.denoVersion };
    output.say(await text("deno-too-old", details));
    return 1;
  }
  try {
    args = parseArguments(io.args);
    const { command } = args;
    if (args.has("version")) return answer(output, await io.version());
    if (args.has("help")) {
      const { helpText } = await import("./help.ts");
      return answer(output, await helpText(language, TABLE, command));
    }
    if (command === undefined) {
      if (output.json) throw new CliError("usage", { reason: "none" });
      output.say(await text("short"));
      return 2;
    }
    const seconds = parseDuration(args.value("timeout") ?? "15s", "timeout");
    if (seconds < 1 || seconds > 86_400) throw valueError("--timeout", "1s … 24h");
    const context: Context = {
      io,
      args,
      output,
      redactor,
      language,
      known,
      typed,
      text,
      get signal() {
        return listen();
      },
      timeoutMs: seconds * 1000,
    };
    return await commandOf(command)!.run(context);
  } catch (error) {
    const known = error instanceof CozeError
      ? error as CliError
      : interrupt.signal.aborted
      ? new CliError("interrupted")
      : unexpected(error);
    const { code, message, details, server, next } = known;
    await output.problems([{ code, message, details, server, next, severity: "error" }]);
    if (words.includes("--trace")) output.say((error as Error)?.stack ?? String(error));
    if (code === "interrupted") return interruptedBy;
    return (await import("../doctor/kinds.ts")).exitCodeOf(code);
  } finally {
    stopListening?.();
  }
}

function languageOf(words: readonly string[], language: string): Language {
  const at = words.indexOf("--lang");
  const value = at >= 0
    ? words[at + 1]
    : words.find((word) => word.startsWith("--lang="))?.slice(7);
  return (value === "en" || value === "zh" ? value : language).startsWith("zh") ? "zh" : "en";
}

function answer(output: Output, text: string): number {
  output.answer(text);
  return 0;
}

function unexpected(error: unknown): CliError {
  const message = quote(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return new CliError("unexpected", { message });
}
