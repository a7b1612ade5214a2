import type { CliError } from "./codes.ts";
import { exitCodeOf, fill, type Language } from "../doctor/catalogue.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { quote } from "../redact.ts";
import { createRedactor, type Redactor } from "./redactor.ts";
import { type Arguments, parseArguments, parseDuration, valueError } from "./arguments.ts";
import { type Command, FLAGS } from "./commands.ts";
import type { Io } from "./io.ts";
import { createOutput, type Output } from "./output.ts";
import { loadHelp, loadText, type Sentence } from "./text.ts";

/** What a command gets. */
export interface Run {
  io: Io;
  args: Arguments;
  output: Output;
  redactor: Redactor;
  language: Language;
  /** A sentence in the run's language. */
  text(sentence: Sentence, details?: ErrorDetails): Promise<string>;
  /**
   * Aborts on ^C. Who never asks for it is ended by the system instead: listening costs some time
   * at the start.
   */
  readonly signal: AbortSignal;
  timeoutMs: number;
}

/** Literal specifiers, so that a binary and an import by URL hold them; loaded when they run. */
const COMMANDS: Readonly<Record<Command, (run: Run) => Promise<number>>> = {
  token: async (run) => await (await import("./token.ts")).token(run),
  inspect: async (run) => await (await import("./inspect.ts")).inspect(run),
  doctor: async (run) => await (await import("./doctor.ts")).doctor(run),
  explain: async (run) => await (await import("./explain.ts")).explain(run),
  init: async (run) => await (await import("./init.ts")).init(run),
  keygen: async (run) => await (await import("./keygen.ts")).keygen(run),
  workspaces: async (run) => await (await import("./workspaces.ts")).workspaces(run),
  bot: async ({ output, language }) => {
    output.say(await help("bot", language));
    return 2;
  },
  "bot create": async (run) => await (await import("./bot.ts")).createBot(run),
  "bot publish": async (run) => await (await import("./bot.ts")).publishBot(run),
  "bot list": async (run) => await (await import("./bot.ts")).listBots(run),
  chat: async (run) => await (await import("./chat.ts")).chat(run),
  emulator: async (run) => await (await import("./emulator.ts")).emulator(run),
};

/**
 * Runs one command line.
 *
 * @param io The outside world.
 * @returns The exit code.
 */
export async function run(io: Io): Promise<number> {
  const redactor = createRedactor();
  const language = languageOf(io);
  const output = createOutput(io, redactor, language);
  const interrupt = new AbortController();
  let interruptedBy: 130 | 143 = 130;
  let forget: (() => void) | undefined;
  const listen = () => {
    forget ??= io.onInterrupt((exitCode) => {
      // The first reason counts, not the pipe that breaks because of it.
      if (!interrupt.signal.aborted) interruptedBy = exitCode;
      interrupt.abort();
    });
    return interrupt.signal;
  };
  try {
    const args = parseArguments(io.args);
    if (!["en", "zh", undefined].includes(args.value("lang"))) throw valueError("--lang", "en, zh");
    if (args.has("version")) return answer(output, io.version);
    if (args.has("help")) return answer(output, await help(args.command, language));
    if (!args.command) {
      output.say((await loadText(language)).short);
      return 2;
    }
    const timeout = parseDuration(args.value("timeout") ?? "15s", "timeout");
    if (timeout < 1 || timeout > 86_400) throw valueError("--timeout", "1s … 24h");
    return await COMMANDS[args.command]({
      io,
      args,
      output,
      redactor,
      language,
      text: async (sentence, details = {}) =>
        fill((await loadText(language)).say[sentence], details),
      get signal() {
        return listen();
      },
      timeoutMs: timeout * 1000,
    });
  } catch (error) {
    const known = error instanceof CozeError
      ? error
      : interrupt.signal.aborted
      ? new CozeError("interrupted", "Interrupted")
      : unexpected(error);
    const { code, message, details, server } = known;
    const problem = { code, message, details, severity: "error" } as const;
    await output.problems([{ ...problem, ...(server && { server }) }]);
    if (io.args.includes("--trace")) output.say((error as Error)?.stack ?? String(error));
    return code === "interrupted" ? interruptedBy : exitCodeOf(code);
  } finally {
    forget?.();
  }
}

/** Looked up before the arguments are understood, so that errors about them speak the language. */
function languageOf({ args, language }: Io): Language {
  const at = args.indexOf("--lang");
  const value = at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith("--lang="))?.slice(7);
  return (value === "en" || value === "zh" ? value : language).startsWith("zh") ? "zh" : "en";
}

function answer(output: Output, text: string): number {
  output.answer(text);
  return 0;
}

async function help(command: Command | undefined, language: Language): Promise<string> {
  const text = await loadHelp(language);
  if (!command) return `${text.general}\n${text.commonFlags}`;
  const shared = FLAGS[command].includes("duration")
    ? [text.credentialFlags, text.requestFlags, text.callFlags]
    : command === "init"
    ? [text.credentialFlags]
    : [];
  return [text.help[command], ...shared, text.commonFlags].join("\n");
}

function unexpected(error: unknown): CliError {
  const message = quote(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return new CozeError("unexpected", message, { message });
}
