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
    output.answer(output.json ? JSON.stringify(list) : lines.join("\n"));
    if (!output.json) output.say(await text("causes"));
    return 0;
  }
  const code = codes.find((code) => code === word);
  if (!code) throw valueError("explain CODE", nearest(word, codes) ?? "coze-jwt explain");
  const { title, meaning, fix } = entries[code];
  const exitCode = exitCodeOf(code);
  output.answer(
    output.json
      ? JSON.stringify({
        code,
        exitCode,
        title: shape(title),
        meaning: shape(meaning),
        fix: shape(fix),
      })
      : [
        `${code} (exit ${exitCode}): ${shape(title)}`,
        `\n${await text("how")}\n  ${shape(meaning)}`,
        `\n${await text("mend")}\n  ${shape(fix)}`,
      ].join("\n"),
  );
  return 0;
}

/** Outside of a run there are no values, so a placeholder shows its name. */
function shape(words: string): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => `<${name}>`);
}
