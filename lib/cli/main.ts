import { CozeError } from "../error.ts";
import { quote } from "../redact.ts";
import type { Language } from "../words/words.ts";
import { commandOf } from "./commands.ts";
import {
  argumentsOf,
  CliError,
  type Context,
  isOlder,
  LEAST_DENO,
  parseDuration,
  usageError,
  valueError,
} from "./context.ts";
import type { Io } from "./io.ts";
import { createOutput, createRedactor, isKeyText } from "./output.ts";
import { parseArguments } from "./parse.ts";

export async function run(io: Io): Promise<number> {
  // Read before parsing, so that parse errors use the right language.
  const end = io.args.includes("--") ? io.args.indexOf("--") : undefined;
  const words = io.args.slice(0, end);
  const language = languageOf(words, io.language);
  const redactor = createRedactor();
  for (const value of io.args.map((word) => word.replace(/^--[\w-]+=/, ""))) {
    if (isKeyText(value)) redactor.add(value);
  }
  const output = createOutput(io, redactor, words.some((word) => /^--json(?:=|$)/.test(word)));
  const interrupt = new AbortController();
  let stopListening: (() => void) | undefined;
  const context: Context = {
    io,
    args: argumentsOf({}),
    output,
    redactor,
    language,
    known: {},
    timeoutMs: 0,
    async typed(next) {
      const { typedCommand } = await import("./typed_command.ts");
      const { loadConfiguration } = await import("./config/configuration.ts");
      // After a usage error the host is not known yet, and `args` may be empty.
      const { keys } = next.flags ?? {};
      const args = typeof keys === "string" ? argumentsOf({ keys: [keys] }) : context.args;
      const { known } = context;
      if (!known.baseUrl) await loadConfiguration({ io, redactor, known, args }, { problems: [] });
      return typedCommand(next, io, context.args, known);
    },
    // Loaded on demand: `token` prints no sentence when it succeeds.
    async text(key, details) {
      const { sentences } = await import("../words/words.ts");
      return (await sentences(language))(key, details);
    },
    get signal() {
      // The first signal decides the exit code.
      stopListening ??= io.onInterrupt((exitCode) => interrupt.abort(exitCode));
      return interrupt.signal;
    },
  };
  const answer = (text: string): number => {
    output.answer(text);
    return 0;
  };
  try {
    if (isOlder(io.denoVersion, LEAST_DENO)) {
      const details = { least: LEAST_DENO, version: io.denoVersion };
      output.say(await context.text("deno-too-old", details));
      return 1;
    }
    const args = context.args = parseArguments(io.args);
    if (args.has("help")) {
      const { helpText } = await import("./help.ts");
      return answer(await helpText(language, args.command));
    }
    if (args.has("version") || args.command === "version") return answer(await io.version());
    if (args.command === undefined) {
      if (output.json) throw usageError("none", {});
      output.say(await context.text("short"));
      return 2;
    }
    const seconds = parseDuration(args.value("timeout") ?? "15s", "timeout");
    if (seconds < 1 || seconds > 86_400) throw valueError("--timeout", "1s … 24h");
    context.timeoutMs = seconds * 1000;
    const { operand, run } = commandOf(args.command)!;
    if (operand?.required && !args.operands[0]?.trim()) {
      const details = { command: `coze-jwt ${args.command}`, form: operand.form };
      const next = { words: [args.command, operand.required] };
      throw usageError("operand-missing", details, next);
    }
    return await run!(context);
  } catch (error) {
    const known = error instanceof CozeError
      ? error as CliError
      : interrupt.signal.aborted
      ? new CliError("interrupted")
      : unexpected(error);
    // The terminal shows `^C` at the cursor.
    if (interrupt.signal.aborted && io.stderrIsTerminal) io.writeStderr("\n");
    const { problemOf, printProblems } = await import("./problems.ts");
    await printProblems(context, [problemOf(known)]);
    if (words.includes("--trace")) output.say((error as Error)?.stack ?? String(error));
    if (known.code === "interrupted") return interrupt.signal.reason ?? 130;
    return (await import("../doctor/kinds.ts")).exitCodeOf(known.code);
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

function unexpected(error: unknown): CliError {
  const message = quote(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return new CliError("unexpected", { message });
}
