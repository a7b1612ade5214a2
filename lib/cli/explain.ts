import { exitCodeOf, loadCatalogue } from "../doctor/catalogue.ts";
import { nearest } from "../doctor/nearest.ts";
import type { ErrorCode } from "../error.ts";
import { valueError } from "./arguments.ts";
import type { Run } from "./run.ts";

/**
 * Prints what is known of one cause, or the list of all.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export async function explain({ args, output, language, text }: Run): Promise<number> {
  const { entries } = await loadCatalogue(output.json ? "en" : language);
  const codes = Object.keys(entries) as ErrorCode[];

  const [word] = args.operands;
  if (word === undefined) {
    const list = codes.map((code) => ({
      code,
      title: shape(entries[code].title),
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
  const { title, meaning, fix } = entries[code];
  const exitCode = exitCodeOf(code);
  const entry = { title: shape(title), meaning: shape(meaning), fix: shape(fix) };
  if (output.json) output.answerJson({ code, exitCode, ...entry });
  else {
    output.answer(`${code} (exit ${exitCode}): ${entry.title}`);
    output.answer(`\n${await text("how")}\n  ${entry.meaning}`);
    output.answer(`\n${await text("mend")}\n  ${entry.fix}`);
  }
  return 0;
}

/** Outside of a run there are no values, so a placeholder shows its name. */
function shape(words: string): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => `<${name}>`);
}
