import type { CliCode } from "./codes.ts";
import { exitCodeOf, loadCatalogue } from "../doctor/catalogue.ts";
import { loadExplanations } from "../doctor/explanations.ts";
import { nearest } from "../doctor/nearest.ts";
import { valueError } from "./arguments.ts";
import type { Run } from "./run.ts";

/**
 * Prints what is known of one cause, or the list of all.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export async function explain({ args, io, output, language, text }: Run): Promise<number> {
  // Programs get English, whatever the language of the run.
  const words = output.json ? "en" : language;
  const { entries } = await loadCatalogue(words);
  const codes = Object.keys(entries) as CliCode[];

  const [word] = args.operands;
  if (word === undefined) {
    const list = codes.map((code) => ({
      code,
      title: fillWithNames(entries[code].title),
      exitCode: exitCodeOf(code),
    }));
    const width = Math.max(...codes.map((code) => code.length));
    const lines = list.map(({ code, title, exitCode }) =>
      `${String(exitCode).padStart(3)}  ${code.padEnd(width)}  ${title}`
    );
    if (output.json) output.answerJson(list);
    else {
      output.answer(lines.join("\n"));
      output.say(await text("causes"));
    }
    return 0;
  }
  const code = codes.find((code) => code === word);
  if (!code) throw valueError("explain CODE", nearest(word, codes) ?? "coze-jwt explain");
  const { example, happens, prevent, source } = (await loadExplanations(words))[code];
  const exitCode = exitCodeOf(code);
  const entry = entries[code];
  const title = fillWithNames(entry.title);
  const sections = {
    meaning: fillWithNames(entry.meaning),
    example,
    happens,
    fix: fillWithNames((io.isBinary && entry.binary) || entry.fix),
    prevent,
    source,
  };
  if (output.json) {
    output.answerJson({ code, exitCode, title, ...sections });
    return 0;
  }
  output.answer(`${code} (exit ${exitCode}): ${title}`);
  for (const [part, words] of Object.entries(sections)) {
    const heading = await text(`explain-${part as keyof typeof sections}`);
    output.answer(`\n${heading}\n${words.replace(/^/gm, "  ")}`);
  }
  return 0;
}

/** Outside of a run there are no values, so a placeholder shows its name. */
function fillWithNames(words: string): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => `<${name}>`);
}
